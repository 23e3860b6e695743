"""
Responses: the envelope `{code, data, meta}`, what a dialect changes in it, and the headers of every response.
"""

import gzip
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import msgspec
from starlette.datastructures import Headers
from starlette.responses import Response

from b2b_invoices_mock.invoices import Invoice

from .dialect import Dialect
from .errors import (
    ApiError,
    BadRequest,
    CredentialsError,
    ForeignToken,
    InvalidInvoice,
    InvalidQuery,
    MissingStoreHash,
    PathNotFound,
    UnknownCredentials,
    UnknownStore,
)
from .validation import joined

CORS_HEADERS = {
    "Access-Control-Allow-Headers": "authToken, Content-Type",
    "Access-Control-Allow-Methods": "GET, POST, PUT, OPTIONS, DELETE, PATCH",
    "Access-Control-Max-Age": "1728000",
}
"""Headers of the response to OPTIONS, for browsers; the vendor's list omits its newer credential headers."""

_ALWAYS = (
    (b"vary", b"Accept-Language"),
    (b"content-language", b"en-US"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"X-Request-ID,Content-Length"),
)
"""The headers on the vendor's general page, without those that its gateway adds."""

_NO_CONTENT = 204
_MIN_GZIP_SIZE = 1024  # bytes; a smaller body fits into one packet anyway
_GZIP_LEVEL = 6

_encode = msgspec.json.Encoder(decimal_format="number").encode


class JSONResponse(Response):
    """A JSON response in which decimals are numbers."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """
        Return *content* as JSON.
        """
        return _encode(content)


def success(data: Any, dialect: Dialect, *, status: int = 200, **meta: Any) -> Response:
    """
    Return the response to a successful request.
    """
    if status == _NO_CONTENT:
        return Response(status_code=status)
    return JSONResponse({"code": status, "data": data, "meta": {"message": dialect.success_message, **meta}}, status)


def server_error(reason: str = "") -> Response:
    """
    Return the response to a failure of the mock itself, which hides the cause unless a *reason* is given.
    """
    data = {"errMsg": reason} if reason else {}
    return JSONResponse({"code": 500, "data": data, "meta": {"message": "Server Error"}}, 500)


def to_response(api_error: ApiError, dialect: Dialect) -> Response:
    """
    Return the error response for *api_error*, with the status and the shape that *dialect* sets.
    """
    if _is_server_error(api_error, dialect):
        return server_error()
    if isinstance(api_error, InvalidInvoice) and dialect.invalid_body == "joined":
        api_error = BadRequest(joined(api_error.violations))
    status = dialect.unknown_token if isinstance(api_error, UnknownCredentials) else api_error.status
    return JSONResponse({"code": status, **_body(api_error, dialect)}, status, api_error.headers)


def as_read(invoice: Invoice, store_hash: str, dialect: Dialect) -> Invoice:
    """
    Return *invoice* as a read shows it in *dialect*.
    """
    changes: dict[str, Any] = {}
    if dialect.read_times == "text":
        changes |= {name: str(invoice[name]) for name in ("createdAt", "updatedAt")}
    if dialect.read_order_number == "text" and invoice["orderNumber"] is not None:
        changes["orderNumber"] = str(invoice["orderNumber"])
    if dialect.read_keys == "seen":
        changes |= {"storeHash": store_hash, "notAllowedPay": 0, "pendingPaymentCount": 0}
    return invoice | changes


def request_ids(run: UUID | None = None) -> Callable[[], str]:
    """
    Return a function that returns a new request id: the first part of *run*, or of a random UUID, and a number.
    """
    prefix = str(run or uuid4())[:23]
    numbers = count(1)
    return lambda: f"{prefix}-{next(numbers):012x}"


def complete(response: Response, request_id: str, headers: Headers) -> None:
    """
    Add the headers of every response to *response*, and compress it if the request's *headers* accept gzip.
    """
    response.raw_headers += _ALWAYS
    response.raw_headers.append((b"x-request-id", request_id.encode()))
    if len(response.body) >= _MIN_GZIP_SIZE and "content-encoding" not in response.headers:
        _compress(response, headers)


def accepts_json(headers: Headers) -> bool:
    """
    Return whether the Accept header of a request allows JSON; without one, it does.
    """
    accept = ",".join(headers.getlist("Accept"))
    if not accept.strip():
        return True
    accepted = dict(_weighted(accept))
    for media_range in ("application/json", "application/*", "*/*"):  # the most specific range decides
        if media_range in accepted:
            return accepted[media_range]
    return False


def _is_server_error(api_error: ApiError, dialect: Dialect) -> bool:
    if isinstance(api_error, MissingStoreHash):
        return dialect.missing_store_hash == "server_error"
    return isinstance(api_error, ForeignToken | UnknownStore) and dialect.store_hash_mismatch == "server_error"


def _body(api_error: ApiError, dialect: Dialect) -> dict[str, Any]:
    reason, meta = api_error.reason, {"message": api_error.category}
    match api_error:
        case PathNotFound() if dialect.unknown_path == "flat":
            return {"message": reason}
        case CredentialsError() if dialect.refused_credentials == "flat":
            return {"message": reason}
        case InvalidInvoice() if dialect.invalid_body == "under_data":
            return {"data": reason, "meta": meta}
        case InvalidQuery() if dialect.invalid_query == "under_data":
            return {"data": reason, "meta": meta}
        case _ if dialect.error_envelope == "meta_errors":
            return {"data": [], "meta": {**meta, "errors": joined(api_error.violations) or reason}}
        case _:
            return {"data": {"errMsg": reason}, "meta": meta}


def _compress(response: Response, headers: Headers) -> None:
    response.headers.add_vary_header("Accept-Encoding")
    accepted = dict(_weighted(",".join(headers.getlist("Accept-Encoding"))))
    if not accepted.get("gzip", accepted.get("*", False)):
        return
    response.body = gzip.compress(bytes(response.body), _GZIP_LEVEL, mtime=0)
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Content-Length"] = str(len(response.body))


def _weighted(header: str) -> Iterator[tuple[str, bool]]:
    # Yields each element of a list such as `gzip;q=0.5, *;q=0`, in lower case, with whether its weight is above zero.
    for element in header.lower().split(","):
        name, *parameters = (part.strip() for part in element.split(";"))
        weight = next((text[2:] for text in parameters if text.startswith("q=")), "1")
        yield name, weight.strip("0.") != ""
