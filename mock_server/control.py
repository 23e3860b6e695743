"""
The mock's own routes, under a path that the API does not have: what tests in another process control it by.
"""

from ipaddress import IPv6Address, ip_address

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from .dialect import Dialect
from .dialect_file import describe
from .envelope import error, success
from .errors import MethodNotAllowed
from .faults import AnyFault, FaultPlan
from .request import read_json
from .settings import Settings

_METHODS = ("DELETE", "GET", "HEAD", "POST")
_FAULTS = ", ".join(kind.__struct_config__.tag for kind in AnyFault.__args__)


def control_routes(settings: Settings, faults: FaultPlan) -> list[Route]:
    """
    Return the routes by which a mock is controlled.
    """
    return [
        Route("/_mock/faults", FaultsEndpoint(settings, faults)),
        Route("/_mock/dialect", DialectEndpoint(settings.dialect)),
    ]


class DialectEndpoint:
    """
    `/_mock/dialect`: GET says how the mock answers where the record is open, and why.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._described = describe(dialect)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """
        Answer one request.
        """
        request = Request(scope, receive)
        if request.method not in {"GET", "HEAD"}:
            raise MethodNotAllowed(request.method, ("GET", "HEAD"))
        response = _forbid(request) or success(self._described, Dialect())
        await response(scope, receive, send)


class FaultsEndpoint:
    """
    `/_mock/faults`: POST plans a list of faults, GET says what is left, DELETE has nothing more go wrong.
    """

    def __init__(self, settings: Settings, faults: FaultPlan) -> None:
        self._body_limit = settings.body_limit
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """
        Answer one request: who asks, what for, then what is left.
        """
        request = Request(scope, receive)
        response = _forbid(request) or await self._change(request) or success(self._faults.left, Dialect())
        await response(scope, receive, send)

    async def _change(self, request: Request) -> Response | None:
        match request.method:
            case "POST":
                return await self._plan(request)
            case "DELETE":
                self._faults.clear()
            case "GET" | "HEAD":
                pass
            case method:
                raise MethodNotAllowed(method, _METHODS)
        return None

    async def _plan(self, request: Request) -> Response | None:
        body = await read_json(request, limit=self._body_limit)
        try:
            self._faults.add(*msgspec.convert(body, list[AnyFault]))
        except (msgspec.ValidationError, ValueError) as problem:
            hint = f"; the faults are {_FAULTS}" if str(problem).endswith(".fault`") else ""
            return error(422, f"{problem}{hint}", "Parameter Error")
        return None


def _forbid(request: Request) -> Response | None:
    host = request.client.host if request.client else "nobody"
    if not _is_loopback(host):
        return error(403, f"The mock is controlled from its own machine alone, not from {host}.", "Forbidden")
    if "Origin" in request.headers or request.headers.get("Sec-Fetch-Site", "none") != "none":
        return error(403, "The mock is not controlled by web pages, and this request comes from one.", "Forbidden")
    return None


def _is_loopback(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback
