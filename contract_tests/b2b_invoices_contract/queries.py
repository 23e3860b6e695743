"""
Queries of a list: their parameters, and which invoices match them in which order.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import attrs

Invoice = dict[str, Any]
Values = Sequence[str]
_Matches = Callable[[Invoice, Values], bool]

LONGEST_PAGE = 250
"""The largest limit of a page."""

DEFAULT_PAGE = 10
"""The limit of a page without `limit`."""

SEARCHED = ("invoiceNumber", "type", "orderNumber", "purchaseOrderNumber", "customerId", "externalCustomerId")
"""The fields that `q` searches without `searchBy`."""


@attrs.frozen
class Query:
    """
    The query of a list.

    Attributes:
        parameters: Names and values as they are sent; a name can occur more than once.
        has_plus: Whether a space is sent as `+`, not as `%20`.
    """

    parameters: tuple[tuple[str, str], ...] = ()
    has_plus: bool = True

    @classmethod
    def of(cls, **parameters: Any) -> "Query":
        """
        Return the query with *parameters*; a list is sent as several values, `name_` as `name[]`.
        """
        pairs: list[tuple[str, str]] = []
        for name, value in parameters.items():
            sent = name.replace("_", "[]")
            pairs += [(sent, str(one)) for one in (value if isinstance(value, list) else [value])]
        return cls(tuple(pairs))

    def and_(self, other: "Query") -> "Query":
        """
        Return this query with the parameters of *other* instead of its own of the same names.
        """
        names = {name for name, _ in other.parameters}
        return Query((*(pair for pair in self.parameters if pair[0] not in names), *other.parameters))

    def __str__(self) -> str:
        return urlencode(self.parameters, quote_via=quote_plus if self.has_plus else quote, safe="")

    def values(self, name: str) -> list[str]:
        """
        Return the values of the parameter *name*.
        """
        return [value for known, value in self.parameters if known == name]

    def value(self, name: str, default: str = "") -> str:
        """
        Return the value of the parameter *name*.
        """
        return next(iter(self.values(name)), default)

    @property
    def limit(self) -> int:
        """The largest number of invoices on the page."""
        return int(self.value("limit", str(DEFAULT_PAGE)))

    @property
    def offset(self) -> int:
        """How many invoices are before the page."""
        return int(self.value("offset", "0"))

    @property
    def is_search(self) -> bool:
        """Whether it searches without naming a field."""
        return bool(self.value("q")) and not self.value("searchBy")

    def matching(self, invoices: Iterable[Invoice]) -> list[Invoice]:
        """
        Return those of *invoices* that match every filter.
        """
        return [invoice for invoice in invoices if self.matches(invoice)]

    def matches(self, invoice: Invoice) -> bool:
        """
        Return whether *invoice* matches every filter.
        """
        filters = {name: values for name in _FILTERS if (values := self.values(name))}
        found = all(_FILTERS[name](invoice, values) for name, values in filters.items())
        return found and self._is_found(invoice)

    def key(self, invoice: Invoice) -> Any:
        """
        Return what the list is sorted by: the value of a field, or the amount of a balance.
        """
        value = invoice.get(self.value("sortBy", "createdAt"))
        return _amount(value.get("value")) if isinstance(value, Mapping) else value

    @property
    def is_descending(self) -> bool:
        """Whether the largest value comes first."""
        return self.value("orderBy", "DESC") == "DESC"

    def _is_found(self, invoice: Invoice) -> bool:
        text = self.value("q").casefold()
        searched = self.values("searchBy") or SEARCHED
        return not text or any(text in str(invoice.get(field)).casefold() for field in searched)


def _is_one_of(field: str) -> _Matches:
    return lambda invoice, values: str(invoice.get(field)) in values


def _amount(text: Any) -> Decimal | None:
    is_amount = isinstance(text, str) and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text)
    return Decimal(text) if is_amount else None


def _created_at(invoice: Invoice) -> int | None:
    """
    Return the creation time in Unix seconds, which some servers return as text; None if it is neither.
    """
    at = invoice.get("createdAt")
    return int(at) if isinstance(at, int) or (isinstance(at, str) and at.isascii() and at.isdecimal()) else None


_FILTERS: Mapping[str, _Matches] = {
    "customerId": _is_one_of("customerId"),
    "status": _is_one_of("status"),
    "externalId[]": _is_one_of("externalId"),
    "channelIds": _is_one_of("channelId"),
    "customerName": lambda invoice, values: values[0].casefold() in str(invoice.get("customerName")).casefold(),
    "beginDateAt": lambda invoice, values: (at := _created_at(invoice)) is not None and at >= int(values[0]),
    "endDateAt": lambda invoice, values: (at := _created_at(invoice)) is not None and at <= int(values[0]),
}
"""Whether an invoice matches each filter of the list."""
