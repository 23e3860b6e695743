"""
Keeping to a share of the requests that a store allows all its integrations together.
"""

import re
from collections.abc import Callable, Iterator, Mapping

import attrs
import httpx

from b2b_invoices_contract.targets import CannotRun

from .journal import Clock

DOCUMENTED_LIMIT = 150
"""Requests in a window that the vendor's page on best practices allows a store."""

DOCUMENTED_WINDOW = 60.0
"""Seconds that the window has by the same page."""

_TOO_MANY = 429
_LONGEST = 120.0  # seconds to wait for a window, whatever a header says
_PATIENCE = 600.0  # seconds to wait for others in all
_MOST = 1e9  # more is no number of requests, and none of seconds
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]{1,3})?", re.ASCII | re.IGNORECASE)


class TooSlow(CannotRun):
    """The store's limit would have the run wait for longer than anybody would."""


_VENDORS = ("requests-allocated", "requests-remaining", "request-window-resets-after")
_PLATFORMS = ("requests-quota", "time-window-ms", "requests-left", "time-reset-ms")


@attrs.frozen
class Told:
    """
    What an answer tells of the store's limit.

    Attributes:
        limit: Requests in a window.
        window: Seconds that the window has.
        remaining: Requests that are left in it.
        resets_after: Seconds until the next.
    """

    limit: int
    window: float
    remaining: int
    resets_after: float

    @classmethod
    def by(cls, headers: Mapping[str, str]) -> "Told | None":
        """
        Return what *headers* tell, in the vendor's spelling or else that of its platform; None when they tell nothing.
        """
        return next(cls.each_by(headers), None)

    @classmethod
    def each_by(cls, headers: Mapping[str, str]) -> Iterator["Told"]:
        """
        Yield what *headers* tell in the vendor's spelling, and in that of its platform, where they make sense.
        """
        read = {name.lower(): _numbers(value) for name, value in headers.items()}
        vendors = [read.get(f"x-{name}", []) for name in _VENDORS]
        platforms = [read.get(f"x-rate-limit-{name}", []) for name in _PLATFORMS]
        for numbers, lengths, unit in ((vendors, [2, 1, 1], 1), (platforms, [1, 1, 1, 1], 1000)):
            if [len(some) for some in numbers] == lengths:
                limit, window, remaining, resets_after = (number for some in numbers for number in some)
                if limit >= 1 and window > 0:
                    yield cls(int(limit), window / unit, int(remaining), resets_after / unit)


@attrs.define
class Quota(httpx.BaseTransport):
    """
    Sends by another transport, evenly, so that no more than a share of the store's requests is used.

    When others use so many that less than the rest of the quota remains, it waits for the next window. What the answers
    tell of the limit can slow it down, but not hurry it on: they may be wrong, and the documented limit is known.

    Attributes:
        inner: Sends.
        share: The share to keep to, above 0 and at most 1.
        clock: Returns seconds that only go forward.
        sleep: Waits for so many seconds.
        is_trusted: Whether answers can hurry it on all the same: those of a server on this machine.
        limited: How many answers said that there were too many requests.
        waited: Seconds spent waiting.
    """

    inner: httpx.BaseTransport
    share: float
    clock: Clock
    sleep: Callable[[float], None]
    is_trusted: bool = attrs.field(default=False, kw_only=True)
    limited: int = 0
    waited: float = 0.0
    _waited_for_others: float = attrs.field(init=False, default=0.0)
    _pace: float = attrs.field(init=False)
    _interval: float = attrs.field(init=False)
    _next: float = attrs.field(init=False, default=0.0)

    def __attrs_post_init__(self) -> None:
        self._pace = self._interval = DOCUMENTED_WINDOW / (DOCUMENTED_LIMIT * self.share)
        self._next = self.clock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """
        Send *request* when it is its turn.

        Raises:
            TooSlow: When others have had it wait for too long already.
        """
        self._wait()
        self._next = self.clock() + self._interval
        response = self.inner.handle_request(request)
        told = list(Told.each_by(response.headers))
        if told:
            self._heed(told)
        if response.status_code == _TOO_MANY:
            self.limited += 1
            self._wait_until(max((one.resets_after for one in told), default=DOCUMENTED_WINDOW))
        return response

    def close(self) -> None:
        """
        Close the other transport.
        """
        self.inner.close()

    def _heed(self, told: list[Told]) -> None:
        sent = self._next - self._interval
        slowest = max(one.window / (one.limit * self.share) for one in told)
        self._interval = max(min(slowest, _LONGEST), 0 if self.is_trusted else self._pace)
        self._next = sent + self._interval
        for one in told:
            if one.remaining < one.limit * (1 - self.share):
                self._wait_until(one.resets_after)

    def _wait_until(self, reset: float) -> None:
        self._next = max(self._next, self.clock() + min(reset, _LONGEST))

    def _wait(self) -> None:
        seconds = self._next - self.clock()
        if seconds <= 0:
            return
        self._waited_for_others += max(0, seconds - self._pace)
        if self._waited_for_others > _PATIENCE:
            raise TooSlow(
                f"the run was stopped, since it would have waited for more than {_PATIENCE / 60:.0f} minutes, because "
                "others use up the store's requests, or its answers say so; run it again when less is going on"
            )
        self.waited += seconds
        self.sleep(seconds)


def minutes(requests: int, share: float) -> float:
    """
    Return how long so many *requests* take at a *share* of the documented limit.
    """
    return requests * DOCUMENTED_WINDOW / (DOCUMENTED_LIMIT * share) / 60


def _numbers(value: str) -> list[float]:
    """
    Return the numbers in *value*; none when one of them is below zero or beyond sense.
    """
    numbers = [float(number) for number in _NUMBER.findall(value)]
    return numbers if all(0 <= number <= _MOST for number in numbers) else []
