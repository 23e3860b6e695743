"""
Keeping to a share of the store's requests, in time that passes only when somebody waits.
"""

from collections.abc import Mapping

import attrs
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b_invoices_contract.live.quota import Quota, Told, TooSlow, minutes
from contract_tests.tests.standin import Time

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
        headers = [(name.encode(), value.encode()) for name, value in self.headers.items()]  # any script
        return httpx.Response(self.status, headers=headers, request=request)


def _asked(store: Store, share: float, times: int) -> list[float]:
    with httpx.Client(transport=Quota(store, share, store.time, store.time.sleep)) as client:
        for _ in range(times):
            client.get("https://sandbox.example.com/")
    return [round(later - sooner, 3) for sooner, later in zip(store.asked, store.asked[1:], strict=False)]


FEWER = {"X-Requests-Allocated": "50 times/60 s", "X-Requests-Remaining": "49 times"}
MORE = {"X-Requests-Allocated": "600 times/60 s", "X-Requests-Remaining": "599 times"}


@pytest.mark.parametrize(
    ("headers", "share", "interval"),
    [
        ({}, 0.5, 0.8),
        (B2B, 0.5, 0.8),
        (B2B, 1, 0.4),
        (B2B | FEWER, 0.5, 2.4),
        (B2B | MORE, 0.5, 0.8),
        (PLATFORM, 0.5, 0.8),
        (B2B | FEWER | PLATFORM, 0.5, 2.4),
        (B2B | PLATFORM | {"X-Rate-Limit-Requests-Quota": "20"}, 0.5, 3),
    ],
    ids=["nothing", "half", "all", "fewer", "more", "the platform's", "both, fewer first", "both, fewer last"],
)
def test_even_pace(headers: dict[str, str], share: float, interval: float) -> None:
    """
    Requests are sent evenly, at the share of the documented limit, or of the lowest that the headers tell.
    """
    gaps = _asked(Store(Time(), headers), share, 5)

    assert gaps[1:] == [interval] * 3


def test_pace_on_this_machine() -> None:
    """
    A stand-in on this machine may tell of a higher limit, and is then asked that much faster.
    """
    store = Store(Time(), B2B | MORE)
    quota = Quota(store, 0.5, store.time, store.time.sleep, is_trusted=True)

    with httpx.Client(transport=quota) as client:
        for _ in range(4):
            client.get("http://127.0.0.1/")

    assert quota.waited == pytest.approx(0.2 * 3)


_NUMBERS = st.sampled_from(
    [
        "0",
        "1",
        "-1",
        "60",
        "150",
        "60000",
        "9" * 400,
        "1e999",
        "1e-9",
        "NaN",
        "inf",
        "-inf",
        "",
        "many",
        "5, 5",
        "\u0665",
    ]
) | st.integers().map(str)
_TEXTS = st.builds("{} times/{} s".format, _NUMBERS, _NUMBERS) | st.builds("{} s".format, _NUMBERS) | _NUMBERS
_HEADERS = st.dictionaries(st.sampled_from([*B2B, *PLATFORM]), _TEXTS)


@given(odd=_HEADERS, status=st.sampled_from([200, 200, 200, 429]), share=st.sampled_from([0.1, 0.5, 1]))
def test_odd_headers(odd: dict[str, str], status: int, share: float) -> None:
    """
    Whatever the headers say, it never goes faster than the share allows, and no pause is longer than two minutes.
    """
    store = Store(Time(), {**B2B, **PLATFORM, **odd}, status)

    gaps = _asked(store, share, 4)

    assert min(gaps) >= 60 / (150 * share) - 0.001
    assert max(gaps) <= 120


def test_patience() -> None:
    """
    It waits for a busy store up to ten minutes in all, beyond the pauses of its pace, and then ends the run.
    """
    store = Store(Time(), B2B | {"X-Requests-Remaining": "0 times", "X-Request-Window-Resets-After": "60 s"})

    with pytest.raises(TooSlow) as slow:
        _asked(store, 0.5, 100)

    assert store.time.now - store.asked[0] == pytest.approx(600, abs=10)
    assert str(slow.value) == (
        "the run was stopped, since it would have waited for more than 10 minutes, because others use up the store's "
        "requests, or its answers say so; run it again when less is going on"
    )


def test_slow_by_choice() -> None:
    """
    The pauses of a small share are no impatience.
    """
    gaps = _asked(Store(Time(), B2B), 0.004, 10)

    assert gaps == [100] * 9


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
    for senseless in ("many", "-150 times/60 s", "150 times", f"{'9' * 400} times/60 s", "0 times/60 s", "1, 2, 3, 4"):
        assert Told.by(B2B | {"X-Requests-Allocated": senseless}) is None
    assert Told.by(B2B) == Told(150, 60, 149, 0.3973509933774834)


def test_minutes() -> None:
    """
    Sixty requests at half of the limit take less than a minute.
    """
    assert minutes(60, 0.5) == pytest.approx(0.8)
