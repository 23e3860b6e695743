"""
httpx transport that sends requests to a mock in the same process, where time passes only on the mock's clock.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
from starlette.requests import Request
from starlette.types import ASGIApp, Message

from b2b_invoices_mock.faults.connection import NO_RESPONSE, Connection, Sleep

from .event_loop import BlockingRunner


class EndlessWait(AssertionError):  # noqa: N818 - the test is wrong, not the mock
    """A caller without a timeout waits for a response that never comes."""


class _Connection(Connection):
    """The connection of one request. It can be closed, and waiting on it moves the mock's clock."""

    def __init__(self, request: httpx.Request, forward: Callable[[float], None]) -> None:
        super().__init__()
        self.lost: httpx.TransportError | None = None  # why the caller gets no response, or only a part of it
        self.sent: list[Message] = []  # what the application sent before that
        self._unread: Message | None = {"type": "http.request", "body": request.content}
        self._timeout: float | None = request.extensions.get("timeout", {}).get("read")  # seconds; None waits forever
        self._forward = forward

    def close(self, message: str = NO_RESPONSE) -> None:
        self.lost = self.lost or httpx.RemoteProtocolError(message)

    async def keep_waiting(self, request: Request, seconds: float, sleep: Sleep) -> None:
        if self._timeout is None or seconds < self._timeout:
            await sleep(seconds)
        else:
            await self.hang(request)

    async def receive(self) -> Message:
        message, self._unread = self._unread, None
        if message is None and self.lost is None:
            await asyncio.Event().wait()  # the caller does not disconnect while it waits for the response
        return message or {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if self.lost is None:
            self.sent.append(message)

    async def hang(self, request: Request) -> None:
        if self._timeout is None:
            raise EndlessWait(
                "b2b_mock: the response never comes, and the request has no timeout, so it would wait forever. "
                "Set an httpx timeout in the client under test; other timeouts do not follow the mock's clock."
            )
        self._forward(self._timeout)
        self.lost = httpx.ReadTimeout("The read operation timed out")  # as httpx words it
        await super().hang(request)


class InProcessTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """
    Sends requests of httpx, sync and async, from any thread, to an application in this process.

    The application has an event loop of its own; an async caller's event loop is blocked meanwhile. That works with
    every async library, and no time passes anyway.
    """

    def __init__(self, app: ASGIApp, runner: BlockingRunner, forward: Callable[[float], None]) -> None:
        self._app = app
        self._runner = runner
        self._forward = forward

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """
        Respond to a request of a sync client.
        """
        request.read()
        return self.respond(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """
        Respond to a request of an async client.
        """
        await request.aread()
        return self.respond(request)

    def respond(self, request: httpx.Request) -> httpx.Response:
        """
        Return the response to *request*, whose body has been read.

        Raises:
            httpx.TransportError: If the response is lost; the same error as httpx raises for a real server.
            EndlessWait: If the response never comes and the request has no timeout.
        """
        connection = _Connection(request, self._forward)
        self._runner.run(self._app(_scope(request, connection), connection.receive, connection.send))
        return _response(connection, has_body=request.method != "HEAD")


class _TornStream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The part of a response body that was sent, then the error that ended it."""

    def __init__(self, part: bytes, error: httpx.TransportError) -> None:
        self._part = part
        self._error = error

    def __iter__(self) -> Iterator[bytes]:
        yield self._part
        raise self._error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._part
        raise self._error


def _scope(request: httpx.Request, connection: Connection) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.partition(b"?")[0],
        "query_string": request.url.query,
        "server": (request.url.host, request.url.port),
        "client": ("127.0.0.1", 0),
        "root_path": "",
        "state": {"connection": connection},
    }


def _response(connection: _Connection, *, has_body: bool) -> httpx.Response:
    if not connection.sent:
        raise connection.lost or RuntimeError("The mock ended without a response.")
    start, *parts = connection.sent
    body = b"".join(part.get("body", b"") for part in parts) if has_body else b""
    stream = httpx.ByteStream(body) if connection.lost is None else _TornStream(body, connection.lost)
    extensions = {"http_version": b"HTTP/1.1"}
    return httpx.Response(start["status"], headers=start["headers"], stream=stream, extensions=extensions)
