"""
The shape of every answer: `{code, data, meta}`, or what the dialect has instead.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from .dialect import Dialect
from .errors import (
    ApiError,
    ForeignToken,
    InvalidInvoice,
    InvalidQuery,
    MissingCredentials,
    MissingStoreHash,
    PathNotFound,
    UnknownCredentials,
    UnknownStore,
)
from .validation import Violations, joined

_encode = msgspec.json.Encoder(decimal_format="number").encode

_OF_CREDENTIALS = (MissingCredentials, MissingStoreHash, UnknownCredentials, UnknownStore, ForeignToken)
_NO_CONTENT = 204


class JSONResponse(Response):
    """An answer as JSON, with decimals as the numbers they are."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """
        Return *content* as JSON.
        """
        return _encode(content)

    def init_headers(self, headers: Mapping[str, str] | None = None) -> None:
        """
        Set the headers that tell the body's length and type, and *headers*.
        """
        if headers:
            super().init_headers(headers)
        else:  # nearly always; it comes to the same
            self.raw_headers = [(b"content-length", b"%d" % len(self.body)), (b"content-type", b"application/json")]


def success(data: Any, dialect: Dialect, *, status: int = 200, **meta: Any) -> Response:
    """
    Return the answer to a request that did what it asked for.
    """
    if status == _NO_CONTENT:
        return Response(status_code=status)
    return JSONResponse({"code": status, "data": data, "meta": {"message": dialect.success_message, **meta}}, status)


def refuse(refusal: ApiError, dialect: Dialect) -> Response:
    """
    Return the answer to a refused request, in the dialect's way.
    """
    if _is_server_error(refusal, dialect):
        return server_error()
    if isinstance(refusal, InvalidInvoice | InvalidQuery) and (response := _invalid(refusal, dialect)):
        return response
    status = dialect.unknown_token if isinstance(refusal, UnknownCredentials) else refusal.status
    if _is_flat(refusal, dialect):
        return JSONResponse({"code": status, "message": refusal.reason}, status)
    if dialect.error_envelope == "meta_errors":
        return _older_error(status, refusal)
    return error(status, refusal.reason, refusal.category, refusal.headers)


def server_error(why: str = "") -> Response:
    """
    Return the answer when the mock itself fails; it says nothing of why, unless it is told to.
    """
    data = {"errMsg": why} if why else {}
    return JSONResponse({"code": 500, "data": data, "meta": {"message": "Server Error"}}, 500)


def error(status: int, reason: Any, category: str, headers: Mapping[str, str] | None = None) -> Response:
    """
    Return an error envelope.
    """
    return JSONResponse({"code": status, "data": {"errMsg": reason}, "meta": {"message": category}}, status, headers)


def _is_server_error(refusal: ApiError, dialect: Dialect) -> bool:
    if isinstance(refusal, MissingStoreHash):
        return dialect.missing_store_hash == "server_error"
    return isinstance(refusal, ForeignToken | UnknownStore) and dialect.store_hash_mismatch == "server_error"


def _is_flat(refusal: ApiError, dialect: Dialect) -> bool:
    if isinstance(refusal, PathNotFound):
        return dialect.unknown_path == "flat"
    return isinstance(refusal, _OF_CREDENTIALS) and dialect.refused_credentials == "flat"


def _invalid(refusal: InvalidInvoice | InvalidQuery, dialect: Dialect) -> Response | None:
    is_body = isinstance(refusal, InvalidInvoice)
    if is_body and dialect.invalid_body == "joined":
        return error(400, joined(refusal.violations), "Bad Requests Error")
    if (dialect.invalid_body if is_body else dialect.invalid_query) == "under_data":
        meta = {"message": refusal.category}
        return JSONResponse({"code": refusal.status, "data": refusal.violations, "meta": meta}, refusal.status)
    return None


def _older_error(status: int, refusal: ApiError) -> Response:
    reason: str | Violations = refusal.reason
    meta = {"message": refusal.category, "errors": reason if isinstance(reason, str) else joined(reason)}
    return JSONResponse({"code": status, "data": [], "meta": meta}, status, refusal.headers)
