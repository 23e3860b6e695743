"""
Enumerations that stay open: a value that a newer service sends is a member too, of the name `UNKNOWN_…`.
"""

from enum import Enum, IntEnum, StrEnum
from typing import Any, Self, TypeVar

__all__ = ["OpenIntEnum", "OpenStrEnum"]

E = TypeVar("E", bound=Enum)


class OpenIntEnum(IntEnum):
    """
    An `IntEnum` to which any other integer belongs as well; `value` is that integer.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        return _named(int.__new__(cls, value), value)


class OpenStrEnum(StrEnum):
    """
    A `StrEnum` to which any other text belongs as well; `value` is that text.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return _named(str.__new__(cls, value), value) if isinstance(value, str) else None


def _named(member: E, value: Any) -> E:
    member._name_ = f"UNKNOWN_{value}"
    member._value_ = value
    return member
