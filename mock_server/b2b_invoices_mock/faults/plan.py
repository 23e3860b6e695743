"""
Faults: what goes wrong on purpose, each named for what the caller sees.

    Fault
    ├── Delay               delay                 the answer comes late
    ├── Refuse              refuse                a documented error, and nothing done
    ├── RateLimited         rate_limited          429 with the vendor's headers, and nothing done
    ├── DropBeforeCommit    drop_before_commit    no answer, and nothing done
    ├── DropAfterCommit     drop_after_commit     no answer, but all done
    ├── TornBody            torn_body             half an answer, but all done
    ├── WrongContentType    wrong_content_type    a web page for an answer, but all done
    └── Hang                hang                  never an answer, and nothing done

A fault hits requests that are let in and within the rate limit. *All done* is all that the request asks for: a create
is recorded, unless it is refused, and then it is the refusal that gets lost.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

import attrs
import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from b2b_invoices_mock.api.operations import Call
from b2b_invoices_mock.api.prefer_header import documented
from b2b_invoices_mock.request_log import logged_request
from b2b_invoices_spec import Contract, Example, Operation

from .connection import (
    Sleep,
    cut,
    hang,
    keep_waiting,
)

_TOO_MANY_REQUESTS = 429
_YEAR = 365 * 24 * 60 * 60
_PAGE = """<!DOCTYPE html>
<html>
<head><title>Please wait</title></head>
<body><h1>Please wait</h1><p>The page that you asked for is not available at the moment.</p></body>
</html>
"""


@attrs.frozen
class Hit:
    """
    A request that a fault hits.

    Attributes:
        call: The request, matched and let in.
        operate: Does what it asks for, and returns the answer, which may be a refusal.
        sleep: Waits.
    """

    call: Call
    operate: Callable[[], Awaitable[Response]]
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
    A thing that goes wrong on purpose.

    Attributes:
        operation: The operation it hits, by operationId; None for any.
        times: How many of the next matching requests it hits.
    """

    operation: str | None = None
    times: int = 1

    def __post_init__(self) -> None:
        if self.times < 1:
            raise ValueError(f"times is how many requests to hit, at least 1; got {self.times}")

    @property
    def name(self) -> str:
        """What it is called, such as `drop_after_commit`."""
        return str(self.__struct_config__.tag)

    def matches(self, operation: Operation) -> bool:
        """
        Return whether requests of *operation* are among those it hits.
        """
        return self.operation in (None, operation.id)

    async def strike(self, hit: Hit) -> Response | None:
        """
        Go wrong, and return what is still to be sent.
        """
        raise NotImplementedError


class Delay(Fault, frozen=True):
    """
    The answer comes late.

    All is done at once; only the answer is held back, so a caller who gives up has an invoice all the same.

    Attributes:
        seconds: How late.
    """

    seconds: float

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_seconds(self.seconds)

    async def strike(self, hit: Hit) -> Response | None:
        """
        Do what is asked, then wait.
        """
        response = await hit.operate()
        await keep_waiting(hit.call.request, self.seconds, hit.sleep)
        return response


class Refuse(Fault, frozen=True):
    """
    A documented error, and nothing done.

    The body is the contract's example. Only requests of operations that document the error are hit.

    Attributes:
        error: Name of the example, such as `number-taken`, or a status, which stands for its first example.
    """

    error: str | int

    def matches(self, operation: Operation) -> bool:
        """
        Return whether requests of *operation* are among those it hits.
        """
        return super().matches(operation) and self._documented(operation) is not None

    async def strike(self, hit: Hit) -> Response | None:
        """
        Answer the error.
        """
        error = self._documented(hit.call.operation)
        assert error is not None  # noqa: S101 - it matched; this tells the type checker
        status = self.error if isinstance(self.error, int) else error.statuses[0]
        return documented(hit.call, error, status)

    def _documented(self, operation: Operation) -> Example | None:
        fitting = (error for error in operation.errors if self.error == error.name or self.error in error.statuses)
        return next(fitting, None)


class RateLimited(Fault, frozen=True):
    """
    429 with the vendor's headers, and nothing done.

    Attributes:
        seconds: When the window resets, as the headers tell it.
    """

    seconds: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_seconds(self.seconds)

    async def strike(self, hit: Hit) -> Response | None:
        """
        Answer that there were too many requests.
        """
        error = next(error for error in hit.call.operation.errors if _TOO_MANY_REQUESTS in error.statuses)
        return documented(hit.call, error, _TOO_MANY_REQUESTS, resets_after=self.seconds)


class DropBeforeCommit(Fault, frozen=True):
    """No answer, and nothing done."""

    async def strike(self, hit: Hit) -> Response | None:
        """
        Close the connection instead of doing anything.
        """
        async for _ in hit.call.request.stream():
            pass  # a connection that is closed with something unread is reset, and then callers see other errors
        await cut(hit.call.request)
        return None


class DropAfterCommit(Fault, frozen=True):
    """No answer, but all done."""

    async def strike(self, hit: Hit) -> Response | None:
        """
        Do what is asked, then close the connection before the answer begins.
        """
        await hit.operate()
        await cut(hit.call.request)
        return None


class TornBody(Fault, frozen=True):
    """Half an answer, but all done."""

    async def strike(self, hit: Hit) -> Response | None:
        """
        Do what is asked, and return half of the answer.
        """
        return TornResponse(await hit.operate())


class WrongContentType(Fault, frozen=True):
    """
    A web page for an answer, but all done.

    Attributes:
        status: Status of the page: 200, or that of a gateway that gave up, such as 504.
    """

    status: int = 200

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.status not in range(200, 600):
            raise ValueError(f"status is that of an answer, from 200 to 599; got {self.status}")

    async def strike(self, hit: Hit) -> Response | None:
        """
        Do what is asked, and return a page.
        """
        await hit.operate()
        return HTMLResponse(_PAGE, self.status)


class Hang(Fault, frozen=True):
    """Never an answer, and nothing done."""

    async def strike(self, hit: Hit) -> Response | None:
        """
        Wait for the caller to give up.
        """
        await hang(hit.call.request)
        return None


AnyFault = Delay | Refuse | RateLimited | DropBeforeCommit | DropAfterCommit | TornBody | WrongContentType | Hang
"""Every fault there is."""


FAULTS: Mapping[str, type[AnyFault]] = {str(kind.__struct_config__.tag): kind for kind in AnyFault.__args__}
"""Every fault by its name."""


def faults_of(value: Any) -> list[AnyFault]:
    """
    Return the faults that *value*, a list of objects as it came from JSON, describes.

    Raises:
        ValueError: When it describes none; the message says what is wrong and where.
    """
    try:
        return msgspec.convert(value, list[AnyFault])
    except msgspec.ValidationError as problem:
        hint = f"; the faults are {', '.join(FAULTS)}" if str(problem).endswith(".fault`") else ""
        raise ValueError(f"{problem}{hint}") from None


class TornResponse(Response):
    """
    The first half of an answer, with the headers of all of it.
    """

    def __init__(self, whole: Response) -> None:
        super().__init__(whole.body, whole.status_code, whole.headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """
        Send the half, then close the connection.
        """
        half = self.body[: len(self.body) // 2]
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await cut(
            Request(scope, receive),
            "peer closed connection without sending complete message body "
            f"(received {len(half)} bytes, expected {len(self.body)})",
        )


class FaultPlan:
    """
    The faults to come, in their order.
    """

    def __init__(self, contract: Contract, *faults: Fault, sleep: Sleep = asyncio.sleep) -> None:
        self._contract = contract
        self._sleep = sleep
        self._left: list[Fault] = []
        self.add(*faults)

    @property
    def left(self) -> Sequence[Fault]:
        """The faults that have requests left to hit, each with how many."""
        return tuple(self._left)

    @property
    def is_over(self) -> bool:
        """Whether nothing goes wrong any more."""
        return not self._left

    def add(self, *faults: Fault) -> None:
        """
        Plan more *faults*, after those that are left; all of them or, when one is wrong, none.

        Raises:
            ValueError: When a fault could never hit a request.
        """
        for fault in faults:
            self._check(fault)
        self._left += faults

    def clear(self) -> None:
        """
        Have nothing more go wrong.
        """
        self._left.clear()

    def strike(self, call: Call, operate: Callable[[Call], Awaitable[Response]]) -> Awaitable[Response | None]:
        """
        Let the first fault that matches hit *call*; without one, just *operate*. Return what is still to be sent.
        """
        fault = self._take(call.operation)
        if fault is None:
            return operate(call)
        if seen := logged_request(call.request.scope):
            seen.fault = fault.name
        return fault.strike(Hit(call, partial(operate, call), self._sleep))

    def _take(self, operation: Operation) -> Fault | None:
        for index, fault in enumerate(self._left):
            if fault.matches(operation):
                rest = [msgspec.structs.replace(fault, times=fault.times - 1)] if fault.times > 1 else []
                self._left[index : index + 1] = rest
                return fault
        return None

    def _check(self, fault: Fault) -> None:
        operations = [o for o in self._contract.operations if fault.operation in (None, o.id)]
        if not operations:
            known = ", ".join(operation.id for operation in self._contract.operations)
            raise ValueError(f"there is no operation {fault.operation!r}; there are {known}")
        if isinstance(fault, Refuse) and not any(map(fault.matches, operations)):
            known = ", ".join(dict.fromkeys(error.name for operation in operations for error in operation.errors))
            raise ValueError(f"{fault.operation or 'the API'} has no error {fault.error!r}; it has {known}")


def _check_seconds(seconds: float) -> None:
    if not 0 <= seconds <= _YEAR:
        raise ValueError(f"seconds is a time to wait, from 0 to {_YEAR}, which is a year; got {seconds}")
