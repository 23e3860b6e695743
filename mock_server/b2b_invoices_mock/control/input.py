"""
What the control API is told: bodies and queries, read into what they mean, or refused with one sentence.
"""

from typing import Any, ClassVar, TypeVar

import msgspec
from starlette.requests import Request

from b2b_invoices_mock.api.errors import UnsupportedMediaType
from b2b_invoices_mock.api.requests import read_json
from b2b_invoices_mock.api.validation import Violations

BODY_LIMIT = 1024 * 1024
"""The largest body that is read, in bytes."""

SNAPSHOT_LIMIT = 256 * 1024 * 1024
"""The largest body of invoices that is read, in bytes: a snapshot of everything must go in again."""

MOST_ON_A_PAGE = 1000

T = TypeVar("T")


class ControlError(Exception):
    """
    The control API does not do what it was asked for, none of it. It is no refusal of the API's.

    Attributes:
        status: HTTP status, and the envelope's code.
        category: `meta.message` of the envelope.
        reason: `data.errMsg` of the envelope: one sentence, or path of a field -> messages.
    """

    status: ClassVar[int]
    category: ClassVar[str]

    def __init__(self, reason: str | Violations) -> None:
        self.reason = reason
        super().__init__(reason)


class WrongInput(ControlError):  # noqa: N818 - named for the situation
    """What it was told makes no sense."""

    status = 422
    category = "Parameter Error"


class WrongMediaType(ControlError):  # noqa: N818 - as above
    """It was told something that nobody says is JSON."""

    status = 415
    category = "Unsupported Media Type"


class NotThere(ControlError):  # noqa: N818 - as above
    """What it was asked for does not exist."""

    status = 404
    category = "Not Found Error"


class Page(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """
    Which part of a list is wanted.

    Attributes:
        offset: How many to skip.
        limit: How many to list at most.
    """

    offset: int = 0
    limit: int = 100

    def __post_init__(self) -> None:
        if self.offset < 0:
            raise ValueError(f"offset is how many to skip, 0 or more; got {self.offset}")
        if not 1 <= self.limit <= MOST_ON_A_PAGE:
            raise ValueError(f"limit is how many to list, from 1 to {MOST_ON_A_PAGE}; got {self.limit}")

    def pagination(self, total: int) -> dict[str, int]:
        """
        Return what an answer says of its part of *total*.
        """
        return {"totalCount": total, "limit": self.limit, "offset": self.offset}


async def read_body(request: Request, kind: type[T]) -> T:
    """
    Return the body as the *kind* of thing that it has to be.

    Raises:
        WrongMediaType: When it is not sent as JSON.
        WrongInput: When it is another thing.
        ApiError: When it is no JSON.
    """
    return convert(await read_control(request, limit=BODY_LIMIT), kind)


async def read_control(request: Request, *, limit: int) -> Any:
    """
    Return what the body says.

    Raises:
        WrongMediaType: When it is not sent as JSON.
        ApiError: When it is no JSON, or larger than *limit* bytes.
    """
    try:
        return await read_json(request, limit=limit)
    except UnsupportedMediaType:
        sent_as = request.headers.get("Content-Type", "")
        raise WrongMediaType(
            f"the body is JSON: send it with Content-Type: application/json, not {sent_as!r}"
        ) from None


def read_query(request: Request, kind: type[T]) -> T:
    """
    Return the query as the *kind* of thing that it has to be.

    Raises:
        WrongInput: When it is another thing.
    """
    return convert(dict(request.query_params), kind, strict=False)


def convert(value: Any, kind: type[T], *, strict: bool = True) -> T:
    """
    Return *value*, as it came from JSON, as a *kind* of thing.

    Raises:
        WrongInput: When it is none.
    """
    try:
        return msgspec.convert(value, kind, strict=strict)
    except msgspec.ValidationError as problem:
        raise WrongInput(str(problem)) from None
