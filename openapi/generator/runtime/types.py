"""
What the models and the operations have in common: the absent value, and the whole of an answer.
"""

from typing import Generic, Literal, TypeVar

import attrs
import httpx

__all__ = ["UNSET", "Response", "Unset"]

T_co = TypeVar("T_co", covariant=True)


class Unset:
    """
    The type of `UNSET`, the value of what was not given: it is not sent, or was not in the answer.
    """

    __slots__ = ()

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNSET"

    def __reduce__(self) -> str:
        return "UNSET"  # so that copies and pickles are the same object, and `is UNSET` holds


UNSET = Unset()


@attrs.frozen
class Response(Generic[T_co]):
    """
    An answer that the contract knows, whole.

    Attributes:
        status_code: The HTTP status, any three digits.
        content: The body as it arrived.
        headers: The headers, looked up whatever the case of their names.
        parsed: The body as a model.
    """

    status_code: int
    content: bytes = attrs.field(repr=False)
    headers: httpx.Headers = attrs.field(repr=False)
    parsed: T_co
