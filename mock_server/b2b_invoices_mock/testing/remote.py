"""
Mock servers in processes of their own, controlled through the control API.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from http.client import HTTPConnection
from typing import IO
from urllib.parse import urlsplit

import attrs

from b2b_invoices_spec.contract import Contract

from .control_api import ControlApi
from .mock import B2BMock
from .options import Credentials, Options

_LISTENING = "listening on "
_TIMEOUT = 30  # seconds


class MockNotStarted(RuntimeError):  # noqa: N818 - reads better in a traceback
    """The server's process ended before it listened; the message has its output."""


class MockServers:
    """
    Mock servers, started when a test needs them, and reused by later tests with the same options.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._started: dict[tuple[str, ...], _MockServer] = {}
        self._stack = ExitStack()

    def close(self) -> None:
        """
        Stop all servers.
        """
        self._stack.close()

    @contextmanager
    def mock(self, options: Options) -> Iterator[B2BMock]:
        """
        Return a mock with *options*, in its initial state.
        """
        credentials = Credentials()
        base_url = self._server(tuple(options.arguments(credentials))).base_url
        control = control_api_of(base_url)
        control.call("POST", "reset")
        with closing(B2BMock(base_url, credentials, control, self._contract, trust_env=False)) as mock:
            yield mock

    def _server(self, arguments: tuple[str, ...]) -> "_MockServer":
        server = self._started.get(arguments)
        if server is None or server.process.poll() is not None:  # an earlier test may have killed it
            server = self._started[arguments] = self._stack.enter_context(_started(arguments))
        return server


def control_api_of(base_url: str) -> ControlApi:
    """
    Return the control API of the server whose API is at *base_url*.
    """
    url = urlsplit(base_url)
    return ControlApi(partial(_exchange, url.hostname or "", url.port or 80))


def _exchange(host: str, port: int, method: str, target: str, body: bytes | None) -> tuple[int, bytes]:
    # Not through httpx, which the test may have mocked.
    with closing(HTTPConnection(host, port, timeout=_TIMEOUT)) as connection:
        connection.request(method, target, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()


@attrs.frozen
class _MockServer:
    base_url: str
    process: subprocess.Popen[str]


@contextmanager
def _started(arguments: Sequence[str]) -> Iterator[_MockServer]:
    command = [sys.executable, "-m", "b2b_invoices_mock", "--port=0", *arguments]
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process,  # noqa: S603 - our own command
    ):
        try:
            yield _MockServer(_listening(process, log), process)
        finally:
            process.terminate()


def _listening(process: subprocess.Popen[str], log: IO[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line.startswith(_LISTENING):
        process.wait()
        log.seek(0)
        output = log.read().strip() or line or "it printed nothing"
        raise MockNotStarted(f"The mock server did not start: {output}")
    return line.removeprefix(_LISTENING).strip()
