"""
Constraints of JSON Schema: lengths, bounds and patterns.
"""

import re
from collections.abc import Callable, Mapping
from operator import ge, le
from typing import Any

from ._describe import is_number

__all__ = ["CONSTRAINTS"]

_Constraint = Callable[[Any, Any], str]


def _length(words: str, is_valid: Callable[[int, int], bool]) -> _Constraint:
    def check(value: Any, bound: int) -> str:
        return f"{words} {bound} long" if hasattr(value, "__len__") and not is_valid(len(value), bound) else ""

    return check


def _bound(words: str, is_valid: Callable[[Any, Any], bool]) -> _Constraint:
    def check(value: Any, bound: Any) -> str:
        return f"{words} {bound}" if is_number(value) and not is_valid(value, bound) else ""

    return check


def _pattern(value: Any, pattern: str) -> str:
    return f"like {pattern}" if isinstance(value, str) and not re.search(pattern, value) else ""


CONSTRAINTS: Mapping[str, _Constraint] = {
    "minLength": _length("at least", ge),
    "maxLength": _length("at most", le),
    "minItems": _length("at least", ge),
    "maxItems": _length("at most", le),
    "minimum": _bound("at least", ge),
    "maximum": _bound("at most", le),
    "pattern": _pattern,
}
"""Keyword -> a function of value and bound that returns what was expected; empty if the value is valid."""
