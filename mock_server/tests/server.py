"""
Mocks that are processes of their own, and callers that write to them until they break.
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
"""Seconds in which an answer comes."""

Process = subprocess.Popen[str]
Start = Callable[..., tuple[Process, str]]
"""Starts a mock on a free port, waits for its line, and returns the process with the line."""


@contextmanager
def starting() -> Iterator[Start]:
    """
    Give what starts mocks, and kill at the end those that are left.
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
    Return the address in the line that a mock printed.
    """
    assert line.startswith("listening on "), line
    return line.removeprefix("listening on ").rstrip("\n")


@attrs.define
class Writers:
    """
    Callers that create invoices one after another, each on a connection of its own, until an answer fails to come.

    Attributes:
        base_url: Address of the mock.
        prefix: What their numbers begin with.
        answered: Number of an invoice that was answered with 200 -> its id.
        refused: Number of an invoice that was answered otherwise -> the status.
        sent: Every number that was sent.
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
        Let *count* of them begin.
        """
        self._threads += [threading.Thread(target=self._write, args=(writer,), daemon=True) for writer in range(count)]
        for thread in self._threads:
            thread.start()

    def wait_for(self, answers: int) -> None:
        """
        Wait until there are so many answers, of whatever kind.
        """
        with self._change:
            assert self._change.wait_for(lambda: len(self.answered) + len(self.refused) >= answers, timeout=60)

    def join(self) -> None:
        """
        Wait until the last of them has given up.
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
        answer = caller.create({**INVOICE, "invoiceNumber": number, "externalId": number * 20})
        if answer is None:
            return False
        status, body = answer
        with self._change:
            if status == 200:
                self.answered[number] = body["data"]["id"]
            else:
                self.refused[number] = status
            self._change.notify_all()
        return True


class TwoSends:
    """A caller that sends the head of a request and its body one after the other, as httpx does."""

    def __init__(self, base_url: str) -> None:
        self._client = httpx.Client(base_url=base_url, headers=HEADERS, trust_env=False, timeout=TIMEOUT)

    def create(self, body: Any) -> tuple[int, Any] | None:
        """
        Return the status and the body of the answer, or None when none comes.
        """
        try:
            response = self._client.post("/invoices", json=body)
        except httpx.TransportError:
            return None
        return response.status_code, response.json()

    def close(self) -> None:
        """
        Hang up.
        """
        self._client.close()


class OneSend:
    """A caller that sends each request in one piece, as most clients do that are not written in Python."""

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
        Return the status and the body of the answer, or None when none comes.
        """
        content = json.dumps(body).encode()
        try:
            connection, answers = self._connection = self._connection or self._connect()
            connection.sendall(f"{self._head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
            head = b"\n".join(iter(lambda: answers.readline().rstrip(), b""))
            return self._read(head, answers)
        except OSError:
            return None

    def _connect(self) -> tuple[socket.socket, BinaryIO]:
        connection = self._opened.enter_context(socket.create_connection(self._address, timeout=TIMEOUT))
        return connection, self._opened.enter_context(connection.makefile("rb"))

    def _read(self, head: bytes, answers: BinaryIO) -> tuple[int, Any] | None:
        if not (length := re.search(rb"content-length: (\d+)", head)):
            return None
        answer = answers.read(int(length[1]))
        return (int(head.split()[1]), json.loads(answer)) if len(answer) == int(length[1]) else None

    def close(self) -> None:
        """
        Hang up.
        """
        self._opened.close()
