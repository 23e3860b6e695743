"""
The rules of invoices: what the mock stores for a draft. No HTTP, no ledger.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Self

import attrs

from b2b_invoices_spec import Contract

from .api.dialect import Dialect

Draft = Mapping[str, Any]
"""A valid body of `createInvoice`: names as on the wire, numbers as int or Decimal."""

Invoice = dict[str, Any]
"""A stored invoice: names as on the wire, in the contract's order."""

_PARTIALLY_PAID, _COMPLETED = 1, 2
_DAY = 24 * 60 * 60
_DOCUMENTED = Dialect()
_ALWAYS_SET = {"dueDate", "customerName", "createdAt", "updatedAt", "extraFields"}
_LONGEST_ID = 18  # digits of a 64-bit number


@attrs.frozen
class InvoiceShape:
    """
    The fields of an invoice in the contract, by name.

    Attributes:
        sent: The fields of a draft.
        required: The required fields of a draft.
        defaults: Each field of a stored invoice, in the contract's order -> its value if it is not sent.
        absent_unless_sent: The fields that a stored invoice omits if they are not sent.
        write_only: The fields of a draft that a stored invoice omits.
        integers: The fields of a draft that are integers.
    """

    sent: frozenset[str]
    required: frozenset[str]
    defaults: Mapping[str, Any]
    absent_unless_sent: Sequence[str]
    write_only: Sequence[str]
    integers: Sequence[str]

    @classmethod
    def of(cls, contract: Contract) -> Self:
        """
        Read the fields from the schemas `CreateInvoiceRequest` and `Invoice`.
        """
        sent = contract.properties("CreateInvoiceRequest")
        read = contract.properties("Invoice")
        required = frozenset(contract.schema("CreateInvoiceRequest")["required"])
        defaults = {name: schema["default"] for name, schema in sent.items() if "default" in schema}
        nullable = {name for name, schema in read.items() if _is_nullable(schema)}
        always = nullable | defaults.keys() | required | _ALWAYS_SET
        return cls(
            sent=frozenset(sent),
            required=required,
            defaults={name: defaults.get(name) for name in read} | {"extraFields": []},
            absent_unless_sent=[name for name in read if name not in always],
            write_only=[name for name in sent if name not in read],
            integers=[name for name, schema in sent.items() if contract.resolve(schema).get("type") == "integer"],
        )


def build_invoice(
    draft: Draft, shape: InvoiceShape, *, now: int, payment_seconds: int, dialect: Dialect = _DOCUMENTED
) -> Invoice:
    """
    Return the invoice to store for *draft*, without an id. Fields without a rule are stored as they were sent.

    Args:
        draft: A valid draft; unknown fields are dropped.
        shape: The fields in the contract.
        now: The time in Unix seconds.
        payment_seconds: The payment terms in seconds.
        dialect: The dialect of the mock.
    """
    draft = {name: value for name, value in draft.items() if name in shape.sent}
    fields = {**shape.defaults, **draft}
    for name in shape.integers:
        if isinstance(fields[name], Decimal):
            fields[name] = int(fields[name])
    issued_at = int(draft.get("issuedAt", now))
    if "dueDate" not in draft:
        start = {"now": now, "midnight": now - now % _DAY, "issue": issued_at}[dialect.due_date_from]
        fields["dueDate"] = start + payment_seconds
    if "status" not in draft and dialect.unsent_status == "by_balances":
        fields["status"] = _status_by_balances(fields)
    fields |= {
        "status": status_of(fields["status"], fields["openBalance"]),
        "orderNumber": order_id(draft["orderNumber"]) if "orderNumber" in draft else None,
        "originalBalance": balance_as_read(fields["originalBalance"]),
        "openBalance": balance_as_read(fields["openBalance"]),
        "customerName": f"Company {fields['customerId']}",
        "channelId": str(fields["channelId"]) if "channelId" in draft else None,
        "createdAt": issued_at,
        "updatedAt": now,
        "extraFields": [{name: field[name] for name in ("fieldName", "fieldValue")} for field in fields["extraFields"]],
    }
    for name in [*shape.write_only, *(name for name in shape.absent_unless_sent if name not in draft)]:
        fields.pop(name, None)
    return fields


def status_of(sent: int, open_balance: Mapping[str, Any]) -> int:
    """
    Return the stored status: completed if the rounded *open_balance* is zero or below, otherwise *sent*.
    """
    return _COMPLETED if rounded(open_balance["value"]) <= 0 else sent


def balance_as_read(balance: Mapping[str, Any]) -> dict[str, str]:
    """
    Return *balance* as a read shows it: the value is text with four decimals.
    """
    return {"code": balance["code"], "value": _four_decimals(balance["value"])}


def rounded(value: int | Decimal) -> Decimal:
    """
    Return *value* with exactly four decimals, rounded half to even, and never negative zero.
    """
    return Decimal(_four_decimals(value))


def order_id(order_number: str) -> int | None:
    """
    Return the id of the BigCommerce order with this *order_number*, or None if it is not a number.
    """
    is_id = order_number.isascii() and order_number.isdigit() and len(order_number) <= _LONGEST_ID
    return int(order_number) if is_id else None


def order_key(order_number: str) -> str | None:
    """
    Return the key that two order numbers share if they are the same order, such as `101` and `0101`; None if empty.
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
