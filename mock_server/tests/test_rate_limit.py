"""
Rate limiting: what is counted, when a window resets, and what the headers report.
"""

from b2b_invoices_mock.settings import RateLimit
from mock_server.tests.client import NOW, OTHER_STORE, Clock, assert_error
from mock_server.tests.conftest import MakeClient, MakeInvoice


def test_the_window_starts_with_its_first_request(make_client: MakeClient, clock: Clock) -> None:
    """
    A window starts with its first request, and later requests do not extend it.
    """
    client = make_client(rate_limit=RateLimit(2, 60))
    client.get("/invoices")

    clock.now = NOW + 45.5

    assert client.get("/invoices").headers["X-Request-Window-Resets-After"] == "14.5 s"


def test_a_clock_that_is_set_back(make_client: MakeClient, clock: Clock) -> None:
    """
    If the clock is set back a new window starts, so that no one waits longer than a window.
    """
    client = make_client(rate_limit=RateLimit(2, 60))
    for _ in range(3):
        client.get("/invoices")

    clock.now = NOW - 3600
    headers = client.get("/invoices").headers

    assert (headers["X-Requests-Remaining"], headers["X-Request-Window-Resets-After"]) == ("1 times", "60.0 s")


def test_too_many_requests(make_client: MakeClient, clock: Clock) -> None:
    """
    The 151st request of a store in a minute is 429, until the minute is over.
    """
    client = make_client(rate_limit=RateLimit.parse("150/60s"))

    statuses = [client.get("/invoices").status_code for _ in range(150)]

    assert statuses == [200] * 150
    assert_error(client.get("/invoices"), 429, "Request was throttled.")
    assert client.get("/invoices", store=OTHER_STORE).status_code == 200
    clock.now += 60
    assert client.get("/invoices").status_code == 200


def test_every_counted_response_has_the_headers(make_client: MakeClient) -> None:
    """
    Successes and errors report the remaining requests, which are never negative.
    """
    client = make_client(rate_limit=RateLimit(3, 60))

    responses = [client.get("/invoices"), client.get("/invoices/7"), client.post("["), client.get("/invoices")]

    assert [response.status_code for response in responses] == [200, 404, 400, 429]
    assert [response.headers["X-Requests-Remaining"] for response in responses] == [
        *("2 times", "1 times", "0 times", "0 times"),
    ]


def test_invalid_credentials_are_not_counted(make_client: MakeClient) -> None:
    """
    A request with invalid credentials does not count for the store that it names.
    """
    client = make_client(rate_limit=RateLimit(1, 60))

    response = client.get("/invoices", headers={"X-Auth-Token": "wrong"})

    assert response.status_code == 401
    assert "X-Requests-Remaining" not in response.headers
    assert client.get("/invoices").headers["X-Requests-Remaining"] == "0 times"


def test_a_create_over_the_limit_stores_nothing(make_client: MakeClient, make_invoice: MakeInvoice) -> None:
    """
    A create over the limit stores nothing.
    """
    client = make_client(rate_limit=RateLimit(1, 60))
    client.get("/invoices")
    before = client.ledger.snapshot()

    response = client.post(make_invoice())

    assert response.status_code == 429
    assert client.ledger.snapshot() == before


def test_no_limit_no_headers(make_client: MakeClient) -> None:
    """
    Without a rate limit there are no rate-limit headers.
    """
    client = make_client(rate_limit=None)

    assert not [name for name in client.get("/invoices").headers if name.startswith(("x-requests", "x-request-w"))]
