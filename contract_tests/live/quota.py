"""
Keeping to a share of the requests that a store allows all its integrations together.
"""

import re
from collections.abc import Callable, Mapping

import attrs
import httpx

from .journal import Clock

DOCUMENTED_LIMIT = 150
"""Requests in a window that the vendor's page on best practices allows a store."""

DOCUMENTED_WINDOW = 60.0
"""Seconds that the window has by the same page."""

_TOO_MANY = 429
_LONGEST = 120.0  # seconds to wait for a window, whatever a header says


@attrs.frozen
class Told:
    """
    What an answer tells of the store's limit.

    Attributes:
        limit: Requests in a window.
        window: Seconds that the window has.
        remaining: Requests that are left in it.
        resets_after: Seconds until the next.
    """

    limit: int
    window: float
    remaining: int
    resets_after: float

    @classmethod
    def by(cls, headers: Mapping[str, str]) -> "Told | None":
        """
        Return what *headers* tell, in the vendor's spelling or that of its platform; None when they tell nothing.
        """
        read = {name.lower(): _numbers(value) for name, value in headers.items()}
        try:
            limit, window = read["x-requests-allocated"]
            return cls(
                int(limit), window, int(read["x-requests-remaining"][0]), read["x-request-window-resets-after"][0]
            )
        except (KeyError, ValueError, IndexError):
            pass
        try:
            return cls(
                int(read["x-rate-limit-requests-quota"][0]),
                read["x-rate-limit-time-window-ms"][0] / 1000,
                int(read["x-rate-limit-requests-left"][0]),
                read["x-rate-limit-time-reset-ms"][0] / 1000,
            )
        except (KeyError, IndexError):
            return None


@attrs.define
class Quota(httpx.BaseTransport):
    """
    Sends by another transport, evenly, so that no more than a share of the store's requests is used.

    When others use so many that less than the rest of the quota remains, it waits for the next window.

    Attributes:
        inner: Sends.
        share: The share to keep to, above 0 and at most 1.
        clock: Returns seconds that only go forward.
        sleep: Waits for so many seconds.
        limited: How many answers said that there were too many requests.
        waited: Seconds spent waiting.
    """

    inner: httpx.BaseTransport
    share: float
    clock: Clock
    sleep: Callable[[float], None]
    limited: int = 0
    waited: float = 0.0
    _interval: float = attrs.field(init=False)
    _next: float = attrs.field(init=False, default=0.0)

    def __attrs_post_init__(self) -> None:
        self._interval = DOCUMENTED_WINDOW / (DOCUMENTED_LIMIT * self.share)
        self._next = self.clock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """
        Send *request* when it is its turn.
        """
        self._wait()
        self._next = self.clock() + self._interval
        response = self.inner.handle_request(request)
        told = Told.by(response.headers)
        if told is not None and told.limit > 0 and told.window > 0:
            self._heed(told)
        if response.status_code == _TOO_MANY:
            self.limited += 1
            pause = told.resets_after if told else DOCUMENTED_WINDOW
            self._next = self.clock() + min(pause, _LONGEST)
        return response

    def close(self) -> None:
        """
        Close the other transport.
        """
        self.inner.close()

    def _heed(self, told: Told) -> None:
        sent = self._next - self._interval
        self._interval = told.window / (told.limit * self.share)
        self._next = sent + self._interval
        if told.remaining < told.limit * (1 - self.share):
            self._next = max(self._next, self.clock() + min(told.resets_after, _LONGEST))

    def _wait(self) -> None:
        seconds = self._next - self.clock()
        if seconds > 0:
            self.waited += seconds
            self.sleep(seconds)


def minutes(requests: int, share: float) -> float:
    """
    Return how long so many *requests* take at a *share* of the documented limit.
    """
    return requests * DOCUMENTED_WINDOW / (DOCUMENTED_LIMIT * share) / 60


def _numbers(value: str) -> list[float]:
    return [float(number) for number in re.findall(r"[0-9]+(?:\.[0-9]+)?", value)]
