"""
Mocks in processes of their own, and callers that create invoices until the mock stops responding.
"""

import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any, BinaryIO

import attrs
import httpx

HEADERS = {"X-Store-Hash": "teststore", "X-Auth-Token": "test-token"}
INVOICE = {
    "invoiceNumber": "7",
    "originalBalance": {"code": "USD", "value": 1},
    "openBalance": {"code": "USD", "value": 1},
    "customerId": "12345",
}

TIMEOUT = 30
"""Seconds to wait for a response."""

Process = subprocess.Popen[str]
Start = Callable[..., tuple[Process, str]]
"""Starts a mock on a free port, and returns the process and the first line it prints."""


@contextmanager
def starting() -> Iterator[Start]:
    """
    Yield a function that starts mocks; kill them at the end of the block.
    """
    processes: list[Process] = []

    def start(*options: str, **how: Any) -> tuple[Process, str]:
        port = () if "--port" in options else ("--port", "0")
        command = [sys.executable, "-W", "error", "-m", "b2b_invoices_mock", *port, *options]
        process = subprocess.Popen(  # noqa: S603 - ours alone
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **how
        )
        processes.append(process)
        assert process.stdout
        return process, process.stdout.readline()

    try:
        yield start
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def address(line: str) -> str:
    """
    Return the base URL from the line that a mock printed.
    """
    assert line.startswith("listening on "), line
    return line.removeprefix("listening on ").rstrip("\n")


@attrs.define
class Writers:
    """
    Callers that create invoices one after another, each on its own connection, until they get no response.

    Attributes:
        base_url: Base URL of the mock.
        prefix: Prefix of the invoice numbers.
        answered: Invoice number -> id, for each 200.
        refused: Invoice number -> status, for each other response.
        sent: All numbers sent.
    """

    base_url: str
    prefix: str
    answered: dict[str, int] = attrs.field(factory=dict, init=False)
    refused: dict[str, int] = attrs.field(factory=dict, init=False)
    sent: set[str] = attrs.field(factory=set, init=False)
    _change: threading.Condition = attrs.field(factory=threading.Condition, init=False)
    _threads: list[threading.Thread] = attrs.field(factory=list, init=False)

    def start(self, count: int) -> None:
        """
        Start *count* callers.
        """
        self._threads += [threading.Thread(target=self._write, args=(writer,), daemon=True) for writer in range(count)]
        for thread in self._threads:
            thread.start()

    def wait_for(self, responses: int) -> None:
        """
        Wait until so many responses have arrived, of any status.
        """
        with self._change:
            assert self._change.wait_for(lambda: len(self.answered) + len(self.refused) >= responses, timeout=60)

    def join(self) -> None:
        """
        Wait until every caller has stopped.
        """
        for thread in self._threads:
            thread.join(timeout=60)
            assert not thread.is_alive()

    def _write(self, writer: int) -> None:
        caller = OneSend(self.base_url) if writer % 2 else TwoSends(self.base_url)
        with closing(caller):
            for index in range(100_000):
                if not self._create(caller, f"{self.prefix}-{writer}-{index}"):
                    return

    def _create(self, caller: "OneSend | TwoSends", number: str) -> bool:
        self.sent.add(number)
        response = caller.create({**INVOICE, "invoiceNumber": number, "externalId": number * 20})
        if response is None:
            return False
        status, body = response
        with self._change:
            if status == 200:
                self.answered[number] = body["data"]["id"]
            else:
                self.refused[number] = status
            self._change.notify_all()
        return True


class TwoSends:
    """A caller that sends head and body of a request separately, as httpx does."""

    def __init__(self, base_url: str) -> None:
        self._client = httpx.Client(base_url=base_url, headers=HEADERS, trust_env=False, timeout=TIMEOUT)

    def create(self, body: Any) -> tuple[int, Any] | None:
        """
        Create an invoice; return status and body of the response, or None if there is no response.
        """
        try:
            response = self._client.post("/invoices", json=body)
        except httpx.TransportError:
            return None
        return response.status_code, response.json()

    def close(self) -> None:
        """
        Close the connection.
        """
        self._client.close()


class OneSend:
    """A caller that sends each request in one piece, as most clients outside Python do."""

    def __init__(self, base_url: str) -> None:
        url = httpx.URL(base_url)
        self._head = f"POST {url.path}/invoices HTTP/1.1\r\nHost: {url.netloc.decode()}\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in {**HEADERS, "Content-Type": "application/json"}.items()
        )
        self._address = url.host, url.port or 80
        self._opened = ExitStack()
        self._connection: tuple[socket.socket, BinaryIO] | None = None

    def create(self, body: Any) -> tuple[int, Any] | None:
        """
        Create an invoice; return status and body of the response, or None if there is no response.
        """
        content = json.dumps(body).encode()
        try:
            connection, stream = self._connection = self._connection or self._connect()
            connection.sendall(f"{self._head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
            head = b"\n".join(iter(lambda: stream.readline().rstrip(), b""))
            return self._read(head, stream)
        except OSError:
            return None

    def _connect(self) -> tuple[socket.socket, BinaryIO]:
        connection = self._opened.enter_context(socket.create_connection(self._address, timeout=TIMEOUT))
        return connection, self._opened.enter_context(connection.makefile("rb"))

    def _read(self, head: bytes, stream: BinaryIO) -> tuple[int, Any] | None:
        if not (length := re.search(rb"content-length: (\d+)", head)):
            return None
        response = stream.read(int(length[1]))
        return (int(head.split()[1]), json.loads(response)) if len(response) == int(length[1]) else None

    def close(self) -> None:
        """
        Close the connection.
        """
        self._opened.close()
