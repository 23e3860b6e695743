"""
What every answer promises, checked on all that were given during the run; so it has to be the last.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache

import pytest

from .blame import no_answer
from .contract import is_documented, operation_of, violations
from .early_end import LONGEST
from .failures import BrokenPromise, Comparisons, expect, raise_all, undocumented
from .redaction import Redaction, can_be_told
from .session import Api, Session
from .subjects import why_unseen
from .traffic import Exchange

_SERVER_ERROR = 500

_KINDS = {
    ("createInvoice", 2),
    ("createInvoice", 4),
    ("listInvoices", 2),
    ("getInvoice", 2),
    ("deleteInvoice", 2),
}
"""Operations, each with the class of a status that has to be among its answers."""

_RATE_HEADERS: Mapping[str, re.Pattern[str]] = {
    "x-requests-allocated": re.compile(r"[0-9]+ times/[0-9]+ s"),
    "x-requests-window-length": re.compile(r"[0-9]+ times"),
    "x-requests-remaining": re.compile(r"[0-9]+ times"),
    "x-request-window-resets-after": re.compile(r"[0-9]+(\.[0-9]+)?(e-[0-9]+)? s"),
}


@pytest.fixture(scope="module", autouse=True)
def _some_answers(api: Api) -> None:
    """A success and a refusal of each kind, so that there is something to look at whichever checks were chosen."""
    if not {(operation_of(one.method, one.path), one.status // 100) for one in api.traffic} >= _KINDS:
        _give_some(api)
    api.send("GET", "/invoices?limit=1", headers={})


def _give_some(api: Api) -> None:
    balance = {"code": "USD", "value": 1}
    number = f"{api.drafts.run}-look-back"  # the same whichever ran before
    body = {"invoiceNumber": number, "customerId": api.drafts.company_id}
    created = api.post(body | {"originalBalance": balance, "openBalance": balance}).get("data", "id")
    api.post(body)
    api.send("GET", "/invoices?limit=1")
    if isinstance(created, int):
        api.send("GET", f"/invoices/{created}")
        api.send("DELETE", f"/invoices/{created}")


@pytest.fixture(autouse=True)
def _something_to_look_at(request: pytest.FixtureRequest, session: Session, _some_answers: None) -> None:
    for marker in request.node.iter_markers("promise"):
        if why := why_unseen(marker.args[0], session.traffic):
            pytest.skip(why)


@pytest.mark.promise("code-equals-status")
def test_code_equals_status(session: Session) -> None:
    """
    The code in every envelope is the HTTP status.
    """
    with Comparisons() as comparisons:
        for exchange in _documented(session):
            if isinstance(exchange.json, dict):
                comparisons.make(expect, exchange.get("code"), exchange.status, "code in the envelope:", exchange)


@pytest.mark.promise("no-server-errors")
def test_never_a_server_error(session: Session) -> None:
    """
    No request was answered with a server error.
    """
    raise_all(
        BrokenPromise(f"status {exchange.status}", "a status below 500", exchange)
        for exchange in session.traffic
        if exchange.status >= _SERVER_ERROR
    )


@pytest.mark.promise("responses-match-the-contract")
def test_answers_fit_the_contract(session: Session) -> None:
    """
    Every answer has a status that is documented for its operation, and the headers, media type and body for that.
    """
    raise_all(undocumented(violation, exchange) for exchange in session.traffic for violation in violations(exchange))


@pytest.mark.promise("success-is-200")
def test_success_is_two_hundred(session: Session) -> None:
    """
    Every answer that is a success has the status 200.
    """
    with Comparisons() as comparisons:
        for exchange in _documented(session):
            if exchange.is_success:
                what = f"status of a {exchange.method} that went well:"
                comparisons.make(expect, exchange.status, 200, what, exchange)


@pytest.mark.promise("errors-have-a-reason")
def test_refusals_say_why(session: Session) -> None:
    """
    Every refusal has something in its errMsg and in its message.
    """
    with Comparisons() as comparisons:
        for exchange in _documented(session):
            if 400 <= exchange.status < _SERVER_ERROR and exchange.method != "HEAD":
                told = [bool(exchange.get("data", "errMsg")), bool(exchange.get("meta", "message"))]
                what = f"whether errMsg and message of a {exchange.status} say something:"
                comparisons.make(expect, told, [True, True], what, exchange)
                is_called_success = str(exchange.get("meta", "message")).lower() == "success"
                what = f"whether a {exchange.status} is called a success:"
                comparisons.make(expect, is_called_success, False, what, exchange)


@pytest.mark.promise("responses-are-json")
def test_answers_are_json(session: Session) -> None:
    """
    Every answer has a body that is JSON, and says that it is.
    """
    with Comparisons() as comparisons:
        for exchange in _documented(session):
            kind = exchange.media_type or "nothing"
            comparisons.make(expect, kind, "application/json", "content type:", exchange)
            if exchange.method != "HEAD":
                comparisons.make(expect, exchange.json is not None, True, "whether the body is JSON:", exchange)


@pytest.mark.promise("rate-limit-headers")
def test_rate_limit_is_told(session: Session) -> None:
    """
    Where one of the four headers is, all are, each with a number and its unit.
    """
    for exchange in session.traffic:
        told = {name: exchange.headers[name] for name in _RATE_HEADERS if name in exchange.headers}
        if told:
            expect(sorted(told), sorted(_RATE_HEADERS), "headers that tell the rate limit:", exchange)
        for name, text in told.items():
            fits = bool(_RATE_HEADERS[name].fullmatch(text))
            expect(fits, True, f"whether {name}: {text} is a number with its unit:", exchange)
        if told:
            left, most = (int(told[f"x-requests-{name}"].split()[0]) for name in ("remaining", "allocated"))
            expect(left <= most, True, f"whether {left} requests left are at most {most}:", exchange)


@pytest.mark.promise("no-secrets-in-responses")
def test_no_secret_is_echoed(session: Session) -> None:
    """
    No answer has the access token of its request in it, or one in use, in its headers or in its body.
    """
    in_use = {store.access_token for store in session.target.stores}
    for exchange in session.traffic:
        sent = {name.lower(): value for name, value in exchange.request_headers.items()}.get("x-auth-token", "")
        answer = "\n".join([_text(exchange.body), *exchange.headers.values()])
        for token in filter(can_be_told, in_use | {sent}):
            if _is_in(answer, token) and not _is_in(_text(exchange.request_body), token):
                raise BrokenPromise("an access token in an answer", "no trace of it", exchange)


@pytest.mark.promise("ids-are-unique")
def test_every_id_is_new(session: Session) -> None:
    """
    No two creates of the run, in any store, returned the same id.
    """
    first: dict[int, Exchange] = {}
    with Comparisons() as comparisons:
        for exchange in session.traffic:
            invoice_id = exchange.get("data", "id") if exchange.method == "POST" and exchange.is_success else None
            if isinstance(invoice_id, int) and first.setdefault(invoice_id, exchange) is not exchange:
                comparisons.make(expect, invoice_id, "an id that no earlier create returned", "id:", exchange)


@pytest.mark.promise("responses-within-five-seconds")
def test_answers_in_time(session: Session) -> None:
    """
    No answer took longer than it may, and none did not come for that long.
    """
    raise_all(no_answer(lost) for lost in session.traffic.lost if lost.is_late)
    slowest = max(session.traffic, key=lambda exchange: exchange.seconds)

    if slowest.seconds > LONGEST:
        raise BrokenPromise(f"an answer after {slowest.seconds:.1f} s", f"one within {LONGEST:.0f} s", slowest)


@pytest.mark.promise("every-request-gets-a-response")
def test_every_request_is_answered(session: Session) -> None:
    """
    There was an answer to every request, also to those whose checks go on without one.
    """
    raise_all(no_answer(lost) for lost in session.traffic.lost if not lost.is_late)


def _text(body: bytes) -> str:
    return body.decode("utf-8", "backslashreplace")


def _is_in(text: str, token: str) -> bool:
    """Whether *token* is in *text*, in any of the ways that the report would hide it."""
    return _secret(token).finds(text)


@cache
def _secret(token: str) -> Redaction:
    return Redaction(frozenset({token}))


def _documented(session: Session) -> Iterable[Exchange]:
    """
    Yield the exchanges on paths that the contract has; of others it promises the status alone.
    """
    return [exchange for exchange in session.traffic if is_documented(exchange.path)]
