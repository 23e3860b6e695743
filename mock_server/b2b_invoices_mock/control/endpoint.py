"""
Endpoint of one of the mock's own paths: access control, then the handler, then security headers.
"""

from collections.abc import Awaitable, Callable, Mapping

import attrs
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from b2b_invoices_mock.api.errors import MethodNotAllowed

from .access import Access
from .responses import secured

Handler = Callable[[Request], Awaitable[Response]]
"""Returns the response to a request, or raises an `ApiError`."""


@attrs.frozen
class Endpoint:
    """
    ASGI application for one path under `/_mock`. It raises `ApiError` for an error response.

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
        self.access.check(request, is_page=self.is_page)
        response = secured(await self.handle(request))
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
