"""
The request log: what it keeps of each request, and which requests it omits.
"""

import asyncio
from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx
import pytest
from starlette.types import Message

from b2b_invoices_mock import RequestLog, Settings
from b2b_invoices_mock.faults.kinds import Delay, DropAfterCommit, Fault, Refuse, TornBody, WrongContentType
from b2b_invoices_mock.request_log import shown_headers
from b2b_invoices_spec import Contract
from mock_server.tests.client import NOW, sent_by
from mock_server.tests.conftest import Body, MakeInvoice
from mock_server.tests.controlled import INVOICES, ControlledMock
from mock_server.tests.server import HEADERS

RAW_HEADERS = [
    (b"content-type", b"application/json"),
    *((k.lower().encode(), v.encode()) for k, v in HEADERS.items()),
]


@pytest.fixture(name="mock")
def _mock(contract: Contract, runner: asyncio.Runner) -> Iterator[ControlledMock]:
    """
    A new mock with a small request log; each call of its timer takes a second.
    """
    ticks = count()
    record = RequestLog(lambda: NOW, limit=3, body_limit=1000, total_limit=3500, timer=lambda: float(next(ticks)))
    mock = ControlledMock.of(contract, Settings(), runner, record=record)

    yield mock

    mock.ledger.close()


def send(mock: ControlledMock, method: str, path: str = INVOICES, **options: Any) -> httpx.Response | None:
    """
    Send one request; return None if a fault closes the connection.
    """
    try:
        return mock.call(method, path, **{"headers": HEADERS} | options)
    except httpx.RemoteProtocolError:
        return None


async def ignore(_: Message) -> None:
    """
    Receive a message of the mock, and ignore it.
    """


def test_request_and_response(mock: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    The log has the request as sent and the response as returned.
    """
    body = make_invoice()

    response = send(mock, "POST", f"{INVOICES}?a=%20b", json=body)

    (seen,) = mock.record
    assert response is not None
    assert (seen.number, seen.received_at, seen.seconds) == (1, NOW, 1)
    assert (seen.method, seen.path, seen.query, seen.operation) == ("POST", INVOICES, "a=%20b", "createInvoice")
    assert (seen.status, seen.verdict, seen.reason, seen.violations) == (200, "accepted", "", {})
    assert (seen.body, seen.response_body) == (response.request.content, response.content)
    assert shown_headers(seen.response_headers) == dict(response.headers)


def test_credentials_are_hidden(mock: ControlledMock) -> None:
    """
    Credentials are hidden, in the shown headers and in the repr of an entry.
    """
    send(mock, "GET", headers={**HEADERS, "Cookie": "secret", "authToken": "secret", "X-Other": "1"})

    (seen,) = mock.record
    shown = shown_headers(seen.headers)
    assert {name: shown[name] for name in ("x-store-hash", "x-auth-token", "cookie", "authtoken", "x-other")} == {
        "x-store-hash": "[hidden]",
        "x-auth-token": "[hidden]",
        "cookie": "[hidden]",
        "authtoken": "[hidden]",
        "x-other": "1",
    }
    assert not [secret for secret in ("test-token", "teststore", "secret") if secret in repr(seen)]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"headers": {}}, id="credentials"),
        pytest.param({"path": "/orders"}, id="path"),
        pytest.param({"method": "PUT"}, id="method"),
        pytest.param({"headers": {**HEADERS, "Prefer": "code=429"}}, id="prefer"),
    ],
)
def test_body_of_a_rejected_request(mock: ControlledMock, options: dict[str, Any]) -> None:
    """
    The log has the body even if the request is rejected without it.
    """
    send(mock, **{"method": "POST", "content": b"[1]"} | options)

    (seen,) = mock.record
    assert (seen.body, seen.body_size) == (b"[1]", 3)


@pytest.mark.parametrize(
    ("request_", "verdict", "reason"),
    [
        pytest.param(
            {"method": "POST", "json": {"invoiceNumber": 1, "originalBalance": {}}},
            "refused",
            "invoiceNumber: Not a valid string.; openBalance: This field is required.; "
            "customerId: This field is required.; originalBalance.code: This field is required.; "
            "originalBalance.value: This field is required.",
            id="body",
        ),
        pytest.param(
            {"method": "GET", "params": {"limit": "ten"}}, "refused", "limit: A valid integer is required.", id="query"
        ),
        pytest.param({"method": "GET", "path": f"{INVOICES}/7"}, "refused", "Invoice does not exist", id="no-invoice"),
        pytest.param({"method": "GET", "path": "/orders"}, "refused", "Not Found", id="no-path"),
        pytest.param({"method": "PUT"}, "refused", 'Method "PUT" not allowed.', id="no-method"),
        pytest.param(
            {"method": "GET", "headers": {}}, "refused", "Invalid token header. No credentials provided.", id="no-one"
        ),
        pytest.param({"method": "HEAD"}, "accepted", "", id="head"),
        pytest.param(
            {"method": "GET", "headers": {**HEADERS, "Prefer": "example=too-many, code=429"}},
            "refused",
            "asked for by Prefer: code=429, example=too-many",
            id="preferred-error",
        ),
        pytest.param(
            {"method": "GET", "headers": {**HEADERS, "Prefer": "code=200"}},
            "accepted",
            "asked for by Prefer: code=200",
            id="preferred-success",
        ),
    ],
)
def test_verdicts(mock: ControlledMock, request_: dict[str, Any], verdict: str, reason: str) -> None:
    """
    The log has the verdict and the reason, for errors and for responses requested with `Prefer`.
    """
    send(mock, **request_)

    (seen,) = mock.record
    found = {part.partition(": ")[0]: part for part in seen.reason.split("; ")}
    assert seen.verdict == verdict
    assert found == {part.partition(": ")[0]: part for part in reason.split("; ")}


def test_violations(mock: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    The log has the violations by field, even if a fault dropped the response.
    """
    mock.faults.add(DropAfterCommit())

    send(mock, "POST", json=make_invoice(customerId=7))

    (seen,) = mock.record
    assert seen.violations == {"customerId": ["Not a valid string."]}
    assert (seen.verdict, seen.reason) == ("lost", "fault: drop_after_commit; customerId: Not a valid string.")


@pytest.mark.parametrize(
    ("fault", "verdict", "status"),
    [
        (Refuse("number-taken"), "refused", 400),
        (Refuse(503), "failed", 503),
        (Delay(0), "accepted", 200),
        (DropAfterCommit(), "lost", None),
        (TornBody(), "lost", 200),
        (WrongContentType(), "accepted", 200),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_faults(
    mock: ControlledMock, make_invoice: MakeInvoice, fault: Fault, verdict: str, status: int | None
) -> None:
    """
    The log has the fault that was applied to a request.
    """
    mock.faults.add(fault)

    send(mock, "POST", json=make_invoice())

    (seen,) = mock.record
    assert (seen.verdict, seen.status, seen.reason) == (verdict, status, f"fault: {fault.name}")


def test_waiting_request(mock: ControlledMock) -> None:
    """
    A request is logged as waiting until it has a response, and as lost if the caller disconnects before.
    """

    async def give_up() -> tuple[str, str, str]:
        held, left = asyncio.Event(), asyncio.Event()
        scope = {"type": "http", "method": "POST", "path": INVOICES, "query_string": b"", "headers": RAW_HEADERS}

        async def receive() -> Any:
            held.set()
            await left.wait()
            return {"type": "http.disconnect"}

        task = asyncio.create_task(mock.app(scope, receive, ignore))
        await held.wait()
        (seen,) = mock.record
        before = seen.verdict
        left.set()
        await task
        return before, seen.verdict, seen.reason

    assert mock.runner.run(give_up()) == ("waiting", "lost", "the caller disconnected")


def test_path_that_is_not_text(mock: ControlledMock) -> None:
    """
    A path with bytes that are not text is logged and can be shown.
    """
    scope = {"type": "http", "method": "GET", "path": "/invoices/\udcff", "query_string": b"\xff", "headers": []}

    mock.runner.run(sent_by(mock.app, scope, {"type": "http.request"}))

    (seen,) = mock.record
    assert (seen.verdict, seen.status) == ("refused", 404)
    assert f"{seen.path}?{seen.query}".encode()


def test_latest_requests_are_kept(mock: ControlledMock) -> None:
    """
    Only the latest requests are kept, and their numbers do not change.
    """
    for _ in range(5):
        send(mock, "GET")

    assert [seen.number for seen in mock.record] == [3, 4, 5]
    assert [seen.number for seen in mock.record.newest_first()] == [5, 4, 3]
    assert [number for number in range(7) if mock.record.get(number)] == [3, 4, 5]


def test_large_bodies_are_truncated(mock: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    Of a large body the log keeps the beginning and the size.
    """
    body: Body = make_invoice(termsConditions="x" * 5000)

    send(mock, "POST", json=body)

    (seen,) = mock.record
    assert (len(seen.body), seen.body_size > 5000) == (1000, True)
    assert len(seen.response_body) == seen.response_size


def test_compressed_responses_can_be_read(mock: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    A compressed response is kept as sent, and can be read and searched uncompressed.
    """
    send(mock, "POST", json=make_invoice(termsConditions="x" * 900))
    response = send(mock, "GET", headers={**HEADERS, "Accept-Encoding": "gzip"})

    *_, seen = mock.record
    assert response is not None
    assert shown_headers(seen.response_headers)["content-encoding"] == "gzip"
    assert (seen.response_body != response.content, seen.plain_response_body) == (True, response.content)
    assert seen.holds("INV-1")


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        pytest.param({"method": "POST", "json": {"termsConditions": "x" * 5000}}, [2, 3], id="bodies"),
        pytest.param({"method": "GET", "headers": {**HEADERS, "X-Long": "x" * 3000}}, [3], id="headers"),
    ],
)
def test_all_requests_together_are_bounded(mock: ControlledMock, options: dict[str, Any], numbers: list[int]) -> None:
    """
    The oldest requests are removed when all bodies and headers together exceed the limit.
    """
    for _ in range(3):
        send(mock, **options)

    assert [seen.number for seen in mock.record] == numbers


def test_own_routes_are_not_logged(mock: ControlledMock) -> None:
    """
    Requests to the mock's own routes are not logged.
    """
    for path in ("/_mock", "/_mock/", "/_mock/faults", "/_mock/nothing"):
        send(mock, "GET", path)

    assert len(mock.record) == 0


@pytest.mark.parametrize("path", ["/_mocks", "/_mockery/faults", "/_MOCK/", "/_mock%0A"])
def test_similar_paths_are_logged(mock: ControlledMock, path: str) -> None:
    """
    A path that only begins like the mock's own routes is logged, as an unknown path.
    """
    send(mock, "GET", path)

    assert [(seen.path, seen.status) for seen in mock.record] == [(path, 404)]


def test_errors_are_kept_without_traceback(mock: ControlledMock) -> None:
    """
    A logged error has its reason, but not its traceback, whose frames would keep whole invoices in memory.
    """
    send(mock, "POST", json={})

    (seen,) = mock.record
    assert seen.error is not None
    assert (seen.error.__traceback__, seen.error.__context__, seen.error.__cause__) == (None, None, None)
