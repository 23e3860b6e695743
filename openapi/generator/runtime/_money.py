"""
Money: exact amounts, their converters and validators, and messages that say how to correct an inexact one.

    Number      a Decimal; a JSON number on the wire
    Text        a Decimal; JSON text on the wire
    Verbatim    text or a number, unchanged; what is set in Python is sent as text
    Currency    the currency code
"""

import math
import re
from decimal import Decimal
from typing import Annotated, Any

import attrs

from .errors import InvalidAmount

DECIMALS = 4  # the service stores no more
DIGITS = 308  # the largest double

PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_EXACT = re.compile(rf"-?[0-9]+(\.[0-9]{{1,{DECIMALS}}})?")
_EXAMPLE = 'Decimal("100.10")'


Number = Annotated[Decimal, "number"]
Text = Annotated[Decimal, "text"]
Verbatim = Annotated[str | Decimal, "verbatim"]
Currency = Annotated[str, "currency"]


# ---------------------------------------------------------------- converters for attrs


def exact(value: Decimal | int | str) -> Decimal:
    """
    Return *value* as a Decimal; return an invalid value unchanged, for `exact_amount` to reject.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and PLAIN.fullmatch(value):
        return Decimal(value)
    return value  # type: ignore[return-value]


def text(value: Decimal | int | str) -> str | Decimal:
    """
    Return *value* in plain digits, as in `details`; return an invalid value unchanged.
    """
    if isinstance(value, str) or amount_problem(exact(value)):
        return value  # type: ignore[return-value]
    return f"{exact(value):f}"


# ---------------------------------------------------------------- validators for attrs


def exact_amount(instance: object, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    if problem := amount_problem(exact(value)):
        raise InvalidAmount(f"{type(instance).__name__}.{attribute.name}", problem)


def named_currency(instance: object, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    if not is_currency(value):
        raise InvalidAmount(
            f"{type(instance).__name__}.{attribute.name}", f'expected a currency code such as "USD", got {value!r}.'
        )


def is_currency(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def amount_text(value: Decimal) -> str:
    """
    Return *value* in plain digits; empty if it cannot be sent exactly.
    """
    text = f"{value:f}" if value.adjusted() < DIGITS else ""
    return text if _EXACT.fullmatch(text) else ""


def amount_problem(value: Any) -> str:
    """
    Return why *value* cannot be sent exactly, and what to do; empty if it can.
    """
    match value:
        case Decimal() if value.is_finite():
            return "" if amount_text(value) else _size_problem(value)
        case float() if math.isfinite(value):
            return f"expected {_instead_of(value)}, got the float {value!r}, which is not exact."
        case Decimal() | float() | bool() | None:
            return f"expected an amount such as {_EXAMPLE}, got {value}."
        case str():
            return f'expected plain digits such as "100.10", or {_EXAMPLE}, got {value!r}.'
        case _:
            return f"expected Decimal, int or str, such as {_EXAMPLE}, got {type(value).__name__}."


def _size_problem(value: Decimal) -> str:
    if value.adjusted() >= DIGITS:
        return f"expected at most {DIGITS} digits, the most that JSON readers support."
    return (
        f"expected at most {DECIMALS} decimals, because the service stores no more, got {value}: "
        f'round it with round(value, {DECIMALS}) or value.quantize(Decimal("0.01")).'
    )


def _instead_of(value: float) -> str:
    """
    Return the code of the Decimal to suggest in place of a float, such as `Decimal("0.10")` for 0.1.
    """
    whole, _, part = f"{Decimal(repr(value)):.{DECIMALS}f}".partition(".")
    return f'Decimal("{whole}.{part.rstrip("0"):0<2}")'
