"""
Open enumerations: an unknown value, as from a newer service, becomes a member named `UNKNOWN_…`.
"""

from enum import Enum, IntEnum, StrEnum
from typing import Any


class _Open(Enum):
    @classmethod
    def _missing_(cls, value: Any) -> Any:
        kind: Any = int if issubclass(cls, int) else str
        if not isinstance(value, kind) or isinstance(value, bool):
            return None
        member = kind.__new__(cls, value)
        member._name_, member._value_ = f"UNKNOWN_{value}", value
        return member


class OpenIntEnum(_Open, IntEnum):
    """
    An `IntEnum` that accepts unknown integers.
    """


class OpenStrEnum(_Open, StrEnum):
    """
    A `StrEnum` that accepts unknown text.
    """
