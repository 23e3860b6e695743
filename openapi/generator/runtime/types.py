"""
What the models and the operations have in common: the absent value, and the whole of an answer.
"""

from typing import Generic, Literal, TypeVar

import attrs
import httpx

__all__ = ["UNSET", "Response", "Timeout", "Unset"]

T_co = TypeVar("T_co", covariant=True)

Timeout = httpx.Timeout | float | None
"""How long to wait: seconds for each of connecting, sending and receiving, `httpx.Timeout`, or None for ever."""


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
        parsed: The body as a model.
        raw: The answer as httpx has it; no credential is in it.
    """

    parsed: T_co
    raw: httpx.Response = attrs.field(repr=False)

    @property
    def status_code(self) -> int:
        """
        The HTTP status, any three digits.
        """
        return self.raw.status_code

    @property
    def content(self) -> bytes:
        """
        The body as it arrived.
        """
        return self.raw.content

    @property
    def headers(self) -> httpx.Headers:
        """
        The headers, looked up whatever the case of their names.
        """
        return self.raw.headers

    @property
    def request_id(self) -> str | None:
        """
        The service's name for the request, to quote to its support.
        """
        request_id: str | None = self.raw.headers.get("X-Request-Id")
        return request_id
