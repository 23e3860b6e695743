"""
Descriptions of values for error messages, without the text in them, which may be personal.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from ._json import MOST_DIGITS

__all__ = ["describe", "is_number"]


def is_number(value: Any) -> bool:
    """
    Whether *value* is a number; in JSON, a boolean is not.
    """
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def describe(value: Any) -> str:
    """
    Return the type of *value*, or the value itself if it is a number, a boolean or null.
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and abs(value) >= 10**MOST_DIGITS:
        return f"an integer of more than {MOST_DIGITS} digits"
    if is_number(value):
        return f"{value}"
    for kind, words in ((str, "text"), (list, "an array"), (Mapping, "an object")):
        if isinstance(value, kind):
            return words
    if isinstance(value, date):
        return f"a Python {type(value).__name__}, where times are Unix seconds, such as int(moment.timestamp())"
    return f"a Python {type(value).__name__}"
