"""
What a dialect changes of a body on its way in, and of an invoice on its way out; the documented one changes nothing.
"""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from b2b_invoices_mock.invoices import Draft, Invoice

from .dialect import Dialect
from .requests import read_decimal
from .validation import Violations

_BALANCES = ("originalBalance", "openBalance")
_TEXTS = ("invoiceNumber", "customerId")
_BLANK = "This field may not be blank."
_NO_INTEGER = "A valid integer is required."


def taken_in(body: Any, required: Collection[str], dialect: Dialect) -> Any:
    """
    Return *body* as the schema is to see it.

    A dialect may take null for nothing, but in the *required* fields, and text for a balance.
    """
    if not isinstance(body, dict):
        return body
    if dialect.null_fields == "unset":
        body = {name: value for name, value in body.items() if value is not None or name in required}
    if dialect.text_balances == "taken":
        body = body | {name: _numeric(body[name]) for name in _BALANCES if name in body}
    return body


def objections(draft: Draft, dialect: Dialect) -> Violations:
    """
    Return what a dialect has against a *draft* that the schema lets through.
    """
    found: Violations = {}
    if dialect.empty_texts == "refused":
        found |= {name: [_BLANK] for name in _TEXTS if not draft[name]}
        found |= {f"{name}.code": [_BLANK] for name in _BALANCES if not draft[name]["code"]}
    order_number = draft.get("orderNumber", "")
    if dialect.order_numbers == "digits" and order_number and not (order_number.isascii() and order_number.isdigit()):
        found["orderNumber"] = [_NO_INTEGER]
    return found


def given_out(invoice: Invoice, store_hash: str, dialect: Dialect) -> Invoice:
    """
    Return *invoice* as it is read.
    """
    changes: dict[str, Any] = {}
    if dialect.read_times == "text":
        changes |= {name: str(invoice[name]) for name in ("createdAt", "updatedAt")}
    if dialect.read_order_number == "text" and invoice["orderNumber"] is not None:
        changes["orderNumber"] = str(invoice["orderNumber"])
    if dialect.read_keys == "seen":
        changes |= {"storeHash": store_hash, "notAllowedPay": 0, "pendingPaymentCount": 0}
    return invoice | changes if changes else invoice


def _numeric(balance: Any) -> Any:
    value: Decimal | None
    if not (isinstance(balance, Mapping) and isinstance(balance.get("value"), str)):
        return balance
    value = read_decimal(balance["value"])
    return balance if value is None else {**balance, "value": value}
