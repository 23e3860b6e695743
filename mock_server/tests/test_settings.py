"""
What a mock can be told, and what it does not accept to be told.
"""

import re

import pytest

from b2b_invoices_mock import Dialect, Settings, Store
from b2b_invoices_mock.settings import RateLimit


def test_defaults() -> None:
    """
    A mock that is told nothing knows one store and any company, gives 30 days to pay, and has no rate limit.
    """
    settings = Settings()

    assert settings == Settings(
        stores=(Store("teststore", "test-token"),),
        companies=frozenset(),
        dialect=Dialect(),
        payment_terms=30,
        rate_limit=None,
        body_limit=10_485_760,
    )


def test_tokens_are_not_shown() -> None:
    """
    The settings can be printed without showing a token.
    """
    settings = Settings(stores=(Store("teststore", "s3cret"),))

    shown = repr(settings) + str(settings.stores)

    assert "teststore" in shown
    assert "s3cret" not in shown


def test_negative_payment_terms_are_refused() -> None:
    """
    An invoice cannot be due before it is created.
    """
    with pytest.raises(ValueError, match=r"^'payment_terms' must be >= 0: -1$"):
        Settings(payment_terms=-1)


@pytest.mark.parametrize(
    ("text", "store"),
    [
        pytest.param("teststore:test-token", Store("teststore", "test-token"), id="plain"),
        pytest.param("teststore:a:b", Store("teststore", "a:b"), id="token-with-colon"),
    ],
)
def test_a_store_is_parsed(text: str, store: Store) -> None:
    """
    A store is a hash and a token, parted by the first colon.
    """
    assert Store.parse(text) == store


@pytest.mark.parametrize("text", ["", ":", "teststore", "teststore:", ":test-token"])
def test_half_a_store_is_refused(text: str) -> None:
    """
    A store without a hash or without a token is refused with the form that is expected, and the token is not shown.
    """
    expected = "a store is given as HASH:TOKEN, both of them not empty, such as teststore:test-token"

    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        Store.parse(text)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        pytest.param("off", None, id="off"),
        pytest.param("150/60s", RateLimit(150, 60), id="the-vendor's"),
        pytest.param("1/1s", RateLimit(1, 1), id="least"),
        pytest.param("999999999/999999999s", RateLimit(999_999_999, 999_999_999), id="most"),
    ],
)
def test_a_rate_limit_is_parsed(text: str, limit: RateLimit | None) -> None:
    """
    A rate limit is requests per seconds, or off.
    """
    assert RateLimit.parse(text) == limit


@pytest.mark.parametrize(
    "text", ["", "on", "150", "150/60", "150/60m", "0/60s", "150/0s", "-1/60s", "1.5/60s", "\u0661/60s", "150/60s\n"]
)
def test_a_wrong_rate_limit_is_refused(text: str) -> None:
    """
    A rate limit of another form is refused with the form that is expected, and with what was met.
    """
    expected = f"a rate limit is requests per seconds, such as 150/60s, or off; got {text!r}"

    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        RateLimit.parse(text)
