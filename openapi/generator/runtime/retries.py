"""
Retries: number of attempts, backoff and deadline.
"""

import random
import time
from collections.abc import Awaitable, Callable
from typing import Any, Self

import attrs

from ._settings import instance_of
from .errors import InvalidSetting

__all__ = ["PASSING", "Retries"]

PASSING = (429, 502, 503, 504)
"""Statuses of temporary failures."""

_LONGEST = 1e9  # seconds


async def _async_sleep(seconds: float) -> None:
    import anyio  # noqa: PLC0415  only for async use

    await anyio.sleep(seconds)


def _positive(_retries: "Retries", attribute: "attrs.Attribute[Any]", value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _LONGEST:
        raise InvalidSetting(f"Retries.{attribute.name}", f"expected a number above 0, up to 1e9; got {value!r:.40}.")


def _whole(_retries: "Retries", attribute: "attrs.Attribute[Any]", value: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidSetting(f"Retries.{attribute.name}", f"expected a whole number above 0, got {value!r}.")


@attrs.frozen(kw_only=True)
class Retries:
    """
    Retry policy and rate limiting of a client.

    Reads and deletes are retried after a failed connection, a lost response, and 429, 502, 503 and 504. A create is
    retried only if it was certainly not carried out: after a failed connection and after 429. The headers set the wait
    (`X-Request-Window-Resets-After` after 429, else `Retry-After`). Without them it is a random part of
    *backoff*, which doubles with each attempt.

    >>> patient = Retries(attempts=10, deadline=600)
    >>> Client(store_hash="abc", access_token="secret", retries=patient).retries.attempts
    10

    Attributes:
        attempts: Maximum number of times a request is sent.
        deadline: Seconds, waits included, after which nothing is sent.
        backoff: Maximum seconds of the first wait.
        longest: Maximum seconds of any wait that the headers do not set.
        pace: Whether to wait for the next window when the rate limit is reached.
        clock: Returns the time in seconds.
        sleep: Sleeps for seconds.
        async_sleep: Sleeps for seconds, for async calls.
        random: Returns a random number from 0 to 1.
    """

    attempts: int = attrs.field(default=5, validator=_whole)
    deadline: float = attrs.field(default=180.0, validator=_positive)
    backoff: float = attrs.field(default=0.5, validator=_positive)
    longest: float = attrs.field(default=30.0, validator=_positive)
    pace: bool = attrs.field(default=True, validator=instance_of("Retries.pace", bool, "True or False"))
    clock: Callable[[], float] = attrs.field(default=time.monotonic, repr=False)
    sleep: Callable[[float], None] = attrs.field(default=time.sleep, repr=False)
    async_sleep: Callable[[float], Awaitable[None]] = attrs.field(default=_async_sleep, repr=False)
    random: Callable[[], float] = attrs.field(default=random.random, repr=False)

    @classmethod
    def off(cls) -> Self:
        """
        Return a policy that sends every request once, without waiting.

        >>> Retries.off().attempts
        1
        """
        return cls(attempts=1, pace=False)

    def wait_after(self, attempts: int) -> float:
        """
        Return the seconds to wait after *attempts* attempts, when the headers do not say.

        >>> Retries(random=lambda: 1.0).wait_after(3)
        2.0
        """
        return self.random() * min(self.longest, self.backoff * 2.0 ** min(attempts - 1, 30))
