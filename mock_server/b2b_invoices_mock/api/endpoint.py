"""
One path of the contract: a request matched, let in and answered.
"""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from b2b_invoices_mock.faults.connection import ConnectionCut
from b2b_invoices_mock.faults.plan import FaultPlan
from b2b_invoices_mock.request_log import logged_request
from b2b_invoices_spec import ContractError, Operation

from .dialect import Dialect
from .errors import (
    ApiError,
    MethodNotAllowed,
    NoSuchExample,
    NotAcceptable,
    TooManyRequests,
)
from .headers import FOR_BROWSERS, accepts_json, complete
from .operations import OPERATIONS, Call, Mock
from .prefer_header import Preference, preferred, read_preference
from .rate_limit import RateLimiter, RateLimitState
from .requests import ApiRequest, authenticate
from .responses import refuse, server_error
from .self_check import SelfCheck

T = TypeVar("T")


class PathEndpoint:
    """
    One path of the contract, with the operations that its methods call.
    """

    def __init__(
        self,
        mock: Mock,
        operations: Sequence[Operation],
        *,
        rates: RateLimiter | None,
        faults: FaultPlan,
        conformance: SelfCheck | None,
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
        return self._answer(request, self._operate if self._conformance else _operate)

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
            if seen := logged_request(request.scope):
                seen.operation = operation.id
            store_hash = authenticate(request.headers, self._mock.settings.stores)
            allowance = self._rates.count(store_hash) if self._rates else None
            preference = self._let_in(request.headers, allowance)
            call = Call(operation, self._methods, store_hash, request, self._mock)
            response = preferred(call, preference) if preference else await operate(call)
        except ApiError as refusal:
            note(request, refusal)
            response = self._refused(operation, refusal)
        if isinstance(response, Response) and allowance is not None:
            for name, value in allowance.headers_in(self._dialect).items():
                response.headers.setdefault(name, value)
        return response

    def _strike(self, call: Call) -> Awaitable[Response | None]:
        return self._faults.apply(call, self._operate)

    def _let_in(self, headers: Headers, allowance: RateLimitState | None) -> Preference | None:
        if allowance is not None and allowance.remaining < 0:
            raise TooManyRequests
        if self._dialect.accept == "heeded" and not accepts_json(headers):
            raise NotAcceptable
        return read_preference(headers["prefer"]) if "prefer" in headers else None

    async def _operate(self, call: Call) -> Response:
        try:
            response = await _operate(call)
        except ApiError as refusal:
            note(call.request, refusal)
            return self._refused(call.operation, refusal)
        return self._conformance.held(call.operation, response) if self._conformance else response

    def _refused(self, operation: Operation, refusal: ApiError) -> Response:
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


def _operate(call: Call) -> Awaitable[Response]:
    return OPERATIONS[call.operation.id](call)


def note(request: Request, refusal: ApiError) -> None:
    """
    Put on record why *request* is refused.
    """
    if seen := logged_request(request.scope):
        # What is on record for long is why, without the frames it came through and all that they hold.
        refusal.__traceback__ = refusal.__context__ = refusal.__cause__ = None
        seen.refusal = refusal
