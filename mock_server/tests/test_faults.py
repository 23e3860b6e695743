"""
Faults in process: what the caller receives, what is stored, and which requests they affect.
"""

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import attrs
import httpx
import pytest

from b2b_invoices_mock import FaultPlan, InvoiceLedger, Settings, create_app, open_ledger
from b2b_invoices_mock.faults import kinds
from b2b_invoices_mock.faults.kinds import (
    Delay,
    DropAfterCommit,
    DropBeforeCommit,
    Fault,
    Hang,
    RateLimited,
    Refuse,
    TornBody,
    WrongContentType,
)
from b2b_invoices_mock.ledger import ListQuery
from b2b_invoices_mock.settings import RateLimit
from b2b_invoices_spec import Contract

CREDENTIALS = {"X-Store-Hash": "teststore", "X-Auth-Token": "test-token"}
NO_RESPONSE = "Server disconnected without sending a response."
HALF_A_RESPONSE = "peer closed connection without sending complete message body (received 28 bytes, expected 57)"
CREATED = {"code": 200, "data": {"id": 1}, "meta": {"message": "Success"}}


def draft(number: str = "INV-1", **fields: Any) -> dict[str, Any]:
    """
    Return a valid body, with *fields* added.
    """
    hundred = {"code": "USD", "value": 100}
    return {
        "invoiceNumber": number,
        "originalBalance": hundred,
        "openBalance": hundred,
        "customerId": "12345",
        **fields,
    }


@attrs.define
class Caller:
    """
    Calls a mock of its own, in process.

    Attributes:
        faults: Its fault plan.
        slept: The waits of the mock, in seconds.
        ledger: Its ledger.
        app: Its ASGI application.
    """

    faults: FaultPlan
    slept: list[float]
    ledger: InvoiceLedger
    app: Any

    @classmethod
    def of(cls, contract: Contract, settings: Settings) -> "Caller":
        """
        Return a caller of a new mock.
        """
        slept: list[float] = []

        async def sleep(seconds: float) -> None:
            slept.append(seconds)

        plan, ledger = FaultPlan(contract, sleep=sleep), open_ledger()
        return cls(plan, slept, ledger, create_app(contract, settings, ledger, faults=plan))

    @property
    def stored(self) -> list[str]:
        """The numbers of the stored invoices."""
        return [invoice["invoiceNumber"] for invoice in self.ledger.list("teststore", ListQuery()).invoices]

    def request(self, method: str, path: str = "/invoices", *, timeout: float = 60, **options: Any) -> httpx.Response:
        """
        Send a request, with a timeout in seconds.
        """
        return asyncio.run(self._request(method, path, timeout, {"headers": CREDENTIALS} | options))

    def create(self, body: Any = None, **options: Any) -> httpx.Response:
        """
        Send *body*, or a valid one, to createInvoice.
        """
        return self.request("POST", json=body or draft(), **options)

    async def _request(self, method: str, path: str, seconds: float, options: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://mock/api/v3/io/ip") as http,
            asyncio.timeout(seconds),
        ):
            return await http.request(method, path, **options)


@pytest.fixture(name="contract", scope="module")
def _contract() -> Contract:
    """
    The contract.
    """
    return Contract.load()


@pytest.fixture(name="make_caller")
def _make_caller(contract: Contract) -> Iterator[Callable[..., Caller]]:
    """
    Make a caller of a new mock, with settings of the test's choice.
    """
    callers = []

    def make(**settings: Any) -> Caller:
        callers.append(Caller.of(contract, Settings(**settings)))
        return callers[-1]

    yield make

    for caller in callers:
        caller.ledger.close()


@pytest.fixture(name="caller")
def _caller(make_caller: Callable[..., Caller]) -> Caller:
    """
    A caller of a new mock, with default settings.
    """
    return make_caller()


# ---------------------------------------------------------------- what the caller receives


def test_without_a_fault(caller: Caller) -> None:
    """
    Without a fault, requests are executed.
    """
    response = caller.create()

    assert response.json() == CREATED
    assert caller.stored == ["INV-1"]


@pytest.mark.parametrize(
    ("fault", "message", "stored"),
    [
        pytest.param(DropBeforeCommit(), NO_RESPONSE, [], id="drop_before_commit"),
        pytest.param(DropAfterCommit(), NO_RESPONSE, ["INV-1"], id="drop_after_commit"),
        pytest.param(TornBody(), HALF_A_RESPONSE, ["INV-1"], id="torn_body"),
    ],
)
def test_no_response(caller: Caller, fault: Fault, message: str, stored: list[str]) -> None:
    """
    A dropped connection raises in process what httpx raises over TCP; after the commit, the invoice is stored.
    """
    caller.faults.add(fault)

    with pytest.raises(httpx.RemoteProtocolError, match=f"^{re.escape(message)}$"):
        caller.create()

    assert caller.stored == stored


def test_delay(caller: Caller) -> None:
    """
    A delayed response comes after the wait, unchanged.
    """
    caller.faults.add(Delay(2.5))

    response = caller.create()

    assert caller.slept == [2.5]
    assert response.json() == CREATED
    assert caller.stored == ["INV-1"]


def test_a_delayed_create_is_stored_at_once(caller: Caller) -> None:
    """
    A caller that stops waiting has created an invoice all the same.
    """

    async def sleep_forever(_: float) -> None:
        await asyncio.Event().wait()

    caller.faults._sleep = sleep_forever
    caller.faults.add(Delay(2.5))

    with pytest.raises(TimeoutError):
        caller.create(timeout=0.05)

    assert caller.stored == ["INV-1"]


def test_hang(caller: Caller) -> None:
    """
    A request that hangs gets no response, and stores nothing.
    """
    caller.faults.add(Hang())

    with pytest.raises(TimeoutError):
        caller.create(timeout=0.05)

    assert caller.stored == []


@pytest.mark.parametrize("status", [200, 504])
def test_wrong_content_type(caller: Caller, status: int) -> None:
    """
    An HTML page is returned instead of the response, although the invoice is stored.
    """
    caller.faults.add(WrongContentType(status))

    response = caller.create()

    assert (response.status_code, response.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert response.text.startswith("<!DOCTYPE html>\n")
    assert caller.stored == ["INV-1"]


def test_rate_limited(caller: Caller) -> None:
    """
    A rate-limited request gets the vendor's headers, in the vendor's spelling, and stores nothing.
    """
    caller.faults.add(RateLimited(0.25))

    response = caller.create()

    assert response.status_code == 429
    assert {
        name: value
        for name, value in response.headers.items()
        if name.startswith("x-request") and name != "x-request-id"
    } == {
        "x-requests-allocated": "150 times/60 s",
        "x-requests-window-length": "0 times",
        "x-requests-remaining": "0 times",
        "x-request-window-resets-after": "0.25 s",
    }
    assert caller.stored == []


def test_rate_limited_within_a_limit(make_caller: Callable[..., Caller]) -> None:
    """
    With a rate limit, the headers of the fault report that limit as used up.
    """
    caller = make_caller(rate_limit=RateLimit(20, 10))
    caller.faults.add(RateLimited(0.25))

    headers = [caller.create().headers for _ in range(2)]

    assert [h["X-Requests-Allocated"] for h in headers] == ["20 times/10 s"] * 2
    assert [h["X-Requests-Remaining"] for h in headers] == ["0 times", "18 times"]


def test_every_documented_error(caller: Caller, contract: Contract) -> None:
    """
    Every documented error of createInvoice can be requested by name: its status, its example, nothing stored.
    """
    operation = contract.operations[0]

    for error in operation.errors:
        caller.faults.add(Refuse(error.name))
        response = caller.create()
        assert (response.status_code, response.json()) == (error.statuses[0], error.body)

    assert operation.id == "createInvoice"
    assert [error.statuses[0] for error in operation.errors] == [
        *(400, 400, 400, 401, 401, 403, 404, 404, 405, 406, 413, 415, 422, 429, 500),
    ]
    assert caller.stored == []


@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(400, {"code": 400, "data": {"errMsg": "The invoice number already exists."}}, id="first-of-three"),
        pytest.param(500, {"code": 500, "data": {}}, id="500"),
        pytest.param(503, {"code": 503, "data": {}}, id="another-of-5XX"),
    ],
)
def test_refuse_by_status(caller: Caller, status: int, body: dict[str, Any]) -> None:
    """
    A status means its first example, and `code` of the envelope is that status.
    """
    caller.faults.add(Refuse(status))

    response = caller.create()

    assert response.status_code == status
    assert {**response.json(), "meta": None} == {**body, "meta": None}


@pytest.mark.parametrize(
    ("error", "header", "value"),
    [
        pytest.param("method-not-allowed", "Allow", "GET, HEAD, OPTIONS, POST", id="405"),
        pytest.param("too-many", "X-Request-Window-Resets-After", "1.0 s", id="429"),
    ],
)
def test_an_error_has_its_headers(caller: Caller, error: str, header: str, value: str) -> None:
    """
    An error response has the headers that the contract documents for it.
    """
    caller.faults.add(Refuse(error))

    assert caller.create().headers[header] == value


@pytest.mark.parametrize("fault", [DropAfterCommit(), TornBody(), WrongContentType(), Delay(1.0)])
def test_an_error_response_is_affected_too(caller: Caller, fault: Fault) -> None:
    """
    A fault after the commit also affects the error response of an invalid request, and nothing is stored.
    """
    caller.faults.add(fault)

    with suppress(httpx.RemoteProtocolError):
        caller.create({"invoiceNumber": 1})

    assert caller.stored == []
    assert caller.faults.left == ()


# ---------------------------------------------------------------- which requests are affected


def test_the_next_requests_are_affected(caller: Caller) -> None:
    """
    A fault affects as many requests as its `times` says, then the next fault follows.
    """
    caller.faults.add(Refuse(400, times=2), Refuse(503))

    statuses = [caller.create().status_code for _ in range(4)]

    assert statuses == [400, 400, 503, 200]


def test_faults_left(caller: Caller) -> None:
    """
    The plan lists the faults that are left; `times` is the number of requests that each still affects.
    """
    caller.faults.add(Refuse(400, times=3), Hang(operation="getInvoice"))

    caller.create()

    assert caller.faults.left == (Refuse(400, times=2), Hang(operation="getInvoice"))


def test_other_operations_are_not_affected(caller: Caller) -> None:
    """
    A fault with an operation affects only requests of that operation.
    """
    caller.faults.add(Refuse(503, operation="getInvoice"))

    statuses = [caller.create().status_code, caller.request("GET").status_code]

    assert statuses == [200, 200]
    assert caller.request("GET", "/invoices/1").status_code == 503


def test_an_error_affects_operations_that_document_it(caller: Caller) -> None:
    """
    A `refuse` fault without an operation affects only operations that document its error.
    """
    caller.faults.add(Refuse(422))

    statuses = [caller.request("GET").status_code, caller.create().status_code]

    assert statuses == [200, 422]


def test_a_cleared_plan(caller: Caller) -> None:
    """
    A cleared plan affects no request.
    """
    caller.faults.add(Hang(times=5))

    caller.faults.clear()

    assert caller.create().status_code == 200


def test_unauthorized_requests_are_not_affected(caller: Caller) -> None:
    """
    A request with invalid credentials is rejected as usual, and uses up no fault.
    """
    caller.faults.add(DropBeforeCommit())

    response = caller.create(headers={**CREDENTIALS, "X-Auth-Token": "wrong"})

    assert response.status_code == 401
    assert caller.faults.left == (DropBeforeCommit(),)


def test_rate_limited_requests_are_not_affected(make_caller: Callable[..., Caller]) -> None:
    """
    A request beyond the rate limit is rejected as usual, and uses up no fault.
    """
    caller = make_caller(rate_limit=RateLimit(1, 60))
    caller.request("GET")
    caller.faults.add(DropBeforeCommit())

    response = caller.create()

    assert response.status_code == 429
    assert caller.faults.left == (DropBeforeCommit(),)


# ---------------------------------------------------------------- invalid faults


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(lambda: Hang(times=0), "Invalid times 0: expected at least 1.", id="times"),
        pytest.param(lambda: Delay(-1.0), "Invalid seconds -1.0: expected 0 to 31536000, which is a year.", id="delay"),
        pytest.param(
            lambda: Delay(float("nan")),
            "Invalid seconds nan: expected 0 to 31536000, which is a year.",
            id="not-a-number",
        ),
        pytest.param(
            lambda: Delay(float("inf")),
            "Invalid seconds inf: expected 0 to 31536000, which is a year.",
            id="infinite",
        ),
        pytest.param(
            lambda: RateLimited(-1.0),
            "Invalid seconds -1.0: expected 0 to 31536000, which is a year.",
            id="rate_limited",
        ),
        pytest.param(lambda: WrongContentType(101), "Invalid status 101: expected 200 to 599.", id="status"),
    ],
)
def test_invalid_values(make: Callable[[], Fault], message: str) -> None:
    """
    A fault with an invalid value cannot be created.
    """
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make()


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        pytest.param(
            Hang(operation="createInvoices"),
            "Unknown operation 'createInvoices': expected one of createInvoice, listInvoices, getInvoice, "
            "deleteInvoice.",
            id="operation",
        ),
        pytest.param(
            Refuse("number-takn", operation="getInvoice"),
            "Unknown error 'number-takn' of getInvoice: expected a status, or one of missing-credentials, "
            "unknown-credentials, another-store, no-such-invoice, method-not-allowed, not-acceptable, too-many, "
            "server-error.",
            id="error",
        ),
        pytest.param(
            Refuse(200),
            "Unknown error 200 of the API: expected a status, or one of number-taken, order-already-invoiced, "
            "malformed-json, "
            "missing-credentials, unknown-credentials, another-store, no-such-channel, no-such-company, "
            "method-not-allowed, not-acceptable, too-large, not-json, violations, too-many, server-error, "
            "invalid-query, no-such-invoice.",
            id="success",
        ),
    ],
)
def test_faults_that_match_no_request(caller: Caller, fault: Fault, message: str) -> None:
    """
    A fault that no request could match is rejected with the alternatives, and no fault is added.
    """
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        caller.faults.add(Hang(), fault)

    assert caller.faults.left == ()


def test_the_drawing_is_true() -> None:
    """
    The tree at the top of the module shows every fault, with its name and its sentence.
    """
    drawn = re.findall(r"^    [├└]── (\w+) +(\w+) +(.+)$", kinds.__doc__ or "", re.MULTILINE)

    classes = {kind.__name__: kind for kind in Fault.__subclasses__()}

    assert [name for name, _, _ in drawn] == list(classes)
    for name, tag, sentence in drawn:
        assert classes[name].__struct_config__.tag == tag
        assert (classes[name].__doc__ or "").strip().partition(".")[0] == sentence[0].upper() + sentence[1:]
