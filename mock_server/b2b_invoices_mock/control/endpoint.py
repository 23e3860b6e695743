"""
Endpoint of one of the mock's own paths: access control, then the handler, then security headers.

Responses have the documented envelope in every dialect.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import attrs
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from b2b_invoices_mock.api.dialect import Dialect
from b2b_invoices_mock.api.errors import ApiError, MethodNotAllowed
from b2b_invoices_mock.api.responses import success, to_response

from .access import Access

_SECURITY_HEADERS = {  # keep browsers from sharing, framing and caching a response
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

Handler = Callable[[Request], Awaitable[Response]]
"""Returns the response to a request, or raises an `ApiError`."""


@attrs.frozen
class Endpoint:
    """
    ASGI application for one path under `/_mock`.

    Attributes:
        access: Decides who may use it.
        handle: Handles a request that may use it.
        is_page: Whether links on other sites may open it.
    """

    access: Access
    handle: Handler
    is_page: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """
        Respond to one request.
        """
        request = Request(scope, receive)
        try:
            self.access.check(request, is_page=self.is_page)
            response = await self.handle(request)
        except ApiError as error:
            response = to_response(error, Dialect())
        response.headers.update(_SECURITY_HEADERS)
        await response(scope, receive, send)


def by_method(handlers: Mapping[str, Handler]) -> Handler:
    """
    Return a handler that calls the one of the request's method; HEAD is handled as GET.
    """
    allowed = {"HEAD": handlers["GET"], **handlers} if "GET" in handlers else handlers

    async def handle(request: Request) -> Response:
        if request.method not in allowed:
            raise MethodNotAllowed(request.method, sorted(allowed))
        return await allowed[request.method](request)

    return handle


def data_response(data: Any, **meta: Any) -> Response:
    """
    Return a success response with *data*, and with *meta* beside the message.
    """
    return success(data, Dialect(), **meta)
