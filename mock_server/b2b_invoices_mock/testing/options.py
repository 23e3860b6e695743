"""
Credentials of a mock, and its options, as in `@pytest.mark.b2b_mock(dialect="observed", payment_terms=14)`.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Self

import attrs

from b2b_invoices_mock.api.dialect_file import load_dialect
from b2b_invoices_mock.request_log import TOTAL_LIMIT
from b2b_invoices_mock.settings import RateLimit, Settings, Store


def _check_days(_: object, __: object, value: Any) -> None:
    if not isinstance(value, int) or value < 0:
        raise ValueError(f"Invalid payment_terms {value!r}: expected a whole number of days, 0 or more.")


def _texts(value: Any) -> frozenset[str]:
    if isinstance(value, str) or not isinstance(value, Iterable) or not all(isinstance(text, str) for text in value):
        raise ValueError(f"Invalid companies or allow_hosts {value!r}: expected a list of strings, such as ['12345'].")
    return frozenset(value)


@attrs.frozen
class Credentials:
    """
    Hash and token of the mock's store.

    >>> b2b_mock.credentials.store_hash
    'teststore'

    Attributes:
        store_hash: Value of `X-Store-Hash`.
        access_token: Value of `X-Auth-Token`; `repr` hides it.
    """

    store_hash: str = "teststore"
    access_token: str = attrs.field(default="test-token", repr=False)

    @property
    def headers(self) -> Mapping[str, str]:
        """
        The two headers, for code that builds its own requests.

        >>> import httpx
        >>> httpx.get(f"{b2b_mock.base_url}/invoices", headers=b2b_mock.credentials.headers).status_code
        200
        """
        return {"X-Store-Hash": self.store_hash, "X-Auth-Token": self.access_token}


@attrs.frozen
class Options:
    """
    Options of a mock.

    Attributes:
        dialect: `documented`, `observed`, or a .toml file that chooses each setting.
        payment_terms: Days until an invoice is due, if its body has no due date.
        rate_limit: Requests that the store may send, such as `150/60s`, or `off`.
        companies: The company ids that exist in the store; empty if any id is accepted.
        allow_unused_faults: Whether a test passes if no request triggered one of its faults.
        allow_hosts: Hosts besides loopback that httpx may connect to.
    """

    dialect: str = "documented"
    payment_terms: int = attrs.field(default=30, validator=_check_days)
    rate_limit: str = "off"
    companies: frozenset[str] = attrs.field(default=frozenset(), converter=_texts)
    allow_unused_faults: bool = False
    allow_hosts: frozenset[str] = attrs.field(default=frozenset(), converter=_texts)

    @classmethod
    def of(cls, marks: Iterable[Mapping[str, Any]]) -> Self:
        """
        Return the options of all *marks*; the first mark that has an option wins.

        Raises:
            ValueError: If an option is unknown or invalid.
        """
        given: dict[str, Any] = {}
        for mark in marks:
            given = {**mark, **given}
        known = attrs.fields_dict(cls)
        if unknown := [name for name in given if name not in known]:
            raise ValueError(f"Unknown option {unknown[0]!r} of b2b_mock: expected {', '.join(known)}.")
        options = cls(**given)
        options.settings(Credentials())
        return options

    def settings(self, credentials: Credentials) -> Settings:
        """
        Return the settings of a mock with one store, which has *credentials*.

        Raises:
            ValueError: If an option is invalid.
        """
        return Settings(
            stores=(Store(credentials.store_hash, credentials.access_token),),
            companies=self.companies,
            dialect=load_dialect(str(self.dialect)),
            payment_terms=self.payment_terms,
            rate_limit=RateLimit.parse(str(self.rate_limit)),
        )

    def arguments(self, credentials: Credentials) -> list[str]:
        """
        Return the same settings as command-line arguments of `b2b-invoices-mock`.
        """
        return [
            f"--store={credentials.store_hash}:{credentials.access_token}",
            f"--dialect={self.dialect}",
            f"--payment-terms={self.payment_terms}",
            f"--rate-limit={self.rate_limit}",
            f"--record-bodies={TOTAL_LIMIT}",
            *(f"--company={company}" for company in sorted(self.companies)),
        ]
