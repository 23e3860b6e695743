"""
A mock in a process of its own, reached through its control API.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from decimal import Decimal
from typing import IO, Any

import attrs

from b2b_invoices_mock.control.input import MAX_PAGE_SIZE
from b2b_invoices_mock.faults.kinds import Fault, parse_faults
from b2b_invoices_spec.contract import Contract

from .control_api import ControlApi
from .credentials import Credentials
from .mock import B2BMock
from .options import Options
from .received import ReceivedRequest

_LISTENING = "listening on "


class MockNotStarted(RuntimeError):  # noqa: N818 - says what is the matter
    """The mock's process ended before it listened; the message is what it said."""


@attrs.frozen
class RemoteClock:
    """
    The clock of a mock in another process.

    Attributes:
        api: Its control API.
    """

    api: ControlApi

    def __call__(self) -> float:
        """
        Return the time in Unix seconds.
        """
        return float(self.api.ask("GET", "clock")["data"]["now"])

    def forward(self, seconds: float) -> None:
        """
        Move on by *seconds*.
        """
        self.api.ask("POST", "clock", {"forward": seconds})

    def set(self, now: float) -> None:
        """
        Make it *now*, in Unix seconds.
        """
        self.api.ask("POST", "clock", {"set": now})


@attrs.frozen
class RemoteHandle:
    """
    Reaches into a mock in another process.

    Attributes:
        api: Its control API.
        contract: What it keeps.
    """

    api: ControlApi
    contract: Contract

    @property
    def clock(self) -> RemoteClock:
        """Its clock."""
        return RemoteClock(self.api)

    def fail(self, fault: Mapping[str, Any]) -> None:
        """
        Plan *fault*, as the control API takes it.

        Raises:
            ValueError: When there is no such fault.
        """
        self.api.ask("POST", "faults", parse_faults([fault]))

    def faults_left(self) -> Sequence[Fault]:
        """
        Return the faults that no request has met yet.
        """
        return parse_faults(self.api.ask("GET", "faults")["data"])

    def clear_faults(self) -> None:
        """
        Forget them.
        """
        self.api.ask("DELETE", "faults")

    def requests(self) -> list[ReceivedRequest]:
        """
        Return the requests that came, in their order.
        """
        found: dict[int, Any] = {}  # by number, since more may come meanwhile and move those before to the next page
        offset, total = 0, 1
        while offset < total:
            page = self.api.ask("GET", f"requests?full=true&limit={MAX_PAGE_SIZE}&offset={offset}")
            found |= {request["number"]: request for request in page["data"]}
            offset, total = offset + MAX_PAGE_SIZE, page["meta"]["pagination"]["totalCount"]
        return [ReceivedRequest.told(found[number], self.contract) for number in sorted(found)]

    def invoices(self, store_hash: str) -> list[dict[str, Any]]:
        """
        Return the invoices of a store, as they are on record, by id.
        """
        entries = self.api.ask("GET", "snapshot", parse_float=Decimal)["entries"]
        return [{"id": entry["id"], **entry["invoice"]} for entry in entries if entry["storeHash"] == store_hash]

    def reset(self) -> None:
        """
        Forget everything, as a mock that has just started.
        """
        self.api.ask("POST", "reset")


@attrs.frozen
class MockProcess:
    """
    A mock that runs in a process of its own.

    Attributes:
        base_url: Where its API is.
    """

    base_url: str
    _process: subprocess.Popen[str]

    @property
    def runs(self) -> bool:
        """Whether it still does."""
        return self._process.poll() is None


class MockServers:
    """
    The mocks that run in processes of their own, for one test after the other.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._started: dict[tuple[str, ...], MockProcess] = {}
        self._stack = ExitStack()

    def close(self) -> None:
        """
        Stop them all.
        """
        self._stack.close()

    @contextmanager
    def mock(self, options: Options) -> Iterator[B2BMock]:
        """
        Give a test a mock that is told *options*, and that knows of no test before.
        """
        credentials = Credentials()
        base_url = self._running(tuple(options.arguments(credentials))).base_url
        handle = RemoteHandle(ControlApi.beside(base_url), self._contract)
        handle.reset()
        with closing(B2BMock(base_url, credentials, handle, trust_env=False)) as mock:
            yield mock

    def _running(self, arguments: tuple[str, ...]) -> MockProcess:
        started = self._started.get(arguments)
        if started is None or not started.runs:  # it may have died in a test before
            started = self._started[arguments] = self._stack.enter_context(mock_process(arguments))
        return started


@contextmanager
def mock_process(arguments: Sequence[str]) -> Iterator[MockProcess]:
    """
    Start a mock on a free port of 127.0.0.1, and stop it at the end.

    Raises:
        MockNotStarted: When it does not start.
    """
    command = [sys.executable, "-m", "b2b_invoices_mock", "--port=0", *arguments]
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process,  # noqa: S603 - our own
    ):
        try:
            yield MockProcess(_listening(process, log), process)
        finally:
            process.terminate()


def _listening(process: subprocess.Popen[str], log: IO[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line.startswith(_LISTENING):
        process.wait()
        log.seek(0)
        raise MockNotStarted(f"the mock did not start; it said: {log.read().strip() or line or 'nothing'}")
    return line.removeprefix(_LISTENING).strip()
