"""
What a test says of its mock: `@pytest.mark.b2b_mock(dialect="observed", payment_terms=14, rate_limit="150/60s")`.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Self

import attrs

from b2b_invoices_mock.api.dialect_file import load_dialect
from b2b_invoices_mock.request_log import TOTAL_LIMIT
from b2b_invoices_mock.settings import RateLimit, Settings, Store

from .credentials import Credentials


def _days(_options: "Options", _attribute: "attrs.Attribute[int]", value: Any) -> None:
    if not isinstance(value, int) or value < 0:
        raise ValueError(f"payment terms are whole days, 0 or more; got {value!r}")


def _texts(value: Any) -> frozenset[str]:
    if isinstance(value, str) or not isinstance(value, Iterable) or not all(isinstance(text, str) for text in value):
        raise ValueError(f"companies and allow_hosts are lists of texts, such as ['12345']; got {value!r}")
    return frozenset(value)


@attrs.frozen
class Options:
    """
    What a test says of its mock.

    Attributes:
        dialect: How it answers where the record is open: `documented`, `observed`, or a .toml file that sets it singly.
        payment_terms: Days until an invoice is due, when its body does not say.
        rate_limit: Requests that the store may make, such as `150/60s`, or `off`.
        companies: The company ids that the store knows; empty when any will do.
        allow_unused_faults: Whether a fault that no request met is fine.
        allow_hosts: Hosts besides loopback that httpx may reach for real.
    """

    dialect: str = "documented"
    payment_terms: int = attrs.field(default=30, validator=_days)
    rate_limit: str = "off"
    companies: frozenset[str] = attrs.field(default=frozenset(), converter=_texts)
    allow_unused_faults: bool = False
    allow_hosts: frozenset[str] = attrs.field(default=frozenset(), converter=_texts)

    @classmethod
    def of(cls, marks: Iterable[Mapping[str, Any]]) -> Self:
        """
        Return the options that *marks*, the closest first, say together.

        Raises:
            ValueError: When one is unknown or has a value that it cannot have.
        """
        said: dict[str, Any] = {}
        for mark in marks:
            said = {**mark, **said}
        known = attrs.fields_dict(cls)
        for name in said:
            if name not in known:
                raise ValueError(f"b2b_mock has no option {name!r}; it has {', '.join(known)}")
        options = cls(**said)
        options.settings(Credentials())
        return options

    def settings(self, credentials: Credentials) -> Settings:
        """
        Return what to tell a mock with one store, which *credentials* let in to.

        Raises:
            ValueError: When an option has a value that it cannot have.
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
        Return the same as arguments of `b2b-invoices-mock`.
        """
        return [
            f"--store={credentials.store_hash}:{credentials.access_token}",
            f"--dialect={self.dialect}",
            f"--payment-terms={self.payment_terms}",
            f"--rate-limit={self.rate_limit}",
            f"--record-bodies={TOTAL_LIMIT}",
            *(f"--company={company}" for company in sorted(self.companies)),
        ]
