"""
The rules of an invoice: what a draft becomes when it is recorded. Nothing here knows of HTTP or of the ledger.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Self

import attrs

from b2b_invoices_spec.contract import Contract

from .api.dialect import Dialect

Draft = Mapping[str, Any]
"""A valid body of `createInvoice`, with the names of the wire and numbers as int or Decimal."""

Invoice = dict[str, Any]
"""A recorded invoice, with the names of the wire, in the order that the contract lists them."""

_PARTIALLY_PAID, _COMPLETED = 1, 2
_DAY = 24 * 60 * 60
_DOCUMENTED = Dialect()
_SET = {"dueDate", "customerName", "createdAt", "updatedAt", "extraFields"}  # by a rule, whatever is sent
_LONGEST_ID = 18  # digits of a 64-bit number


@attrs.frozen
class InvoiceShape:
    """
    What the contract says of the fields of an invoice.

    Attributes:
        sent: Names of the fields that can be sent.
        required: Names of the fields that have to be sent.
        unsent: Every field that is read, in the order of the contract -> what it reads as when nothing is sent.
        optional: Names of those that are not there when nothing is sent.
        unread: Names of the fields that can be sent, but are not read.
        integers: Names of the sent fields that are whole numbers.
    """

    sent: frozenset[str]
    required: frozenset[str]
    unsent: Mapping[str, Any]
    optional: Sequence[str]
    unread: Sequence[str]
    integers: Sequence[str]

    @classmethod
    def of(cls, contract: Contract) -> Self:
        """
        Return the shape that *contract* gives to an invoice.
        """
        sent = contract.properties("CreateInvoiceRequest")
        read = contract.properties("Invoice")
        required = frozenset(contract.schema("CreateInvoiceRequest")["required"])
        defaults = {name: schema["default"] for name, schema in sent.items() if "default" in schema}
        always = {name for name, schema in read.items() if _is_nullable(schema)} | defaults.keys() | required | _SET
        return cls(
            sent=frozenset(sent),
            required=required,
            unsent={name: defaults.get(name) for name in read} | {"extraFields": []},
            optional=[name for name in read if name not in always],
            unread=[name for name in sent if name not in read],
            integers=[name for name, schema in sent.items() if contract.resolve(schema).get("type") == "integer"],
        )


def record(
    draft: Draft, shape: InvoiceShape, *, now: int, payment_seconds: int, dialect: Dialect = _DOCUMENTED
) -> Invoice:
    """
    Return the invoice that *draft* becomes when it is created at *now*, in Unix seconds.

    Fields that no rule mentions are kept as sent when the contract can read them back.
    """
    if not draft.keys() <= shape.sent:
        draft = {name: value for name, value in draft.items() if name in shape.sent}
    fields = {**shape.unsent, **draft}  # in the order of the contract, which is that of its first part
    for name in shape.integers:
        if isinstance(fields[name], Decimal):
            fields[name] = int(fields[name])
    issued_at = draft.get("issuedAt", now)
    if "dueDate" not in draft:
        fields["dueDate"] = due_date(now, issued_at, payment_seconds, dialect)
    if "status" not in draft and dialect.unsent_status == "by_balances":
        fields["status"] = _status_by_balances(fields)
    fields |= {
        "status": status_of(fields["status"], fields["openBalance"]),
        "orderNumber": order_id(draft["orderNumber"]) if "orderNumber" in draft else None,
        "originalBalance": recorded_balance(fields["originalBalance"]),
        "openBalance": recorded_balance(fields["openBalance"]),
        "customerName": f"Company {fields['customerId']}",
        "channelId": str(fields["channelId"]) if "channelId" in draft else None,
        "createdAt": int(issued_at),
        "updatedAt": now,
        "extraFields": [{name: field[name] for name in ("fieldName", "fieldValue")} for field in fields["extraFields"]],
    }
    for name in [*shape.unread, *(name for name in shape.optional if name not in draft)]:
        fields.pop(name, None)
    return fields


def status_of(sent: int, open_balance: Mapping[str, Any]) -> int:
    """
    Return the status of an invoice *sent* with one: completed once nothing is left to pay.

    The rounded balance decides, since that is what is read back.
    """
    left = _four_decimals(open_balance["value"])
    return _COMPLETED if left == "0.0000" or left.startswith("-") else sent


def due_date(now: int, issued_at: int | Decimal, payment_seconds: int, dialect: Dialect) -> int:
    """
    Return when an invoice is due whose body does not say, in Unix seconds.
    """
    match dialect.due_date_from:
        case "now":
            return now + payment_seconds
        case "midnight":
            return now - now % _DAY + payment_seconds
        case "issue":
            return int(issued_at) + payment_seconds


def recorded_balance(balance: Mapping[str, Any]) -> dict[str, str]:
    """
    Return *balance* as it is read back: the value as text with four decimals.
    """
    return {"code": balance["code"], "value": _four_decimals(balance["value"])}


def rounded(value: int | Decimal) -> Decimal:
    """
    Return *value* with exactly four decimals, a half rounded to even, and never minus zero.
    """
    return Decimal(_four_decimals(value))


def order_id(order_number: str) -> int | None:
    """
    Return the BigCommerce order that *order_number* means, or None when it is no order id.
    """
    is_id = order_number.isascii() and order_number.isdigit() and len(order_number) <= _LONGEST_ID
    return int(order_number) if is_id else None


def order_key(order_number: str) -> str | None:
    """
    Return what makes two order numbers the same order: `101` and `0101` are; empty text is no order.
    """
    order = order_id(order_number)
    return (order_number or None) if order is None else str(order)


def _four_decimals(value: int | Decimal) -> str:
    if isinstance(value, int):
        return f"{value}.0000"
    # format() rounds a number of any size; quantize() would need a context as wide as the number.
    text = format(value, ".4f")
    return "0.0000" if text == "-0.0000" else text


def _status_by_balances(fields: Mapping[str, Any]) -> int:
    is_part = rounded(fields["openBalance"]["value"]) < rounded(fields["originalBalance"]["value"])
    return _PARTIALLY_PAID if is_part else int(fields["status"])


def _is_nullable(schema: Mapping[str, Any]) -> bool:
    types = schema.get("type", ())
    return "null" in types or any(_is_nullable(option) for option in schema.get("anyOf", ()))
