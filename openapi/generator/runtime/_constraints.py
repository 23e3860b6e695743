"""
Constraints of JSON Schema, and descriptions of values for error messages, without text, which may be personal.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from operator import ge, le
from typing import Any

from ._json import MOST_DIGITS


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


def _length(words: str, is_valid: Callable[[int, int], bool], value: Any, bound: int) -> str:
    return f"{words} {bound} long" if hasattr(value, "__len__") and not is_valid(len(value), bound) else ""


def _bound(words: str, is_valid: Callable[[Any, Any], bool], value: Any, bound: Any) -> str:
    return f"{words} {bound}" if is_number(value) and not is_valid(value, bound) else ""


def _pattern(value: Any, pattern: str) -> str:
    return f"like {pattern}" if isinstance(value, str) and not re.search(pattern, value) else ""


CONSTRAINTS: Mapping[str, Callable[[Any, Any], str]] = {
    "minLength": partial(_length, "at least", ge),
    "maxLength": partial(_length, "at most", le),
    "minItems": partial(_length, "at least", ge),
    "maxItems": partial(_length, "at most", le),
    "minimum": partial(_bound, "at least", ge),
    "maximum": partial(_bound, "at most", le),
    "pattern": _pattern,
}
"""Keyword -> a function of value and bound that returns what was expected; empty if the value is valid."""
