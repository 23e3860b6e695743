"""
The mock as an ASGI application: wiring only.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from .clock import MockClock
from .control import control_routes
from .controls import Controls
from .envelope import refuse, server_error
from .errors import MethodNotAllowed, PathNotFound, Refusal, TooManyRequests
from .faults import FaultPlan
from .invoices import InvoiceShape
from .ledger import InvoiceLedger
from .operations import OPERATIONS, Call, Mock
from .page import page_routes
from .rates import RateCounter
from .record import RecordedApp, RequestRecord, seen_of
from .request import authenticate
from .settings import Settings
from .spec import Contract, ContractError, Operation


def create_app(
    contract: Contract,
    settings: Settings,
    ledger: InvoiceLedger,
    *,
    clock: MockClock | None = None,
    faults: FaultPlan | None = None,
    record: RequestRecord | None = None,
) -> RecordedApp:
    """
    Return the mock, with everything built before its first request.

    Args:
        contract: What is promised.
        settings: What this mock is told.
        ledger: What is on record; the caller closes it.
        clock: The time it goes by; without one, the machine's.
        faults: What goes wrong on purpose; nothing, to begin with, when none are given.
        record: Where requests are put on record.

    Raises:
        ContractError: When the contract has an operation that the mock does not do.
    """
    clock = clock or MockClock()
    plan = FaultPlan(contract) if faults is None else faults
    record = RequestRecord(clock) if record is None else record
    mock = Mock(contract, settings, ledger, clock, InvoiceShape.of(contract))
    rates = RateCounter(settings.rate_limit, clock) if settings.rate_limit else None
    controls = Controls(mock, plan, record)
    app = Starlette(
        routes=[
            *control_routes(controls, settings.guard),
            *page_routes(controls, settings.guard),
            *(
                Route(contract.base_path + path, PathEndpoint(mock, rates, plan, tuple(operations)))
                for path, operations in groupby(contract.operations, key=lambda operation: operation.path)
            ),
        ],
        exception_handlers=_exception_handlers(mock),
    )
    app.router.redirect_slashes = False
    return record.recording(app)


class PathEndpoint:
    """
    One path of the contract, with the operations that its methods call.
    """

    def __init__(
        self, mock: Mock, rates: RateCounter | None, faults: FaultPlan, operations: Sequence[Operation]
    ) -> None:
        for operation in operations:
            if operation.id not in OPERATIONS:
                raise ContractError(f"the contract has the operation {operation.id!r}, which the mock does not do yet")
        self._mock = mock
        self._rates = rates
        self._faults = faults
        self._operations = {operation.method: operation for operation in operations}
        if "GET" in self._operations:
            self._operations["HEAD"] = self._operations["GET"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """
        Answer one request: match, authenticate, count, operate, with a fault before or after where one is planned.
        """
        request = Request(scope, receive)
        operation = self._match(request.method)
        seen = seen_of(scope)
        if seen:
            seen.operation = operation.id
        store_hash = authenticate(request.headers, self._mock.settings.stores)
        if seen:
            seen.store_hash = store_hash
        self._count(request, store_hash)
        call = Call(operation, sorted(self._operations), store_hash, request, self._mock)
        response = await self._faults.strike(call, lambda: self._operate(call))
        if response is None:
            return
        for name, value in _rate_headers(request).items():
            response.headers.setdefault(name, value)
        await response(scope, receive, send)

    async def _operate(self, call: Call) -> Response:
        try:
            return await OPERATIONS[call.operation.id](call)
        except Refusal as refusal:
            _note(call.request, refusal)
            return refuse(refusal, call.mock.settings.dialect)

    def _match(self, method: str) -> Operation:
        if method not in self._operations:
            raise MethodNotAllowed(method, sorted(self._operations))
        return self._operations[method]

    def _count(self, request: Request, store_hash: str) -> None:
        if self._rates is None:
            return
        request.state.allowance = allowance = self._rates.count(store_hash)
        if allowance.remaining < 0:
            raise TooManyRequests


def _exception_handlers(mock: Mock) -> dict[Any, Any]:
    async def answer_refusal(request: Request, refusal: Refusal) -> Response:
        _note(request, refusal)
        response = refuse(refusal, mock.settings.dialect)
        response.headers.update(_rate_headers(request))
        return response

    async def answer_no_route(request: Request, _: HTTPException) -> Response:
        return await answer_refusal(request, PathNotFound())

    async def answer_nobody(_: Request, __: ClientDisconnect) -> Response:
        return Response(status_code=400)

    async def answer_failure(_: Request, __: Exception) -> Response:
        return server_error()

    return {
        Refusal: answer_refusal,
        HTTPException: answer_no_route,
        ClientDisconnect: answer_nobody,
        Exception: answer_failure,
    }


def _note(request: Request, refusal: Refusal) -> None:
    if seen := seen_of(request.scope):
        seen.refusal = refusal


def _rate_headers(request: Request) -> dict[str, str]:
    return request.state.allowance.headers if hasattr(request.state, "allowance") else {}
