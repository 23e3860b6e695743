"""
How a created invoice is to read back: what each field of a draft becomes, by the rules of the contract.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from .strategies import Draft, Schema

_COMPLETED = 2


def reading(draft: Draft, read: Mapping[str, Schema]) -> dict[str, Any]:
    """
    Return the fields that an invoice created from *draft* must have, by name, out of those that can be *read*.

    Only what was sent is in it; what the service adds, such as defaults, is for other promises.
    """
    becomes: Mapping[str, Callable[[Any], Any]] = {
        "originalBalance": recorded_balance,
        "openBalance": recorded_balance,
        "orderNumber": int,
        "channelId": str,
        "status": lambda status: _COMPLETED if draft["openBalance"]["value"] <= 0 else status,
    }
    expected = {name: becomes.get(name, _same)(value) for name, value in draft.items() if name in read}
    if "issuedAt" in draft:
        expected["createdAt"] = int(draft["issuedAt"])
    return expected


def recorded_balance(balance: Mapping[str, Any]) -> dict[str, str]:
    """
    Return *balance* as it is to be read back: the value as text with four decimals.
    """
    return {"code": balance["code"], "value": f"{Decimal(str(balance['value'])):.4f}".replace("-0.0000", "0.0000")}


def _same(value: Any) -> Any:
    return value
