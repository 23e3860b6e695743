"""
Faults of a mock in another process: what an HTTP client receives over a real connection.
"""

import socket
from collections.abc import Iterator
from itertools import count
from typing import Any

import attrs
import httpx
import pytest

from mock_server.tests.server import INVOICE, Process, Start, address

FAULTS = "/_mock/faults"
CREDENTIALS = {"X-Store-Hash": "teststore", "X-Auth-Token": "test-token"}
NO_RESPONSE = "Server disconnected without sending a response."
HALF_A_RESPONSE = "peer closed connection without sending complete message body (received 28 bytes, expected 57)"

Outcome = tuple[type[Exception] | int, str, int]

numbers = count(1)


def draft(**fields: Any) -> dict[str, Any]:
    """
    Return a valid body with a number of its own.
    """
    return {**INVOICE, "invoiceNumber": f"INV-{next(numbers)}", **fields}


@attrs.frozen
class Server:
    """
    A mock in a process of its own.

    Attributes:
        process: The process.
        http: An HTTP client that sends credentials.
        base_path: Path of its API.
    """

    process: Process
    http: httpx.Client
    base_path: str

    def plan(self, **fault: Any) -> None:
        """
        Plan a fault.
        """
        assert self.http.post(FAULTS, json=[fault]).status_code == 200

    def create(self, body: dict[str, Any], *, timeout: float = 30) -> httpx.Response:
        """
        Send *body* to createInvoice, with a timeout in seconds.
        """
        return self.http.post(f"{self.base_path}/invoices", json=body, timeout=timeout)

    def stored(self, number: str) -> int:
        """
        Return how many invoices have this number.
        """
        query = {"searchBy": "invoiceNumber", "q": number}
        invoices = self.http.get(f"{self.base_path}/invoices", params=query).json()["data"]
        return sum(invoice["invoiceNumber"] == number for invoice in invoices)

    def outcome(self, fault: dict[str, Any], *, timeout: float) -> Outcome:
        """
        Create an invoice with *fault*: status and content type, or error and message; and how many are stored.
        """
        body = draft()
        self.plan(**fault)
        try:
            response = self.create(body, timeout=timeout)
        except httpx.HTTPError as error:
            return type(error), str(error), self.stored(body["invoiceNumber"])
        return response.status_code, response.headers["Content-Type"], self.stored(body["invoiceNumber"])

    def begin(self) -> socket.socket:
        """
        Send a request, and return its connection when the planned fault affects it.
        """
        connection = socket.create_connection((self.http.base_url.host, self.http.base_url.port or 80), timeout=30)
        head = f"GET {self.base_path}/invoices HTTP/1.1\r\nHost: mock\r\n"
        credentials = "".join(f"{name}: {value}\r\n" for name, value in CREDENTIALS.items())
        connection.sendall(f"{head}{credentials}\r\n".encode())
        while self.http.get(FAULTS).json()["data"]:
            pass
        return connection


@pytest.fixture(name="server")
def _server(start: Start) -> Iterator[Server]:
    """
    A mock in a process of its own, which must log no error.
    """
    process, line = start()
    url = httpx.URL(address(line))
    with httpx.Client(base_url=url.join("/"), headers=CREDENTIALS, timeout=30, trust_env=False) as http:
        yield Server(process, http, url.path)
    process.terminate()
    assert process.communicate(timeout=30)[1] == ""


def test_every_fault(server: Server) -> None:
    """
    Over a real connection each fault is what its name says, and stores the invoice or not.
    """
    timed_out = (httpx.ReadTimeout, "timed out")
    dropped = (httpx.RemoteProtocolError, NO_RESPONSE)
    expected: list[tuple[dict[str, Any], Outcome]] = [
        ({"fault": "delay", "seconds": 0.01}, (200, "application/json", 1)),
        ({"fault": "delay", "seconds": 60}, (*timed_out, 1)),
        ({"fault": "refuse", "error": "number-taken"}, (400, "application/json", 0)),
        ({"fault": "rate_limited"}, (429, "application/json", 0)),
        ({"fault": "drop_before_commit"}, (*dropped, 0)),
        ({"fault": "drop_after_commit"}, (*dropped, 1)),
        ({"fault": "torn_body"}, (httpx.RemoteProtocolError, HALF_A_RESPONSE, 1)),
        ({"fault": "wrong_content_type"}, (200, "text/html; charset=utf-8", 1)),
        ({"fault": "hang"}, (*timed_out, 0)),
    ]

    actual = [
        (fault, server.outcome(fault, timeout=0.3 if outcome[0] is httpx.ReadTimeout else 30))
        for fault, outcome in expected
    ]

    assert actual == expected


def test_a_drop_during_a_large_body(server: Server) -> None:
    """
    A connection that is dropped while the client still sends is a transport error, and nothing is stored.
    """
    body = draft(termsConditions="x" * 9_000_000)
    server.plan(fault="drop_before_commit")

    with pytest.raises(httpx.TransportError):
        server.create(body)

    assert server.stored(body["invoiceNumber"]) == 0


@pytest.mark.parametrize("fault", [{"fault": "hang"}, {"fault": "delay", "seconds": 3600}], ids=lambda f: f["fault"])
def test_a_stopped_mock_drops_waiting_callers(server: Server, fault: dict[str, Any]) -> None:
    """
    A mock that is stopped closes the connections that a fault keeps open, and exits.
    """
    server.plan(**fault)
    with server.begin() as connection:
        server.process.terminate()

        assert connection.recv(1) == b""
        assert server.process.wait(timeout=30) is not None
