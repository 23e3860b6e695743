"""
A stand-in for a live store: the mock, with time of its own, and everything that goes wrong between it and a caller.
"""

import asyncio
from collections.abc import Callable
from email.utils import formatdate
from random import Random
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import attrs
import httpx

from b2b_invoices_contract.live.journal import id_of
from b2b_invoices_contract.live.wire import Surroundings
from b2b_invoices_contract.targets import Credentials, Target
from b2b_invoices_mock import Settings, Store, create_app, open_ledger
from b2b_invoices_mock.api.dialect import DIALECTS, Dialect
from b2b_invoices_mock.clock import MockClock
from b2b_invoices_mock.settings import RateLimit
from b2b_invoices_spec import Contract

NOW = 1_790_000_000.0
COMPANY = "101"
HOST = "sandbox.example.com"
BASE_URL = f"https://{HOST}/api/v3/io/ip"
STORE = Store("abc123hash", "sandbox-token")
LIMIT = RateLimit(150, 60)
_RUN = UUID("4f9c2a6e-4c1f-4d3e-9d0b-2d3c1a5e7f60")

Answer = Callable[[httpx.Request, httpx.Response], httpx.Response]
"""Changes an answer on its way back."""


@attrs.define
class Time:
    """
    Time that passes only when somebody waits.

    Attributes:
        now: Unix seconds.
        latency: Seconds that each request takes.
    """

    now: float = NOW
    latency: float = 0.1

    def __call__(self) -> float:
        """
        Return the time.
        """
        return self.now

    def sleep(self, seconds: float) -> None:
        """
        Wait.
        """
        self.now += seconds


@attrs.define
class StandIn(httpx.BaseTransport):
    """
    A store that people use, with invoices of theirs in it.

    Attributes:
        dialect: How it answers where the record is open.
        companies: The companies it knows.
        limit: Its limit of requests.
        time: Its time, and that of whoever uses it.
        trouble: Returns what goes wrong with a request: an answer in place of the store's, an exception, or nothing.
        change: Changes an answer on its way back.
        requests: All that reached it, in order.
        statuses: The status of each answer.
    """

    dialect: Dialect = DIALECTS["observed"]
    companies: tuple[str, ...] = (COMPANY, "102", "103")
    limit: RateLimit | None = LIMIT
    time: Time = attrs.field(factory=Time)
    trouble: Callable[[httpx.Request, int], httpx.Response | Exception | None] = lambda _, __: None
    change: Answer = lambda _, response: response
    requests: list[httpx.Request] = attrs.field(factory=list)
    statuses: list[int] = attrs.field(factory=list)
    _runner: asyncio.Runner = attrs.field(factory=asyncio.Runner)
    _app: Any = None
    _ledger: Any = None

    def __enter__(self) -> Self:
        settings = Settings(
            stores=(STORE,), companies=frozenset(self.companies), dialect=self.dialect, rate_limit=self.limit
        )
        self._ledger = open_ledger(":memory:")
        app = create_app(Contract.load(), settings, self._ledger, clock=MockClock(self.time), run=_RUN)
        self._app = httpx.ASGITransport(app)
        for number in range(20):
            self.create_other(f"INV-{number}", str(102 + number % 2))
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self._runner.close()
        self._ledger.close()

    def close(self) -> None:
        """
        Stay open: a run closes its way to the store, not the store.
        """

    @property
    def target(self) -> Target:
        """The store as a run is told of it."""
        return Target(BASE_URL, Credentials(STORE.store_hash, STORE.access_token), None, COMPANY)

    @property
    def around(self) -> Surroundings:
        """What a run gets from outside."""
        return Surroundings(self.time, self.time, self.time.sleep, lambda: self)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """
        Answer *request*, unless something goes wrong.
        """
        self.requests.append(request)
        self.time.now += self.time.latency
        trouble = self.trouble(request, len(self.requests))
        if isinstance(trouble, httpx.ReadTimeout):
            self.answer(request)  # it was carried out, only nobody heard of it
        if isinstance(trouble, Exception):
            raise trouble
        response = trouble or self.change(request, self.answer(request))
        response.headers["date"] = formatdate(self.time.now, usegmt=True)
        self.statuses.append(response.status_code)
        return response

    def answer(self, request: httpx.Request) -> httpx.Response:
        """
        Return the store's own answer to *request*.
        """

        async def call() -> httpx.Response:
            asynchronous = httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
            response: httpx.Response = await self._app.handle_async_request(asynchronous)
            content = await response.aread()
            headers = [(k, v) for k, v in response.headers.items() if k not in {"content-encoding", "content-length"}]
            return httpx.Response(response.status_code, headers=headers, content=content)

        return self._runner.run(call())

    def create_other(self, number: str, company: str) -> int:
        """
        Have somebody else create an invoice, and return its id.
        """
        balance = {"code": "USD", "value": 5}
        body = {"invoiceNumber": number, "customerId": company, "originalBalance": balance, "openBalance": balance}
        answer = self._ask("POST", "/invoices", json=body)
        assert answer.status_code < 300
        self.time.now += 1
        return id_of(answer.json()["data"]) or 0

    def numbers(self) -> list[str]:
        """
        Return the numbers of all invoices in the store.
        """
        self.time.now += 60
        return sorted(invoice["invoiceNumber"] for invoice in self._ask("GET", "/invoices?limit=250").json()["data"])

    def _ask(self, method: str, path: str, **content: Any) -> httpx.Response:
        headers = {"X-Auth-Token": STORE.access_token, "X-Store-Hash": STORE.store_hash}
        return self.answer(httpx.Request(method, BASE_URL + path, headers=headers, **content))


def flaky(seed: int, share: float) -> Callable[[httpx.Request, int], httpx.Response | Exception | None]:
    """
    Return trouble with that *share* of the requests, by chance: a gateway's page, or no answer at all.
    """
    chance = Random(seed)  # noqa: S311 - nothing is secret

    def trouble(request: httpx.Request, _: int) -> httpx.Response | Exception | None:
        if chance.random() >= share:
            return None
        kind = chance.choice(["502", "503", "lost", "late"])
        if kind == "lost":
            return httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
        if kind == "late":
            return httpx.ReadTimeout("timed out", request=request)
        return httpx.Response(int(kind), html="<h1>Bad Gateway</h1>")

    return trouble
