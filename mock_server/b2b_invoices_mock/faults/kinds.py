"""
Faults: what the mock does wrong on request, each named for what the caller sees.

    Fault
    ├── Delay               delay                 the response comes late; the request is executed
    ├── Refuse              refuse                a documented error response; nothing is executed
    ├── RateLimited         rate_limited          429 with the vendor's headers; nothing is executed
    ├── DropBeforeCommit    drop_before_commit    no response; nothing is executed
    ├── DropAfterCommit     drop_after_commit     no response; the request is executed
    ├── TornBody            torn_body             half a response; the request is executed
    ├── WrongContentType    wrong_content_type    an HTML page as the response; the request is executed
    └── Hang                hang                  never a response; nothing is executed

A request that is executed does what it would do without the fault: it stores an invoice, or fails as an invalid one.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

import attrs
import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from b2b_invoices_mock.api.operations import Call
from b2b_invoices_mock.api.prefer_header import example_response
from b2b_invoices_spec import Example, Operation

from .connection import Connection, Sleep, cut

_TOO_MANY_REQUESTS = 429
_YEAR = 365 * 24 * 60 * 60
_PAGE = """<!DOCTYPE html>
<html>
<head><title>Please wait</title></head>
<body><h1>Please wait</h1><p>The page that you asked for is not available at the moment.</p></body>
</html>
"""


@attrs.frozen
class Target:
    """
    A request that a fault affects.

    Attributes:
        call: The request, authenticated and within the rate limit.
        execute: Executes it, and returns its response, which may be an error response.
        sleep: Waits for a number of seconds.
    """

    call: Call
    execute: Callable[[], Awaitable[Response]]
    sleep: Sleep


class Fault(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="fault",
    tag=lambda name: re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(),
):
    """
    Something that goes wrong on purpose.

    Attributes:
        operation: The operationId of the requests it affects; None for any.
        times: Number of matching requests that it affects.
    """

    operation: str | None = None
    times: int = 1

    def __post_init__(self) -> None:
        if self.times < 1:
            raise ValueError(f"Invalid times {self.times}: expected at least 1")

    @property
    def name(self) -> str:
        """Its name, such as `drop_after_commit`."""
        return str(self.__struct_config__.tag)

    def matches(self, operation: Operation) -> bool:
        """
        Return whether it affects requests of *operation*.
        """
        return self.operation in (None, operation.id)

    async def apply(self, target: Target) -> Response | None:
        """
        Affect *target*, and return the response that is still to be sent, if any.
        """
        raise NotImplementedError


class Delay(Fault, frozen=True):
    """
    The response comes late; the request is executed.

    It is executed at once, before the wait, so a caller that stops waiting has created an invoice all the same.

    Attributes:
        seconds: Length of the wait.
    """

    seconds: float

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_seconds(self.seconds)

    async def apply(self, target: Target) -> Response | None:
        response = await target.execute()
        request = target.call.request
        await Connection.of(request).keep_waiting(request, self.seconds, target.sleep)
        return response


class Refuse(Fault, frozen=True):
    """
    A documented error response; nothing is executed.

    The body is the contract's example. It affects only operations that document the error.

    Attributes:
        error: Name of the example, such as `number-taken`, or a status, which means its first example.
    """

    error: str | int

    def matches(self, operation: Operation) -> bool:
        return super().matches(operation) and any(self._examples(operation))

    async def apply(self, target: Target) -> Response | None:
        example = next(self._examples(target.call.operation))
        return example_response(
            target.call, example, self.error if isinstance(self.error, int) else example.statuses[0]
        )

    def _examples(self, operation: Operation) -> Iterator[Example]:
        return (error for error in operation.errors if self.error == error.name or self.error in error.statuses)


class RateLimited(Fault, frozen=True):
    """
    429 with the vendor's headers; nothing is executed.

    Attributes:
        seconds: Seconds until the window resets, as the headers report them.
    """

    seconds: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_seconds(self.seconds)

    async def apply(self, target: Target) -> Response | None:
        example = next(error for error in target.call.operation.errors if _TOO_MANY_REQUESTS in error.statuses)
        return example_response(target.call, example, _TOO_MANY_REQUESTS, resets_after=self.seconds)


class DropBeforeCommit(Fault, frozen=True):
    """No response; nothing is executed."""

    async def apply(self, target: Target) -> Response | None:
        async for _ in target.call.request.stream():
            pass  # closing a connection with unread data resets it, which callers see as another error
        await cut(target.call.request)
        return None


class DropAfterCommit(Fault, frozen=True):
    """No response; the request is executed."""

    async def apply(self, target: Target) -> Response | None:
        await target.execute()
        await cut(target.call.request)
        return None


class TornBody(Fault, frozen=True):
    """Half a response; the request is executed."""

    async def apply(self, target: Target) -> Response | None:
        return TornResponse(await target.execute())


class WrongContentType(Fault, frozen=True):
    """
    An HTML page as the response; the request is executed.

    Attributes:
        status: Status of the page: 200, or that of a failing gateway, such as 504.
    """

    status: int = 200

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.status not in range(200, 600):
            raise ValueError(f"Invalid status {self.status}: expected 200 to 599")

    async def apply(self, target: Target) -> Response | None:
        await target.execute()
        return HTMLResponse(_PAGE, self.status)


class Hang(Fault, frozen=True):
    """Never a response; nothing is executed."""

    async def apply(self, target: Target) -> Response | None:
        request = target.call.request
        await Connection.of(request).hang(request)
        return None


AnyFault = Delay | Refuse | RateLimited | DropBeforeCommit | DropAfterCommit | TornBody | WrongContentType | Hang

FAULTS: Mapping[str, type[AnyFault]] = {str(kind.__struct_config__.tag): kind for kind in AnyFault.__args__}
"""Every fault, by its name."""


class TornResponse(Response):
    """
    The first half of a response, with the headers of the whole one; nothing of a response without a body.
    """

    def __init__(self, whole: Response) -> None:
        super().__init__(whole.body, whole.status_code, whole.headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """
        Send the half, then close the connection.
        """
        request = Request(scope, receive)
        if scope["method"] == "HEAD" or not self.body:
            await cut(request)  # a head alone would be a whole response
            return
        half = self.body[: len(self.body) // 2]
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await cut(
            request,
            "peer closed connection without sending complete message body "
            f"(received {len(half)} bytes, expected {len(self.body)})",
        )


def parse_faults(value: Any) -> list[AnyFault]:
    """
    Return the faults that *value*, a list of objects from JSON, describes.

    Raises:
        ValueError: If it is invalid; the message says what is wrong and where.
    """
    try:
        return msgspec.convert(value, list[AnyFault])
    except msgspec.ValidationError as error:
        raise ValueError(f"{error}{_hint(value)}") from None


def _hint(value: Any) -> str:
    names = [fault.get("fault") for fault in value if isinstance(fault, dict)] if isinstance(value, list) else []
    return "" if all(name in (None, *FAULTS) for name in names) else f"; expected one of {', '.join(FAULTS)}"


def _check_seconds(seconds: float) -> None:
    if not 0 <= seconds <= _YEAR:
        raise ValueError(f"Invalid seconds {seconds}: expected 0 to {_YEAR}, which is a year")
