"""
Invoices as rows of a table, and list filters as SQL conditions, for both databases.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs
import msgspec

from b2b_invoices_mock.invoices import Invoice

from .models import Entry, ListQuery

TABLE_VERSION = 4
"""Increase it with every change of the tables or indexes of either database, so that older ledgers are rejected."""

INVOICE_TABLE = """
CREATE TABLE IF NOT EXISTS invoice (
    id                   {integer} PRIMARY KEY,
    store_hash           {text} NOT NULL,
    invoice_number       {text} NOT NULL,
    order_key            {text}, -- equal for order numbers that mean the same order
    customer_id          {text} NOT NULL,
    external_id          {text},
    external_customer_id {text},
    channel_id           {text},
    status               {integer} NOT NULL,
    due_date             {integer} NOT NULL,
    original_balance     {integer} NOT NULL, -- in ten-thousandths
    open_balance         {integer} NOT NULL,
    created_at           {integer} NOT NULL,
    updated_at           {integer} NOT NULL,
    search_text          {binary} NOT NULL, -- the fields that can be searched
    document             {binary} NOT NULL -- the invoice as JSON
)"""
"""The table of invoices, with a place for the database's type of each column."""

SORT_COLUMNS = {
    "invoiceNumber": "invoice_number",
    "createdAt": "created_at",
    "customerId": "customer_id",
    "externalCustomerId": "external_customer_id",
    "dueDate": "due_date",
    "updatedAt": "updated_at",
    "isPendingPayment": "id",  # the mock takes no payments, so none is pending
    "openBalance": "open_balance",
    "originalBalance": "original_balance",
    "status": "status",
}
"""Name of a sort field in the API -> the column it sorts by."""

_SEARCH_TEXT = (
    "type",
    "orderNumber",
    "purchaseOrderNumber",
    "externalCustomerId",
    "invoiceNumber",
    "customerId",
    "customerName",
    "externalId",
)
"""The fields in `search_text`, in an order that puts those of one search side by side."""

SEARCH_FIELDS = _SEARCH_TEXT[:6]
"""The fields that a list searches, as the API names them."""

_BROWSE_FIELDS = _SEARCH_TEXT[4:]
_MARKERS = [chr(0xDC00 + number) for number in range(len(_SEARCH_TEXT) + 1)]  # surrogates, which no text contains
_MARKED = "%s".join(_MARKERS)
_LONGEST_NUMBER = 40  # characters; the magnitude of a longer one is far beyond 64 bits
_LARGEST = 2**63 - 1

_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal).decode


@attrs.frozen
class Syntax:
    """
    What one database writes differently in SQL.

    Attributes:
        position: Where the bytes `{text}` contain the bytes `{part}`, from 1, or 0.
        literal: The bytes with the hexadecimal digits `{}`.
        key: How `{}`, a text, is compared with another one, so that an index is used.
    """

    position: str
    literal: str
    key: str


@attrs.frozen
class Filter:
    """
    Conditions on a row, all of which must be true.

    Attributes:
        conditions: The conditions, as SQL with a `?` for each value.
        values: The values, in order.
    """

    syntax: Syntax
    conditions: list[str] = attrs.field(factory=lambda: ["TRUE"], init=False)
    values: list[Any] = attrs.field(factory=list, init=False)

    @property
    def where(self) -> str:
        """The conditions in one piece."""
        return " AND ".join(self.conditions)

    def add_number(self, column: str, comparison: str, number: int | None) -> None:
        """
        Compare a column with *number*; None adds no condition.
        """
        if number is not None:
            self.conditions.append(f"{column} {comparison} ?")
            self.values.append(clamped(number))

    def add_one_of(self, column: str, texts: Sequence[str]) -> None:
        """
        Require that a column is one of *texts*; none adds no condition.
        """
        if texts:
            key = self.syntax.key.format
            self.conditions.append(f"{key(column)} IN ({', '.join([key('?')] * len(texts))})")
            self.values.extend(texts)

    def add_text(self, fields: Sequence[str], text: str | None) -> None:
        """
        Require that one of *fields*, side by side in `search_text`, contains *text*; an empty one adds no condition.
        """
        if text:
            start = self._position_of(_SEARCH_TEXT.index(fields[0]))
            end = self._position_of(_SEARCH_TEXT.index(fields[-1]) + 1)
            searched = f"substr(search_text, {start}, {end} - {start})"
            self.conditions.append(f"{self.syntax.position.format(text=searched, part='?')} > 0")
            self.values.append(_folded(text))

    def _position_of(self, marker: int) -> str:
        part = self.syntax.literal.format(_folded(_MARKERS[marker]).hex())
        return self.syntax.position.format(text="search_text", part=part)


def list_filter(syntax: Syntax, store_hash: str, query: ListQuery) -> Filter:
    """
    Return the conditions on the invoices of a store that *query* selects.
    """
    found = Filter(syntax)
    found.add_one_of("store_hash", [store_hash])
    found.add_text([query.text_field] if query.text_field else SEARCH_FIELDS, query.text)
    found.add_one_of("customer_id", [query.customer_id] if query.customer_id else [])
    found.add_text(["customerName"], query.customer_name)
    found.add_number("status", "=", query.status)
    found.add_number("created_at", ">=", query.created_from)
    found.add_number("created_at", "<=", query.created_to)
    found.add_one_of("external_id", query.external_ids)
    found.add_one_of("channel_id", [str(channel) for channel in query.channel_ids])
    return found


def browse_filter(syntax: Syntax, text: str, status: int | None, store_hash: str) -> Filter:
    """
    Return the conditions on the invoices of every store that contain *text*, with this status and store if given.
    """
    found = Filter(syntax)
    found.add_text(_BROWSE_FIELDS, text)
    found.add_number("status", "=", status)
    found.add_one_of("store_hash", [store_hash] if store_hash else [])
    return found


def row_of(store_hash: str, invoice: Invoice, order: str | None) -> dict[str, Any]:
    """
    Return the columns that store *invoice*, but for its id; *order* is its order key.
    """
    return {
        "store_hash": store_hash,
        "invoice_number": invoice["invoiceNumber"],
        "order_key": order,
        "customer_id": invoice["customerId"],
        "external_id": invoice["externalId"],
        "external_customer_id": invoice["externalCustomerId"],
        "channel_id": invoice["channelId"],
        "status": invoice["status"],
        "due_date": clamped(invoice["dueDate"]),
        "original_balance": _ten_thousandths(invoice["originalBalance"]),
        "open_balance": _ten_thousandths(invoice["openBalance"]),
        "created_at": clamped(invoice["createdAt"]),
        "updated_at": clamped(invoice["updatedAt"]),
        "search_text": _search_text({**invoice, "orderNumber": order}),
        "document": _encode(invoice),
    }


def entry_of(invoice_id: int, store_hash: str | bytes, order: str | bytes | None, document: bytes) -> Entry:
    """
    Return the entry that these columns store; PostgreSQL returns text as bytes.
    """
    return Entry(
        id=invoice_id,
        store_hash=_text(store_hash),
        order_key=None if order is None else _text(order),
        invoice=_decode(document),
    )


def clamped(number: int) -> int:
    """
    Return *number*, or the nearest number that fits into 64 bits.

    Columns only filter and sort; the document keeps the number as it is.
    """
    return max(-_LARGEST, min(number, _LARGEST))


def _ten_thousandths(balance: Mapping[str, str]) -> int:
    return clamped(int(balance["value"].replace(".", "")[:_LONGEST_NUMBER]))


def _search_text(invoice: Mapping[str, Any]) -> bytes:
    return _folded(_MARKED % tuple([invoice[field] or "" for field in _SEARCH_TEXT]))


def _folded(text: str) -> bytes:
    return text.casefold().encode("utf-8", "surrogatepass")


def _text(stored: str | bytes) -> str:
    return stored if isinstance(stored, str) else stored.decode("utf-8", "surrogatepass")
