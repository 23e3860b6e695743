"""
Staying under the store's limit of requests, whoever sends them: threads and tasks share one `Pace`.
"""

from threading import Lock

import attrs
import httpx

from ._response_headers import requests_allocated, requests_remaining, seconds_to_reset, window_length

__all__ = ["Pace"]

_GLANCE = 0.05  # seconds until the next look at a window that is full of requests under way
_BLUR = 2.0  # seconds by which two answers may differ on when one window ends


@attrs.define
class Pace:
    """
    What is known of the current window of requests.

    Requests that are under way may not be in the count of an answer yet, so they are taken off it: rather one request
    too few in this window than one too many.

    Attributes:
        left: Requests that can still be sent in this window; None when nobody said.
        allocated: Requests that a whole window has; None when nobody said.
        resets_at: When the next window starts, by the caller's clock.
        under_way: Requests that were sent and have no answer yet.
        store: Whose window it is: base URL and store hash.
    """

    left: int | None = None
    allocated: int | None = None
    resets_at: float = 0.0
    under_way: int = 0
    store: tuple[str, str] | None = attrs.field(default=None, repr=False)
    _lock: Lock = attrs.field(factory=Lock, init=False, repr=False, eq=False)

    def take(self, now: float) -> float:
        """
        Take one request of the window and return 0, or return the seconds until there may be one.
        """
        with self._lock:
            if now >= self.resets_at:
                self.left = self.allocated and self.allocated - self.under_way
            if self.left is not None and self.left <= 0:
                return max(self.resets_at - now, _GLANCE)
            if self.left is not None:
                self.left -= 1
            self.under_way += 1
            return 0.0

    def leave_parent(self) -> None:
        """
        Forget the requests under way: they are those of the process that this one was forked from.
        """
        self._lock, self.under_way = Lock(), 0

    def put_back(self) -> None:
        """
        Note that a request is no longer under way.
        """
        with self._lock:
            self.under_way -= 1

    def note(self, headers: httpx.Headers, now: float) -> None:
        """
        Learn from the *headers* of an answer that came *now*, while its request still counts as under way.
        """
        remaining = requests_remaining(headers)
        reset = None if remaining is None else seconds_to_reset(headers)
        if remaining is None or reset is None:
            return
        reset = min(reset, window_length(headers))  # who says more would lock us out
        with self._lock:
            left = remaining - (self.under_way - 1)
            # Answers overtake each other: within a window, the one that leaves least is the latest.
            is_same_window = now < self.resets_at and now + reset < self.resets_at + _BLUR
            self.left = min(left, self.left) if is_same_window and self.left is not None else left
            self.allocated = requests_allocated(headers) or None  # a window of none would never open
            self.resets_at = now + reset
