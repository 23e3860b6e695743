"""
The mock as an ASGI application: wiring only.
"""

from collections.abc import Awaitable, Callable, Mapping
from itertools import groupby
from typing import Any
from uuid import UUID

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from b2b_invoices_spec.contract import Contract

from .api.endpoint import PathEndpoint, note
from .api.errors import ApiError, PathNotFound
from .api.headers import complete, request_ids
from .api.operations import Mock
from .api.rate_limit import RateLimiter
from .api.responses import refuse, server_error
from .api.routes import exact_route
from .api.self_check import SelfCheck
from .arrivals import Arrival, Arrivals
from .clock import MockClock
from .control import Access, Controls, control_routes, error_response
from .faults.plan import FaultPlan
from .invoices import InvoiceShape
from .ledger import InvoiceLedger
from .ledger.group_commit import GroupCommit
from .request_log import RecordedApp, RequestLog, is_own
from .settings import Settings
from .straight import Straight
from .ui import page_routes


def create_app(
    contract: Contract,
    settings: Settings,
    ledger: InvoiceLedger,
    *,
    clock: MockClock | None = None,
    faults: FaultPlan | None = None,
    record: RequestLog | None = None,
    group: GroupCommit | None = None,
    run: UUID | None = None,
) -> "MockApp":
    """
    Return the mock, with everything built before its first request.

    Args:
        contract: What is promised.
        settings: What this mock is told.
        ledger: What is on record; the caller closes it.
        clock: The time it goes by; without one, the machine's.
        faults: What goes wrong on purpose; nothing, to begin with, when none are given.
        record: Where requests are put on record.
        group: Records creates of *ledger* together; without one, each is recorded by itself.
        run: Where the ids of its requests begin; by chance, when it is not given.

    Raises:
        ContractError: When the contract has an operation that the mock does not do.
    """
    clock = clock or MockClock()
    plan = FaultPlan(contract) if faults is None else faults
    record = RequestLog(clock) if record is None else record
    next_id = request_ids(run)
    mock = Mock(contract, settings, ledger, clock, InvoiceShape.of(contract), group)
    rates = RateLimiter(settings.rate_limit, clock) if settings.rate_limit else None
    controls = Controls(mock, plan, record, rates)
    access = Access(settings.host, settings.admin_token, settings.workers)
    conformance = SelfCheck() if settings.self_check else None
    endpoints = {
        contract.base_path + path: PathEndpoint(
            mock, tuple(operations), rates=rates, faults=plan, conformance=conformance, ids=next_id
        )
        for path, operations in groupby(contract.operations, key=lambda operation: operation.path)
    }
    app = Starlette(
        routes=[
            *(exact_route(path, endpoint) for path, endpoint in endpoints.items()),
            *page_routes(controls, access),
            *control_routes(controls, access),  # last, as they include every other path under /_mock/
        ],
        exception_handlers=_exception_handlers(mock, next_id),
    )
    app.router.redirect_slashes = False
    fixed = {path: endpoint for path, endpoint in endpoints.items() if "{" not in path}
    return MockApp(record.recording(_past_the_router(app, fixed)), fixed, record)


class MockApp:
    """
    The mock as an ASGI application, with a shorter way for requests that have arrived whole.

    Attributes:
        arrivals: Takes them.
    """

    def __init__(self, app: RecordedApp, endpoints: Mapping[str, PathEndpoint], record: RequestLog) -> None:
        self.arrivals = Arrivals(self._takes, self._begin)
        self._app = app
        self._endpoints = endpoints
        self._record = record

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """
        Answer a request.
        """
        await self._app(scope, receive, send)

    def _takes(self, path: str) -> bool:
        return path in self._endpoints and not self._endpoints[path].goes_wrong

    def _begin(self, arrival: Arrival) -> None:
        Straight(arrival, self._endpoints[arrival.scope["path"]], self._record).go_on()


def _past_the_router(app: ASGIApp, endpoints: Mapping[str, ASGIApp]) -> ASGIApp:
    # The router and its layers cost more than to record an invoice, and a path without parameters needs none of it.
    def answer(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        endpoint = endpoints.get(scope["path"], app) if scope["type"] == "http" else app
        return endpoint(scope, receive, send)

    return answer


def _exception_handlers(mock: Mock, next_id: Callable[[], str]) -> dict[Any, Any]:
    def completed(request: Request, response: Response) -> Response:
        complete(response, next_id(), request.headers)
        return response

    async def answer_refusal(request: Request, refusal: ApiError) -> Response:
        if is_own(request.scope["path"]):
            return error_response(refusal)
        note(request, refusal)
        return completed(request, refuse(refusal, mock.settings.dialect))

    async def answer_no_route(request: Request, _: HTTPException) -> Response:
        return await answer_refusal(request, PathNotFound())

    async def answer_nobody(_: Request, __: ClientDisconnect) -> Response:
        return Response(status_code=400)

    async def answer_failure(request: Request, _: Exception) -> Response:
        return completed(request, server_error())

    return {
        ApiError: answer_refusal,
        HTTPException: answer_no_route,
        ClientDisconnect: answer_nobody,
        Exception: answer_failure,
    }
