"""
Settings of a mock, fixed when it starts.
"""

import re
from typing import Self

import attrs

from .api.dialect import Dialect, misfits

_PRINTABLE_ASCII = re.compile(r"[\x21-\x7E]+")


@attrs.frozen
class Store:
    """
    A store, with the credentials that requests need.

    Attributes:
        store_hash: Value of `X-Store-Hash`.
        access_token: Value of `X-Auth-Token`; never in the repr.
    """

    store_hash: str
    access_token: str = attrs.field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Return the store in *text*, `HASH:TOKEN`.

        Raises:
            ValueError: The hash or the token is missing.
        """
        store_hash, _, access_token = text.partition(":")
        if not (store_hash and access_token):
            raise ValueError("invalid store: expected HASH:TOKEN, such as teststore:test-token")  # hides the token
        return cls(store_hash, access_token)


@attrs.frozen
class RateLimit:
    """
    A limit on the requests of a store.

    Attributes:
        requests: Requests allowed in a window.
        seconds: Length of the window in seconds.
    """

    requests: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """
        Return the limit in *text*, such as `150/60s`, or None for `off`.

        Raises:
            ValueError: It is neither.
        """
        if text == "off":
            return None
        if not (match := re.fullmatch(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,8})s", text)):
            raise ValueError(f"invalid rate limit {text!r}: expected REQUESTS/SECONDSs, such as 150/60s, or off")
        return cls(int(match[1]), int(match[2]))


def _check_token(_: object, __: object, token: str | None) -> None:
    if token and not _PRINTABLE_ASCII.fullmatch(token):
        raise ValueError(
            "Invalid admin token: expected ASCII letters, digits and punctuation without spaces, because clients "
            "encode other characters differently. Generate one with: openssl rand -hex 16"
        )


@attrs.frozen
class Settings:
    """
    Settings of a mock, with defaults for each.

    Attributes:
        stores: The known stores with their tokens.
        companies: The known company ids of every store; empty to accept any.
        dialect: The dialect of its responses.
        payment_terms: Days until an invoice without a due date is due.
        rate_limit: The rate limit of each store, or None for no limit.
        body_limit: Maximum size of a request body in bytes.
        host: Address that it listens on.
        admin_token: Token that callers of `/_mock/` must send; without one, only this machine may call it.
        workers: Number of processes that serve it; with more than one, `/_mock/` is disabled.
        self_check: True to validate each response against the contract.

    Raises:
        ValueError: The payment terms are negative, the admin token has characters that some clients encode differently,
            or the self-check is on and the dialect does not match the contract.
    """

    stores: tuple[Store, ...] = (Store("teststore", "test-token"),)
    companies: frozenset[str] = frozenset()
    dialect: Dialect = attrs.field(factory=Dialect)
    payment_terms: int = 30
    rate_limit: RateLimit | None = None
    body_limit: int = 10 * 1024 * 1024
    host: str = "127.0.0.1"
    admin_token: str | None = attrs.field(default=None, repr=False, validator=_check_token)
    workers: int = 1
    self_check: bool = False

    def __attrs_post_init__(self) -> None:
        if self.payment_terms < 0:
            raise ValueError(f"invalid payment terms {self.payment_terms}: expected 0 days or more")
        if self.self_check and (invalid := misfits(self.dialect)):
            raise ValueError(
                f"the self-check cannot run with {', '.join(invalid)}, which does not match the contract; "
                "change the dialect, or turn the self-check off"
            )
