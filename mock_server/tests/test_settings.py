"""
Settings: defaults, parsing and invalid values.
"""

import re

import pytest

from b2b_invoices_mock import Dialect, Settings, Store
from b2b_invoices_mock.control import Access
from b2b_invoices_mock.settings import RateLimit


def test_defaults() -> None:
    """
    By default there is one store with any company, payment terms of 30 days, and no rate limit.
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
    The repr of settings, stores and access control hides the tokens of stores and the admin token.
    """
    settings = Settings(stores=(Store("teststore", "s3cret"),), admin_token="s3cret")  # noqa: S106 - made up

    shown = repr([settings, settings.stores, Access(Settings(admin_token="s3cret"))])  # noqa: S106 - made up

    assert "teststore" in shown
    assert "s3cret" not in shown


@pytest.mark.parametrize(
    ("text", "store"),
    [
        pytest.param("teststore:test-token", Store("teststore", "test-token"), id="plain"),
        pytest.param("teststore:a:b", Store("teststore", "a:b"), id="token-with-colon"),
    ],
)
def test_a_store_is_parsed(text: str, store: Store) -> None:
    """
    A store is a hash and a token, separated by the first colon.
    """
    assert Store.parse(text) == store


@pytest.mark.parametrize("text", ["", ":", "teststore", "teststore:", ":test-token"])
def test_an_invalid_store(text: str) -> None:
    """
    A store without a hash or a token is an error that shows the expected form and hides the token.
    """
    with pytest.raises(ValueError, match=r"^invalid store: expected HASH:TOKEN, such as teststore:test-token$"):
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
    A rate limit is a number of requests in a number of seconds, or off.
    """
    assert RateLimit.parse(text) == limit


@pytest.mark.parametrize(
    "text", ["", "on", "150", "150/60", "150/60m", "0/60s", "150/0s", "-1/60s", "1.5/60s", "\u0661/60s", "150/60s\n"]
)
def test_an_invalid_rate_limit(text: str) -> None:
    """
    An invalid rate limit is an error with the value and the expected form.
    """
    expected = f"invalid rate limit {text!r}: expected REQUESTS/SECONDSs, such as 150/60s, or off"

    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        RateLimit.parse(text)
