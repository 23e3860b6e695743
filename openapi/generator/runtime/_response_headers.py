"""
Response headers about the rate limit and retries.
"""

import math
import re
from datetime import UTC
from email.utils import parsedate_to_datetime

import httpx

_TOO_MANY_REQUESTS = 429
_DEFAULT_WINDOW = 60.0
_WINDOW_LENGTH = re.compile(r"/ *([0-9]{1,6}) *s")
_SECONDS = re.compile(r"[0-9.eE+-]+( ?s)?")


def seconds_to_wait(response: httpx.Response) -> float | None:
    """
    Return the seconds until the request of a failed *response* can be sent again; None if the headers do not say.

    The end of the rate limit's window counts only after a 429.
    """
    if response.status_code == _TOO_MANY_REQUESTS:
        reset = seconds_to_reset(response.headers)
        if reset is not None:
            return reset
    return _retry_after(response.headers)


def seconds_to_reset(headers: httpx.Headers) -> float | None:
    """
    Return the seconds until the next window: `X-Request-Window-Resets-After: 0.397 s`.
    """
    text = headers.get("X-Request-Window-Resets-After", "")
    return _leading_number(text) if _SECONDS.fullmatch(text.strip()) else None


def count(headers: httpx.Headers, name: str) -> int | None:
    """
    Return the number that the header *name* begins with, such as the 150 of `X-Requests-Remaining: 150 times`.
    """
    number = _leading_number(headers.get(name, ""))
    return None if number is None else int(number)


def window_length(headers: httpx.Headers) -> float:
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
