"""
Rate limiter: pauses between requests, measured with a simulated clock.
"""

from collections.abc import Mapping

import attrs
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b_invoices_contract.live.rate_limiter import RateLimiter, RateLimitHeaders, TooSlow
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
FEWER = {"X-Requests-Allocated": "50 times/60 s", "X-Requests-Remaining": "49 times"}
MORE = {"X-Requests-Allocated": "600 times/60 s", "X-Requests-Remaining": "599 times"}


@attrs.define
class Store(httpx.BaseTransport):
    """Responds with the same headers every time, and keeps the times of its requests."""

    time: Time
    headers: Mapping[str, str] = attrs.field(factory=dict)
    status: int = 200
    sent: list[float] = attrs.field(factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Respond."""
        self.sent.append(self.time.now)
        headers = [(name.encode(), value.encode()) for name, value in self.headers.items()]  # any script
        return httpx.Response(self.status, headers=headers, request=request)


def _gaps(store: Store, share: float, requests: int, **options: bool) -> list[float]:
    """
    Send *requests*, and return the seconds between them.
    """
    with httpx.Client(transport=RateLimiter(store, share, store.time, store.time.sleep, **options)) as client:
        for _ in range(requests):
            client.get("https://sandbox.example.com/")
    return [round(later - sooner, 3) for sooner, later in zip(store.sent, store.sent[1:], strict=False)]


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
    ids=["none", "half", "all", "fewer", "more", "platform", "both, fewer first", "both, fewer last"],
)
def test_even_intervals(headers: dict[str, str], share: float, interval: float) -> None:
    """
    Requests are sent at even intervals, at a share of the documented limit, or of the lowest limit in the headers.
    """
    gaps = _gaps(Store(Time(), headers), share, 5)

    assert gaps[1:] == [interval] * 3


def test_trusted_headers() -> None:
    """
    A server on this machine can make it faster with a higher limit in its headers.
    """
    assert _gaps(Store(Time(), B2B | MORE), 0.5, 4, is_trusted=True) == [0.2] * 3


_ODD = ["0", "1", "-1", "60", "150", "9" * 400, "1e999", "1e-9", "NaN", "inf", "", "many", "5, 5", "\u0665"]
_NUMBERS = st.sampled_from(_ODD) | st.integers().map(str)
_TEXTS = st.builds("{} times/{} s".format, _NUMBERS, _NUMBERS) | st.builds("{} s".format, _NUMBERS) | _NUMBERS
_HEADERS = st.dictionaries(st.sampled_from([*B2B, *PLATFORM]), _TEXTS)


@given(odd=_HEADERS, status=st.sampled_from([200, 200, 200, 429]), share=st.sampled_from([0.1, 0.5, 1]))
def test_odd_headers(odd: dict[str, str], status: int, share: float) -> None:
    """
    With any headers, it is never faster than the share allows, and no pause is longer than two minutes.
    """
    store = Store(Time(), {**B2B, **PLATFORM, **odd}, status)

    gaps = _gaps(store, share, 4)

    assert min(gaps) >= 60 / (150 * share) - 0.001
    assert max(gaps) <= 120


def test_busy_store() -> None:
    """
    It waits for other integrations for up to ten minutes in total, and then ends the run.
    """
    store = Store(Time(), B2B | {"X-Requests-Remaining": "0 times", "X-Request-Window-Resets-After": "60 s"})

    with pytest.raises(TooSlow) as slow:
        _gaps(store, 0.5, 100)

    assert store.time.now - store.sent[0] == pytest.approx(600, abs=10)
    assert str(slow.value) == (
        "the run was stopped: it would wait for more than 10 minutes, because other integrations use up the rate limit "
        "of the store; run it again later"
    )


def test_small_share() -> None:
    """
    Long pauses because of a small share do not count as waiting for other integrations.
    """
    assert _gaps(Store(Time(), B2B), 0.004, 10) == [100] * 9


def test_other_integrations() -> None:
    """
    When other integrations leave less than their share, it waits for the next window.
    """
    busy = B2B | {"X-Requests-Remaining": "74 times", "X-Request-Window-Resets-After": "12.5 s"}

    assert _gaps(Store(Time(), busy), 0.5, 3) == [12.5, 12.5]


def test_too_many_requests() -> None:
    """
    After a response 429 it waits for the next window, and counts the response.
    """
    store = Store(Time(), B2B | {"X-Requests-Remaining": "0 times", "X-Request-Window-Resets-After": "31 s"}, 429)
    limiter = RateLimiter(store, 0.5, store.time, store.time.sleep)

    with httpx.Client(transport=limiter) as client:
        client.get("https://sandbox.example.com/")
        client.get("https://sandbox.example.com/")

    assert (store.sent[1] - store.sent[0], limiter.limited, limiter.waited) == (31, 2, 31)


def test_invalid_headers() -> None:
    """
    Missing or invalid headers have no limit.
    """
    assert RateLimitHeaders.parse({}) is None
    for invalid in ("many", "-150 times/60 s", "150 times", f"{'9' * 400} times/60 s", "0 times/60 s", "1, 2, 3, 4"):
        assert RateLimitHeaders.parse(B2B | {"X-Requests-Allocated": invalid}) is None
    assert RateLimitHeaders.parse(B2B) == RateLimitHeaders(150, 60, 149, 0.3973509933774834)
