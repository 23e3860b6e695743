"""
Runs against servers that are broken in one way: what the results name, and what they leave alone.
"""

from collections.abc import Iterator
from typing import Any
from zlib import crc32

import attrs
import httpx
import pytest

from b2b_invoices_contract.mutation import Request, Response, Service, invoices, pages, responses
from b2b_invoices_contract.mutation.proxy import broken
from b2b_invoices_contract.profiles import ProfileName
from b2b_invoices_contract.results import Results
from b2b_invoices_contract.run import Options, run, send, start
from b2b_invoices_contract.targets import Target, embedded_mock
from b2b_invoices_contract.traffic.creates import drafts, large_amounts
from b2b_invoices_contract.traffic.lists import encoded_lookups, whole_store
from b2b_invoices_contract.traffic.races import races
from b2b_invoices_contract.traffic.source import Source
from contract_tests.tests.unlocked import unlocked_server

DAY = 24 * 60 * 60
QUICK = 150
"""The largest number of requests of a quick run."""


@pytest.fixture(name="mock", scope="module")
def _mock() -> Iterator[Target]:
    with embedded_mock() as target:
        yield target


@pytest.fixture(name="seed")
def _seed(request: pytest.FixtureRequest) -> int:
    """
    A seed of its own for each test, so that runs on one mock do not use the same numbers.
    """
    return crc32(request.node.name.encode())


def _run(target: Target, act: Any, seed: int, *only: str) -> Results:
    with broken(target, act) as server:
        return run(server, Options("quick", seed, only=frozenset(only)))


def _sent(target: Target, source: Source, seed: int, *only: str, profile: ProfileName = "quick") -> list[str]:
    """
    Send the requests of one *source*, and return the ids of the promises that are broken.
    """
    session = start(target, Options(profile, seed, only=frozenset(only), shrink=False))
    send(session, source)
    session.close()
    return [result.promise.id for result in session.results.broken]


def _verdicts(results: Results) -> dict[str, str]:
    return {name: result.verdict for name, result in results.promises.items()}


# ------------------------------------------------------------------------------------- faults that are hard to see


@invoices
def rounded(invoice: dict[str, Any], _: dict[str, Any]) -> None:
    """Balances read as the nearest double."""
    for name in ("originalBalance", "openBalance"):
        invoice[name]["value"] = f"{float(invoice[name]['value']):.4f}"


def due_earlier(seconds: int) -> Any:
    """Default due dates are so many seconds early."""

    @invoices
    def act(invoice: dict[str, Any], draft: dict[str, Any]) -> None:
        if draft and "dueDate" not in draft:
            invoice["dueDate"] -= seconds

    return act


def counts_deleted(request: Request, service: Service) -> Response:
    """The total of a list counts deleted invoices."""

    @pages
    def act(listed: list[dict[str, Any]], pagination: dict[str, Any], _: Request) -> list[dict[str, Any]]:
        pagination["totalCount"] += len(service.memory.deleted)
        return listed

    return act(request, service)


def loses(text: str) -> Any:
    """A search for a number with *text* in it, as the URL has it, finds nothing."""

    @pages
    def act(listed: list[dict[str, Any]], pagination: dict[str, Any], request: Request) -> list[dict[str, Any]]:
        if text not in request.query.partition("q=")[2]:
            return listed
        pagination["totalCount"] = 0
        return []

    return act


@pytest.mark.parametrize(
    ("act", "source", "promise"),
    [
        pytest.param(rounded, large_amounts, "balances-are-exact", id="a balance of 16 digits is rounded"),
        pytest.param(due_earlier(DAY), drafts, "due-date-default", id="due a day early"),
        pytest.param(due_earlier(1), drafts, "due-date-default", id="due a second early"),
        pytest.param(counts_deleted, whole_store, "list-total-count", id="a total with deleted invoices"),
        pytest.param(loses("%2520"), encoded_lookups, "list-filters", id="a look-up with %20"),
        pytest.param(loses("%2B"), encoded_lookups, "list-filters", id="a look-up with a plus sign"),
    ],
)
def test_fault_is_named(mock: Target, seed: int, act: Any, source: Source, promise: str) -> None:
    """
    A fault is named by the promise that it breaks; without the fault, the same requests break nothing.
    """
    with broken(mock, act) as server:
        assert promise in _sent(server, source, seed)
    assert _sent(mock, source, seed + 1) == []


@pytest.mark.parametrize(("locked", "named"), [(False, ["invoice-numbers-are-unique"]), (True, [])])
def test_racing_creates(seed: int, *, locked: bool, named: list[str]) -> None:
    """
    A server that looks for a number and stores it without a lock accepts racing creates; with a lock it does not.
    """
    with unlocked_server(locked=locked) as target:
        assert _sent(target, races, seed, "invoice-numbers-are-unique", profile="full") == named


def test_racing_orders_of_a_correct_server(mock: Target, seed: int) -> None:
    """
    A correct server keeps every promise about creates that are sent at the same time.
    """
    assert _sent(mock, races, seed, profile="full") == []


def test_every_seventh_id_is_an_old_one(mock: Target, seed: int) -> None:
    """
    A server that gives every seventh create the id of an earlier invoice has ids that are not unique.
    """

    def old_id(request: Request, service: Service) -> Response:
        response = service.send(request)
        if request.operation == "createInvoice" and response.is_success:
            ids = service.memory.notes.setdefault("ids", [])
            ids.append(response.json["data"]["id"])
            if len(ids) % 7 == 0:
                response.json = response.json | {"data": {"id": ids[0]}}
        return response

    assert _verdicts(_run(mock, old_id, seed, "ids-are-unique")) == {"ids-are-unique": "broken"}


# ------------------------------------------------------------------------------------------- one difference among many


def test_additional_key_silences_nothing(mock: Target, seed: int) -> None:
    """
    A key that a gateway adds to reads breaks at most the promise about the contract, and leaves no promise unchecked.
    """

    @invoices
    def add_key(invoice: dict[str, Any], _: dict[str, Any]) -> None:
        invoice["x-gateway"] = "eu-1"

    results = _run(mock, add_key, seed)

    assert {result.promise.id for result in results.broken} <= {"responses-match-the-contract"}
    assert (results.unchecked, results.bug) == ([], None)


@pytest.mark.parametrize("profile", ["quick", "full"])
def test_observed_dialect(profile: Any) -> None:
    """
    A server that differs as production stores do is checked all the same: at most five promises are not.
    """
    with embedded_mock("--dialect", "observed") as target:
        results = run(target, Options(profile, seed=7))

    assert (results.problem, results.bug) == ("", None)
    assert len(results.unchecked) <= 5
    assert "valid-requests-accepted" in {result.promise.id for result in results.broken}
    assert results.promises["channel-id-reads-as-text"].reason == (
        "the store accepts no channelId, so everything else was sent without one"
    )


def test_listed_without_ids(mock: Target, seed: int) -> None:
    """
    A list whose invoices have no ids breaks the promise about the contract.
    """

    @pages
    def without_ids(listed: list[dict[str, Any]], _: Any, __: Any) -> list[dict[str, Any]]:
        return [{name: value for name, value in invoice.items() if name != "id"} for invoice in listed]

    results = _run(mock, without_ids, seed)

    assert results.promises["responses-match-the-contract"].verdict == "broken"
    assert results.bug is None


def test_latin_1_is_not_json(mock: Target, seed: int) -> None:
    """
    Responses that are not in UTF-8 are not JSON.
    """

    @responses
    def latin_1(response: Response, _: Request) -> None:
        response.body = response.body.decode().encode("latin-1", "replace")

    results = _run(mock, latin_1, seed)

    assert results.promises["responses-are-json"].verdict == "broken"
    assert results.bug is None


# ------------------------------------------------------------------------------------ what ends a run, or does not


def _halted(promise: str, results: Results) -> None:
    assert _verdicts(results) == {promise: "not checked"}
    assert results.exit_status == 2


def test_source_that_cannot_go_on(mock: Target, seed: int) -> None:
    """
    A promise that nothing was observed of because a create was rejected is not checked, and the run says why.
    """

    def rejects(request: Request, service: Service) -> Response:
        return Response.error(403, "No.") if request.operation == "createInvoice" else service.send(request)

    results = _run(mock, rejects, seed, "list-matches-reads")

    _halted("list-matches-reads", results)
    assert results.problem.startswith("list-matches-reads could not be checked: reads: a valid create returned 403")


def test_server_that_always_fails(mock: Target, seed: int) -> None:
    """
    If nearly every response is a 500, the run ends early, and says so of the promises that were not checked.
    """
    results = _run(mock, lambda _, __: Response.of(500, b"<h1>Oops</h1>", "text/html"), seed)

    assert results.promises["no-server-errors"].verdict == "broken"
    assert (results.exit_status, results.problem, results.requests) == (1, "", 11)
    assert results.ended_early == results.promises["ids-are-unique"].reason
    assert results.ended_early.startswith(
        "the run ended early: 11 of the first 11 responses broke no-server-errors; a whole run would have taken"
    )


@pytest.mark.parametrize("workers", [0, 2])
def test_slow_server(mock: Target, seed: int, workers: int) -> None:
    """
    With --fail-fast, a first response that takes more than five seconds ends the run, with workers as well.
    """

    @responses
    def slow(response: Response, request: Request) -> None:
        response.delay = 5.2 if request.operation == "createInvoice" else 0

    with broken(mock, slow) as server:
        results = run(server, Options("quick", seed, fail_fast=True, workers=workers))

    assert results.ended_early.startswith("the run ended early: 1 of the first ")
    assert "responses-within-five-seconds" in {result.promise.id for result in results.broken}
    assert results.requests < 40


def test_early_end_cleans_up(seed: int) -> None:
    """
    A run that ends early on a server that is not its own deletes what it created, whatever the responses are.
    """

    def deletes_are_500(request: Request, service: Service) -> Response:
        response = service.send(request)
        return Response.error(500, "Oops.") if request.operation in {"getInvoice", "deleteInvoice"} else response

    with embedded_mock() as mock, broken(mock, deletes_are_500) as server:
        results = run(attrs.evolve(server, embedded=False), Options("quick", seed, fail_fast=True))
        left = httpx.get(f"{mock.base_url}/invoices", headers=mock.store.headers, trust_env=False).json()["data"]

    assert results.ended_early.startswith("the run ended early: 1 of the first ")
    assert (left, results.exit_status) == ([], 1)


def _status(operation: str, status: int) -> Any:
    @responses
    def act(response: Response, request: Request) -> None:
        if request.operation == operation and response.is_success:
            response.status = status

    return act


@pytest.mark.parametrize(("operation", "status"), [("createInvoice", 201), ("listInvoices", 206)])
def test_another_success(mock: Target, seed: int, operation: str, status: int) -> None:
    """
    A target that returns another success than 200 can be checked, and breaks the promise about it.
    """
    results = _run(mock, _status(operation, status), seed, "success-is-200")

    assert _verdicts(results) == {"success-is-200": "broken"}


def test_empty_list_that_fails(seed: int) -> None:
    """
    A target that fails to return an empty list, as a new store has, can be checked.
    """

    def empty_list_is_500(request: Request, service: Service) -> Response:
        response = service.send(request)
        is_empty = request.operation == "listInvoices" and response.is_success and not response.json["data"]
        return Response.error(500, "No first element.") if is_empty else response

    with embedded_mock() as mock:
        results = _run(mock, empty_list_is_500, seed, "no-server-errors", "list-filters")

    assert results.promises["no-server-errors"].verdict == "broken"


def test_response_that_cannot_be_decoded(mock: Target, seed: int) -> None:
    """
    A response that cannot be decoded counts as missing, which breaks one promise and does not end the run.
    """

    @responses
    def unreadable(response: Response, request: Request) -> None:
        if request.operation == "createInvoice":
            response.headers["Content-Encoding"], response.body = "gzip", b"nope"

    results = _run(mock, unreadable, seed, "every-request-gets-a-response")

    assert _verdicts(results) == {"every-request-gets-a-response": "broken"}
    failure, *_ = results.promises["every-request-gets-a-response"].failures
    assert "DecodingError: " in failure.received
    assert failure.curl.startswith("curl -X POST ")
    assert (failure.response, results.problem) == ("", "")


def test_redirects_are_responses(mock: Target, seed: int) -> None:
    """
    A redirect is not followed, and is judged like any other response.
    """

    @responses
    def in_a_circle(response: Response, request: Request) -> None:
        if request.operation == "getInvoice":
            response.status, response.headers["Location"] = 302, f"/api/v3/io/ip{request.path}"

    results = _run(mock, in_a_circle, seed, "responses-match-the-contract")

    assert _verdicts(results) == {"responses-match-the-contract": "broken"}
    assert results.problem == ""


def test_limited_target_is_not_broken(mock: Target, seed: int) -> None:
    """
    A target that accepts no more requests for now ends the run, and breaks no promise.
    """

    def limits_creates(request: Request, service: Service) -> Response:
        return Response.error(429, "Too many.") if request.operation == "createInvoice" else service.send(request)

    results = _run(mock, limits_creates, seed, "type-default")

    _halted("type-default", results)
    assert results.problem == (
        "the target limits requests (429); raise its limit, or use --profile live, which keeps to it"
    )
    assert results.promises["type-default"].reason == results.problem


def test_quick_run_stays_quick(mock: Target, seed: int) -> None:
    """
    A quick run on a broken server sends hardly more requests than on a correct one: it does not shrink examples.
    """

    @invoices
    def completed(invoice: dict[str, Any], _: dict[str, Any]) -> None:
        invoice["status"] = 2

    results = _run(mock, completed, seed)

    assert "open-status-is-kept" in {result.promise.id for result in results.broken}
    assert results.requests <= QUICK + 10


def test_full_run_after_a_quick_one(mock: Target, seed: int) -> None:
    """
    A full run draws its many examples also after a quick one in the same process, which draws few.
    """
    only = frozenset({"due-date-default"})

    quick = run(mock, Options("quick", seed, only=only)).requests
    full = run(mock, Options("full", seed + 1, only=only)).requests

    assert full > 4 * quick
