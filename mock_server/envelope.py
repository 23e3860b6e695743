"""
The shape of every answer: `{code, data, meta}`.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from .dialect import Dialect
from .errors import InvalidInvoice, PathNotFound, Refusal
from .validation import joined

_encode = msgspec.json.Encoder(decimal_format="number").encode


class JSONResponse(Response):
    """An answer as JSON, with decimals as the numbers they are."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """
        Return *content* as JSON.
        """
        return _encode(content)


def success(data: Any, dialect: Dialect, **meta: Any) -> JSONResponse:
    """
    Return the answer to a request that did what it asked for.
    """
    return JSONResponse({"code": 200, "data": data, "meta": {"message": dialect.success_message, **meta}})


def refuse(refusal: Refusal, dialect: Dialect) -> JSONResponse:
    """
    Return the answer to a refused request, in the dialect's way.
    """
    if isinstance(refusal, PathNotFound) and dialect.unknown_path == "flat":
        return JSONResponse({"code": refusal.status, "message": refusal.words}, refusal.status)
    if isinstance(refusal, InvalidInvoice) and dialect.invalid_body == "joined":
        return error(400, joined(refusal.violations), "Bad Requests Error")
    return error(refusal.status, refusal.reason, refusal.category, refusal.headers)


def server_error() -> JSONResponse:
    """
    Return the answer when the mock itself fails; it says nothing of why.
    """
    return JSONResponse({"code": 500, "data": {}, "meta": {"message": "Server Error"}}, 500)


def error(status: int, reason: Any, category: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """
    Return an error envelope.
    """
    return JSONResponse({"code": status, "data": {"errMsg": reason}, "meta": {"message": category}}, status, headers)
