"""
How often to try, and how long to wait in between.
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
"""The statuses that another attempt may not meet."""

_LONGEST = 1e9  # seconds


async def _sleep(seconds: float) -> None:
    import anyio  # noqa: PLC0415  for those who await

    await anyio.sleep(seconds)


def _positive(_retries: "Retries", attribute: "attrs.Attribute[Any]", value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _LONGEST:
        raise InvalidSetting(
            f"Retries.{attribute.name}", f"is {value!r:.40}; it should be a number above 0, up to 1e9."
        )


def _whole(_retries: "Retries", attribute: "attrs.Attribute[Any]", value: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidSetting(f"Retries.{attribute.name}", f"is {value!r}; it should be a whole number above 0.")


@attrs.frozen(kw_only=True)
class Retries:
    """
    How a client retries, and how it stays under the store's limit of requests.

    Reads and deletes are tried again when there was no connection or no answer, and after 429, 502, 503 and 504.
    A create is tried again only when it certainly did not land: when there was no connection, and after 429.
    The wait is what the headers say (`X-Request-Window-Resets-After` after 429, else `Retry-After`), otherwise a random
    part of *backoff*, which doubles each time.

    >>> patient = Retries(attempts=10, deadline=600)
    >>> Client(store_hash="abc", access_token="secret", retries=patient).retries.attempts
    10

    Attributes:
        attempts: How often a request is sent at most.
        deadline: Seconds after which nothing is sent any more, waits included.
        backoff: Seconds of the longest first wait when the headers do not say.
        longest: Seconds that such a wait never exceeds.
        pace: Whether to wait for the next window when the store has no requests left in this one.
        clock: Seconds since some moment.
        sleep: Waits for seconds.
        async_sleep: Waits for seconds, awaited.
        random: Draws a number from 0 to 1.
    """

    attempts: int = attrs.field(default=5, validator=_whole)
    deadline: float = attrs.field(default=180.0, validator=_positive)
    backoff: float = attrs.field(default=0.5, validator=_positive)
    longest: float = attrs.field(default=30.0, validator=_positive)
    pace: bool = attrs.field(default=True, validator=instance_of("Retries.pace", bool, "True or False"))
    clock: Callable[[], float] = attrs.field(default=time.monotonic, repr=False)
    sleep: Callable[[float], None] = attrs.field(default=time.sleep, repr=False)
    async_sleep: Callable[[float], Awaitable[None]] = attrs.field(default=_sleep, repr=False)
    random: Callable[[], float] = attrs.field(default=random.random, repr=False)

    @classmethod
    def off(cls) -> Self:
        """
        Every request is sent once, and at once.

        >>> Retries.off().attempts
        1
        """
        return cls(attempts=1, pace=False)

    def wait_after(self, attempts: int) -> float:
        """
        Seconds to wait after so many *attempts* when the headers do not say.

        >>> Retries(random=lambda: 1.0).wait_after(3)
        2.0
        """
        return self.random() * min(self.longest, self.backoff * 2.0 ** min(attempts - 1, 30))
