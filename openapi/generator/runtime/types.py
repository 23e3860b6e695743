"""
Shared by models and operations: `UNSET` for a field that is not set, `Response`, and `Timeout` for arguments.
"""

from typing import Generic, Literal, TypeVar

import attrs
import httpx

from ._evidence import Evidence, evidence

__all__ = ["UNSET", "Response", "Timeout", "Unset"]

T_co = TypeVar("T_co", covariant=True)

Timeout = httpx.Timeout | float | None
"""Seconds for each of connecting, sending and receiving; `httpx.Timeout`; or None for no timeout."""


class Unset:
    """
    The type of `UNSET`, the value of a field that is not sent, or is absent from a response.
    """

    __slots__ = ()

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNSET"

    def __reduce__(self) -> str:
        return "UNSET"  # copies and pickles are the same object, so that `is UNSET` works


UNSET = Unset()


@attrs.frozen
class Response(Evidence, Generic[T_co]):
    """
    A documented response.

    Attributes:
        parsed: The body as a model.
        raw: The httpx response, without credentials.
    """

    parsed: T_co
    raw: httpx.Response = attrs.field(repr=False, converter=evidence)

    @property
    def status_code(self) -> int:
        """
        The HTTP status.
        """
        return self.raw.status_code
