"""
Mocks in processes of their own, and callers that create invoices until the mock stops responding.
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
        with httpx.Client(base_url=self.base_url, headers=HEADERS, trust_env=False, timeout=TIMEOUT) as client:
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
