"""
The rate limit: who is counted, when counting starts again, and what the headers say.
"""

import pytest

from b2b_invoices_mock.api.rate_limit import RateLimiter
from b2b_invoices_mock.settings import RateLimit
from mock_server.tests.client import (
    NOW,
    OTHER_STORE,
    Clock,
    assert_refused,
)
from mock_server.tests.conftest import MakeClient, MakeInvoice


@pytest.fixture(name="counter")
def _counter(clock: Clock) -> RateLimiter:
    """
    A counter that allows two requests in a minute.
    """
    return RateLimiter(RateLimit(2, 60), clock)


def test_requests_are_counted_down(counter: RateLimiter) -> None:
    """
    Every request leaves one less, and the first one too many leaves less than nothing.
    """
    remaining = [counter.count("a").remaining for _ in range(3)]

    assert remaining == [1, 0, -1]


def test_stores_are_counted_apart(counter: RateLimiter) -> None:
    """
    The requests of one store are not taken from another.
    """
    counter.count("a")
    counter.count("a")

    assert counter.count("b").remaining == 1


def test_the_window_starts_with_its_first_request(counter: RateLimiter, clock: Clock) -> None:
    """
    A window lasts its seconds from its first request on, however many requests follow.
    """
    counter.count("a")

    clock.now = NOW + 45.5

    assert counter.count("a").resets_after == 14.5


def test_the_window_resets(counter: RateLimiter, clock: Clock) -> None:
    """
    When the seconds of a window are over, a store has all its requests again.
    """
    for _ in range(3):
        counter.count("a")

    clock.now = NOW + 60

    assert counter.count("a").remaining == 1


def test_a_clock_that_is_set_back(counter: RateLimiter, clock: Clock) -> None:
    """
    When the clock is set back, a window begins, so that nobody waits for longer than one lasts.
    """
    for _ in range(3):
        counter.count("a")

    clock.now = NOW - 3600
    allowance = counter.count("a")

    assert (allowance.remaining, allowance.resets_after) == (1, 60)


def test_headers_are_the_vendors(counter: RateLimiter) -> None:
    """
    The headers have the vendor's names, one of them without the s, and the vendor's units.
    """
    assert counter.count("a").headers == {
        "X-Requests-Allocated": "2 times/60 s",
        "X-Requests-Window-Length": "0 times",
        "X-Requests-Remaining": "1 times",
        "X-Request-Window-Resets-After": "60.0 s",
    }


def test_too_many_requests_are_refused(make_client: MakeClient, clock: Clock) -> None:
    """
    The 151st request of a store in a minute is refused with 429, until the minute is over.
    """
    client = make_client(rate_limit=RateLimit.parse("150/60s"))

    statuses = [client.get("/invoices").status_code for _ in range(150)]

    assert statuses == [200] * 150
    assert_refused(client.get("/invoices"), 429, "Request was throttled.")
    assert client.get("/invoices", store=OTHER_STORE).status_code == 200
    clock.now += 60
    assert client.get("/invoices").status_code == 200


def test_every_counted_answer_has_the_headers(make_client: MakeClient) -> None:
    """
    Successes and refusals alike say how many requests are left, and never less than none.
    """
    client = make_client(rate_limit=RateLimit(3, 60))

    responses = [client.get("/invoices"), client.get("/invoices/7"), client.post("["), client.get("/invoices")]

    assert [response.status_code for response in responses] == [200, 404, 400, 429]
    assert [response.headers["X-Requests-Remaining"] for response in responses] == [
        *("2 times", "1 times", "0 times", "0 times"),
    ]


def test_strangers_are_not_counted(make_client: MakeClient) -> None:
    """
    A request with wrong credentials takes nothing from the store that it names.
    """
    client = make_client(rate_limit=RateLimit(1, 60))

    stranger = client.get("/invoices", headers={"X-Auth-Token": "wrong"})

    assert stranger.status_code == 401
    assert "X-Requests-Remaining" not in stranger.headers
    assert client.get("/invoices").headers["X-Requests-Remaining"] == "0 times"


def test_a_throttled_create_leaves_no_trace(make_client: MakeClient, make_invoice: MakeInvoice) -> None:
    """
    A create that is one request too many records nothing.
    """
    client = make_client(rate_limit=RateLimit(1, 60))
    client.get("/invoices")
    before = client.record()

    response = client.post(make_invoice())

    assert response.status_code == 429
    assert client.record() == before


def test_no_limit_no_headers(make_client: MakeClient) -> None:
    """
    A mock without a rate limit says nothing of one.
    """
    client = make_client(rate_limit=None)

    assert not [name for name in client.get("/invoices").headers if name.startswith(("x-requests", "x-request-w"))]
