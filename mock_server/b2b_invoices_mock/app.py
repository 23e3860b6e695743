"""
The mock as an ASGI application: routes and error handlers.
"""

from collections.abc import Callable
from itertools import groupby
from typing import Any
from uuid import UUID

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from b2b_invoices_spec.contract import Contract

from .api.endpoint import PathEndpoint
from .api.errors import ApiError, PathNotFound
from .api.operations import Mock
from .api.rate_limit import RateLimiter
from .api.responses import complete, request_ids, server_error, to_response
from .api.routes import exact_route
from .clock import MockClock
from .control import Access, Controls, control_routes
from .faults.plan import FaultPlan
from .invoices import InvoiceShape
from .ledger import InvoiceLedger
from .request_log import LoggedApp, RequestLog, log_error
from .settings import Settings
from .ui import page_routes


def create_app(
    contract: Contract,
    settings: Settings,
    ledger: InvoiceLedger,
    *,
    clock: MockClock | None = None,
    faults: FaultPlan | None = None,
    record: RequestLog | None = None,
    run: UUID | None = None,
) -> LoggedApp:
    """
    Return the mock as an ASGI application.

    Args:
        contract: The contract that the mock implements.
        settings: The mock's settings.
        ledger: Stores the invoices; the caller closes it.
        clock: The mock's clock; by default it shows the time of this machine.
        faults: The planned faults; none by default.
        record: The request log; by default a new one.
        run: The first part of all request ids; random by default.

    Raises:
        ContractError: The contract has an operation that the mock does not implement.
    """
    clock = clock or MockClock()
    plan = FaultPlan(contract) if faults is None else faults
    log = RequestLog(clock) if record is None else record
    next_id = request_ids(run)
    mock = Mock(contract, settings, ledger, clock, InvoiceShape.of(contract))
    rates = RateLimiter(settings.rate_limit, clock) if settings.rate_limit else None
    controls = Controls(mock, plan, log, rates)
    access = Access(settings)
    api_routes = [
        exact_route(
            contract.base_path + path,
            PathEndpoint(mock, tuple(operations), rates=rates, faults=plan, next_id=next_id),
        )
        for path, operations in groupby(contract.operations, key=lambda operation: operation.path)
    ]
    own_routes = [*page_routes(controls, access), *control_routes(controls, access)]  # the last one has any other path
    app = Starlette(routes=[*api_routes, *own_routes], exception_handlers=_exception_handlers(mock, next_id))
    app.router.redirect_slashes = False
    return log.wrap(app)


def _exception_handlers(mock: Mock, next_id: Callable[[], str]) -> dict[Any, Any]:
    def completed(request: Request, response: Response) -> Response:
        complete(response, next_id(), request.headers)
        return response

    async def handle_api_error(request: Request, error: ApiError) -> Response:
        log_error(request.scope, error)
        return completed(request, to_response(error, mock.settings.dialect))

    async def handle_unknown_path(request: Request, _: HTTPException) -> Response:
        return await handle_api_error(request, PathNotFound())

    async def handle_disconnect(_: Request, __: ClientDisconnect) -> Response:
        return Response(status_code=400)  # nobody receives it

    async def handle_failure(request: Request, _: Exception) -> Response:
        return completed(request, server_error())

    return {
        ApiError: handle_api_error,
        HTTPException: handle_unknown_path,
        ClientDisconnect: handle_disconnect,
        Exception: handle_failure,
    }
