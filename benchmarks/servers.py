"""
Servers under load: the mock in a file and in memory, Prism, and uvicorn alone.
"""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import httpx

from b2b_invoices_contract.targets import Credentials
from b2b_invoices_spec import OPENAPI

STORE = Credentials("teststore", "test-token")
"""Credentials that all of them accept."""

_BASE_PATH = "/api/v3/io/ip"
_ATTEMPTS = 600  # 0.1 s apart


class NoServer(Exception):  # noqa: N818 - it is a reason to skip a measurement
    """A server could not be started; the message says why and what to do."""


@attrs.frozen
class Server:
    """
    A running server.

    Attributes:
        base_url: URL of its API.
        pid: Its process id.
    """

    base_url: str
    pid: int

    @property
    def memory(self) -> int:
        """Resident memory in KiB; Linux only."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))


@contextmanager
def durable(*options: str) -> Iterator[Server]:
    """
    Start the mock with its ledger in a file.
    """
    with TemporaryDirectory() as folder, in_memory(f"--ledger={folder}/ledger.sqlite3", *options) as server:
        yield server


@contextmanager
def in_memory(*options: str) -> Iterator[Server]:
    """
    Start the mock with its ledger in memory.
    """
    with _running(
        lambda port: [sys.executable, "-m", "b2b_invoices_mock", f"--port={port}", *options], _BASE_PATH
    ) as server:
        yield server


@contextmanager
def constant() -> Iterator[Server]:
    """
    Start uvicorn, configured as for the mock, with an application that returns a constant.
    """
    options = ["--no-access-log", "--no-server-header", "--log-level=warning", "--lifespan=off"]
    command = [sys.executable, "-m", "uvicorn", "benchmarks.workers.constant:app", *options]
    with _running(lambda port: [*command, f"--port={port}"], _BASE_PATH) as server:
        yield server


@contextmanager
def prism(folder: Path) -> Iterator[Server]:
    """
    Start Prism from *folder*, where npm installed it, with the contract.

    Raises:
        NoServer: If it is not installed there.
    """
    program = folder / "node_modules" / ".bin" / "prism"
    if not program.exists():
        raise NoServer(f"Prism is not installed in {folder}; run make bench-peer, which needs npm")
    contract = str(OPENAPI)
    with _running(lambda port: [str(program), "mock", "-v", "silent", f"-p{port}", contract], "") as server:
        yield server


@contextmanager
def _running(command: Callable[[int], Sequence[str]], path: str) -> Iterator[Server]:
    port = _free_port()
    base_url = f"http://127.0.0.1:{port}{path}"
    with subprocess.Popen(command(port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - our own
        try:
            _wait_until_ready(base_url, process)
            yield Server(base_url, process.pid)
        finally:
            process.terminate()


def _wait_until_ready(base_url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(_ATTEMPTS):
        try:
            httpx.get(f"{base_url}/invoices", headers=STORE.headers)
        except httpx.TransportError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
        else:
            return
    raise NoServer(f"{process.args!r} did not start to listen")


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
