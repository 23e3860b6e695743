"""
Mocks that are processes of their own, and callers that write to them until they break.
"""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import attrs
import httpx

HEADERS = {"X-Store-Hash": "teststore", "X-Auth-Token": "test-token"}
INVOICE = {
    "invoiceNumber": "7",
    "originalBalance": {"code": "USD", "value": 1},
    "openBalance": {"code": "USD", "value": 1},
    "customerId": "12345",
}

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
        command = [sys.executable, "-W", "error", "-m", "mock_server", *port, *options]
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
        with httpx.Client(base_url=self.base_url, headers=HEADERS, trust_env=False, timeout=30) as client:
            for index in range(100_000):
                if not self._create(client, f"{self.prefix}-{writer}-{index}"):
                    return

    def _create(self, client: httpx.Client, number: str) -> bool:
        self.sent.add(number)
        try:
            response = client.post("/invoices", json={**INVOICE, "invoiceNumber": number, "externalId": number * 20})
        except httpx.TransportError:
            return False
        with self._change:
            if response.status_code == 200:
                self.answered[number] = response.json()["data"]["id"]
            else:
                self.refused[number] = response.status_code
            self._change.notify_all()
        return True
