"""
Requests by Schemathesis: every operation of the contract, valid and invalid, alone and linked.

Schemathesis decides about shape; here its findings become broken promises, and its requests part of the traffic.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

# Hypothesis keeps tables in the working directory, however it is set up, unless told of another before its first use.
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", f"{tempfile.gettempdir()}/contract-tests-hypothesis")

import attrs
import requests
import schemathesis
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from requests.adapters import HTTPAdapter
from schemathesis import Case, HookContext
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.generation import RANDOM
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER
from schemathesis.schemas import BaseSchema

from b2b_invoices_spec import OPENAPI

from .strategies import Drafts
from .targets import CannotRun, Credentials, Target, check_reachable
from .traffic import Exchange, Lost, Traffic

PROMISE_OF = {
    "not_a_server_error": "no-server-errors",
    "status_code_conformance": "responses-match-the-contract",
    "content_type_conformance": "responses-match-the-contract",
    "response_headers_conformance": "responses-match-the-contract",
    "response_schema_conformance": "responses-match-the-contract",
    "negative_data_rejection": "invalid-requests-rejected",
    "positive_data_acceptance": "valid-requests-accepted",
    "missing_required_header": "both-credentials-required",
    "ignored_auth": "both-credentials-required",
    "unsupported_method": "unsupported-method-is-405",
    "allow_header_conformance": "unsupported-method-is-405",
    "use_after_free": "deleted-invoice-is-gone",
}
"""The promise that each check of Schemathesis holds the target to."""

NO_ANSWER = "every-request-gets-a-response"
TOO_LATE = "responses-within-five-seconds"

_NO_ANSWER_TITLES = frozenset({"Network Error", "Unhealthy API", "Unresponsive Operation", "Server Unavailable"})
_PATIENCE = 10  # seconds
_NOBODYS = 10**9  # ids from here on belong to no invoice


class FuzzingError(Exception):
    """Schemathesis could not go on; it says nothing of the promises."""


@attrs.frozen
class Finding:
    """
    Something that Schemathesis found wrong.

    Attributes:
        promise: Id of the promise that it breaks.
        title: What is wrong, in a few words, the same for the same defect.
        what: What is wrong, in its words.
        exchange: The exchange that shows it; None when there was no answer.
        lost: The request that was not answered; None when one was.
    """

    promise: str
    title: str
    what: str
    exchange: Exchange | None
    lost: Lost | None = None


@attrs.frozen
class Effort:
    """
    How much to try.

    Every edge of every schema is left to our own near misses and oddities, which are fewer and name the place.

    Attributes:
        examples: Generated requests for each operation.
        scenarios: Sequences of linked requests; none for no examples of the contract and no wrong credentials either.
        steps: The longest such sequence.
    """

    examples: int
    scenarios: int
    steps: int = 6


def fuzz(
    target: Target, drafts: Drafts, traffic: Traffic, *, seed: int, effort: Effort, is_over: Callable[[], bool]
) -> list[Finding]:
    """
    Try the whole contract on *target* until it *is over*, and return what is wrong, in the order it was found.

    Raises:
        FuzzingError: When Schemathesis itself could not go on.
    """
    store = target.fuzzed_store or target.store
    RANDOM.seed(seed)  # it names its cases by chance, and sends the name
    schema: BaseSchema = schemathesis.openapi.from_path(OPENAPI, config=_config(target.base_url, store, seed, effort))
    if not target.disposable:
        schema = schema.exclude(method="DELETE")  # it would delete invoices that are not of this run
    unanswered: list[Finding] = []
    findings: list[Finding] = []
    before = len(traffic)
    hooks = [_new_numbers(drafts), _own_invoices(lambda: traffic.since(before))]
    with _hooked(hooks), _tapped(traffic, unanswered):
        stream = from_schema(schema).execute()
        for event in stream:
            findings += _findings(event, unanswered)
            if is_over():
                stream.stop()
    if unanswered:
        _check_still_there(target)
    return findings + unanswered


@contextmanager
def only_drawn_values() -> Iterator[None]:
    """
    Keep Hypothesis from also trying the literals that it finds in our own code.

    With them, a change to a check would change the requests of a seed, and so would another way to start the run.
    """
    original = providers._get_local_constants  # noqa: SLF001 - Hypothesis has no setting for it
    nothing = Constants()
    providers.CONSTANTS_CACHE.cache.clear()
    providers._get_local_constants = lambda: nothing  # noqa: SLF001 - as above
    try:
        yield
    finally:
        providers._get_local_constants = original  # noqa: SLF001 - as above
        providers.CONSTANTS_CACHE.cache.clear()


def _config(base_url: str, store: Credentials, seed: int, effort: Effort) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "base-url": base_url,
            "headers": store.headers,
            "workers": 1,
            "continue-on-failure": True,
            "request-timeout": _PATIENCE,
            "max-redirects": 0,  # a redirect is an answer like any other
            "cache": {"enabled": False},  # it would write into the working directory
            "suppress-health-check": ["all"],  # they go by the clock
            "output": {"sanitization": {"enabled": True, "keys-to-sanitize": sorted(store.headers)}},
            "generation": {"database": "none", "no-shrink": True, "max-examples": effort.examples},
            "phases": {
                "coverage": {"enabled": False},
                "examples": {"enabled": bool(effort.scenarios)},
                "stateful": {
                    "enabled": bool(effort.scenarios),
                    "max-steps": effort.steps,
                    "generation": {"max-examples": effort.scenarios or 1},
                },
            },
            "checks": {
                "ignored_auth": {"enabled": bool(effort.scenarios)},
                "ensure_resource_availability": {"enabled": False},  # ours looks too, and this one minds our hooks
            },
            # No max-time: with it, phases are repeated until the time is spent.
        }
    )


def _check_still_there(target: Target) -> None:
    try:
        check_reachable(target)
    except CannotRun as error:
        raise FuzzingError(str(error)) from error


def _findings(event: events.EngineEvent, unanswered: Sequence[Finding]) -> Iterator[Finding]:
    match event:
        case events.ScenarioFinished(recorder=recorder):
            yield from _broken(recorder)
        case events.NonFatalError(info=info) if unanswered and info.title in _NO_ANSWER_TITLES:
            pass  # it is among the unanswered
        case events.NonFatalError(info=info, label=label):
            raise FuzzingError(f"Schemathesis could not check {label}: {info.title}: {info.message}")
        case events.Interrupted():
            raise KeyboardInterrupt
        case events.FatalError(exception=exception):
            raise FuzzingError(f"Schemathesis could not go on: {exception}") from exception


def _broken(recorder: ScenarioRecorder) -> Iterator[Finding]:
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                failure = check.failure_info.failure
                what = f"{failure.title}: {failure.message}" if failure.message else failure.title
                yield Finding(PROMISE_OF[check.name], failure.title, what, _exchange_of(recorder, case_id))


def _exchange_of(recorder: ScenarioRecorder, case_id: str) -> Exchange | None:
    interaction = recorder.interactions.get(case_id)
    if interaction is None or interaction.response is None:
        return None
    request, response = interaction.request, interaction.response
    return Exchange(
        method=request.method,
        url=request.uri,
        request_headers={name: ", ".join(values) for name, values in request.headers.items()},
        request_body=request.body or b"",
        status=response.status_code,
        headers={name.lower(): ", ".join(values) for name, values in response.headers.items()},
        body=response.content,
    )


def _new_numbers(drafts: Drafts) -> Callable[..., None]:
    """
    Return a hook that gives every body a number and an order of its own, since a used one is rightly refused.
    """

    def before_call(_: HookContext, case: Case[Any], __: Mapping[str, Any]) -> None:
        if not isinstance(case.body, dict):
            return
        if isinstance(number := case.body.get("invoiceNumber"), str):
            case.body["invoiceNumber"] = drafts.number(number)
        if isinstance(case.body.get("orderNumber"), str):
            case.body["orderNumber"] = drafts.order_number()
        if isinstance(case.body.get("customerId"), str):
            case.body["customerId"] = drafts.company_id

    return before_call


def _own_invoices(exchanges: Callable[[], Sequence[Exchange]]) -> Callable[..., None]:
    """
    Return a hook that lets deletes reach only invoices that *exchanges* made: the others are those of other checks.
    """

    def before_call(_: HookContext, case: Case[Any], __: Mapping[str, Any]) -> None:
        parameters = case.path_parameters
        if case.method != "DELETE" or not isinstance(parameters, dict):
            return
        own = {str(exchange.get("data", "id")) for exchange in exchanges() if exchange.method == "POST"}
        text = str(parameters.get("invoiceId"))
        if text.isdecimal() and text not in own:
            parameters["invoiceId"] = _NOBODYS + int(text) % _NOBODYS

    return before_call


@contextmanager
def _hooked(hooks: Sequence[Callable[..., None]]) -> Iterator[None]:
    for hook in hooks:
        GLOBAL_HOOK_DISPATCHER.register_hook_with_name(hook, "before_call")
    try:
        yield
    finally:
        for hook in hooks:
            GLOBAL_HOOK_DISPATCHER.unregister(hook)


@contextmanager
def _tapped(traffic: Traffic, unanswered: list[Finding]) -> Iterator[None]:
    """
    Record every request, and those *unanswered*: hooks would miss those that checks and probes make.
    """
    original: Any = HTTPAdapter.send

    def send(adapter: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        body: Any = request.body or b""
        sent = Exchange(
            method=request.method or "",
            url=request.url or "",
            request_headers={name: str(value) for name, value in request.headers.items()},
            request_body=body.encode() if isinstance(body, str) else bytes(body),
            status=0,
            headers={},
            body=b"",
        )
        started = time.monotonic()
        try:
            response: requests.Response = original(adapter, request, *args, **kwargs)
            content = response.content  # whether it is what it is said to be shows here
        except requests.RequestException as error:
            is_late = isinstance(error, requests.Timeout)
            lost = Lost(sent, f"{type(error).__name__}: {error}", is_late)
            traffic.lost.append(lost)
            unanswered.append(Finding(TOO_LATE if is_late else NO_ANSWER, "no answer", lost.why, None, lost))
            raise
        seconds = time.monotonic() - started
        headers = {name.lower(): value for name, value in response.headers.items()}
        traffic.add(attrs.evolve(sent, status=response.status_code, headers=headers, body=content, seconds=seconds))
        return response

    HTTPAdapter.send = send  # type: ignore[assignment, method-assign]  # the place that all its requests pass through
    try:
        yield
    finally:
        HTTPAdapter.send = original  # type: ignore[method-assign]  # as above
