"""
Keeping to a share of the store's requests, in time that passes only when somebody waits.
"""

from collections.abc import Mapping

import attrs
import httpx
import pytest

from contract_tests.live.quota import Quota, Told, minutes

from .standin import Time

B2B = {
    "X-Requests-Allocated": "150 times/60 s",
    "X-Requests-Remaining": "149 times",
    "X-Request-Window-Resets-After": "0.3973509933774834 s",
}
PLATFORM = {
    "X-Rate-Limit-Time-Window-Ms": "30000",
    "X-Rate-Limit-Time-Reset-Ms": "15000",
    "X-Rate-Limit-Requests-Quota": "300",
    "X-Rate-Limit-Requests-Left": "299",
}


@attrs.define
class Store(httpx.BaseTransport):
    """Answers with the same headers every time, and notes when it was asked."""

    time: Time
    headers: Mapping[str, str] = attrs.field(factory=dict)
    status: int = 200
    asked: list[float] = attrs.field(factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        self.asked.append(self.time.now)
        return httpx.Response(self.status, headers=self.headers, request=request)


def _asked(store: Store, share: float, times: int) -> list[float]:
    with httpx.Client(transport=Quota(store, share, store.time, store.time.sleep)) as client:
        for _ in range(times):
            client.get("https://sandbox.example.com/")
    return [round(later - sooner, 3) for sooner, later in zip(store.asked, store.asked[1:], strict=False)]


@pytest.mark.parametrize(
    ("headers", "share", "interval"),
    [({}, 0.5, 0.8), (B2B, 0.5, 0.8), (B2B, 1, 0.4), (PLATFORM, 0.5, 0.2)],
    ids=["nothing told", "half", "all", "the platform's headers"],
)
def test_even_pace(headers: dict[str, str], share: float, interval: float) -> None:
    """
    Requests are sent evenly, at the share of the limit that the headers tell, or else of the documented one.
    """
    gaps = _asked(Store(Time(), headers), share, 5)

    assert gaps[1:] == [interval] * 3


def test_others_come_first() -> None:
    """
    When less than the rest of the quota remains, since others use it too, it waits for the next window.
    """
    busy = B2B | {"X-Requests-Remaining": "74 times", "X-Request-Window-Resets-After": "12.5 s"}

    assert _asked(Store(Time(), busy), 0.5, 3) == [12.5, 12.5]


def test_too_many() -> None:
    """
    After a 429 it waits until the window is over, and counts it.
    """
    store = Store(Time(), B2B | {"X-Requests-Remaining": "0 times", "X-Request-Window-Resets-After": "31 s"}, 429)
    quota = Quota(store, 0.5, store.time, store.time.sleep)

    with httpx.Client(transport=quota) as client:
        client.get("https://sandbox.example.com/")
        client.get("https://sandbox.example.com/")

    assert (store.asked[1] - store.asked[0], quota.limited, quota.waited) == (31, 2, 31)


def test_headers_that_say_nothing() -> None:
    """
    Headers that are not there, or make no sense, tell nothing.
    """
    assert Told.by({}) is None
    assert Told.by(B2B | {"X-Requests-Allocated": "many"}) is None
    assert Told.by(B2B) == Told(150, 60, 149, 0.3973509933774834)


def test_minutes() -> None:
    """
    Sixty requests at half of the limit take less than a minute.
    """
    assert minutes(60, 0.5) == pytest.approx(0.8)
