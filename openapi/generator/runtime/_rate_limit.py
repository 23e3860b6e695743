"""
Rate limiting: requests left in the store's current window, shared by threads and tasks.
"""

from threading import Lock

import attrs
import httpx

from ._response_headers import count, seconds_to_reset, window_length

_POLL_INTERVAL = 0.05  # seconds to wait when all requests of a window are in flight
_TOLERANCE = 2.0  # seconds by which two responses may differ on the end of one window


@attrs.define
class Pace:
    """
    The rate limit as the last responses reported it.

    Requests in flight may not be counted in a response yet. They are subtracted, so that the limit is never exceeded.

    Attributes:
        left: Requests that can still be sent in this window; None if unknown.
        allocated: Requests in a whole window; None if unknown.
        resets_at: When the next window starts, on the caller's clock.
        under_way: Requests in flight.
        store: The store: base URL and store hash.
    """

    left: int | None = None
    allocated: int | None = None
    resets_at: float = 0.0
    under_way: int = 0
    store: tuple[str, str] | None = attrs.field(default=None, repr=False)
    _lock: Lock = attrs.field(factory=Lock, init=False, repr=False, eq=False)

    def take(self, now: float) -> float:
        """
        Take one request and return 0, or return the seconds to wait for one.
        """
        with self._lock:
            if now >= self.resets_at:
                self.left = self.allocated and self.allocated - self.under_way
            if self.left is not None and self.left <= 0:
                return max(self.resets_at - now, _POLL_INTERVAL)
            if self.left is not None:
                self.left -= 1
            self.under_way += 1
            return 0.0

    def leave_parent(self) -> None:
        """
        Forget the requests in flight after a fork: they belong to the parent process.
        """
        self._lock, self.under_way = Lock(), 0

    def put_back(self) -> None:
        with self._lock:
            self.under_way -= 1

    def note(self, headers: httpx.Headers, now: float) -> None:
        """
        Read the limit from the *headers* of a response received *now*; its request is still in flight.
        """
        remaining = count(headers, "X-Requests-Remaining")
        reset = seconds_to_reset(headers)
        if remaining is None or reset is None:
            return
        reset = min(reset, window_length(headers))  # a longer time would stop all requests
        with self._lock:
            left = remaining - (self.under_way - 1)
            # Responses can arrive out of order: within a window, the latest is the one with the least left.
            is_same_window = now < self.resets_at and now + reset < self.resets_at + _TOLERANCE
            self.left = min(left, self.left) if is_same_window and self.left is not None else left
            self.allocated = count(headers, "X-Requests-Allocated") or None  # a limit of 0 would stop all requests
            self.resets_at = now + reset
