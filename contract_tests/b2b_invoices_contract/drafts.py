"""
Drafts of invoices, drawn from the contract: every field present and absent, any text, money to four decimals.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from zlib import crc32

import attrs
from hypothesis import strategies as st

from b2b_invoices_spec import Contract, load_contract

Draft = dict[str, Any]
"""A body of `createInvoice`, with the names of the wire."""

Schema = Mapping[str, Any]

_ORDERS = 10_000  # of one source; 14 digits altogether
_CENTURY = 4_102_444_800  # the year 2100, in Unix seconds
_TEN_THOUSANDTHS = 10_000
_MOST = 10**11  # in ten-thousandths: ten million, well within what a double holds exactly

_CHARACTERS = st.characters(exclude_categories=["Cs"])  # no lone surrogates, which UTF-8 cannot carry

TEXT = st.text(_CHARACTERS, max_size=20)
"""Any text that UTF-8 can carry: letters of every script, control characters, NUL."""

CURRENCIES = st.sampled_from(["USD", "EUR", "GBP", "JPY", "KWD", "CNY", "CAD", "CHF", "BRL", "XAU"])
"""ISO 4217 codes, with zero, two and three digits in common use."""

SECONDS = st.integers(0, _CENTURY)
"""Times in Unix seconds."""


def amounts(least: int = -_MOST, most: int = _MOST) -> st.SearchStrategy[float]:
    """
    Draw JSON numbers with up to four decimals, between *least* and *most* ten-thousandths.
    """
    return st.integers(least, most).map(lambda units: float(Decimal(units) / _TEN_THOUSANDTHS))


def balances(values: st.SearchStrategy[float] | None = None) -> st.SearchStrategy[Draft]:
    """
    Draw balances as they are sent.
    """
    return st.fixed_dictionaries({"code": CURRENCIES, "value": amounts() if values is None else values})


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), SECONDS, amounts(), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(TEXT, inner, max_size=2)),
    max_leaves=4,
)
_UNKNOWN = st.dictionaries(TEXT.map("x-{}".format), _JSON, max_size=1)

OPEN = balances(st.one_of(st.just(0.0001), amounts(least=1)))
"""Balances with something left to pay, down to the smallest there is."""

SETTLED = balances(st.one_of(st.sampled_from([0, -0.0001, -0.01]), amounts(most=0)))
"""Balances with nothing left to pay, or less."""


@attrs.define
class Drafts:
    """
    Draws valid drafts.

    Attributes:
        contract: The contract.
        run: What every number of this run begins with.
        company_id: The company of the invoices.
        channels: Whether the store accepts a channel; None until a create with one was sent.
    """

    contract: Contract = attrs.field(repr=False)
    run: str
    company_id: str
    channels: bool | None = None
    _source: int = 0
    _drawn: int = 0
    _fields: dict[tuple[str, bool], st.SearchStrategy[Any]] = attrs.field(factory=dict, repr=False)

    @classmethod
    def of_contract(cls, run: str, company_id: str) -> "Drafts":
        """
        Return one for the contract of this project.
        """
        return cls(load_contract(), run, company_id)

    @property
    def prefix(self) -> str:
        """What every number of the running source of traffic begins with."""
        return f"{self.run}-{self._source}"

    def begin(self, source: int) -> None:
        """
        Draw for *source*, whose numbers are the same in every run of the same name, whichever sources ran before.
        """
        self._source = source
        self._drawn = 0

    def number(self, text: str = "") -> str:
        """
        Return an invoice number that this run did not use before, ending in *text*.
        """
        self._drawn += 1
        return f"{self.prefix}-{self._drawn}{text and '-'}{text}"

    def order_number(self) -> str:
        """
        Return an order number that this run did not use before.
        """
        self._drawn += 1
        return str(crc32(self.prefix.encode()) * _ORDERS + self._drawn)

    def drafts(
        self, *, without: tuple[str, ...] = (), whole: bool = False, **given: st.SearchStrategy[Any]
    ) -> st.SearchStrategy[Draft]:
        """
        Draw valid drafts.

        Args:
            without: Fields that are absent.
            whole: Whether every other field is present, at every level, and no list is empty.
            given: Fields that are present, with what to draw them from.
        """
        schema = self.contract.schema("CreateInvoiceRequest")
        absent = (*without, *(["channelId"] if self.channels is False else []))
        fields = {name: self._field(name, whole=whole) for name in schema["properties"] if name not in absent}
        present = fields if whole else {name: fields[name] for name in schema["required"]}
        optional = {name: field for name, field in fields.items() if name not in present | given}
        return st.fixed_dictionaries(present | given, optional=optional)

    def barest(self, **given: st.SearchStrategy[Any]) -> st.SearchStrategy[Draft]:
        """
        Draw valid drafts with the required fields only; *given* as for drafts.
        """
        schema = self.contract.schema("CreateInvoiceRequest")
        optional = tuple(schema["properties"].keys() - set(schema["required"]))
        return self.drafts(without=optional, whole=False, **given)

    def details_with_unknown_keys(self) -> st.SearchStrategy[Draft]:
        """
        Draw details with unknown keys in some of their objects.
        """
        return _with_unknown_keys(self.values(self.contract.schema("InvoiceDetails")))

    def values(self, schema: Schema, *, whole: bool = False) -> st.SearchStrategy[Any]:  # noqa: C901, PLR0911, PLR0912 - one a type
        """
        Draw valid values of *schema*; *whole* as for drafts.
        """
        if "$ref" in schema:
            return self.values(self.contract.resolve(schema), whole=whole)
        if "anyOf" in schema:
            return st.one_of(*(self.values(option, whole=whole) for option in schema["anyOf"]))
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        if "pattern" in schema and schema.get("x-python-type") == "Decimal":
            return amounts().map("{:.4f}".format)
        if "pattern" in schema:
            return st.from_regex(schema["pattern"], fullmatch=True)
        if isinstance(schema["type"], list):
            return st.one_of(*(self.values({**schema, "type": option}, whole=whole) for option in schema["type"]))
        match schema["type"]:
            case "string":
                return st.text(_CHARACTERS, min_size=schema.get("minLength", 0), max_size=schema.get("maxLength", 20))
            case "integer":
                return st.integers(schema.get("minimum", 0), schema.get("maximum", _CENTURY))
            case "number":
                return amounts()
            case "array":
                return st.lists(self.values(schema["items"], whole=whole), min_size=int(whole), max_size=3)
            case "object":
                return self._objects(schema, whole=whole)
            case "null":
                return st.none()
            case unknown:
                raise NotImplementedError(f"no values for the type {unknown!r}; add them in drafts.py")

    def _objects(self, schema: Schema, *, whole: bool) -> st.SearchStrategy[Draft]:
        fields = {name: self.values(field, whole=whole) for name, field in schema.get("properties", {}).items()}
        present = fields if whole else {name: fields[name] for name in schema.get("required", ())}
        optional = {name: field for name, field in fields.items() if name not in present}
        return st.fixed_dictionaries(present, optional=optional)

    def _field(self, name: str, *, whole: bool) -> st.SearchStrategy[Any]:
        # Strategies are slow to make, and a field is drawn in every draft.
        if (name, whole) not in self._fields:
            self._fields[name, whole] = self._new_field(name, whole=whole)
        return self._fields[name, whole]

    def _new_field(self, name: str, *, whole: bool) -> st.SearchStrategy[Any]:  # noqa: PLR0911 - one for each field
        match name:
            case "invoiceNumber":
                return TEXT.map(self.number)
            case "orderNumber":
                return st.builds(self.order_number)
            case "customerId":
                return st.just(self.company_id)
            case "originalBalance" | "openBalance":
                return balances()
            case "issuedAt":
                return st.one_of(SECONDS, SECONDS.map(lambda seconds: seconds + 0.25))
            case "channelId":
                return st.integers(1, 1_000_000)
            case _:
                return self.values(self.contract.properties("CreateInvoiceRequest")[name], whole=whole)


@st.composite
def _with_unknown_keys(draw: st.DrawFn, values: st.SearchStrategy[Draft]) -> Draft:
    value = draw(values)
    for node in list(_objects_in(value)):
        node.update(draw(_UNKNOWN))
    return value


def _objects_in(node: Any) -> Iterator[Draft]:
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _objects_in(child)
