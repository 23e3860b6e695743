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

INVOICE_TABLE = """
CREATE TABLE IF NOT EXISTS invoice (
    id                           {integer} PRIMARY KEY,
    store_hash                   {text} NOT NULL,
    invoice_number               {text} NOT NULL,
    order_key                    {text}, -- equal for order numbers that mean the same order
    customer_id                  {text} NOT NULL,
    external_id                  {text},
    external_customer_id         {text},
    channel_id                   {text},
    status                       {integer} NOT NULL,
    due_date                     {integer} NOT NULL,
    original_balance             {integer} NOT NULL, -- in ten-thousandths
    open_balance                 {integer} NOT NULL,
    created_at                   {integer} NOT NULL,
    updated_at                   {integer} NOT NULL,
    invoice_number_folded        {binary} NOT NULL, -- casefolded UTF-8, for searches
    order_key_folded             {binary},
    type_folded                  {binary} NOT NULL,
    purchase_order_number_folded {binary},
    customer_id_folded           {binary} NOT NULL,
    customer_name_folded         {binary},
    external_id_folded           {binary},
    external_customer_id_folded  {binary},
    search_folded                {binary} NOT NULL, -- every field that a list searches
    document                     {binary} NOT NULL -- the invoice as JSON
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

SEARCH_COLUMNS = {
    "invoiceNumber": "invoice_number_folded",
    "type": "type_folded",
    "orderNumber": "order_key_folded",
    "purchaseOrderNumber": "purchase_order_number_folded",
    "customerId": "customer_id_folded",
    "externalCustomerId": "external_customer_id_folded",
}
"""Name of a search field in the API -> the column with its casefolded text."""

_BROWSE_COLUMNS = ["invoice_number_folded", "external_id_folded", "customer_id_folded", "customer_name_folded"]
_BETWEEN = b"\xff"  # never in UTF-8, so no text is found across two fields
_LARGEST = 2**63 - 1

_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal).decode


@attrs.frozen
class Syntax:
    """
    What one database writes differently in SQL.

    Attributes:
        contains: Condition that the text in `{column}` contains the text `?`.
        key: How `{}`, a text, is compared with another one, so that an index is used.
    """

    contains: str
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

    def add_text(self, columns: Sequence[str], text: str | None) -> None:
        """
        Require that one of the casefolded *columns* contains *text*; empty text or None adds no condition.
        """
        if text:
            contains = [self.syntax.contains.format(column=column) for column in columns]
            self.conditions.append(f"({' OR '.join(contains)})")
            self.values.extend([_folded(text)] * len(columns))


def list_filter(syntax: Syntax, store_hash: str, query: ListQuery) -> Filter:
    """
    Return the conditions on the invoices of a store that *query* selects.
    """
    found = Filter(syntax)
    found.add_one_of("store_hash", [store_hash])
    found.add_text([SEARCH_COLUMNS[field] for field in query.text_fields] or ["search_folded"], query.text)
    found.add_one_of("customer_id", [query.customer_id] if query.customer_id else [])
    found.add_text(["customer_name_folded"], query.customer_name)
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
    found.add_text(_BROWSE_COLUMNS, text)
    found.add_number("status", "=", status)
    found.add_one_of("store_hash", [store_hash] if store_hash else [])
    return found


def row_of(store_hash: str, invoice: Invoice, order: str | None) -> dict[str, Any]:
    """
    Return the columns that store *invoice*, but for its id; *order* is its order key.
    """
    texts = {
        "invoice_number": invoice["invoiceNumber"],
        "order_key": order,
        "customer_id": invoice["customerId"],
        "external_id": invoice["externalId"],
        "external_customer_id": invoice["externalCustomerId"],
    }
    searched = {
        **texts,
        "type": invoice["type"],
        "purchase_order_number": invoice["purchaseOrderNumber"],
        "customer_name": invoice["customerName"],
    }
    folded = {f"{column}_folded": _folded(text) for column, text in searched.items()}
    return {
        "store_hash": store_hash,
        **texts,
        "channel_id": invoice["channelId"],
        "status": invoice["status"],
        "due_date": clamped(invoice["dueDate"]),
        "original_balance": _ten_thousandths(invoice["originalBalance"]),
        "open_balance": _ten_thousandths(invoice["openBalance"]),
        "created_at": clamped(invoice["createdAt"]),
        "updated_at": clamped(invoice["updatedAt"]),
        **folded,
        "search_folded": _BETWEEN.join([folded[column] or b"" for column in SEARCH_COLUMNS.values()]),
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
    return clamped(int(balance["value"].replace(".", "")))


def _folded(text: str | None) -> bytes | None:
    return None if text is None else text.casefold().encode("utf-8", "surrogatepass")


def _text(stored: str | bytes) -> str:
    return stored if isinstance(stored, str) else stored.decode("utf-8", "surrogatepass")
