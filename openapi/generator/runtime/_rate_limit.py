"""
Rate limiting: requests left in the store's current window, shared by threads and tasks, and the headers that say so.
"""

import math
import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from threading import Lock

import attrs
import httpx

_POLL_INTERVAL = 0.05  # seconds to wait when all requests of a window are in flight
_TOLERANCE = 2.0  # seconds by which two responses may differ on the end of one window
_TOO_MANY_REQUESTS = 429
_DEFAULT_WINDOW = 60.0
_WINDOW_LENGTH = re.compile(r"/ *([0-9]{1,6}) *s")
_SECONDS = re.compile(r"[0-9.eE+-]+( ?s)?")


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
        remaining = _count(headers, "X-Requests-Remaining")
        reset = _seconds_to_reset(headers)
        if remaining is None or reset is None:
            return
        reset = min(reset, _window_length(headers))  # a longer time would stop all requests
        with self._lock:
            left = remaining - (self.under_way - 1)
            # Responses can arrive out of order: within a window, the latest is the one with the least left.
            is_same_window = now < self.resets_at and now + reset < self.resets_at + _TOLERANCE
            self.left = min(left, self.left) if is_same_window and self.left is not None else left
            self.allocated = _count(headers, "X-Requests-Allocated") or None  # a limit of 0 would stop all requests
            self.resets_at = now + reset


# ---------------------------------------------------------------- response headers


def seconds_to_wait(response: httpx.Response) -> float | None:
    """
    Return the seconds until the request of a failed *response* can be sent again; None if the headers do not say.

    The end of the rate limit's window counts only after a 429.
    """
    if response.status_code == _TOO_MANY_REQUESTS:
        reset = _seconds_to_reset(response.headers)
        if reset is not None:
            return reset
    return _retry_after(response.headers)


def _seconds_to_reset(headers: httpx.Headers) -> float | None:
    """
    Return the seconds until the next window: `X-Request-Window-Resets-After: 0.397 s`.
    """
    text = headers.get("X-Request-Window-Resets-After", "")
    return _leading_number(text) if _SECONDS.fullmatch(text.strip()) else None


def _count(headers: httpx.Headers, name: str) -> int | None:
    """
    Return the number that the header *name* begins with, such as the 150 of `X-Requests-Remaining: 150 times`.
    """
    number = _leading_number(headers.get(name, ""))
    return None if number is None else int(number)


def _window_length(headers: httpx.Headers) -> float:
    """
    Return the seconds in a window: the 60 of `X-Requests-Allocated: 150 times/60 s`, and 60 by default.
    """
    found = _WINDOW_LENGTH.search(headers.get("X-Requests-Allocated", ""))
    return float(found[1]) if found else _DEFAULT_WINDOW


def _retry_after(headers: httpx.Headers) -> float | None:
    """
    Return `Retry-After` in seconds. A date is compared with the `Date` of the response, because clocks differ.
    """
    text = headers.get("Retry-After", "")
    seconds = _leading_number(text)
    if seconds is not None:
        return seconds
    try:
        then, now = (parsedate_to_datetime(date) for date in (text, headers.get("Date", "")))
    except (ValueError, OverflowError, TypeError):  # a year or a time zone that does not exist
        return None
    return max(0.0, (then.replace(tzinfo=UTC) - now.replace(tzinfo=UTC)).total_seconds())


def _leading_number(text: str) -> float | None:
    try:
        number = float(text.split(maxsplit=1)[0])
    except (ValueError, IndexError):
        return None
    return number if math.isfinite(number) and number >= 0 else None
