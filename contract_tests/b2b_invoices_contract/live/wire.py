"""
Connection of a run to its store: rate limited, journalled, guarded, and with a log of all exchanges.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress

import attrs
import httpx

from b2b_invoices_contract.exchanges import Exchange, Exchanges, RecordingTransport
from b2b_invoices_contract.targets import Target

from .guard import Budget, Guard
from .journal import Clock, Journal, JournalTransport, Run
from .obstacles import obstacle
from .rate_limiter import RateLimiter

TRIES = 4
"""How often a request is sent until something else than an obstacle responds."""

PAGE_SIZE = 250
"""Invoices on a page of a list, the maximum of the API."""

MAX_PAGES = 40
"""Pages of a list that are read at most."""

_TIMEOUT = 30.0  # seconds
_PAUSE = 2.0  # seconds before the first retry, doubled for each further one
_OK = 200


class NoResponse(Exception):  # noqa: N818 - a reason why a state is unknown, not an error of ours
    """The store does not respond, or not with the expected data."""


def _warn(text: str) -> None:
    with suppress(OSError, RuntimeError, ValueError):  # the terminal may be closed
        print(f"b2b-invoices-contract: {text}", file=sys.stderr)  # noqa: T201 - part of a command line


@attrs.frozen
class Surroundings:
    """
    Time, network and terminal of a run, which tests replace.
    """

    clock: Clock = time.time  # Unix seconds
    ticks: Clock = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    transport: Callable[[], httpx.BaseTransport] = httpx.HTTPTransport
    warn: Callable[[str], None] = _warn


@attrs.frozen
class Wire:
    """
    Connection of one run to its store.
    """

    target: Target
    run: Run
    client: httpx.Client = attrs.field(repr=False)
    traffic: Exchanges = attrs.field(repr=False)
    rate_limiter: RateLimiter
    guard: Guard = attrs.field(repr=False)
    journal: Journal = attrs.field(repr=False)
    around: Surroundings = attrs.field(repr=False)

    @classmethod
    @contextmanager
    def open(
        cls, target: Target, run: Run, journal: Journal, *, budget: Budget, share: float, around: Surroundings
    ) -> Iterator["Wire"]:
        """
        Connect *run* to *target* until the context ends.
        """
        traffic = Exchanges()
        with closing(around.transport()) as network:
            guard = Guard(network, target.base_url, run, journal, budget)
            journaling = JournalTransport(guard, journal, run, around.clock)
            recording = RecordingTransport(journaling, traffic)  # inside the limiter, whose pauses are not latency
            limiter = RateLimiter(recording, share, around.ticks, around.sleep, is_trusted=target.disposable)
            with httpx.Client(base_url=target.base_url, transport=limiter, timeout=_TIMEOUT, trust_env=False) as client:
                yield cls(target, run, client, traffic, limiter, guard, journal, around)

    def send(self, request: httpx.Request) -> Exchange:
        """
        Send *request* once, and return the exchange.

        Raises:
            httpx.RequestError: There was no response, or it could not be decoded.
            Crossed: The request is not allowed.
        """
        self.client.send(request)
        exchange = self.traffic.last
        assert exchange is not None  # noqa: S101 - one was just added; for the type checker
        return exchange

    def ask(self, method: str, path: str, query: Mapping[str, str] | None = None) -> Exchange:
        """
        Send a request until the API responds, and return the exchange; raise `NoResponse` after `TRIES` attempts.
        """
        problem = ""
        for attempt in range(TRIES):
            request = self.client.build_request(method, path, params=query, headers=self.target.store.headers)
            try:
                exchange = self.send(request)
            except httpx.RequestError as error:
                problem = f"there was no response ({type(error).__name__})"
            else:
                problem = obstacle(exchange.status, exchange.headers, exchange.body)
                if not problem:
                    return exchange
            self.pause(attempt)
        raise NoResponse(f"{method} {path} failed {TRIES} times: {problem}")

    def pause(self, attempt: int) -> None:
        """
        Wait before another *attempt*, longer each time.
        """
        self.around.sleep(_PAUSE * 2**attempt)

    def newest(self) -> list[object]:
        """
        Return the first page of the list; raise `NoResponse` when the store does not send it.
        """
        return self._page({"limit": str(PAGE_SIZE)})[0]

    def search(self, text: str) -> Iterator[object]:
        """
        Yield all invoices that the API finds for *text*; raise `NoResponse` when the list fails or does not end.
        """
        offset = 0
        for _ in range(MAX_PAGES):
            found, total = self._page({"q": text, "limit": str(PAGE_SIZE), "offset": str(offset)})
            yield from found
            offset += len(found)
            if not found or (isinstance(total, int) and offset >= total):
                return
        raise NoResponse(f"the list did not end within {MAX_PAGES * PAGE_SIZE} invoices")

    def _page(self, query: Mapping[str, str]) -> tuple[list[object], object]:
        exchange = self.ask("GET", "/invoices", query)
        found = exchange.get("data")
        if exchange.status != _OK or not isinstance(found, list):
            raise NoResponse(f"the response to a list was {exchange.status}, without a list")
        return found, exchange.get("meta", "pagination", "totalCount")
