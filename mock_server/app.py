"""
The mock as an ASGI application: wiring only.
"""

import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from itertools import groupby
from typing import Any, TypeVar
from uuid import UUID

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from .arrivals import Arrival, Arrivals, Steps
from .clock import MockClock
from .conformance import Conformance
from .connection import ConnectionCut
from .control import control_routes, no_other_route
from .controls import Controls
from .dialect import Dialect
from .envelope import refuse, server_error
from .errors import MethodNotAllowed, NoSuchExample, NotAcceptable, PathNotFound, Refusal, TooManyRequests
from .faults import FaultPlan
from .group_commit import GroupCommit
from .headers import FOR_BROWSERS, accepts_json, complete, request_ids
from .invoices import InvoiceShape
from .ledger import InvoiceLedger
from .operations import OPERATIONS, Call, Mock
from .page import page_routes
from .preferences import Preference, preferred, read_preference
from .rates import Allowance, RateCounter
from .record import RecordedApp, RequestRecord, seen_of
from .request import ApiRequest, authenticate
from .routes import exact_route
from .settings import Settings
from .spec import Contract, ContractError, Operation

T = TypeVar("T")

_log = logging.getLogger("uvicorn.error")


def create_app(
    contract: Contract,
    settings: Settings,
    ledger: InvoiceLedger,
    *,
    clock: MockClock | None = None,
    faults: FaultPlan | None = None,
    record: RequestRecord | None = None,
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
    record = RequestRecord(clock) if record is None else record
    next_id = request_ids(run)
    mock = Mock(contract, settings, ledger, clock, InvoiceShape.of(contract), group)
    rates = RateCounter(settings.rate_limit, clock) if settings.rate_limit else None
    controls = Controls(mock, plan, record, rates)
    conformance = Conformance(contract) if settings.self_check else None
    endpoints = {
        contract.base_path + path: PathEndpoint(
            mock, tuple(operations), rates=rates, faults=plan, conformance=conformance, ids=next_id
        )
        for path, operations in groupby(contract.operations, key=lambda operation: operation.path)
    }
    app = Starlette(
        routes=[
            *(exact_route(path, endpoint) for path, endpoint in endpoints.items()),
            *control_routes(controls, settings.guard),
            *page_routes(controls, settings.guard),
            no_other_route(settings.guard),
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

    def __init__(self, app: RecordedApp, endpoints: Mapping[str, "PathEndpoint"], record: RequestRecord) -> None:
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


class Straight(Steps):
    """
    A request that has arrived whole, on its way to its answer.
    """

    __slots__ = ("_arrival", "_endpoint", "_record", "_request", "_seen")

    def __init__(self, arrival: Arrival, endpoint: "PathEndpoint", record: RequestRecord) -> None:
        self._seen = record.whole(arrival.scope, arrival.body)
        self._request = ApiRequest(arrival.scope, whole=arrival.body)
        super().__init__(endpoint.answer(self._request))
        self._arrival = arrival
        self._endpoint = endpoint
        self._record = record

    def returned(self, response: Response) -> None:
        """
        Send the answer.
        """
        self._endpoint.complete(response, self._request)
        is_sent = self._arrival.answer(response)
        self._record.answered(self._seen, response, left=not is_sent)

    def failed(self, error: BaseException) -> None:
        """
        Say what went wrong where the server does, and send that it failed.
        """
        _log.error("Exception in ASGI application\n", exc_info=error)
        self.returned(server_error())


class PathEndpoint:
    """
    One path of the contract, with the operations that its methods call.
    """

    def __init__(
        self,
        mock: Mock,
        operations: Sequence[Operation],
        *,
        rates: RateCounter | None,
        faults: FaultPlan,
        conformance: Conformance | None,
        ids: Callable[[], str],
    ) -> None:
        for operation in operations:
            if operation.id not in OPERATIONS:
                raise ContractError(f"the contract has the operation {operation.id!r}, which the mock does not do yet")
        self._mock = mock
        self._rates = rates
        self._faults = faults
        self._conformance = conformance
        self._ids = ids
        self._operations = {operation.method: operation for operation in operations}
        if "GET" in self._operations:
            self._operations["HEAD"] = self._operations["GET"]
        self._without_options = sorted(self._operations)
        self._with_options = sorted([*self._operations, "OPTIONS"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """
        Answer one request.
        """
        request = ApiRequest(scope, receive)
        try:
            response = await self._answer(request, self._strike)
        except ClientDisconnect:
            response = Response(status_code=400)  # which nobody gets
        except Exception as error:
            if not isinstance(error, ConnectionCut):
                await self.complete(server_error(), request)(scope, receive, send)
            raise
        if response is not None:
            await self.complete(response, request)(scope, receive, send)

    def answer(self, request: ApiRequest) -> Coroutine[Any, Any, Response]:
        """
        Return the answer to a request that has arrived whole, while nothing goes wrong on purpose.
        """
        return self._answer(request, self._operate)

    def complete(self, response: Response, request: ApiRequest) -> Response:
        """
        Return *response* with the headers that every answer has.
        """
        complete(response, self._ids(), request.headers)
        return response

    @property
    def goes_wrong(self) -> bool:
        """Whether something is to go wrong on purpose."""
        return not self._faults.is_over

    async def _answer(self, request: ApiRequest, operate: Callable[[Call], Awaitable[T]]) -> T | Response:
        """
        Match, authenticate, count, operate.
        """
        # A method that the path does not have is refused as its first operation documents.
        operation, allowance = next(iter(self._operations.values())), None
        response: T | Response
        try:
            if request.method == "OPTIONS" and self._answers_options:
                return Response(status_code=204, headers={"Allow": ", ".join(self._methods), **FOR_BROWSERS})
            operation = self._match(request.method)
            if seen := seen_of(request.scope):
                seen.operation = operation.id
            store_hash = authenticate(request.headers, self._mock.settings.stores)
            allowance = self._rates.count(store_hash) if self._rates else None
            preference = self._let_in(request.headers, allowance)
            call = Call(operation, self._methods, store_hash, request, self._mock)
            response = preferred(call, preference) if preference else await operate(call)
        except Refusal as refusal:
            _note(request, refusal)
            response = self._refused(operation, refusal)
        if isinstance(response, Response) and allowance is not None:
            for name, value in allowance.headers_in(self._dialect).items():
                response.headers.setdefault(name, value)
        return response

    def _strike(self, call: Call) -> Awaitable[Response | None]:
        return self._faults.strike(call, self._operate)

    def _let_in(self, headers: Headers, allowance: Allowance | None) -> Preference | None:
        if allowance is not None and allowance.remaining < 0:
            raise TooManyRequests
        if self._dialect.accept == "heeded" and not accepts_json(headers):
            raise NotAcceptable
        return read_preference(headers["prefer"]) if "prefer" in headers else None

    async def _operate(self, call: Call) -> Response:
        try:
            response = await OPERATIONS[call.operation.id](call)
        except Refusal as refusal:
            _note(call.request, refusal)
            return self._refused(call.operation, refusal)
        return self._conformance.held(call.operation, response) if self._conformance else response

    def _refused(self, operation: Operation, refusal: Refusal) -> Response:
        response = refuse(refusal, self._dialect)
        if self._conformance is None or isinstance(refusal, NoSuchExample):  # which is the mock's own, not the API's
            return response
        return self._conformance.held(operation, response)

    @property
    def _dialect(self) -> Dialect:
        return self._mock.settings.dialect

    @property
    def _answers_options(self) -> bool:
        return self._dialect.options == "answered"

    @property
    def _methods(self) -> list[str]:
        return self._with_options if self._answers_options else self._without_options

    def _match(self, method: str) -> Operation:
        if method not in self._operations:
            raise MethodNotAllowed(method, self._methods)
        return self._operations[method]


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

    async def answer_refusal(request: Request, refusal: Refusal) -> Response:
        _note(request, refusal)
        return completed(request, refuse(refusal, mock.settings.dialect))

    async def answer_no_route(request: Request, _: HTTPException) -> Response:
        return await answer_refusal(request, PathNotFound())

    async def answer_nobody(_: Request, __: ClientDisconnect) -> Response:
        return Response(status_code=400)

    async def answer_failure(request: Request, _: Exception) -> Response:
        return completed(request, server_error())

    return {
        Refusal: answer_refusal,
        HTTPException: answer_no_route,
        ClientDisconnect: answer_nobody,
        Exception: answer_failure,
    }


def _note(request: Request, refusal: Refusal) -> None:
    if seen := seen_of(request.scope):
        # What is on record for long is why, without the frames it came through and all that they hold.
        refusal.__traceback__ = refusal.__context__ = refusal.__cause__ = None
        seen.refusal = refusal
