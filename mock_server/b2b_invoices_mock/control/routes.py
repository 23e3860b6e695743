"""
The mock's own routes, under a path that the API does not have: what tests in another process control it by.

`control.yaml` describes them.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import attrs
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from b2b_invoices_mock.api.dialect import Dialect
from b2b_invoices_mock.api.errors import ApiError, MethodNotAllowed
from b2b_invoices_mock.api.responses import error, success
from b2b_invoices_mock.api.routes import exact_route
from b2b_invoices_mock.request_log import OWN_PATHS

from . import invoices as ledger
from . import requests as record
from . import state
from .access import Guard
from .controls import Controls
from .input import ControlError

Handler = Callable[[Controls, Request], Awaitable[Any]]
"""Does what a request asks for, and returns what is told, or an answer of its own."""

HANDLERS: Mapping[str, Mapping[str, Handler]] = {
    "/health": {"GET": state.health},
    "/control.yaml": {"GET": state.description},
    "/dialect": {"GET": state.tell_dialect, "PUT": state.change_dialect},
    "/clock": {"GET": state.tell_clock, "POST": state.change_clock, "DELETE": state.reset_clock},
    "/faults": {"GET": state.tell_faults, "POST": state.plan_faults, "DELETE": state.clear_faults},
    "/requests": {"GET": record.list_requests, "DELETE": record.forget_requests},
    "/requests/{number}": {"GET": record.tell_request},
    "/invoices": {"GET": ledger.list_invoices, "DELETE": ledger.erase_invoices},
    "/erase": {"POST": ledger.erase},
    "/reset": {"POST": state.reset},
    "/seed": {"POST": ledger.seed_invoices},
    "/snapshot": {"GET": ledger.download_ledger},
    "/snapshots": {"GET": ledger.list_snapshots, "POST": ledger.keep_snapshot},
    "/snapshots/{name}": {"GET": ledger.download_snapshot, "DELETE": ledger.delete_snapshot},
    "/restore": {"POST": ledger.restore},
}
"""What each method of each path does."""


def control_routes(controls: Controls, guard: Guard) -> list[Route]:
    """
    Return the routes by which a mock is controlled.
    """
    return [
        exact_route(f"{OWN_PATHS}{path}", ControlEndpoint(controls, guard, handlers))
        for path, handlers in HANDLERS.items()
    ]


def no_other_route(guard: Guard) -> Route:
    """
    Return the last of the mock's own routes, for what it does not have.
    """
    return exact_route(f"{OWN_PATHS}/{{path:path}}", NothingThere(guard))


@attrs.frozen
class ControlEndpoint:
    """
    One path, with what each of its methods does.

    Attributes:
        controls: What there is to control.
        guard: Who may.
        handlers: What a method does, by its name.
    """

    controls: Controls
    guard: Guard
    handlers: Mapping[str, Handler]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """
        Answer one request: who asks, what for, then what came of it.
        """
        request = Request(scope, receive)
        response = self.guard.forbid(request) or await self._answer(request)
        response.headers["Cache-Control"] = "no-store"
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        try:
            told = await self._handler(request.method)(self.controls, request)
        except ControlError as problem:
            return error(problem.status, problem.reason, problem.category)
        except ApiError as refusal:
            # In one way, whatever dialect the API speaks.
            return error(refusal.status, refusal.reason, refusal.category, refusal.headers)
        return told if isinstance(told, Response) else success(told, Dialect())

    def _handler(self, method: str) -> Handler:
        handlers = {**({"HEAD": self.handlers["GET"]} if "GET" in self.handlers else {}), **self.handlers}
        if method not in handlers:
            raise MethodNotAllowed(method, sorted(handlers))
        return handlers[method]


@attrs.frozen
class NothingThere:
    """
    A path under that of the mock's own routes which is none of them. The API and its dialect have no part in it.

    Attributes:
        guard: Who may know.
    """

    guard: Guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """
        Answer one request: who asks, then that there is nothing.
        """
        request = Request(scope, receive)
        reason = f"The mock has nothing at {scope['path']!r}; GET {OWN_PATHS}/control.yaml tells what it has."
        response = self.guard.forbid(request) or error(404, reason, "Not Found Error")
        response.headers["Cache-Control"] = "no-store"
        await response(scope, receive, send)
