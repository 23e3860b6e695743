"""
What tests get: the same face of a mock in this process and of one in another.
"""

import asyncio
import doctest
import importlib
import json
import pkgutil
import socket
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
import respx
import yaml

from b2b_invoices import Balance, Client, CreateInvoiceRequest, Retries, errors
from b2b_invoices.api.invoices import create_invoice, create_invoice_once, list_invoices
from b2b_invoices_mock import testing
from b2b_invoices_mock.testing import (
    B2BMock,
    Options,
    PlainFault,
    local_mock,
    remote,
)
from b2b_invoices_mock.testing.control_api import ControlApi, ControlFailed
from b2b_invoices_mock.testing.in_process import EndlessWait, InProcessTransport
from b2b_invoices_mock.testing.nearest import explanation
from b2b_invoices_mock.testing.remote import MockServers
from b2b_invoices_spec import Contract
from b2b_invoices_spec import contract as spec

DUE = Balance(code="USD", value=Decimal("100.10"))
DAY = 24 * 60 * 60
STARTED = datetime(2026, 1, 31, 9, tzinfo=UTC)


@pytest.fixture(name="mock", params=["b2b_mock", "b2b_mock_server"])
def _mock(request: pytest.FixtureRequest) -> B2BMock:
    """
    A mock in this process, and one in another.
    """
    mock: B2BMock = request.getfixturevalue(request.param)
    return mock


def draft(number: str = "INV-1") -> CreateInvoiceRequest:
    """
    Return a body to create.
    """
    return CreateInvoiceRequest(invoice_number=number, customer_id="12345", original_balance=DUE, open_balance=DUE)


def hasty(mock: B2BMock, timeout: float = 0.5) -> Client:
    """
    Return a client that asks once, and waits for the answer for so long.
    """
    return Client.from_env(mock.environ, retries=Retries.off(), timeout=timeout)


def create_at_once(client: Client) -> None:
    """
    Create an invoice.
    """
    with client:
        create_invoice.sync(client=client, body=draft())


def create_awaited(client: Client) -> None:
    """
    Create an invoice, awaited.
    """

    async def create() -> None:
        async with client:
            await create_invoice.asyncio(client=client, body=draft())

    asyncio.run(create())


# ---------------------------------------------------------------- one face


def test_all_is_sorted_and_true() -> None:
    """
    Every name that the package offers is in its sorted `__all__`, and nothing else is.
    """
    modules = {module.name for module in pkgutil.iter_modules(testing.__path__)}
    offered = [name for name in vars(testing) if not name.startswith("_") and name not in modules]

    assert sorted(offered) == testing.__all__


def test_starts_empty(mock: B2BMock) -> None:
    """
    A test begins with nothing on record, whatever the tests before it did.
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
    Invoices are those of the client, with amounts to the digit; looking at them is no request.
    """
    created = create_invoice.sync(client=mock.client, body=draft())

    (invoice,) = mock.invoices
    assert (invoice.id, invoice.invoice_number, invoice.open_balance.value) == (created.data.id, "INV-1", DUE.value)
    assert len(mock.requests) == 1


def test_requests_are_told(mock: B2BMock) -> None:
    """
    A request is told with its body, what became of it, and no credential.
    """
    body, headers = {"customerId": 7, "openBalance": 1.5}, mock.credentials.headers

    httpx.post(f"{mock.base_url}/invoices", json=body, headers=headers, trust_env=False)
    httpx.get(f"{mock.base_url}/invoices?limit=1", trust_env=False)

    refused, unknown = mock.requests
    assert (refused.number, refused.method, refused.path) == (1, "POST", "/api/v3/io/ip/invoices")
    assert (refused.operation, refused.status, refused.verdict, refused.nearest) == (
        "createInvoice",
        422,
        "refused",
        "",
    )
    assert refused.body["openBalance"] == Decimal("1.5")
    assert refused.violations["customerId"] == ["Not a valid string."]
    assert mock.credentials.access_token not in repr(refused.headers)
    assert (unknown.number, unknown.query, unknown.status, unknown.body) == (2, "limit=1", 401, None)
    assert unknown.nearest.endswith("X-Store-Hash and X-Auth-Token are missing")


def test_large_bodies_are_whole(mock: B2BMock) -> None:
    """
    A body is told whole, however large it is.
    """
    body = {"extraFields": [{"fieldName": "comments", "fieldValue": "x" * 100_000}]}

    httpx.post(f"{mock.base_url}/invoices", json=body, headers=mock.credentials.headers, trust_env=False)

    assert mock.requests[0].body == body


@pytest.mark.parametrize(
    ("fault", "options", "raised", "recorded"),
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
@pytest.mark.parametrize("awaited", [False, True], ids=["sync", "async"])
def test_faults(
    mock: B2BMock, fault: Any, options: dict[str, Any], raised: type[Exception], recorded: int, *, awaited: bool
) -> None:
    """
    Every fault looks to its caller as it does over TCP, and leaves recorded what it does there.
    """
    mock.fail_next(fault, operation="createInvoice", **options)

    create = create_awaited if awaited else create_at_once
    with pytest.raises(raised):
        create(hasty(mock))

    assert len(mock.invoices) == recorded
    assert mock.requests[-1].fault == fault


def test_waits_move_the_clock(mock: B2BMock) -> None:
    """
    What the mock's client waits for passes on the mock's clock.
    """
    began = mock.clock.timestamp
    mock.fail_next("rate_limited", seconds=3600, times=2)
    patient = Retries(deadline=10_000, **waits(mock))

    with Client.from_env(mock.environ, retries=patient) as client:
        list_invoices.sync(client=client)

    assert 7200 <= mock.clock.timestamp - began < 7260


def waits(mock: B2BMock) -> dict[str, Any]:
    """
    Return what the mock's retries wait by.
    """
    return {name: getattr(mock.retries, name) for name in ("clock", "sleep", "async_sleep")}


def test_clock_is_set(mock: B2BMock) -> None:
    """
    An invoice is due by the clock that was set, payment terms later.
    """
    mock.clock.set(STARTED)

    create_invoice.sync(client=mock.client, body=draft())

    assert 0 <= mock.invoices[0].due_date - 30 * DAY - STARTED.timestamp() < 60


@pytest.mark.b2b_mock(dialect="observed", payment_terms=14, companies=["12345"], rate_limit="3/60s")
def test_options(mock: B2BMock) -> None:
    """
    What the marker says is what the mock is told.
    """
    answer = create_invoice.sync_detailed(client=mock.client, body=draft())
    stranger = draft("INV-2")
    stranger.customer_id = "67890"
    with pytest.raises(errors.NotFound, match="Company Does not Exist"):
        create_invoice.sync(client=mock.client, body=stranger)

    (invoice,) = mock.invoices
    assert json.loads(answer.content)["meta"]["message"] == "SUCCESS"
    assert answer.headers["X-Requests-Allocated"] == "3 times/60 s"
    assert 0 <= mock.clock.timestamp + 14 * DAY - invoice.due_date < 60


A_TIME_TO_WAIT = "seconds is a time to wait, from 0 to 31536000, which is a year"


@pytest.mark.parametrize(
    ("fault", "options", "message"),
    [
        ("hang", {"seconds": 3}, "the fault 'hang' does not take 'seconds'; it takes operation, times"),
        ("delay", {}, "the fault 'delay' needs 'seconds': fail_next('delay', seconds=...)"),
        ("delay", {"seconds": -1}, f"{A_TIME_TO_WAIT}; got -1.0"),
        ("delay", {"seconds": float("inf")}, f"{A_TIME_TO_WAIT}; got inf"),
        ("delay", {"seconds": float("nan")}, f"{A_TIME_TO_WAIT}; got nan"),
        ("rate_limited", {"seconds": 1e300}, f"{A_TIME_TO_WAIT}; got 1e+300"),
        ("refuse", {"error": object()}, "Expected `int | str`, got `object` - at `error`"),
        ("hang", {"times": 0}, "times is how many requests to hit, at least 1; got 0"),
        ("hang", {"times": "2"}, "Expected `int`, got `str` - at `times`"),
        (
            "refuse",
            {"error": 418, "operation": "deleteInvoice"},
            "deleteInvoice has no error 418; it has missing-credentials, unknown-credentials, another-store, "
            "no-such-invoice, method-not-allowed, not-acceptable, too-many, server-error",
        ),
    ],
)
def test_wrong_faults(mock: B2BMock, fault: Any, options: dict[str, Any], message: str) -> None:
    """
    A fault that could never hit a request is refused where it is set, in the same words.
    """
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the whole message is compared
        mock.fail_next(fault, **options)

    assert str(refused.value) == message
    assert mock.faults_left == []


def test_repr(mock: B2BMock) -> None:
    """
    Its repr tells what a person would ask for, and nothing secret.
    """
    create_invoice.sync(client=mock.client, body=draft())

    assert repr(mock) == f"<B2BMock {mock.base_url}: 1 invoices, 1 requests, 0 faults left>"
    assert repr(mock.credentials) == "Credentials(store_hash='teststore')"


# ---------------------------------------------------------------- in another process


@pytest.fixture(name="control")
def _control(b2b_mock_server: B2BMock) -> ControlApi:
    """
    The control API of the mock in another process, which other tests are given too.
    """
    return ControlApi.beside(b2b_mock_server.base_url)


@pytest.mark.b2b_mock(rate_limit="1/60s")
@pytest.mark.parametrize("turn", range(2))
def test_nothing_is_left_of_the_test_before(b2b_mock_server: B2BMock, control: ControlApi, turn: int) -> None:
    """
    Whatever a test has changed is as it was for the next one: dialect, snapshots, rate limit, numbers.
    """
    dialect, snapshots = control.ask("GET", "health")["data"]["dialect"], control.ask("GET", "snapshots")["data"]
    answer = httpx.get(f"{b2b_mock_server.base_url}/invoices", headers=b2b_mock_server.credentials.headers)

    assert (turn, dialect, snapshots, answer.status_code) == (turn, "documented", [], 200)
    assert [request.number for request in b2b_mock_server.requests] == [1]
    control.ask("PUT", "dialect", {"name": "observed"})
    control.ask("POST", "snapshots", {"name": "kept"})


def test_every_request_is_told(b2b_mock_server: B2BMock, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Requests are all told, page after page, under the number that each has.
    """
    monkeypatch.setattr(remote, "MOST_ON_A_PAGE", 2)
    for number in range(5):
        create_invoice.sync(client=b2b_mock_server.client, body=draft(f"INV-{number}"))

    told = [(request.number, request.body["invoiceNumber"]) for request in b2b_mock_server.requests]

    assert told == [(number + 1, f"INV-{number}") for number in range(5)]


def test_a_mock_that_died_is_started_again() -> None:
    """
    A process that ended in one test, for whatever reason, is not given to the next.
    """
    with closing(MockServers(Contract.load())) as servers:
        with servers.mock(Options()) as mock:
            first = mock.base_url
        for started in servers._started.values():
            started._process.kill()
            started._process.wait()

        with servers.mock(Options()) as mock:
            assert (mock.invoices, mock.base_url == first) == ([], False)


def test_what_the_mock_does_not_do(control: ControlApi) -> None:
    """
    What a mock in another process refuses is said with what was asked.
    """
    with pytest.raises(ControlFailed, match=r"^GET /_mock/requests/7 answered 404: .*Unknown request '7'"):
        control.ask("GET", "requests/7")


# ---------------------------------------------------------------- in process


def test_no_port(b2b_mock: B2BMock, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    In process, nothing opens a socket.
    """
    monkeypatch.setattr(socket, "socket", None)

    create_invoice.sync(client=b2b_mock.client, body=draft())
    create_invoice.sync(client=hasty(b2b_mock), body=draft("INV-2"))

    assert len(b2b_mock.invoices) == 2


def test_set_up_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Once the contract is loaded, a mock is set up without reading it again and without compiling a validator.
    """
    contract = Contract.load()
    monkeypatch.setattr(yaml, "load", None)
    monkeypatch.setattr(spec, "Draft202012Validator", None)

    with local_mock(contract) as mock:
        create_invoice.sync(client=mock.client, body=draft())

        assert len(mock.invoices) == 1


def test_mocks_share_nothing_but_the_contract() -> None:
    """
    Of two mocks at a time, the one sees nothing of the other.
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
    A second mock is served beside the first, each with a host of its own; the first free one is used again.
    """
    assert b2b_mock.base_url == "https://b2b.test/api/v3/io/ip"

    for _ in range(2):
        with local_mock(Contract.load()) as other:
            create_invoice.sync(client=hasty(other), body=draft())
            assert (other.base_url, len(other.invoices)) == ("https://b2b-2.test/api/v3/io/ip", 1)
    create_invoice.sync(client=hasty(b2b_mock), body=draft())

    assert len(b2b_mock.invoices) == 1


def test_clock_stands_still() -> None:
    """
    In process, time passes only when a test, or a wait on the clock, has it pass.
    """
    with local_mock(Contract.load(), now=STARTED.timestamp) as mock:
        create_invoice_once.sync(client=mock.client, body=draft())
        mock.fail_next("delay", seconds=20)
        list_invoices.sync(client=mock.client)

        assert mock.clock.now == datetime(2026, 1, 31, 9, 0, 20, tzinfo=UTC)
        assert mock.invoices[0].due_date == STARTED.timestamp() + 30 * DAY


@pytest.mark.parametrize(("fault", "options"), [("hang", {}), ("delay", {"seconds": 30}), ("delay", {"seconds": 31})])
def test_patience_passes_on_the_clock(b2b_mock: B2BMock, fault: Any, options: dict[str, Any]) -> None:
    """
    A caller whose answer does not come in time gives up when its timeout is over, by the mock's clock.
    """
    began = b2b_mock.clock.timestamp
    b2b_mock.fail_next(fault, **options)

    with pytest.raises(errors.OutcomeUnknown, match=r"ReadTimeout \(The read operation timed out\)"):
        create_invoice.sync(client=hasty(b2b_mock, timeout=30), body=draft())

    assert b2b_mock.clock.timestamp - began == 30
    assert b2b_mock.requests[-1].verdict == "lost"


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("DELETE", "/1")])
def test_patience_without_a_body(b2b_mock: B2BMock, method: str, path: str) -> None:
    """
    So does the caller of a request that has no body.
    """
    began = b2b_mock.clock.timestamp
    b2b_mock.fail_next("delay", seconds=30)
    url, headers = f"{b2b_mock.base_url}/invoices{path}", b2b_mock.credentials.headers

    with pytest.raises(httpx.ReadTimeout, match=r"^The read operation timed out$"):
        httpx.request(method, url, headers=headers, timeout=5)

    assert b2b_mock.clock.timestamp - began == 5
    assert b2b_mock.requests[-1].verdict == "lost"


def test_delay_within_the_timeout(b2b_mock: B2BMock) -> None:
    """
    A caller that is patient enough gets the answer, and the delay passes on the mock's clock.
    """
    began = b2b_mock.clock.timestamp
    b2b_mock.fail_next("delay", seconds=29.5)

    create_invoice.sync(client=hasty(b2b_mock, timeout=30), body=draft())

    assert b2b_mock.clock.timestamp - began == 29.5


def test_hang_without_a_timeout(b2b_mock: B2BMock) -> None:
    """
    A caller that would wait for ever fails the test, and does not stop it.
    """
    b2b_mock.fail_next("hang")

    with pytest.raises(EndlessWait, match="give the client under test a timeout"):
        httpx.get(f"{b2b_mock.base_url}/invoices", headers=b2b_mock.credentials.headers, timeout=None)  # noqa: S113 - that is it


@pytest.mark.parametrize("fault", ["drop_before_commit", "drop_after_commit"])
def test_drop(b2b_mock: B2BMock, fault: PlainFault) -> None:
    """
    A connection that is cut raises what httpx raises when a server hangs up.
    """
    b2b_mock.fail_next(fault)

    with pytest.raises(httpx.RemoteProtocolError, match=r"^Server disconnected without sending a response\.$"):
        httpx.get(f"{b2b_mock.base_url}/invoices", headers=b2b_mock.credentials.headers)


def test_torn_answer(b2b_mock: B2BMock) -> None:
    """
    An answer that is torn begins like any other, and breaks off half-way.
    """
    b2b_mock.fail_next("torn_body", times=2)
    url, headers = f"{b2b_mock.base_url}/invoices", b2b_mock.credentials.headers

    async def torn() -> None:
        async with httpx.AsyncClient() as http, http.stream("GET", url, headers=headers) as answer:
            assert answer.status_code == 200
            with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
                await answer.aread()

    with httpx.stream("GET", url, headers=headers) as answer:
        assert answer.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
            answer.read()
    asyncio.run(torn())


def test_head_has_no_body(b2b_mock: B2BMock) -> None:
    """
    The answer to HEAD has headers alone, as over TCP.
    """
    answer = httpx.head(f"{b2b_mock.base_url}/invoices", headers=b2b_mock.credentials.headers)

    assert (answer.status_code, answer.content) == (200, b"")


def test_threads(b2b_mock: B2BMock) -> None:
    """
    Code under test may send from many threads, by its own clients or by one that they share.
    """
    shared = hasty(b2b_mock)

    def create(number: int) -> int:
        client = hasty(b2b_mock) if number % 10 == 0 else shared
        return create_invoice.sync(client=client, body=draft(f"INV-{number}")).data.id

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(create, range(40)))

    assert ids == set(range(1, 41))
    assert len(b2b_mock.invoices) == 40


@pytest.mark.b2b_mock(allow_hosts=["elsewhere.test"])
def test_allowed_hosts(b2b_mock: B2BMock, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A request to a host that is allowed goes on its way, as it would without a mock.
    """
    asked = []

    def look_up(host: str, *_: Any, **__: Any) -> None:
        asked.append(host)
        raise socket.gaierror("no such host")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)

    with pytest.raises(httpx.ConnectError, match="no such host"):
        httpx.get("https://elsewhere.test", trust_env=False)

    assert asked == ["elsewhere.test"]
    assert b2b_mock.requests == []


@pytest.mark.b2b_mock(allow_hosts=["elsewhere.test"])
@pytest.mark.parametrize("url", ["https://elsewhere.test", "http://127.0.0.1:9"])
def test_allowed_hosts_beside_respx(b2b_mock: B2BMock, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """
    So does one that a respx router of the test's own does not want, on loopback too.
    """
    connected = []

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> None:
        connected.append(address)
        raise OSError("not now")

    monkeypatch.setattr(socket, "create_connection", connect)
    assert b2b_mock.requests == []

    with respx.mock(assert_all_called=False) as rates:
        rates.get("https://rates.test/usd").respond(204)
        with pytest.raises(httpx.ConnectError, match="not now"):
            httpx.get(url, trust_env=False)
        assert httpx.get("https://rates.test/usd").status_code == 204
        with pytest.raises(AssertionError) as refused:
            httpx.get("https://third.test/")

    assert [host for host, _ in connected] == [httpx.URL(url).host]
    assert str(refused.value) == (
        "b2b_mock: GET https://third.test/ would leave this machine; what is served is https://b2b.test/api/v3/io/ip, "
        "and no route of the test's own respx routers matches. Give that to the code under test, or let the request "
        "go: @pytest.mark.b2b_mock(allow_hosts=['third.test'])"
    )


@pytest.mark.b2b_mock(rate_limit="20/60s")
def test_tasks_under_the_rate_limit(b2b_mock: B2BMock) -> None:
    """
    Tasks that wait for the next window at the same time take as many windows as they need, and no more.
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


def test_failure_of_the_mock_reaches_the_test() -> None:
    """
    What the application raises is raised; it is no answer.
    """

    async def broken(*_: Any) -> None:
        raise LookupError("broken")

    async def slow(*_: Any) -> None:
        await YieldOnce()

    async def silent(*_: Any) -> None:
        pass

    def get(app: Any) -> None:
        with httpx.Client(transport=InProcessTransport(app, print)) as http:
            http.get("https://b2b.test")

    with pytest.raises(LookupError, match="broken"):
        get(broken)
    with pytest.raises(RuntimeError, match="the mock waits for something that does not happen in process"):
        get(slow)
    with pytest.raises(RuntimeError, match="the mock ended without an answer"):
        get(silent)


class YieldOnce:
    """Something to wait for."""

    def __await__(self) -> Generator[None]:
        """Wait once."""
        yield


# ---------------------------------------------------------------- what a test says of it


def test_clock_goes_no_further(mock: B2BMock) -> None:
    """
    A clock is not moved back, nor beyond the year 9999, however far that is.
    """
    before = mock.clock.timestamp

    for days in (-1, 10**7, 10**9, float("inf"), float("nan")):
        with pytest.raises(ValueError):  # noqa: PT011 - each has a message of its own
            mock.clock.forward(days=days)

    assert mock.clock.timestamp - before < DAY


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"rate_limit": "lots"}, "a rate limit is requests per seconds, such as 150/60s, or off; got 'lots'"),
        ({"rate_limit": 150}, "a rate limit is requests per seconds, such as 150/60s, or off; got '150'"),
        (
            {"dialect": "seen"},
            "there is no dialect 'seen'; there are documented and observed, or give a file whose name ends in .toml",
        ),
        ({"payment_terms": -1}, "payment terms are whole days, 0 or more; got -1"),
        ({"payment_terms": "14"}, "payment terms are whole days, 0 or more; got '14'"),
        ({"companies": "12345"}, "companies and allow_hosts are lists of texts, such as ['12345']; got '12345'"),
        ({"companies": [12345]}, "companies and allow_hosts are lists of texts, such as ['12345']; got [12345]"),
        ({"companies": None}, "companies and allow_hosts are lists of texts, such as ['12345']; got None"),
    ],
)
def test_wrong_options(option: dict[str, Any], message: str) -> None:
    """
    An option with a value that it cannot have is refused, with what it can have.
    """
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the whole message is compared
        Options.of([option])

    assert str(refused.value) == message


def test_closest_option_wins() -> None:
    """
    Options are put together from all the marks, the closest first.
    """
    options = Options.of([{"payment_terms": 14}, {"payment_terms": 60, "dialect": "observed"}])

    assert (options.payment_terms, options.dialect) == (14, "observed")


def test_clock_needs_a_time_zone(b2b_mock: B2BMock) -> None:
    """
    A time without a zone would be another one on another machine, so it is refused.
    """
    naive = STARTED.replace(tzinfo=None)

    with pytest.raises(ValueError, match=r"give it tzinfo=datetime\.UTC"):
        b2b_mock.clock.set(naive)


# ---------------------------------------------------------------- the nearest operation

INVOICES = "/api/v3/io/ip/invoices"
BOTH = ("x-store-hash", "x-auth-token")
CREATE = f"nearest is createInvoice, POST {INVOICES}; "
LIST = f"nearest is listInvoices, GET {INVOICES}; "
READ = f"nearest is getInvoice, GET {INVOICES}/{{invoiceId}}; "
DELETE = f"nearest is deleteInvoice, DELETE {INVOICES}/{{invoiceId}}; "


@pytest.mark.parametrize(
    ("method", "path", "headers", "expected"),
    [
        ("POST", INVOICES, BOTH, ""),
        ("HEAD", f"{INVOICES}/7", BOTH, ""),
        ("POST", "/api/v3/io/ip/invoice", BOTH, f"{CREATE}the path is /api/v3/io/ip/invoice"),
        ("GET", "/api/v2/io/ip/invoices", BOTH, f"{LIST}the path is /api/v2/io/ip/invoices"),
        ("GET", "/invoices", BOTH, f"{LIST}the path lacks /api/v3/io/ip, which is a part of the base URL"),
        ("DELETE", "/invoices/7", BOTH, f"{DELETE}the path lacks /api/v3/io/ip, which is a part of the base URL"),
        ("GET", f"{INVOICES}/", BOTH, f"{LIST}the path has a slash too many at its end"),
        ("GET", f"{INVOICES}/7/", BOTH, f"{READ}the path has a slash too many at its end"),
        ("PATCH", f"{INVOICES}/7", BOTH, f"{READ}the method is PATCH"),
        ("PUT", INVOICES, (), f"{CREATE}the method is PUT; X-Store-Hash and X-Auth-Token are missing"),
        ("GET", f"{INVOICES}/7", ("x-store-hash",), f"{READ}X-Auth-Token is missing"),
        ("GET", "/", BOTH, f"{LIST}the path is /"),
    ],
)
def test_nearest(method: str, path: str, headers: tuple[str, ...], expected: str) -> None:
    """
    A request is held against the operation that is nearest to it, and all that differs is said.
    """
    assert explanation(Contract.load(), method, path, headers) == expected


# ---------------------------------------------------------------- what is written there

MODULES = [
    importlib.import_module(f"{testing.__name__}.{module.name}") for module in pkgutil.iter_modules(testing.__path__)
]
EXAMPLES = [example for module in MODULES for example in doctest.DocTestFinder().find(module) if example.examples]


def test_everything_offered_has_an_example() -> None:
    """
    Whatever a test can ask of its mock has an example in its docstring.
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
    The examples of the docstrings show what comes of them.
    """
    example.globs["b2b_mock"] = b2b_mock

    outcome = doctest.DocTestRunner().run(example)

    assert outcome.failed == 0
