"""
The control API: faults planned from another process, over TCP, and who may plan them.
"""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from typing import Any

import attrs
import httpx
import pytest

from b2b_invoices_mock import FaultPlan, InvoiceLedger, Settings, create_app, open_ledger
from b2b_invoices_mock.faults.plan import Hang, Refuse
from b2b_invoices_spec import Contract

FAULTS = "/_mock/faults"
CREDENTIALS = {"X-Store-Hash": "teststore", "X-Auth-Token": "test-token"}
NO_ANSWER = "Server disconnected without sending a response."

numbers = count(1)


def draft(**fields: Any) -> dict[str, Any]:
    """
    Return a valid body with a number of its own.
    """
    hundred = {"code": "USD", "value": 100}
    number = f"INV-{next(numbers)}"
    return {
        "invoiceNumber": number,
        "originalBalance": hundred,
        "openBalance": hundred,
        "customerId": "12345",
        **fields,
    }


@attrs.frozen
class Server:
    """
    A mock in a process of its own.

    Attributes:
        process: The process.
        http: Calls it, with credentials.
        base_path: Where its API is.
    """

    process: subprocess.Popen[str]
    http: httpx.Client
    base_path: str

    def plan(self, **fault: Any) -> None:
        """
        Have the next request go wrong.
        """
        assert self.http.post(FAULTS, json=[fault]).status_code == 200

    def create(self, body: dict[str, Any], *, patience: float = 30) -> httpx.Response:
        """
        Send one invoice to be created, and give up when *patience* seconds are over.
        """
        return self.http.post(f"{self.base_path}/invoices", json=body, timeout=patience)

    def recorded(self, number: str) -> int:
        """
        Return how many invoices have this number.
        """
        query = {"searchBy": "invoiceNumber", "q": number}
        invoices = self.http.get(f"{self.base_path}/invoices", params=query).json()["data"]
        return sum(invoice["invoiceNumber"] == number for invoice in invoices)

    def begin(self) -> socket.socket:
        """
        Send a request, and return before the answer, when the mock has it.
        """
        connection = socket.create_connection((self.http.base_url.host, self.http.base_url.port or 80), timeout=30)
        head = f"GET {self.base_path}/invoices HTTP/1.1\r\nHost: mock\r\n"
        credentials = "".join(f"{name}: {value}\r\n" for name, value in CREDENTIALS.items())
        connection.sendall(f"{head}{credentials}\r\n".encode())
        while self.http.get(FAULTS).json()["data"]:
            pass
        return connection


@pytest.fixture(name="server")
def _server() -> Iterator[Server]:
    """
    A mock in a process of its own, which must have nothing to complain of.
    """
    command = [sys.executable, "-m", "b2b_invoices_mock", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        assert process.stdout is not None
        assert process.stderr is not None
        url = httpx.URL(process.stdout.readline().removeprefix("listening on ").strip())
        try:
            with httpx.Client(base_url=url.join("/"), headers=CREDENTIALS, timeout=30, trust_env=False) as http:
                yield Server(process, http, url.path)
        finally:
            process.terminate()
        assert process.stderr.read() == ""


# ---------------------------------------------------------------- over TCP


def test_faults_over_tcp(server: Server) -> None:
    """
    Every fault is seen over TCP as what it is, and an invoice is there or not as its name says; nothing is logged.
    """
    torn = "peer closed connection without sending complete message body (received 28 bytes, expected 57)"
    expected: list[tuple[dict[str, Any], type[Exception] | int, str, int]] = [
        ({"fault": "delay", "seconds": 0.01}, 200, "application/json", 1),
        ({"fault": "delay", "seconds": 60}, httpx.ReadTimeout, "timed out", 1),
        ({"fault": "refuse", "error": "number-taken"}, 400, "application/json", 0),
        ({"fault": "rate_limited"}, 429, "application/json", 0),
        ({"fault": "drop_before_commit"}, httpx.RemoteProtocolError, NO_ANSWER, 0),
        ({"fault": "drop_after_commit"}, httpx.RemoteProtocolError, NO_ANSWER, 1),
        ({"fault": "torn_body"}, httpx.RemoteProtocolError, torn, 1),
        ({"fault": "wrong_content_type"}, 200, "text/html; charset=utf-8", 1),
        ({"fault": "hang"}, httpx.ReadTimeout, "timed out", 0),
    ]

    seen = [(fault, *_see(server, fault, 0.3 if what is httpx.ReadTimeout else 30)) for fault, what, *_ in expected]

    assert seen == expected


def _see(server: Server, fault: dict[str, Any], patience: float) -> tuple[type[Exception] | int, str, int]:
    body = draft()
    server.plan(**fault)
    try:
        response = server.create(body, patience=patience)
    except httpx.HTTPError as error:
        return type(error), str(error), server.recorded(body["invoiceNumber"])
    return response.status_code, response.headers["Content-Type"], server.recorded(body["invoiceNumber"])


def test_a_large_body_is_cut_short(server: Server) -> None:
    """
    A connection that closes while its caller is still sending is an error of the connection, and nothing is recorded.
    """
    body = draft(termsConditions="x" * 9_000_000)
    server.plan(fault="drop_before_commit")

    with pytest.raises(httpx.TransportError):
        server.create(body)

    assert server.recorded(body["invoiceNumber"]) == 0


@pytest.mark.parametrize("fault", [{"fault": "hang"}, {"fault": "delay", "seconds": 3600}], ids=lambda f: f["fault"])
def test_a_waiting_caller_does_not_keep_the_mock_running(server: Server, fault: dict[str, Any]) -> None:
    """
    A mock that is stopped hangs up on those whom a fault keeps waiting, and stops.
    """
    server.plan(**fault)
    with server.begin() as connection:
        server.process.terminate()

        assert connection.recv(1) == b""
        assert server.process.wait(timeout=30) is not None


# ---------------------------------------------------------------- what is planned


class Caller:
    """
    Calls a mock in process.

    Attributes:
        faults: What goes wrong.
    """

    def __init__(self, contract: Contract, ledger: InvoiceLedger) -> None:
        self.faults = FaultPlan(contract)
        self._app = create_app(contract, Settings(), ledger, faults=self.faults)

    def request(
        self, method: str, path: str = FAULTS, *, peer: str | None = "127.0.0.1", **options: Any
    ) -> httpx.Response:
        """
        Send one request, as from the address *peer*.
        """
        return asyncio.run(self._request(method, path, peer, options))

    async def _request(self, method: str, path: str, peer: str | None, options: Any) -> httpx.Response:
        client: Any = (peer, 4711) if peer else None
        transport = httpx.ASGITransport(self._app, client=client)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as http:
            return await http.request(method, path, **options)


@pytest.fixture(name="caller")
def _caller() -> Iterator[Caller]:
    """
    A caller of a new mock.
    """
    ledger = open_ledger()

    yield Caller(Contract.load(), ledger)

    ledger.close()


def test_faults_are_added(caller: Caller) -> None:
    """
    Faults that are posted come after those that are left, and the answer is all that is left.
    """
    caller.faults.add(Hang(operation="getInvoice"))

    response = caller.request("POST", json=[{"fault": "refuse", "error": 503, "times": 2}])

    assert caller.faults.left == (Hang(operation="getInvoice"), Refuse(503, times=2))
    assert response.json() == {
        "code": 200,
        "data": [
            {"fault": "hang", "operation": "getInvoice", "times": 1},
            {"fault": "refuse", "operation": None, "times": 2, "error": 503},
        ],
        "meta": {"message": "Success"},
    }


def test_what_is_left_is_told(caller: Caller) -> None:
    """
    What GET tells can be posted again.
    """
    caller.faults.add(Refuse("too-many", times=2), Hang())

    told = caller.request("GET").json()["data"]
    caller.faults.clear()
    caller.request("POST", json=told)

    assert caller.faults.left == (Refuse("too-many", times=2), Hang())


def test_faults_are_removed(caller: Caller) -> None:
    """
    DELETE removes all that is left.
    """
    caller.faults.add(Hang(times=3))

    response = caller.request("DELETE")

    assert response.json()["data"] == []
    assert caller.faults.left == ()


def test_control_needs_no_credentials_and_meets_no_fault(caller: Caller) -> None:
    """
    The mock's own routes are open, and a fault is for the API alone.
    """
    caller.faults.add(Hang())

    assert [caller.request("GET").status_code for _ in range(2)] == [200, 200]
    assert caller.faults.left == (Hang(),)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param({"fault": "hang"}, "Expected `array`, got `object`", id="no-list"),
        pytest.param(["hang"], "Expected `object`, got `str` - at `$[0]`", id="no-object"),
        pytest.param([{}], "Object missing required field `fault` - at `$[0]`", id="no-name"),
        pytest.param(
            [{"fault": "dealy"}],
            "Invalid value 'dealy' - at `$[0].fault`; the faults are delay, refuse, rate_limited, drop_before_commit, "
            "drop_after_commit, torn_body, wrong_content_type, hang",
            id="unknown",
        ),
        pytest.param(
            [{"fault": "hang"}, {"fault": "delay"}], "Object missing required field `seconds` - at `$[1]`", id="missing"
        ),
        pytest.param([{"fault": "hang", "x": 1}], "Object contains unknown field `x` - at `$[0]`", id="unknown-field"),
        pytest.param(
            [{"fault": "hang", "times": "2"}], "Expected `int`, got `str` - at `$[0].times`", id="times-as-text"
        ),
        pytest.param(
            [{"fault": "hang", "times": 0}],
            "times is how many requests to hit, at least 1; got 0 - at `$[0]`",
            id="times-zero",
        ),
        pytest.param(
            [{"fault": "hang", "operation": "x"}],
            "there is no operation 'x'; there are createInvoice, listInvoices, getInvoice, deleteInvoice",
            id="operation",
        ),
    ],
)
def test_wrong_faults(caller: Caller, body: Any, reason: str) -> None:
    """
    A list with anything wrong is refused with what is wrong and where, and nothing of it is planned.
    """
    response = caller.request("POST", json=body)

    assert response.status_code == 422
    assert response.json() == {"code": 422, "data": {"errMsg": reason}, "meta": {"message": "Parameter Error"}}
    assert caller.faults.left == ()


@pytest.mark.parametrize(
    ("options", "status", "reason"),
    [
        pytest.param(
            {"content": "["},
            415,
            "the body is JSON: send it with Content-Type: application/json, not ''",
            id="no-media-type",
        ),
        pytest.param(
            {"content": "[", "headers": {"Content-Type": "application/json"}},
            400,
            "JSON parse error - Input data was truncated",
            id="malformed",
        ),
        pytest.param(
            {"content": b"[" * 20_000_000, "headers": {"Content-Type": "application/json"}},
            413,
            "The body is larger than 1048576 bytes.",
            id="too-large",
        ),
    ],
)
def test_unreadable_faults(caller: Caller, options: dict[str, Any], status: int, reason: str) -> None:
    """
    A body that cannot be read is refused with why.
    """
    response = caller.request("POST", **options)

    assert (response.status_code, response.json()["data"]) == (status, {"errMsg": reason})


def test_wrong_method(caller: Caller) -> None:
    """
    Other methods are refused with those that there are.
    """
    response = caller.request("PUT")

    assert (response.status_code, response.headers["Allow"]) == (405, "DELETE, GET, HEAD, POST")


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_own_machine(caller: Caller, method: str, peer: str) -> None:
    """
    Whoever is on the same machine controls the mock.
    """
    assert caller.request(method, peer=peer).status_code == 200


@pytest.mark.parametrize(
    ("peer", "shown"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("mock", "mock"),
        (None, "nobody"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT"])
def test_other_machines(caller: Caller, method: str, peer: str | None, shown: str) -> None:
    """
    Nobody else does.
    """
    caller.faults.add(Hang())

    response = caller.request(method, peer=peer, json=[{"fault": "hang"}])

    assert response.status_code == 403
    assert response.json()["data"] == {
        "errMsg": f"The mock is controlled from its own machine alone, not from {shown}."
    }
    assert caller.faults.left == (Hang(),)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://example.com"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:8001"},
        {"Origin": "https://127.0.0.1:8000"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=lambda headers: "-".join(*headers.items()),
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_web_pages(caller: Caller, method: str, headers: dict[str, str]) -> None:
    """
    A web page that is open on the same machine cannot control the mock.
    """
    caller.faults.add(Hang())

    response = caller.request(method, json=[{"fault": "hang"}], headers=headers)

    assert response.status_code == 403
    assert response.json()["data"] == {
        "errMsg": "The mock is controlled by no web page but its own, and this request comes from another one."
    }
    assert caller.faults.left == (Hang(),)


def test_a_person_with_a_browser(caller: Caller) -> None:
    """
    What is left can be looked at by typing the address into a browser.
    """
    assert caller.request("GET", headers={"Sec-Fetch-Site": "none"}).status_code == 200


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_its_own_page(caller: Caller, method: str) -> None:
    """
    The mock's own page controls it.
    """
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:8000"}

    assert caller.request(method, headers=headers).status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "localhost:8000", "LOCALHOST", "[::1]:8000"])
def test_names_of_this_machine(caller: Caller, host: str) -> None:
    """
    The mock is controlled under the names that are always this machine's.
    """
    assert caller.request("GET", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("example.com", "example.com"),
        ("127.0.0.1.example.com:8000", "127.0.0.1.example.com"),
        ("192.0.2.1", "192.0.2.1"),
        ("localhost.example.com", "localhost.example.com"),
        ("[::1", ""),
        ("", ""),
    ],
)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_names_that_somebody_else_gave(caller: Caller, method: str, host: str, shown: str) -> None:
    """
    A name that leads here today, by the DNS of whoever wrote a page, does not make that page the mock's own.
    """
    response = caller.request(method, headers={"Host": host})

    assert response.status_code == 403
    assert response.json()["data"] == {
        "errMsg": f"The mock is controlled as 127.0.0.1 or localhost, not as {shown!r}; use one of them in the address."
    }
