"""
How many requests a store has left, counted in windows of fixed length, and the headers that say so.
"""

from collections.abc import Callable

import attrs

from .settings import RateLimit


@attrs.frozen
class Allowance:
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


class RateCounter:
    """
    Counts the requests of every store.
    """

    def __init__(self, limit: RateLimit, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._clock = clock
        self._windows: dict[str, tuple[float, int]] = {}

    def count(self, store_hash: str) -> Allowance:
        """
        Count one request of a store, and return what it has left.
        """
        now = self._clock()
        start, made = self._windows.get(store_hash, (now, 0))
        if now >= start + self._limit.seconds:
            start, made = now, 0
        self._windows[store_hash] = (start, made + 1)
        return Allowance(self._limit, self._limit.requests - made - 1, start + self._limit.seconds - now)
