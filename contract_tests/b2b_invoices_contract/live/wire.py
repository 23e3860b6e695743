"""
The way from a run to the store: what is sent is paced, written down, let through or stopped, and recorded.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import attrs
import httpx

from b2b_invoices_contract.exchanges import Exchange, Exchanges, RecordingTransport
from b2b_invoices_contract.targets import Target

from .guard import Budget, Guard
from .journal import Clock, Journal, Run
from .journaling import Journaling
from .quota import Quota

_PATIENCE = 30.0  # seconds


def _warn(text: str) -> None:
    with suppress(OSError, RuntimeError, ValueError):  # the terminal may be what has just ended
        print(f"b2b-invoices-contract: {text}", file=sys.stderr)  # noqa: T201 - it is for a person, while something goes on


@attrs.frozen
class Surroundings:
    """
    What a run gets from outside: time, a way to the network, and somebody to talk to.

    Attributes:
        clock: Returns Unix seconds.
        ticks: Returns seconds that only go forward.
        sleep: Waits for so many seconds.
        transport: Makes what sends.
        warn: Says something to whoever is watching.
    """

    clock: Clock = time.time
    ticks: Clock = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    transport: Callable[[], httpx.BaseTransport] = httpx.HTTPTransport
    warn: Callable[[str], None] = _warn


@attrs.frozen
class Wire:
    """
    The way to the store of one run.

    Attributes:
        target: The store.
        run: The run.
        client: Sends, through all of the following.
        traffic: What went over the wire.
        quota: Keeps to a share of the store's requests.
        guard: Lets through only what is on the list.
        journal: What was created.
        around: Time and network.
    """

    target: Target
    run: Run
    client: httpx.Client = attrs.field(repr=False)
    traffic: Exchanges = attrs.field(repr=False)
    quota: Quota
    guard: Guard = attrs.field(repr=False)
    journal: Journal = attrs.field(repr=False)
    around: Surroundings = attrs.field(repr=False)

    @classmethod
    @contextmanager
    def open(
        cls, target: Target, run: Run, journal: Journal, *, budget: Budget, share: float, around: Surroundings
    ) -> Iterator["Wire"]:
        """
        Open the way to *target* for *run*, for as long as the context lasts.
        """
        traffic = Exchanges()
        guard = Guard(around.transport(), target.base_url, run, journal, budget)
        journaling = Journaling(guard, journal, run, around.clock)
        recording = RecordingTransport(journaling, traffic)  # below the pauses, which are no time of the service's
        quota = Quota(recording, share, around.ticks, around.sleep, is_trusted=target.disposable)
        with httpx.Client(base_url=target.base_url, transport=quota, timeout=_PATIENCE, trust_env=False) as client:
            yield cls(target, run, client, traffic, quota, guard, journal, around)

    def send(self, request: httpx.Request) -> Exchange:
        """
        Send *request*, and return the exchange.

        Raises:
            httpx.RequestError: When there is no answer, or none that can be decoded.
            Crossed: When it may not be sent.
        """
        self.client.send(request)
        exchange = self.traffic.last
        assert exchange is not None  # noqa: S101 - one was just made; this tells the type checker
        return exchange
