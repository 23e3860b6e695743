"""
What a mock is told before it starts.
"""

import re
from typing import Self

import attrs

from .api.dialect import Dialect
from .api.dialect_file import misfits


@attrs.frozen
class Store:
    """
    A store and a token that reaches it.

    Attributes:
        store_hash: Value of `X-Store-Hash`.
        access_token: Value of `X-Auth-Token`; never shown.
    """

    store_hash: str
    access_token: str = attrs.field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Return the store that *text*, `HASH:TOKEN`, describes.

        Raises:
            ValueError: When one of the two is missing.
        """
        store_hash, _, access_token = text.partition(":")
        if not (store_hash and access_token):
            raise ValueError("a store is given as HASH:TOKEN, both of them not empty, such as teststore:test-token")
        return cls(store_hash, access_token)


@attrs.frozen
class RateLimit:
    """
    How many requests a store may make in a window.

    Attributes:
        requests: The most requests in one window.
        seconds: Length of the window.
    """

    requests: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """
        Return the limit that *text* describes: `150/60s`, or None for `off`.

        Raises:
            ValueError: When it is neither.
        """
        if text == "off":
            return None
        if not (match := re.fullmatch(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,8})s", text)):
            raise ValueError(f"a rate limit is requests per seconds, such as 150/60s, or off; got {text!r}")
        return cls(int(match[1]), int(match[2]))


@attrs.frozen
class Settings:
    """
    What a mock is told before it starts.

    Attributes:
        stores: The stores it knows, with their tokens.
        companies: The company ids every store knows; empty when any will do.
        dialect: How it answers where the record is open.
        payment_terms: Days until an invoice is due, when the caller does not say.
        rate_limit: The limit on requests, or None for no limit.
        body_limit: The largest body it reads, in bytes.
        host: Address it listens on.
        admin_token: Token that callers of `/_mock/` must send; without one, only this machine may call it.
        workers: Number of processes that serve it; with more than one, `/_mock/` is disabled.
        self_check: Whether it holds each of its answers to the contract.

    Raises:
        ValueError: When payment terms are negative, or answers are to be held to a contract that the dialect leaves.
    """

    stores: tuple[Store, ...] = (Store("teststore", "test-token"),)
    companies: frozenset[str] = frozenset()
    dialect: Dialect = attrs.field(factory=Dialect)
    payment_terms: int = attrs.field(default=30, validator=attrs.validators.ge(0))
    rate_limit: RateLimit | None = None
    body_limit: int = 10 * 1024 * 1024
    host: str = "127.0.0.1"
    admin_token: str | None = attrs.field(default=None, repr=False)
    workers: int = 1
    self_check: bool = False

    def __attrs_post_init__(self) -> None:
        if self.self_check and (leaving := misfits(self.dialect)):
            raise ValueError(
                f"the self-check holds answers to the contract, which {', '.join(leaving)} leaves; do without either"
            )
