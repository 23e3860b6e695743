"""
`B2BMock`: the same interface to a mock in the test's process and to a mock server in another process.
"""

import asyncio
import doctest
import importlib
import json
import pkgutil
import socket
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import attrs
import httpx
import pytest
import respx
import yaml
from respx.models import AllMockedAssertionError
from starlette.responses import StreamingResponse

from b2b_invoices import Balance, Client, CreateInvoiceRequest, Retries, errors
from b2b_invoices.api.invoices import create_invoice, create_invoice_once, list_invoices
from b2b_invoices_mock import testing
from b2b_invoices_mock.testing import B2BMock, Options, control_api, local_mock
from b2b_invoices_mock.testing.control_api import ControlApi, ControlFailed
from b2b_invoices_mock.testing.event_loop import BlockingRunner
from b2b_invoices_mock.testing.in_process import EndlessWait, InProcessTransport
from b2b_invoices_mock.testing.nearest import explanation
from b2b_invoices_mock.testing.remote import MockServers, control_api_of
from b2b_invoices_spec import Contract
from b2b_invoices_spec import contract as spec
from mock_server.tests.server import INVOICE

DUE = Balance(code="USD", value=Decimal("100.10"))
DAY = 24 * 60 * 60
Create = Callable[[Client], None]
STARTED = datetime(2026, 1, 31, 9, tzinfo=UTC)


@pytest.fixture(name="mock", params=["b2b_mock", "b2b_mock_server"])
def _mock(request: pytest.FixtureRequest) -> B2BMock:
    mock: B2BMock = request.getfixturevalue(request.param)
    return mock


def draft(number: str = "INV-1") -> CreateInvoiceRequest:
    """
    Return a valid body of createInvoice.
    """
    return CreateInvoiceRequest(invoice_number=number, customer_id="12345", original_balance=DUE, open_balance=DUE)


def impatient(mock: B2BMock, timeout: float = 0.5) -> Client:
    """
    Return a client without retries, with a *timeout* in seconds.
    """
    return Client.from_env(mock.environ, retries=Retries.off(), timeout=timeout)


def create_sync(client: Client) -> None:
    """
    Create an invoice with a sync call.
    """
    with client:
        create_invoice.sync(client=client, body=draft())


def create_async(client: Client) -> None:
    """
    Create an invoice with an async call.
    """

    async def create() -> None:
        async with client:
            await create_invoice.asyncio(client=client, body=draft())

    asyncio.run(create())


# ---------------------------------------------------------------- in process and in another process


def test_starts_empty(mock: B2BMock) -> None:
    """
    A test starts with an empty store, log and fault list, even if earlier tests left something.
    """
    assert (mock.invoices, mock.requests, mock.faults_left) == ([], [], [])

    create_invoice.sync(client=mock.client, body=draft())
    mock.clock.forward(days=400)
    mock.fail_next("hang", times=3)

    assert (len(mock.invoices), len(mock.requests), len(mock.faults_left)) == (1, 1, 1)
    mock.clear_faults()


test_starts_empty_again = test_starts_empty


def test_invoices_are_exact(mock: B2BMock) -> None:
    """
    `invoices` returns the client's model with exact amounts, and adds nothing to the request log.
    """
    created = create_invoice.sync(client=mock.client, body=draft())

    (invoice,) = mock.invoices
    assert (invoice.id, invoice.invoice_number, invoice.open_balance.value) == (created.data.id, "INV-1", DUE.value)
    assert len(mock.requests) == 1


def test_requests(mock: B2BMock) -> None:
    """
    `requests` has the body and the outcome of each request, and hides credentials.
    """
    body, headers = {"customerId": 7, "openBalance": 1.5}, mock.credentials.headers

    httpx.post(f"{mock.base_url}/invoices", json=body, headers=headers, trust_env=False)
    httpx.get(f"{mock.base_url}/invoices?limit=1", trust_env=False)

    invalid, anonymous = mock.requests
    assert (invalid.number, invalid.method, invalid.path) == (1, "POST", "/api/v3/io/ip/invoices")
    assert (invalid.operation, invalid.status, invalid.nearest) == ("createInvoice", 422, "")
    assert invalid.verdict == "refused"
    assert invalid.body["openBalance"] == Decimal("1.5")
    assert invalid.violations["customerId"] == ["Not a valid string."]
    assert mock.credentials.access_token not in repr(invalid.headers)
    assert (anonymous.number, anonymous.query, anonymous.status, anonymous.body) == (2, "limit=1", 401, None)
    assert anonymous.nearest.endswith("X-Store-Hash is missing; X-Auth-Token is missing")


def test_large_bodies_are_whole(mock: B2BMock) -> None:
    """
    `requests` has the whole body of a request, even of a large one.
    """
    body = {"extraFields": [{"fieldName": "comments", "fieldValue": "x" * 100_000}]}

    httpx.post(f"{mock.base_url}/invoices", json=body, headers=mock.credentials.headers, trust_env=False)

    assert mock.requests[0].body == body


@pytest.mark.parametrize(
    ("fault", "options", "raised", "stored"),
    [
        ("delay", {"seconds": 2}, errors.OutcomeUnknown, 1),
        ("refuse", {"error": "number-taken"}, errors.InvoiceNumberTaken, 0),
        ("rate_limited", {}, errors.TooManyRequests, 0),
        ("drop_before_commit", {}, errors.OutcomeUnknown, 0),
        ("drop_after_commit", {}, errors.OutcomeUnknown, 1),
        ("torn_body", {}, errors.OutcomeUnknown, 1),
        ("wrong_content_type", {}, errors.UnexpectedAnswer, 1),
        ("hang", {}, errors.OutcomeUnknown, 0),
    ],
)
@pytest.mark.parametrize("create", [create_sync, create_async])
def test_faults(
    mock: B2BMock, create: Create, fault: Any, *, options: dict[str, Any], raised: type[Exception], stored: int
) -> None:
    """
    Each fault raises the same error and stores the same invoices in process as over TCP.
    """
    mock.fail_next(fault, operation="createInvoice", **options)

    with pytest.raises(raised):
        create(impatient(mock))

    assert len(mock.invoices) == stored
    assert mock.requests[-1].fault == fault


NO_RESPONSE = "Server disconnected without sending a response."
HALF_A_RESPONSE = "peer closed connection without sending complete message body (received 28 bytes, expected 57)"


@pytest.mark.parametrize(
    ("fault", "options", "outcome", "stored"),
    [
        ("delay", {"seconds": 0.01}, (200, "application/json"), 1),
        ("delay", {"seconds": 60}, (httpx.ReadTimeout, "timed out"), 1),
        ("refuse", {"error": "number-taken"}, (400, "application/json"), 0),
        ("rate_limited", {}, (429, "application/json"), 0),
        ("drop_before_commit", {}, (httpx.RemoteProtocolError, NO_RESPONSE), 0),
        ("drop_after_commit", {}, (httpx.RemoteProtocolError, NO_RESPONSE), 1),
        ("torn_body", {}, (httpx.RemoteProtocolError, HALF_A_RESPONSE), 1),
        ("wrong_content_type", {}, (200, "text/html; charset=utf-8"), 1),
        ("hang", {}, (httpx.ReadTimeout, "timed out"), 0),
    ],
)
def test_faults_with_httpx(
    mock: B2BMock, fault: Any, *, options: dict[str, Any], outcome: tuple[Any, str], stored: int
) -> None:
    """
    With plain httpx, each fault has the same status and content type, or raises the same error, in process as over TCP.
    """
    mock.fail_next(fault, **options)

    kind: Any
    try:
        response = httpx.post(
            f"{mock.base_url}/invoices",
            json=INVOICE,
            headers=mock.credentials.headers,
            timeout=0.5 if outcome[0] is httpx.ReadTimeout else 30,
            trust_env=False,
        )
    except httpx.HTTPError as error:
        kind, text = type(error), str(error)
    else:
        kind, text = response.status_code, response.headers["Content-Type"]

    assert (kind, text.removeprefix("The read operation ")) == outcome
    assert len(mock.invoices) == stored


def test_waits_move_the_clock(mock: B2BMock) -> None:
    """
    Retries wait on the mock's clock, so they take no time.
    """
    began = mock.clock.timestamp
    mock.fail_next("rate_limited", seconds=3600, times=2)
    patient = attrs.evolve(mock.retries, deadline=10_000)

    with Client.from_env(mock.environ, retries=patient) as client:
        list_invoices.sync(client=client)

    assert 7200 <= mock.clock.timestamp - began < 7260


def test_clock_is_set(mock: B2BMock) -> None:
    """
    Due dates are computed from the time that the test sets.
    """
    mock.clock.set(STARTED)

    create_invoice.sync(client=mock.client, body=draft())

    assert 0 <= mock.invoices[0].due_date - 30 * DAY - STARTED.timestamp() < 60


@pytest.mark.b2b_mock(dialect="observed", payment_terms=14, companies=["12345"], rate_limit="3/60s")
def test_options(mock: B2BMock) -> None:
    """
    The marker's options are those of the mock.
    """
    response = create_invoice.sync_detailed(client=mock.client, body=draft())
    unknown_company = draft("INV-2")
    unknown_company.customer_id = "67890"
    with pytest.raises(errors.NotFound, match="Company Does not Exist"):
        create_invoice.sync(client=mock.client, body=unknown_company)

    (invoice,) = mock.invoices
    assert json.loads(response.content)["meta"]["message"] == "SUCCESS"
    assert response.headers["X-Requests-Allocated"] == "3 times/60 s"
    assert 0 <= mock.clock.timestamp + 14 * DAY - invoice.due_date < 60


ONE_YEAR = "expected 0 to 31536000, which is a year"


@pytest.mark.parametrize(
    ("fault", "options", "message"),
    [
        ("hang", {"seconds": 3}, "Unknown option 'seconds' of the fault 'hang': expected operation, times."),
        ("delay", {}, "Missing option: fail_next('delay', seconds=...)."),
        ("delay", {"seconds": -1}, f"Invalid seconds -1.0: {ONE_YEAR}"),
        ("delay", {"seconds": float("inf")}, f"Invalid seconds inf: {ONE_YEAR}"),
        ("delay", {"seconds": float("nan")}, f"Invalid seconds nan: {ONE_YEAR}"),
        ("rate_limited", {"seconds": 1e300}, f"Invalid seconds 1e+300: {ONE_YEAR}"),
        ("wrong_content_type", {"status": 101}, "Invalid status 101: expected 200 to 599"),
        ("refuse", {"error": object()}, "Expected `int | str`, got `object` - at `error`"),
        ("hang", {"times": 0}, "Invalid times 0: expected at least 1"),
        ("hang", {"times": "2"}, "Expected `int`, got `str` - at `times`"),
        (
            "refuse",
            {"error": 418, "operation": "deleteInvoice"},
            "Unknown error 418 of deleteInvoice: expected a status, or one of missing-credentials, "
            "unknown-credentials, another-store, no-such-invoice, method-not-allowed, not-acceptable, too-many, "
            "server-error.",
        ),
        (
            "refuse",
            {"error": 200},
            "Unknown error 200 of the API: expected a status, or one of number-taken, order-already-invoiced, "
            "malformed-json, missing-credentials, unknown-credentials, another-store, no-such-channel, "
            "no-such-company, method-not-allowed, not-acceptable, too-large, not-json, violations, too-many, "
            "server-error, invalid-query, no-such-invoice.",
        ),
    ],
)
def test_invalid_faults(mock: B2BMock, fault: Any, options: dict[str, Any], message: str) -> None:
    """
    A fault that no request could trigger raises `ValueError` where it is set, with the same message for both mocks.
    """
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the whole message is compared
        mock.fail_next(fault, **options)

    assert str(raised.value) == message
    assert mock.faults_left == []


def test_repr(mock: B2BMock, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    `repr` shows the address and the store of the mock, but no token, and sends no request: the server may be stopped.
    """
    monkeypatch.delattr(ControlApi, "call")

    assert repr(mock) == f"<B2BMock {mock.base_url} Credentials(store_hash='teststore')>"


# ---------------------------------------------------------------- in another process


@pytest.fixture(name="control")
def _control(b2b_mock_server: B2BMock) -> ControlApi:
    return control_api_of(b2b_mock_server.base_url)


@pytest.mark.b2b_mock(rate_limit="1/60s")
@pytest.mark.parametrize("turn", range(2))
def test_server_is_reset(b2b_mock_server: B2BMock, control: ControlApi, turn: int) -> None:
    """
    A mock server is reset before each test: dialect, snapshots, rate limit and request numbers.
    """
    dialect, snapshots = control.call("GET", "health")["data"]["dialect"], control.call("GET", "snapshots")["data"]
    response = httpx.get(f"{b2b_mock_server.base_url}/invoices", headers=b2b_mock_server.credentials.headers)

    assert (turn, dialect, snapshots, response.status_code) == (turn, "documented", [], 200)
    assert [request.number for request in b2b_mock_server.requests] == [1]
    control.call("PUT", "dialect", {"name": "observed"})
    control.call("POST", "snapshots", {"name": "kept"})


def test_requests_on_several_pages(mock: B2BMock, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    `requests` reads all pages of the request log.
    """
    monkeypatch.setattr(control_api, "_PAGE_SIZE", 2)
    for number in range(5):
        create_invoice.sync(client=mock.client, body=draft(f"INV-{number}"))

    logged = [(request.number, request.body["invoiceNumber"]) for request in mock.requests]

    assert logged == [(number + 1, f"INV-{number}") for number in range(5)]


def test_killed_server_is_restarted() -> None:
    """
    If a mock server's process has ended, the next test gets a new one.
    """
    with closing(MockServers(Contract.load())) as servers:
        with servers.mock(Options()) as mock:
            first = mock.base_url
        (server,) = servers._started.values()
        server.process.kill()
        server.process.wait()

        with servers.mock(Options()) as mock:
            assert (mock.invoices, mock.base_url == first) == ([], False)


def test_control_api_error(control: ControlApi) -> None:
    """
    An error response of the control API raises an error that names the request.
    """
    with pytest.raises(ControlFailed, match=r"^GET /_mock/requests/7 returned 404: .*Unknown request '7'"):
        control.call("GET", "requests/7")


# ---------------------------------------------------------------- in process


def test_no_port(b2b_mock: B2BMock, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    In process, nothing opens a socket, so tests may forbid sockets, as pytest-socket does.
    """
    monkeypatch.setattr(socket, "socket", None)

    create_invoice.sync(client=b2b_mock.client, body=draft())
    create_invoice.sync(client=impatient(b2b_mock), body=draft("INV-2"))

    assert len(b2b_mock.invoices) == 2


def test_set_up_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Creating a mock neither reads the contract again nor compiles a validator.
    """
    contract = Contract.load()
    monkeypatch.setattr(yaml, "load", None)
    monkeypatch.setattr(spec, "Draft202012Validator", None)

    with local_mock(contract) as mock:
        create_invoice.sync(client=mock.client, body=draft())

        assert len(mock.invoices) == 1


def test_mocks_are_separate() -> None:
    """
    Two mocks at the same time share nothing but the contract.
    """
    contract = Contract.load()

    with local_mock(contract) as one, local_mock(contract) as other:
        create_invoice.sync(client=one.client, body=draft())
        other.fail_next("hang")
        other.clock.forward(days=1)

        assert (len(one.invoices), len(one.requests), one.faults_left) == (1, 1, [])
        assert (other.invoices, other.requests, len(other.faults_left)) == ([], [], 1)


def test_a_mock_in_a_mock(b2b_mock: B2BMock) -> None:
    """
    A second mock at the same time has a host of its own, which later mocks use again.
    """
    assert b2b_mock.base_url == "https://b2b.test/api/v3/io/ip"

    for _ in range(2):
        with local_mock(Contract.load()) as other:
            create_invoice.sync(client=impatient(other), body=draft())
            assert (other.base_url, len(other.invoices)) == ("https://b2b-2.test/api/v3/io/ip", 1)
    create_invoice.sync(client=impatient(b2b_mock), body=draft())

    assert len(b2b_mock.invoices) == 1


def test_clock_is_frozen() -> None:
    """
    In process, the clock moves only when a test moves it or code waits on it.
    """
    with local_mock(Contract.load(), now=STARTED.timestamp) as mock:
        create_invoice_once.sync(client=mock.client, body=draft())
        mock.fail_next("delay", seconds=20)
        list_invoices.sync(client=mock.client)

        assert mock.clock.now == datetime(2026, 1, 31, 9, 0, 20, tzinfo=UTC)
        assert mock.invoices[0].due_date == STARTED.timestamp() + 30 * DAY


@pytest.mark.parametrize(("fault", "options"), [("hang", {}), ("delay", {"seconds": 30}), ("delay", {"seconds": 31})])
@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", ""), ("DELETE", "/1")])
def test_timeout(b2b_mock: B2BMock, fault: Any, options: dict[str, Any], method: str, path: str) -> None:
    """
    A caller that gets no response in time times out, on the mock's clock.
    """
    began = b2b_mock.clock.timestamp
    b2b_mock.fail_next(fault, **options)
    url, headers = f"{b2b_mock.base_url}/invoices{path}", b2b_mock.credentials.headers

    with pytest.raises(httpx.ReadTimeout, match=r"^The read operation timed out$"):
        httpx.request(method, url, headers=headers, timeout=30)

    assert b2b_mock.clock.timestamp - began == 30
    assert b2b_mock.requests[-1].verdict == "lost"


def test_hang_without_a_timeout(b2b_mock: B2BMock) -> None:
    """
    A caller that would wait forever fails the test instead of blocking it.
    """
    b2b_mock.fail_next("hang")

    with pytest.raises(EndlessWait) as raised:
        httpx.get(f"{b2b_mock.base_url}/invoices", headers=b2b_mock.credentials.headers, timeout=None)  # noqa: S113 - that is tested

    assert str(raised.value) == (
        "b2b_mock: the response never comes, and the request has no timeout, so it would wait forever. "
        "Set an httpx timeout in the client under test; other timeouts do not follow the mock's clock."
    )


def test_torn_body(b2b_mock: B2BMock) -> None:
    """
    A torn response starts normally and ends in the middle of its body.
    """
    b2b_mock.fail_next("torn_body", times=2)
    url, headers = f"{b2b_mock.base_url}/invoices", b2b_mock.credentials.headers

    async def torn() -> None:
        async with httpx.AsyncClient() as http, http.stream("GET", url, headers=headers) as response:
            assert response.status_code == 200
            with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
                await response.aread()

    with httpx.stream("GET", url, headers=headers) as response:
        assert response.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
            response.read()
    asyncio.run(torn())


def test_head_has_no_body(b2b_mock: B2BMock) -> None:
    """
    The response to HEAD has no body, as over TCP.
    """
    response = httpx.head(f"{b2b_mock.base_url}/invoices", headers=b2b_mock.credentials.headers)

    assert (response.status_code, response.content) == (200, b"")


def test_threads(b2b_mock: B2BMock) -> None:
    """
    Code under test may send requests from several threads, with separate clients or a shared one.
    """
    shared = impatient(b2b_mock)

    def create(number: int) -> int:
        client = impatient(b2b_mock) if number % 10 == 0 else shared
        return create_invoice.sync(client=client, body=draft(f"INV-{number}")).data.id

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(create, range(40)))

    assert ids == set(range(1, 41))
    assert len(b2b_mock.invoices) == 40


def test_other_hosts_are_blocked(b2b_mock: B2BMock) -> None:
    """
    A request to another host, such as the real service, is blocked with a message that says what to do.
    """
    assert b2b_mock.requests == []

    with pytest.raises(AllMockedAssertionError) as blocked:
        httpx.post("https://api-b2b.bigcommerce.com/api/v3/io/ip/invoices", params={"token": "secret"})

    assert str(blocked.value) == (
        "b2b_mock blocked POST https://api-b2b.bigcommerce.com/api/v3/io/ip/invoices: the mock's base URL is "
        "https://b2b.test/api/v3/io/ip. Use that base URL in the code under test, or allow the host: "
        "@pytest.mark.b2b_mock(allow_hosts=['api-b2b.bigcommerce.com'])"
    )


@pytest.fixture(name="connected")
def _connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """
    The hosts that are connected to; every attempt fails.
    """
    hosts = []

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> None:
        hosts.append(address[0])
        raise OSError("not now")

    monkeypatch.setattr(socket, "create_connection", connect)
    return hosts


@pytest.mark.b2b_mock(allow_hosts=["elsewhere.test"])
@pytest.mark.parametrize("url", ["https://elsewhere.test", "http://127.0.0.1:9"])
def test_allowed_hosts(b2b_mock: B2BMock, connected: list[str], url: str) -> None:
    """
    Requests to allowed hosts and to loopback connect as without a mock.
    """
    with pytest.raises(httpx.ConnectError, match="not now"):
        httpx.get(url, trust_env=False)

    assert connected == [httpx.URL(url).host]
    assert b2b_mock.requests == []


@pytest.mark.usefixtures("b2b_mock")
@pytest.mark.b2b_mock(allow_hosts=["elsewhere.test"])
@pytest.mark.parametrize("url", ["https://elsewhere.test", "http://127.0.0.1:9"])
def test_allowed_hosts_beside_respx(connected: list[str], url: str) -> None:
    """
    They connect even if the test has a respx router that does not match them.
    """
    with respx.mock(assert_all_called=False) as rates:
        rates.get("https://rates.test/usd").respond(204)
        with pytest.raises(httpx.ConnectError, match="not now"):
            httpx.get(url, trust_env=False)
        assert httpx.get("https://rates.test/usd").status_code == 204
        with pytest.raises(AllMockedAssertionError, match="and no respx route of the test matches"):
            httpx.get("https://third.test/")

    assert connected == [httpx.URL(url).host]


@pytest.mark.usefixtures("b2b_mock")
def test_own_transport() -> None:
    """
    An httpx client with a transport of its own works as without a mock.
    """
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(418))) as http:
        assert http.get("https://anywhere.test").status_code == 418


@pytest.mark.b2b_mock(rate_limit="20/60s")
def test_tasks_under_the_rate_limit(b2b_mock: B2BMock) -> None:
    """
    Concurrent tasks under a rate limit wait for as many windows as they need, and no more.
    """
    began = b2b_mock.clock.timestamp

    async def create() -> None:
        async with Client.from_env(b2b_mock.environ, retries=b2b_mock.retries) as client:
            drafts = [draft(f"INV-{number}") for number in range(70)]
            await asyncio.gather(*(create_invoice.asyncio(client=client, body=body) for body in drafts))

    asyncio.run(create())

    assert len(b2b_mock.invoices) == 70
    assert {request.status for request in b2b_mock.requests} == {200}
    assert b2b_mock.clock.timestamp - began == 180


def test_sync_client_in_an_event_loop(b2b_mock: B2BMock) -> None:
    """
    A sync client works inside the caller's event loop.
    """

    async def create() -> int:
        return create_invoice.sync(client=b2b_mock.client, body=draft()).data.id

    assert asyncio.run(create()) == 1


def test_app_may_await() -> None:
    """
    The application runs in a real event loop: it may sleep, create tasks and use threads.
    """

    async def app(_: Any, __: Any, send: Any) -> None:
        await asyncio.sleep(0.001)
        await asyncio.create_task(asyncio.sleep(0))
        await asyncio.to_thread(asyncio.get_running_loop().call_soon_threadsafe, print)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    assert get_from(app).status_code == 204


def test_app_may_watch_for_a_disconnect() -> None:
    """
    A streamed response arrives whole, although starlette waits for a disconnect of the caller meanwhile.
    """

    async def parts() -> AsyncIterator[bytes]:
        for part in (b"one ", b"two"):
            await asyncio.sleep(0.001)
            yield part

    assert get_from(StreamingResponse(parts())).read() == b"one two"


def test_errors_of_the_app() -> None:
    """
    An exception in the application is raised in the test; it is not turned into a response.
    """

    async def broken(*_: Any) -> None:
        raise LookupError("broken")

    async def silent(*_: Any) -> None:
        pass

    with pytest.raises(LookupError, match="broken"):
        get_from(broken)
    with pytest.raises(RuntimeError, match=r"^The mock ended without a response\.$"):
        get_from(silent)


def get_from(app: Any) -> httpx.Response:
    """
    Send a request to an ASGI application in process.
    """
    with closing(BlockingRunner()) as runner:
        transport = InProcessTransport(app, runner, print)
        return httpx.Client(transport=transport).get("https://b2b.test")


def test_close_waits_for_a_request() -> None:
    """
    A mock that is closed while another thread's request is in progress waits for it.
    """
    runner = BlockingRunner()
    with ThreadPoolExecutor(1) as threads:

        async def close_meanwhile() -> None:
            closed.append(threads.submit(runner.close))
            wait(closed, timeout=0.1)  # an error would come at once

        closed: list[Future[None]] = []
        runner.run(close_meanwhile())

        assert closed[0].exception() is None


# ---------------------------------------------------------------- options and the clock


def test_clock_goes_no_further(mock: B2BMock) -> None:
    """
    The clock cannot be moved back, nor beyond the year 9999.
    """
    before = mock.clock.timestamp

    for days in (-1, 10**7, 10**9, float("inf"), float("nan")):
        with pytest.raises(ValueError):  # noqa: PT011 - each has a message of its own
            mock.clock.forward(days=days)

    assert mock.clock.timestamp - before < DAY


A_LIST = "expected a list of strings, such as ['12345']."


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"rate_limit": "lots"}, "invalid rate limit 'lots': expected REQUESTS/SECONDSs, such as 150/60s, or off"),
        ({"rate_limit": 150}, "invalid rate limit '150': expected REQUESTS/SECONDSs, such as 150/60s, or off"),
        (
            {"dialect": "seen"},
            "unknown dialect 'seen': expected documented or observed, or the path of a .toml file",
        ),
        ({"payment_terms": -1}, "Invalid payment_terms -1: expected a whole number of days, 0 or more."),
        ({"payment_terms": "14"}, "Invalid payment_terms '14': expected a whole number of days, 0 or more."),
        ({"companies": "12345"}, f"Invalid companies or allow_hosts '12345': {A_LIST}"),
        ({"companies": [12345]}, f"Invalid companies or allow_hosts [12345]: {A_LIST}"),
        ({"companies": None}, f"Invalid companies or allow_hosts None: {A_LIST}"),
    ],
)
def test_invalid_options(option: dict[str, Any], message: str) -> None:
    """
    An invalid option raises an error with the value and what was expected.
    """
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the whole message is compared
        Options.of([option])

    assert str(raised.value) == message


def test_clock_needs_a_time_zone(b2b_mock: B2BMock) -> None:
    """
    The clock cannot be set to a time without a time zone, whose meaning depends on the machine.
    """
    naive = STARTED.replace(tzinfo=None)

    with pytest.raises(ValueError, match=r"add tzinfo=datetime\.UTC"):
        b2b_mock.clock.set(naive)


# ---------------------------------------------------------------- the nearest operation

INVOICES = "/api/v3/io/ip/invoices"
BOTH = ("x-store-hash", "x-auth-token")
CREATE = f"nearest operation: createInvoice, POST {INVOICES}; "
LIST = f"nearest operation: listInvoices, GET {INVOICES}; "
READ = f"nearest operation: getInvoice, GET {INVOICES}/{{invoiceId}}; "
DELETE = f"nearest operation: deleteInvoice, DELETE {INVOICES}/{{invoiceId}}; "


@pytest.mark.parametrize(
    ("method", "path", "headers", "expected"),
    [
        ("POST", INVOICES, BOTH, ""),
        ("HEAD", f"{INVOICES}/7", BOTH, ""),
        ("POST", "/api/v3/io/ip/invoice", BOTH, f"{CREATE}the path is /api/v3/io/ip/invoice"),
        ("GET", "/api/v2/io/ip/invoices", BOTH, f"{LIST}the path is /api/v2/io/ip/invoices"),
        ("GET", "/invoices", BOTH, f"{LIST}the path lacks /api/v3/io/ip, which is part of the base URL"),
        ("DELETE", "/invoices/7", BOTH, f"{DELETE}the path lacks /api/v3/io/ip, which is part of the base URL"),
        ("GET", f"{INVOICES}/", BOTH, f"{LIST}the path has an extra slash at the end"),
        ("GET", f"{INVOICES}/7/", BOTH, f"{READ}the path has an extra slash at the end"),
        ("PATCH", f"{INVOICES}/7", BOTH, f"{READ}the method is PATCH"),
        ("PUT", INVOICES, (), f"{CREATE}the method is PUT; X-Store-Hash is missing; X-Auth-Token is missing"),
        ("GET", f"{INVOICES}/7", ("x-store-hash",), f"{READ}X-Auth-Token is missing"),
        ("GET", "/", BOTH, f"{LIST}the path is /"),
    ],
)
def test_nearest(method: str, path: str, headers: tuple[str, ...], expected: str) -> None:
    """
    The explanation names the most similar operation and every difference.
    """
    assert explanation(Contract.load(), method, path, headers) == expected


# ---------------------------------------------------------------- examples in docstrings

MODULES = [
    importlib.import_module(f"{testing.__name__}.{module.name}") for module in pkgutil.iter_modules(testing.__path__)
]
EXAMPLES = [example for module in MODULES for example in doctest.DocTestFinder().find(module) if example.examples]


def test_everything_public_has_an_example() -> None:
    """
    Every public attribute and method has an example in its docstring.
    """
    public = {
        f"{kind.__module__}.{kind.__name__}.{name}"
        for kind in (testing.B2BMock, testing.Clock, testing.Credentials)
        for name, value in vars(kind).items()
        if not name.startswith("_") and getattr(value, "__doc__", None)
    }

    assert public - {example.name for example in EXAMPLES} == set()


@pytest.mark.b2b_mock(allow_unused_faults=True)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_examples(example: doctest.DocTest, b2b_mock: B2BMock) -> None:
    """
    The examples in the docstrings return what they show.
    """
    example.globs["b2b_mock"] = b2b_mock

    outcome = doctest.DocTestRunner().run(example)

    assert outcome.failed == 0
