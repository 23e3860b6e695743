"""
A simulated live store in its own process, over TLS, and runs on it that are killed.

    python -m contract_tests.tests.sandbox KILLS [SEED]     kills KILLS runs, cleans up, prints what is left
"""

import asyncio
import os
import signal
import ssl
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from socket import create_server
from typing import Any

import attrs
import httpx
import trustme
import uvicorn
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from b2b_invoices_contract.live.cleanup import clean
from b2b_invoices_contract.live.journal import Journal, Run
from b2b_invoices_contract.live.run import LiveOptions, run_live
from b2b_invoices_contract.live.wire import Surroundings
from b2b_invoices_contract.targets import Credentials, Target
from b2b_invoices_mock import Settings, Store, create_app, open_ledger
from b2b_invoices_mock.api.dialect import DIALECTS
from b2b_invoices_mock.server import FaultProtocol
from b2b_invoices_mock.settings import RateLimit
from b2b_invoices_spec import Contract

STORE = Store("abc123hash", "sandbox-token")
COMPANIES = ("101", "102", "103")
_PATH = "/api/v3/io/ip"
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"


@attrs.frozen
class Sandbox:
    """
    A store that is served over TLS.

    Attributes:
        base_url: Base URL of its API.
        authority: File with the certificate of its authority.
    """

    base_url: str
    authority: Path

    @property
    def target(self) -> Target:
        """The store as the target of a run."""
        return Target(self.base_url, Credentials(STORE.store_hash, STORE.access_token), None, COMPANIES[0])

    @property
    def around(self) -> Surroundings:
        """Real time and network, with pauses 100 times shorter."""
        context = ssl.create_default_context(cafile=str(self.authority))
        return Surroundings(sleep=lambda s: time.sleep(s / 100), transport=lambda: httpx.HTTPTransport(verify=context))

    def ask(self, method: str, path: str, **content: Any) -> Any:
        """
        Send a request of another integration, and return the JSON of the response.
        """
        context = ssl.create_default_context(cafile=str(self.authority))
        headers = self.target.store.headers | {"X-Other": "1"}
        with httpx.Client(verify=context, trust_env=False) as client:
            return client.request(method, self.base_url + path, headers=headers, **content).json()

    def create_other(self, number: str) -> None:
        """
        Create an invoice of another integration.
        """
        balance = {"code": "USD", "value": 5}
        body = {"invoiceNumber": number, "customerId": "102", "originalBalance": balance, "openBalance": balance}
        assert self.ask("POST", "/invoices", json=body)["code"] == 200

    def invoices(self) -> list[dict[str, Any]]:
        """
        Return all invoices in the store.
        """
        found: list[dict[str, Any]] = self.ask("GET", "/invoices?limit=250")["data"]
        return sorted(found, key=lambda invoice: int(invoice["id"]))


@attrs.frozen
class Gateway:
    """
    A gateway in front of the store, with latency and error pages of its own.

    Attributes:
        share: Share of the requests that fail.
        latency: Minimum and maximum seconds of a response.
    """

    app: ASGIApp
    share: float
    latency: tuple[float, float]
    chance: Random

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """
        Forward a request, or fail.
        """
        await asyncio.sleep(self.chance.uniform(*self.latency))
        is_other = any(name == b"x-other" for name, _ in scope["headers"])
        if not is_other and self.chance.random() < self.share:
            await HTMLResponse("<h1>Bad Gateway</h1>", self.chance.choice([502, 503]))(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _serve(pipe: Connection, certificate: str, limit: RateLimit, share: float, latency: tuple[float, float]) -> None:
    settings = Settings(stores=(STORE,), companies=frozenset(COMPANIES), dialect=DIALECTS["observed"], rate_limit=limit)
    listener = create_server(("127.0.0.1", 0))
    app = Gateway(create_app(Contract.load(), settings, open_ledger(":memory:")), share, latency, Random(1))  # noqa: S311 - nothing is secret
    config = uvicorn.Config(
        app,
        http=FaultProtocol,
        ssl_certfile=certificate,
        log_level="error",
        access_log=False,
        lifespan="off",
    )
    pipe.send(listener.getsockname()[1])
    uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def sandbox(
    folder: Path,
    *,
    limit: RateLimit | None = None,
    share: float = 0.02,
    latency: tuple[float, float] = (0.0, 0.003),
    expired: bool = False,
) -> Iterator[Sandbox]:
    """
    Serve a store until the context ends.
    """
    authority = trustme.CA()
    validity: dict[str, Any] = {"not_after": _yesterday()} if expired else {}
    certificate, trusted = folder / "server.pem", folder / "authority.pem"
    authority.issue_cert("127.0.0.1", **validity).private_key_and_cert_chain_pem.write_to_path(str(certificate))
    authority.cert_pem.write_to_path(str(trusted))
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    allowed = limit or RateLimit(60_000, 60)
    process = context.Process(target=_serve, args=(theirs, str(certificate), allowed, share, latency), daemon=True)
    process.start()
    theirs.close()  # so that recv fails instead of waiting if the process dies
    try:
        yield Sandbox(f"https://127.0.0.1:{ours.recv()}{_PATH}", trusted)
    finally:
        process.terminate()
        process.join()


@attrs.frozen
class KilledRuns:
    """
    What killed runs left behind.

    Attributes:
        kills: Number of runs killed before their end.
        ended: Number of runs that ended before they could be killed.
        found: Number of invoices that they left.
        left: Number of invoices left after cleanup.
        others_untouched: Whether the invoices of other integrations did not change.
    """

    kills: int
    ended: int
    found: int
    left: int
    others_untouched: bool


def kill_runs(store: Sandbox, folder: Path, times: int, seed: int, report: Callable[[str], None]) -> KilledRuns:
    """
    Kill runs on *store* with kill -9 at random times until *times* were killed, and clean up after each.
    """
    chance = Random(seed)  # noqa: S311 - nothing is secret
    for number in range(10):
        store.create_other(f"INV-{number}")
    before, kills, found = store.invoices(), 0, 0
    length = _length_of_a_run(store, folder)
    runs = 0
    while kills < times:
        runs += 1
        name = "".join(chance.choice(_LETTERS) for _ in range(8))
        kills += _killed(store, folder, name, chance.uniform(0, length))
        left = [invoice for invoice in store.invoices() if invoice not in before]
        found += len(left)
        with Journal.open(folder / "journal.sqlite3") as journal:
            for run in journal.unfinished():
                clean(store.target, run, journal, store.around, share=1, settling=0.05)
        report(f"run {runs}: {len(left)} left by kill -9, {len(store.invoices()) - len(before)} after cleanup")
    after = store.invoices()
    others = [invoice for invoice in after if not str(invoice["invoiceNumber"]).startswith("CTL-")]
    return KilledRuns(kills, runs - kills, found, len(after) - len(others), others == before)


def _length_of_a_run(store: Sandbox, folder: Path) -> float:
    started = time.monotonic()
    _run(store, folder, "K3V9QD2M")
    return time.monotonic() - started


def _run(store: Sandbox, folder: Path, name: str) -> None:
    options = LiveOptions(share=1, observations=None, settling=0.05)
    with Journal.open(folder / "journal.sqlite3") as journal:
        run = Run.on(store.target, name, time.time())
        run_live(store.target, run, journal, options, around=store.around, progress=lambda _: None)


def _killed(store: Sandbox, folder: Path, name: str, after: float) -> bool:
    """
    Run, kill the run *after* seconds, and return whether that was before its end.
    """
    child = os.fork()
    if child == 0:
        try:
            _run(store, folder, name)
        finally:
            os._exit(0)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _yesterday() -> datetime:
    return datetime.now(UTC) - timedelta(days=1)


def main() -> None:
    """
    Kill the runs of the command line.
    """
    times, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory() as folder, sandbox(Path(folder)) as store:
        print(kill_runs(store, Path(folder), times, seed, print))  # noqa: T201 - this is a command line


if __name__ == "__main__":
    main()
