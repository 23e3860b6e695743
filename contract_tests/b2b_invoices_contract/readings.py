"""
How a created invoice is to read back: what each field of a draft becomes, by the rules of the contract.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from .strategies import Draft, Schema

SPECIAL: Mapping[str, str] = {
    "originalBalance": "balances-are-exact",
    "openBalance": "balances-are-exact",
    "orderNumber": "order-number-reads-as-number",
    "channelId": "channel-id-reads-as-text",
    "createdAt": "issued-at-reads-as-created-at",
    "details": "details-are-unchanged",
}
"""Fields of which something special is promised, beside that they read back as they were sent: the promise of each."""

_COMPLETED = 2
_DAY = 24 * 60 * 60
_LONGEST_TERMS = 366  # days


def reading(draft: Draft, read: Mapping[str, Schema]) -> dict[str, Any]:
    """
    Return the fields that an invoice created from *draft* must have, by name, out of those that can be *read*.

    Only what was sent is in it; what the service adds, such as defaults, is for other promises. A status of completed
    with something left to pay is not in it either, since nothing is promised of that.
    """
    becomes: Mapping[str, Callable[[Any], Any]] = {
        "originalBalance": recorded_balance,
        "openBalance": recorded_balance,
        "orderNumber": int,
        "channelId": str,
        "extraFields": _known_parts,
    }
    expected = {name: becomes.get(name, _same)(value) for name, value in draft.items() if name in read}
    if draft["openBalance"]["value"] <= 0:
        expected["status"] = _COMPLETED
    elif expected.get("status") == _COMPLETED:
        del expected["status"]
    if "issuedAt" in draft:
        expected["createdAt"] = int(draft["issuedAt"])
    return expected


def unsent(draft: Draft, sent: Mapping[str, Schema], read: Mapping[str, Schema]) -> dict[str, Any]:
    """
    Return the fields that could be *sent*, but are not in *draft*, and must *read* as nothing: null, or an empty list.
    """
    absent = sent.keys() & read.keys() - draft.keys()
    nothing: dict[str, Any] = {name: None for name in absent if _is_nullable(read[name])}
    return nothing | {name: [] for name in absent if read[name].get("type") == "array"}


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
    Return *balance* as it is to be read back: the value as text with four decimals.
    """
    return {"code": balance["code"], "value": f"{Decimal(str(balance['value'])):.4f}".replace("-0.0000", "0.0000")}


def _known_parts(fields: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{name: field[name] for name in ("fieldName", "fieldValue")} for field in fields]


def _is_nullable(schema: Schema) -> bool:
    return "null" in schema.get("type", ()) or any(_is_nullable(option) for option in schema.get("anyOf", ()))


def _same(value: Any) -> Any:
    return value
