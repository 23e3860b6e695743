"""
Readings: what each field of a draft becomes when the invoice is read, by the rules of the contract.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from b2b_invoices_spec import load_contract

from .drafts import Draft, Schema

SPECIAL: Mapping[str, str] = {
    "originalBalance": "balances-are-exact",
    "openBalance": "balances-are-exact",
    "orderNumber": "order-number-reads-as-number",
    "channelId": "channel-id-reads-as-text",
    "createdAt": "issued-at-reads-as-created-at",
    "details": "details-are-unchanged",
}
"""The promise of each field that is not returned exactly as it was sent."""

_COMPLETED = 2
_DAY = 24 * 60 * 60
_LONGEST_TERMS = 366  # days


def reading(draft: Draft) -> dict[str, Any]:
    """
    Return the fields that an invoice created from *draft* must have, by name, out of those that a read returns.

    Only fields that were sent are in it; defaults are for other promises. A status of completed with an open balance
    above zero is not in it either, since nothing is promised of that.
    """
    sent, read = _schemas()
    becomes: Mapping[str, Callable[[Any], Any]] = {
        "originalBalance": recorded_balance,
        "openBalance": recorded_balance,
        "orderNumber": _number,
        "channelId": str,
        "extraFields": _known_parts,
    }
    expected = {
        name: becomes.get(name, _same)(value) for name, value in draft.items() if name in sent.keys() & read.keys()
    }
    if draft["openBalance"]["value"] <= 0:
        expected["status"] = _COMPLETED
    elif expected.get("status") == _COMPLETED:
        del expected["status"]
    if "issuedAt" in draft:
        expected["createdAt"] = int(draft["issuedAt"])
    return expected


def unsent(draft: Draft) -> dict[str, Any]:
    """
    Return the fields that are not in *draft*, and must read as nothing: null, or an empty list.
    """
    sent, read = _schemas()
    absent = sent.keys() & read.keys() - draft.keys()
    nothing: dict[str, Any] = {name: None for name in absent if _is_nullable(read[name])}
    return nothing | {name: [] for name in absent if read[name].get("type") == "array"}


def read_only_fields() -> frozenset[str]:
    """
    Return the names of the fields that only responses have.
    """
    sent, read = _schemas()
    return frozenset(read.keys() - sent.keys())


def is_default_due_date(due: Any, created: tuple[int, int], terms: int | None) -> bool:
    """
    Return whether *due* is a default due date of an invoice created between two times, in Unix seconds.

    It is a whole number of days after the create, or after the midnight (UTC) before it: *terms*, or if these are not
    known, up to a year.
    """
    if isinstance(due, bool) or not isinstance(due, int):
        return False
    days = range(_LONGEST_TERMS + 1) if terms is None else [terms]
    began, ended = created
    return any(
        began <= start <= ended or (start % _DAY == 0 and began - _DAY < start <= ended)
        for start in (due - count * _DAY for count in days)
    )


def recorded_balance(balance: Mapping[str, Any]) -> dict[str, str]:
    """
    Return *balance* as it is read: the value as text with four decimals.
    """
    return {"code": balance["code"], "value": f"{Decimal(str(balance['value'])):.4f}".replace("-0.0000", "0.0000")}


def _schemas() -> tuple[Mapping[str, Schema], Mapping[str, Schema]]:
    contract = load_contract()
    return contract.properties("CreateInvoiceRequest"), contract.properties("Invoice")


def _known_parts(fields: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{name: field[name] for name in ("fieldName", "fieldValue")} for field in fields]


def _number(order: str) -> int | None:
    # DECISIONS.md: an order that is not a number is accepted, and returned as null.
    return int(order) if order.isascii() and order.isdecimal() else None


def _is_nullable(schema: Schema) -> bool:
    return "null" in schema.get("type", ()) or any(_is_nullable(option) for option in schema.get("anyOf", ()))


def _same(value: Any) -> Any:
    return value
