"""
Rate limiting: requests of each store, counted in windows of fixed length.
"""

from collections.abc import Callable
from math import ceil

import attrs

from b2b_invoices_mock.settings import RateLimit

from .dialect import Dialect


@attrs.frozen
class RateLimitState:
    """
    What is left of a store's rate limit after a request.

    Attributes:
        limit: The limit.
        remaining: Requests left in this window; negative if this request exceeded the limit.
        resets_after: Seconds until the next window.
    """

    limit: RateLimit
    remaining: int
    resets_after: float

    def headers(self, dialect: Dialect) -> dict[str, str]:
        """
        Return the rate-limit headers of a response in *dialect*, in the vendor's spelling and units.
        """
        remaining = max(self.remaining, 0)
        b2b = {
            "X-Requests-Allocated": f"{self.limit.requests} times/{self.limit.seconds} s",
            "X-Requests-Window-Length": "0 times",
            "X-Requests-Remaining": f"{remaining} times",
            "X-Request-Window-Resets-After": f"{round(self.resets_after, 3)} s",
        }
        platform = {
            "X-Rate-Limit-Time-Window-Ms": str(self.limit.seconds * 1000),
            "X-Rate-Limit-Time-Reset-Ms": str(ceil(self.resets_after * 1000)),
            "X-Rate-Limit-Requests-Quota": str(self.limit.requests),
            "X-Rate-Limit-Requests-Left": str(remaining),
        }
        return {"b2b": b2b, "platform": platform, "both": b2b | platform}[dialect.rate_limit_headers]


class RateLimiter:
    """
    Counter of each store's requests; the first request of a store starts its window.
    """

    def __init__(self, limit: RateLimit, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._clock = clock
        self._windows: dict[str, tuple[float, int]] = {}

    def count(self, store_hash: str) -> RateLimitState:
        """
        Count a request of a store, and return what is left of its limit.
        """
        now = self._clock()
        start, used = self._windows.get(store_hash, (now, 0))
        if not start <= now < start + self._limit.seconds:  # also if the clock was set back
            start, used = now, 0
        self._windows[store_hash] = (start, used + 1)
        return RateLimitState(self._limit, self._limit.requests - used - 1, start + self._limit.seconds - now)

    def reset(self) -> None:
        """
        Start a new window for every store.
        """
        self._windows.clear()
