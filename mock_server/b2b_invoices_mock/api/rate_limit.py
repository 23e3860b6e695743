"""
How many requests a store has left, counted in windows of fixed length, and the headers that say so.
"""

from collections.abc import Callable
from math import ceil

import attrs

from b2b_invoices_mock.settings import RateLimit

from .dialect import Dialect


@attrs.frozen
class RateLimitState:
    """
    What a store has left after a request.

    Attributes:
        limit: The limit in force.
        remaining: Requests left in this window; below zero when the request was one too many.
        resets_after: Seconds until the next window.
    """

    limit: RateLimit
    remaining: int
    resets_after: float

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the answer, in the vendor's spelling and with the vendor's units."""
        return {
            "X-Requests-Allocated": f"{self.limit.requests} times/{self.limit.seconds} s",
            "X-Requests-Window-Length": "0 times",
            "X-Requests-Remaining": f"{max(self.remaining, 0)} times",
            "X-Request-Window-Resets-After": f"{self.resets_after} s",
        }

    @property
    def platform_headers(self) -> dict[str, str]:
        """The headers that the rest of the vendor's platform has instead, in milliseconds."""
        return {
            "X-Rate-Limit-Time-Window-Ms": str(self.limit.seconds * 1000),
            "X-Rate-Limit-Time-Reset-Ms": str(ceil(self.resets_after * 1000)),
            "X-Rate-Limit-Requests-Quota": str(self.limit.requests),
            "X-Rate-Limit-Requests-Left": str(max(self.remaining, 0)),
        }

    def headers_in(self, dialect: Dialect) -> dict[str, str]:
        """
        Return the headers that *dialect* tells the limit by.
        """
        match dialect.rate_limit_headers:
            case "b2b":
                return self.headers
            case "platform":
                return self.platform_headers
            case "both":
                return self.headers | self.platform_headers


class RateLimiter:
    """
    Counts the requests of every store.
    """

    def __init__(self, limit: RateLimit, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._clock = clock
        self._windows: dict[str, tuple[float, int]] = {}

    def count(self, store_hash: str) -> RateLimitState:
        """
        Count one request of a store, and return what it has left.
        """
        now = self._clock()
        start, made = self._windows.get(store_hash, (now, 0))
        if not start <= now < start + self._limit.seconds:  # a clock may be set back
            start, made = now, 0
        self._windows[store_hash] = (start, made + 1)
        return RateLimitState(self._limit, self._limit.requests - made - 1, start + self._limit.seconds - now)

    def reset(self) -> None:
        """
        Begin with no request counted.
        """
        self._windows.clear()
