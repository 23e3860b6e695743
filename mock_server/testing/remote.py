"""
A mock in a process of its own, reached through its control API.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from decimal import Decimal
from json import loads
from typing import IO, Any
from urllib.parse import urljoin

import attrs
import httpx

from mock_server.faults import Fault, faults_of
from mock_server.spec import Contract

from .credentials import Credentials
from .mock import B2BMock
from .options import Options
from .received import ReceivedRequest

_LISTENING = "listening on "
_MOST_ON_A_PAGE = 1000


class MockNotStarted(RuntimeError):  # noqa: N818 - says what is the matter
    """The mock's process ended before it listened; the message is what it said."""


@attrs.frozen
class RemoteClock:
    """
    The clock of a mock in another process.

    Attributes:
        http: Reaches its control API.
    """

    http: httpx.Client

    def __call__(self) -> float:
        """
        Return the time in Unix seconds.
        """
        return float(_told(self.http.get("clock"))["now"])

    def forward(self, seconds: float) -> None:
        """
        Move on by *seconds*.
        """
        _told(self.http.post("clock", json={"forward": seconds}))

    def set(self, now: float) -> None:
        """
        Make it *now*, in Unix seconds.
        """
        _told(self.http.post("clock", json={"set": now}))


@attrs.frozen
class RemoteHandle:
    """
    Reaches into a mock in another process.

    Attributes:
        http: Reaches its control API.
        contract: What it keeps.
    """

    http: httpx.Client
    contract: Contract

    @property
    def clock(self) -> RemoteClock:
        """Its clock."""
        return RemoteClock(self.http)

    def fail(self, fault: Mapping[str, Any]) -> None:
        """
        Plan *fault*, as the control API takes it.

        Raises:
            ValueError: When there is no such fault.
        """
        _told(self.http.post("faults", json=[fault]))

    def faults_left(self) -> Sequence[Fault]:
        """
        Return the faults that no request has met yet.
        """
        return faults_of(_told(self.http.get("faults")))

    def clear_faults(self) -> None:
        """
        Forget them.
        """
        _told(self.http.delete("faults"))

    def requests(self) -> list[ReceivedRequest]:
        """
        Return the requests that came, in their order.
        """
        listed = _told(self.http.get("requests", params={"limit": _MOST_ON_A_PAGE}))
        seen = [_told(self.http.get(f"requests/{request['number']}")) for request in reversed(listed)]
        return [ReceivedRequest.told({**one, "number": number}, self.contract) for number, one in enumerate(seen, 1)]

    def invoices(self, store_hash: str) -> list[dict[str, Any]]:
        """
        Return the invoices of a store, as they are on record, by id.
        """
        snapshot = loads(self.http.get("snapshot").content, parse_float=Decimal)
        return [
            {"id": entry["id"], **entry["invoice"]} for entry in snapshot["entries"] if entry["storeHash"] == store_hash
        ]

    def reset(self) -> None:
        """
        Forget everything, as a mock that has just started.
        """
        for answer in (self.http.post("erase"), self.http.delete("faults"), self.http.delete("clock")):
            _told(answer)


class MockServers:
    """
    The mocks that run in processes of their own, for one test after the other.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._running: dict[tuple[str, ...], str] = {}
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
        with ExitStack() as stack:
            base_url = self._base_url(tuple(options.arguments(credentials)), stack, options)
            http = stack.enter_context(httpx.Client(base_url=urljoin(base_url, "/_mock/"), trust_env=False))
            handle = RemoteHandle(http, self._contract)
            handle.reset()
            yield stack.enter_context(closing(B2BMock(base_url, credentials, handle, trust_env=False)))

    def _base_url(self, arguments: tuple[str, ...], stack: ExitStack, options: Options) -> str:
        if options.rate_limit != "off":  # what a test used up of a window stays used up
            return stack.enter_context(mock_process(arguments))
        if arguments not in self._running:
            self._running[arguments] = self._stack.enter_context(mock_process(arguments))
        return self._running[arguments]


@contextmanager
def mock_process(arguments: Sequence[str]) -> Iterator[str]:
    """
    Start a mock on a free port of 127.0.0.1, hand out its base URL, and stop it at the end.

    Raises:
        MockNotStarted: When it does not start.
    """
    command = [sys.executable, "-m", "mock_server", "--port=0", *arguments]
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process,  # noqa: S603 - our own
    ):
        try:
            yield _listening(process, log)
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


def _told(answer: httpx.Response) -> Any:
    told = answer.json()
    if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
        raise ValueError(told["data"]["errMsg"])
    answer.raise_for_status()
    return told["data"]
