"""
Input of the control API: JSON bodies and queries, converted to typed values.
"""

from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta
from starlette.requests import Request

from b2b_invoices_mock.api.errors import InvalidInput, UnsupportedMediaType
from b2b_invoices_mock.api.requests import read_json

SNAPSHOT_LIMIT = 256 * 1024 * 1024
"""Maximum size of a body with invoices, in bytes: a snapshot of a large ledger must fit."""

_BODY_LIMIT = 1024 * 1024
_MAX_PAGE_SIZE = 1000

T = TypeVar("T")


class PageQuery(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """
    Query for one page of a list.

    Attributes:
        offset: Number of items to skip.
        limit: Maximum number of items to return.
    """

    offset: Annotated[int, Meta(ge=0)] = 0
    limit: Annotated[int, Meta(ge=1, le=_MAX_PAGE_SIZE)] = 100

    def pagination(self, total: int) -> dict[str, int]:
        """
        Return the `pagination` of the response, for a list of *total* items.
        """
        return {"totalCount": total, "limit": self.limit, "offset": self.offset}


def read_query(request: Request, kind: type[T]) -> T:
    """
    Return the query of *request* as a *kind*.

    Raises:
        InvalidInput: If the query has unknown parameters or invalid values.
    """
    return convert(dict(request.query_params), kind, strict=False)


async def read_body(request: Request, *, limit: int = _BODY_LIMIT) -> Any:
    """
    Return the JSON body of *request*.

    Raises:
        UnsupportedMediaType: If it is not sent as `application/json`.
        BodyTooLarge: If it is larger than *limit* bytes.
        MalformedBody: If it is not valid JSON.
    """
    try:
        return await read_json(request, limit=limit)
    except UnsupportedMediaType as error:
        content_type = request.headers.get("Content-Type", "")
        error.reason = f"Invalid Content-Type {content_type!r}: expected application/json."
        raise


def convert(value: Any, kind: type[T], *, strict: bool = True) -> T:
    """
    Return *value*, parsed JSON, as a *kind*; unless *strict*, texts are converted to numbers and booleans.

    Raises:
        InvalidInput: If it is not a valid *kind*.
    """
    try:
        return msgspec.convert(value, kind, strict=strict)
    except msgspec.ValidationError as error:
        raise InvalidInput(str(error)) from None
