"""
Responses of the mock's own routes: the documented envelope in every dialect, with security headers.
"""

from typing import Any

from starlette.responses import Response

from b2b_invoices_mock.api.dialect import Dialect
from b2b_invoices_mock.api.errors import ApiError
from b2b_invoices_mock.api.responses import success, to_response

_SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def data_response(data: Any, **meta: Any) -> Response:
    """
    Return a success response with *data*, and with *meta* beside the message.
    """
    return success(data, Dialect(), **meta)


def error_response(error: ApiError) -> Response:
    """
    Return the error response for *error*.
    """
    return secured(to_response(error, Dialect()))


def secured(response: Response) -> Response:
    """
    Return *response* with headers that keep browsers from sharing, framing and caching it.
    """
    response.headers.update(_SECURITY_HEADERS)
    return response
