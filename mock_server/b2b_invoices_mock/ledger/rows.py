"""
Invoices as rows of a table: what its columns hold, and which of them a question is about.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

import attrs
import msgspec

from b2b_invoices_mock.invoices import Invoice

from .facts import Entry, ListQuery

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
"""The column that each field sorts by, by its name on the wire."""

SEARCH_COLUMNS = {
    "invoiceNumber": "invoice_number",
    "type": "type",
    "orderNumber": "order_key",
    "purchaseOrderNumber": "purchase_order_number",
    "customerId": "customer_id",
    "externalCustomerId": "external_customer_id",
}
"""The column that each field is searched in, by its name on the wire."""

_LARGEST = 2**63 - 1

_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal).decode


@attrs.frozen
class Condition:
    """
    What has to be true of a row.

    Attributes:
        columns: The columns; it has to be true of one of them.
        relation: What has to be true: whether it is the operand, comes before or after it, is one of several, or has
            it somewhere, in either case.
        operand: What the columns are compared with; casefolded where the case does not matter.
    """

    columns: Sequence[str]
    relation: Literal["=", ">=", "<=", "in", "holds"]
    operand: Any


def row_of(store_hash: str, invoice: Invoice, order: str | None) -> dict[str, Any]:
    """
    Return the row that records *invoice* of a store, but for its id; *order* makes its order the same as another's.
    """
    return {
        "store_hash": store_hash,
        "invoice_number": invoice["invoiceNumber"],
        "order_key": order,
        "type": invoice["type"],
        "purchase_order_number": invoice["purchaseOrderNumber"],
        "customer_id": invoice["customerId"],
        "customer_name": invoice["customerName"],
        "external_id": invoice["externalId"],
        "external_customer_id": invoice["externalCustomerId"],
        "channel_id": invoice["channelId"],
        "status": invoice["status"],
        "due_date": clamped(invoice["dueDate"]),
        "original_balance": _ten_thousandths(invoice["originalBalance"]),
        "open_balance": _ten_thousandths(invoice["openBalance"]),
        "created_at": clamped(invoice["createdAt"]),
        "updated_at": clamped(invoice["updatedAt"]),
        "document": _encode(invoice),
    }


def invoice_of(invoice_id: int, document: bytes) -> Invoice:
    """
    Return the invoice with this id that a row has as *document*.
    """
    return {"id": invoice_id} | _decode(document)


def entry_of(invoice_id: int, store_hash: str, order: str | None, document: bytes) -> Entry:
    """
    Return what a row has of an invoice.
    """
    return Entry(id=invoice_id, store_hash=store_hash, order_key=order, invoice=_decode(document))


def listed(store_hash: str, query: ListQuery) -> list[Condition]:
    """
    Return what is true of the rows of a store that *query* asks for.
    """
    conditions = [Condition(["store_hash"], "=", store_hash)]
    if query.text:
        columns = [SEARCH_COLUMNS[field] for field in query.text_fields or SEARCH_COLUMNS]
        conditions.append(Condition(columns, "holds", query.text.casefold()))
    if query.customer_id:
        conditions.append(Condition(["customer_id"], "=", query.customer_id))
    if query.customer_name:
        conditions.append(Condition(["customer_name"], "holds", query.customer_name.casefold()))
    if query.status is not None:
        conditions.append(Condition(["status"], "=", clamped(query.status)))
    if query.created_from is not None:
        conditions.append(Condition(["created_at"], ">=", clamped(query.created_from)))
    if query.created_to is not None:
        conditions.append(Condition(["created_at"], "<=", clamped(query.created_to)))
    if query.external_ids:
        conditions.append(Condition(["external_id"], "in", query.external_ids))
    if query.channel_ids:
        conditions.append(Condition(["channel_id"], "in", [str(channel) for channel in query.channel_ids]))
    return conditions


def browsed(text: str, status: int | None, store_hash: str) -> list[Condition]:
    """
    Return what is true of the rows that have *text* somewhere, a status and a store, where these are given.
    """
    conditions = []
    if text:
        columns = ["invoice_number", "external_id", "customer_id", "customer_name"]
        conditions.append(Condition(columns, "holds", text.casefold()))
    if status is not None:
        conditions.append(Condition(["status"], "=", clamped(status)))
    if store_hash:
        conditions.append(Condition(["store_hash"], "=", store_hash))
    return conditions


def clamped(number: int) -> int:
    """
    Return *number*, or the nearest that a column of 64 bits holds.

    Columns are there to find and to sort; the document keeps the number as it is.
    """
    if -_LARGEST <= number <= _LARGEST:
        return number
    return _LARGEST if number > 0 else -_LARGEST


def _ten_thousandths(balance: Mapping[str, str]) -> int:
    return clamped(int(balance["value"].replace(".", "")))
