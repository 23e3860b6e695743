"""
One path of the API: a request is matched to its operation, authenticated, counted against the rate limit and executed.
"""

from collections.abc import Callable, Sequence

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from b2b_invoices_mock.faults.plan import FaultPlan
from b2b_invoices_mock.request_log import log_error, logged_request
from b2b_invoices_spec import ContractError, Operation

from .dialect import Dialect
from .errors import ApiError, MethodNotAllowed, NoSuchExample, NotAcceptable, TooManyRequests
from .operations import OPERATIONS, QUERY_PARAMETERS, Call, Mock
from .prefer_header import preferred_example, read_preference
from .rate_limit import RateLimiter, RateLimitState
from .requests import authenticate
from .responses import CORS_HEADERS, accepts_json, complete, to_response
from .self_check import checked


class PathEndpoint:
    """
    ASGI application for one path of the API, with an operation for each of its methods.
    """

    def __init__(
        self,
        mock: Mock,
        operations: Sequence[Operation],
        *,
        rates: RateLimiter | None,
        faults: FaultPlan,
        next_id: Callable[[], str],
    ) -> None:
        for operation in operations:
            _check_implemented(operation)
        self._mock = mock
        self._rates = rates
        self._faults = faults
        self._next_id = next_id
        self._operations = {operation.method: operation for operation in operations}
        if "GET" in self._operations:
            self._operations["HEAD"] = self._operations["GET"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """
        Respond to one request, unless a fault closes its connection.
        """
        request = Request(scope, receive)
        response = await self._respond(request)
        if response is not None:
            complete(response, self._next_id(), request.headers)
            await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response | None:
        if request.method == "OPTIONS" and self._dialect.options == "answered":
            return Response(status_code=204, headers={"Allow": ", ".join(self._methods), **CORS_HEADERS})
        # An unknown method is rejected as the path's first operation documents it.
        operation = self._operations.get(request.method) or next(iter(self._operations.values()))
        response: Response | None
        limit_state = None
        try:
            if request.method not in self._operations:
                raise MethodNotAllowed(request.method, self._methods)
            logged_request(request.scope).operation = operation.id
            store_hash = authenticate(request.headers, self._mock.settings.stores)
            limit_state = self._rates.count(store_hash) if self._rates else None
            self._check_limits(request.headers, limit_state)
            response = await self._serve(Call(operation, self._methods, store_hash, request, self._mock))
        except ApiError as error:
            response = self._error_response(request, operation, error)
        if response is not None and limit_state is not None:
            for name, value in limit_state.headers(self._dialect).items():
                response.headers.setdefault(name, value)
        return response

    async def _serve(self, call: Call) -> Response | None:
        header = call.request.headers.get("Prefer")
        if header and (preference := read_preference(header)):
            return preferred_example(call, preference)
        return await self._faults.apply(call, self._operate)

    async def _operate(self, call: Call) -> Response:
        try:
            response = await OPERATIONS[call.operation.id](call)
        except ApiError as error:
            return self._error_response(call.request, call.operation, error)
        return self._checked(call.operation, response)

    def _error_response(self, request: Request, operation: Operation, error: ApiError) -> Response:
        log_error(request.scope, error)
        response = to_response(error, self._dialect)
        if isinstance(error, NoSuchExample):  # an error of the mock, not of the API
            return response
        return self._checked(operation, response)

    def _checked(self, operation: Operation, response: Response) -> Response:
        return checked(operation, response) if self._mock.settings.self_check else response

    def _check_limits(self, headers: Headers, state: RateLimitState | None) -> None:
        if state is not None and state.remaining < 0:
            raise TooManyRequests
        if self._dialect.accept == "heeded" and not accepts_json(headers):
            raise NotAcceptable

    @property
    def _dialect(self) -> Dialect:
        return self._mock.settings.dialect

    @property
    def _methods(self) -> list[str]:
        return sorted([*self._operations, *(["OPTIONS"] if self._dialect.options == "answered" else [])])


def _check_implemented(operation: Operation) -> None:
    if operation.id not in OPERATIONS:
        raise ContractError(f"the contract has the operation {operation.id!r}, which the mock does not implement")
    for parameter in operation.query_parameters:
        if parameter.name not in QUERY_PARAMETERS.get(operation.id, ()):
            raise ContractError(
                f"{operation.id} has the query parameter {parameter.name!r}, which the mock does not implement"
            )
