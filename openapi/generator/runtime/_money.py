"""
Money without a fraction of a cent lost: what may be given for an amount, and what is refused with the right way.

    Number      a Decimal, a JSON number on the wire
    Text        a Decimal, JSON text on the wire
    Verbatim    either, kept as it came; what is set in Python goes out as text
    Currency    the code beside it
"""

import math
import re
from decimal import Decimal
from enum import Enum, auto
from typing import Annotated, Any

import attrs

from .errors import InvalidAmount

__all__ = [
    "DECIMALS",
    "PLAIN",
    "Currency",
    "Number",
    "Text",
    "Verbatim",
    "Wire",
    "exact",
    "exact_amount",
    "is_currency",
    "named_currency",
    "refusal",
    "text",
]

DECIMALS = 4  # what the service reads back
DIGITS = 308  # what a JSON reader that knows doubles can hold

PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_EXAMPLE = 'Decimal("100.10")'


class Wire(Enum):
    """
    How a field of money goes over the wire.
    """

    NUMBER = auto()
    TEXT = auto()
    VERBATIM = auto()
    CURRENCY = auto()


Number = Annotated[Decimal, Wire.NUMBER]
Text = Annotated[Decimal, Wire.TEXT]
Verbatim = Annotated[str | Decimal, Wire.VERBATIM]
Currency = Annotated[str, Wire.CURRENCY]


# ---------------------------------------------------------------- converters: what attrs does with an argument


def exact(value: Decimal | int | str) -> Decimal:
    """
    The *value* as a Decimal; what is none stays as it is, for `exact_amount` to refuse.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and PLAIN.fullmatch(value):
        return Decimal(value)
    return value  # type: ignore[return-value]


def text(value: Decimal | int | str) -> str | Decimal:
    """
    The *value* in plain digits, as `details` have it; what is no exact amount stays as it is.
    """
    if isinstance(value, str) or refusal(exact(value)):
        return value  # type: ignore[return-value]
    return f"{exact(value):f}"


# ---------------------------------------------------------------- validators: what attrs asks then


def exact_amount(instance: object, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    """
    Raise `InvalidAmount` unless *value* can be sent to the digit.
    """
    if problem := refusal(exact(value)):
        raise InvalidAmount(f"{type(instance).__name__}.{attribute.name}", problem)


def named_currency(instance: object, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    """
    Raise `InvalidAmount` unless *value* names a currency.
    """
    if not is_currency(value):
        raise InvalidAmount(
            f"{type(instance).__name__}.{attribute.name}", f'takes a currency code such as "USD", not {value!r}.'
        )


def is_currency(value: Any) -> bool:
    """
    Whether *value* can be a currency code: some text that is not blank.
    """
    return isinstance(value, str) and bool(value.strip())


def refusal(value: Any) -> str:
    """
    Why *value* is no amount that can be sent to the digit, and what to do; empty if it is one.
    """
    match value:
        case Decimal() if value.is_finite():
            return _refusal_of_size(value)
        case float() if math.isfinite(value):
            return f"takes {_instead_of(value)}, not the float {value!r}, which cannot hold it exactly."
        case Decimal() | float() | bool() | None:
            return f"takes an amount such as {_EXAMPLE}, not {value}."
        case str():
            return f'takes plain digits such as "100.10", or {_EXAMPLE}, not {value!r}.'
        case _:
            return f"takes Decimal, int or str, such as {_EXAMPLE}, not {type(value).__name__}."


def _refusal_of_size(value: Decimal) -> str:
    if value.adjusted() >= DIGITS:
        return f"takes an amount of at most {DIGITS} digits, which is what JSON readers can hold."
    if int(value.as_tuple().exponent) < -DECIMALS:
        return (
            f"takes at most {DECIMALS} decimals, which is what the service keeps, not {value}: "
            f'round it, as with round(value, {DECIMALS}) or value.quantize(Decimal("0.01")).'
        )
    return ""


def _instead_of(value: float) -> str:
    """
    What was probably meant by the float *value*, with the two decimals that most currencies have.
    """
    whole, _, part = f"{Decimal(repr(value)):.{DECIMALS}f}".partition(".")
    return f'Decimal("{whole}.{part.rstrip("0"):0<2}")'
