"""
Rate limiter, which uses only a share of the rate limit that all integrations of a store have together.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Self

import attrs
import httpx

from b2b_invoices_contract.targets import CannotRun

from .journal import Clock

DOCUMENTED_LIMIT = 150
"""Requests per window, from the vendor's page on best practices."""

DOCUMENTED_WINDOW = 60.0
"""Seconds in a window, from the same page."""

_TOO_MANY_REQUESTS = 429
_LONGEST_PAUSE = 120.0  # seconds, even if a header says more
_LONGEST_WAIT = 600.0  # seconds of waiting for other integrations in a whole run
_HIGHEST = 1e9  # higher numbers are neither requests nor seconds
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]{1,3})?", re.ASCII | re.IGNORECASE)
_B2B = ("x-requests-allocated", "x-requests-remaining", "x-request-window-resets-after")
_PLATFORM = tuple(
    f"x-rate-limit-{name}" for name in ("requests-quota", "time-window-ms", "requests-left", "time-reset-ms")
)


class TooSlow(CannotRun):
    """The rate limit of the store would make the run wait too long."""


@attrs.frozen
class RateLimitHeaders:
    """
    The rate limit in the headers of a response.

    Attributes:
        limit: Requests per window.
        window: Seconds in a window.
        remaining: Requests left in this window.
        resets_after: Seconds until the next window.
    """

    limit: int
    window: float
    remaining: int
    resets_after: float

    @classmethod
    def parse(cls, headers: Mapping[str, str]) -> Self | None:
        """
        Return the rate limit in *headers*, as B2B Edition or else as the BigCommerce platform sends it; None if none.
        """
        return next(cls.parse_all(headers), None)

    @classmethod
    def parse_all(cls, headers: Mapping[str, str]) -> Iterator[Self]:
        """
        Yield the rate limit of B2B Edition and that of the platform, as far as *headers* have valid values.
        """
        values = {name.lower(): _numbers(value) for name, value in headers.items()}
        for names, counts, unit in ((_B2B, [2, 1, 1], 1), (_PLATFORM, [1, 1, 1, 1], 1000)):
            numbers = [values.get(name, []) for name in names]
            if [len(some) for some in numbers] == counts:
                limit, window, remaining, resets_after = (number for some in numbers for number in some)
                if limit >= 1 and window > 0:
                    yield cls(int(limit), window / unit, int(remaining), resets_after / unit)


@attrs.define
class RateLimiter(httpx.BaseTransport):
    """
    Sends requests by *inner* at even intervals. Waits for the next window when others leave too few requests.

    Headers of responses can make it slower than the documented limit, never faster, since they may be wrong.

    Attributes:
        share: Share of the rate limit to use, above 0 and at most 1.
        clock: Returns seconds of a monotonic clock.
        is_trusted: Whether headers can make it faster, because the server runs on this machine.
        limited: Number of responses with status 429.
        waited: Seconds waited.
    """

    inner: httpx.BaseTransport
    share: float
    clock: Clock
    sleep: Callable[[float], None]
    is_trusted: bool = attrs.field(default=False, kw_only=True)
    limited: int = 0
    waited: float = 0.0
    _waited_for_others: float = attrs.field(init=False, default=0.0)
    _usual_interval: float = attrs.field(init=False)
    _interval: float = attrs.field(init=False)
    _next: float = attrs.field(init=False, default=0.0)

    def __attrs_post_init__(self) -> None:
        self._usual_interval = self._interval = DOCUMENTED_WINDOW / (DOCUMENTED_LIMIT * self.share)
        self._next = self.clock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """
        Send *request* after a pause; raise `TooSlow` when the pauses add up to too much.
        """
        self._wait()
        sent = self.clock()
        self._next = sent + self._interval
        response = self.inner.handle_request(request)
        limits = list(RateLimitHeaders.parse_all(response.headers))
        if limits:
            self._adapt(limits, sent)
        if response.status_code == _TOO_MANY_REQUESTS:
            self.limited += 1
            self._wait_until(max((limit.resets_after for limit in limits), default=DOCUMENTED_WINDOW))
        return response

    def _adapt(self, limits: list[RateLimitHeaders], sent: float) -> None:
        slowest = max(limit.window / (limit.limit * self.share) for limit in limits)
        self._interval = max(min(slowest, _LONGEST_PAUSE), 0 if self.is_trusted else self._usual_interval)
        self._next = sent + self._interval
        for limit in limits:
            if limit.remaining < limit.limit * (1 - self.share):
                self._wait_until(limit.resets_after)

    def _wait_until(self, reset: float) -> None:
        self._next = max(self._next, self.clock() + min(reset, _LONGEST_PAUSE))

    def _wait(self) -> None:
        seconds = self._next - self.clock()
        if seconds <= 0:
            return
        self._waited_for_others += max(0, seconds - self._usual_interval)
        if self._waited_for_others > _LONGEST_WAIT:
            raise TooSlow(
                f"the run was stopped: it would wait for more than {_LONGEST_WAIT / 60:.0f} minutes, because other "
                "integrations use up the rate limit of the store; run it again later"
            )
        self.waited += seconds
        self.sleep(seconds)


def minutes(requests: int, share: float) -> float:
    """
    Return how many minutes *requests* take at a *share* of the documented limit.
    """
    return requests * DOCUMENTED_WINDOW / (DOCUMENTED_LIMIT * share) / 60


def _numbers(value: str) -> list[float]:
    numbers = [float(number) for number in _NUMBER.findall(value)]
    return numbers if all(0 <= number <= _HIGHEST for number in numbers) else []
