"""
Faults over a real connection: dropped uploads, and connections that a stopped mock closes.
"""

import socket
from collections.abc import Iterator
from typing import Any

import attrs
import httpx
import pytest

from mock_server.tests.server import HEADERS, INVOICE, Process, Start, address

FAULTS = "/_mock/faults"


@attrs.frozen
class Server:
    """
    A mock in a process of its own.

    Attributes:
        process: The process.
        http: An HTTP client that sends credentials.
        invoices: Path of its invoices.
    """

    process: Process
    http: httpx.Client
    invoices: str

    def plan(self, **fault: Any) -> None:
        """
        Plan a fault.
        """
        assert self.http.post(FAULTS, json=[fault]).status_code == 200

    def begin(self) -> socket.socket:
        """
        Send a request, and return its connection when the planned fault affects it.
        """
        connection = socket.create_connection((self.http.base_url.host, self.http.base_url.port or 80), timeout=30)
        head = f"GET {self.invoices} HTTP/1.1\r\nHost: mock\r\n"
        credentials = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
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
    with httpx.Client(base_url=url.join("/"), headers=HEADERS, timeout=30, trust_env=False) as http:
        yield Server(process, http, f"{url.path}/invoices")
    process.terminate()
    assert process.communicate(timeout=30)[1] == ""


def test_a_drop_during_a_large_body(server: Server) -> None:
    """
    A connection that is dropped while the client still sends is a transport error, and nothing is stored.
    """
    server.plan(fault="drop_before_commit")

    with pytest.raises(httpx.TransportError):
        server.http.post(server.invoices, json=INVOICE | {"termsConditions": "x" * 9_000_000})

    assert server.http.get(server.invoices).json()["data"] == []


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
