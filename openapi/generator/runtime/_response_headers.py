"""
How long to wait, as the headers of an answer say it.
"""

import math
import re
from datetime import UTC
from email.utils import parsedate_to_datetime

import httpx

__all__ = ["requests_allocated", "requests_remaining", "seconds_to_reset", "seconds_to_wait", "window_length"]

_TOO_MANY_REQUESTS = 429
_USUAL_WINDOW = 60.0
_LENGTH = re.compile(r"/ *([0-9]{1,6}) *s")
_IN_SECONDS = re.compile(r"[0-9.eE+-]+( ?s)?")


def seconds_to_wait(answer: httpx.Response) -> float | None:
    """
    Seconds until the request of a failed *answer* makes sense again; None if the headers do not say.

    The window of requests has a say only where it is what failed.
    """
    if answer.status_code == _TOO_MANY_REQUESTS:
        reset = seconds_to_reset(answer.headers)
        if reset is not None:
            return reset
    return _retry_after(answer.headers)


def seconds_to_reset(headers: httpx.Headers) -> float | None:
    """
    Seconds until the window of requests starts again: `X-Request-Window-Resets-After: 0.397 s`.
    """
    said = headers.get("X-Request-Window-Resets-After", "")
    return _leading_number(said) if _IN_SECONDS.fullmatch(said.strip()) else None


def requests_remaining(headers: httpx.Headers) -> int | None:
    """
    How many requests the window has left: `X-Requests-Remaining: 150 times`.
    """
    return _count(headers.get("X-Requests-Remaining", ""))


def requests_allocated(headers: httpx.Headers) -> int | None:
    """
    How many requests a window has: `X-Requests-Allocated: 150 times/60 s`.
    """
    return _count(headers.get("X-Requests-Allocated", ""))


def window_length(headers: httpx.Headers) -> float:
    """
    Seconds that a whole window of requests lasts: the 60 of `X-Requests-Allocated: 150 times/60 s`, or else 60.
    """
    said = _LENGTH.search(headers.get("X-Requests-Allocated", ""))
    return float(said[1]) if said else _USUAL_WINDOW


def _retry_after(headers: httpx.Headers) -> float | None:
    """
    Seconds, or a date, which is set against the `Date` of the same answer: two clocks seldom agree.
    """
    said = headers.get("Retry-After", "")
    seconds = _leading_number(said)
    if seconds is not None:
        return seconds
    try:
        then, now = (parsedate_to_datetime(text) for text in (said, headers.get("Date", "")))
    except (ValueError, OverflowError, TypeError):  # a year or a zone that no calendar has
        return None
    return max(0.0, (then.replace(tzinfo=UTC) - now.replace(tzinfo=UTC)).total_seconds())


def _count(text: str) -> int | None:
    number = _leading_number(text)
    return None if number is None else int(number)


def _leading_number(text: str) -> float | None:
    try:
        number = float(text.split(maxsplit=1)[0])
    except (ValueError, IndexError):
        return None
    return number if math.isfinite(number) and number >= 0 else None
