"""
Open enumerations: an unknown value, as from a newer service, becomes a member named `UNKNOWN_…`.
"""

from enum import Enum, IntEnum, StrEnum
from typing import Any, Self, TypeVar

E = TypeVar("E", bound=Enum)


class OpenIntEnum(IntEnum):
    """
    An `IntEnum` that accepts unknown integers.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        return _named(int.__new__(cls, value), value)


class OpenStrEnum(StrEnum):
    """
    A `StrEnum` that accepts unknown text.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return _named(str.__new__(cls, value), value) if isinstance(value, str) else None


def _named(member: E, value: Any) -> E:
    member._name_ = f"UNKNOWN_{value}"
    member._value_ = value
    return member
