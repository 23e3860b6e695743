"""
The mock without a port: requests of httpx go straight into the application, and time passes only on its clock.
"""

from collections.abc import Callable, Coroutine, Iterator, Mapping
from threading import RLock
from typing import Any

import httpx
from starlette.requests import Request
from starlette.types import Message

from b2b_invoices_mock.faults.connection import (
    NO_ANSWER,
    Connection,
    Sleep,
    hang,
)
from b2b_invoices_mock.request_log import LoggedApp

_TIMED_OUT = "The read operation timed out"
"""What httpx says of an answer that did not come in time."""


class EndlessWait(AssertionError):  # noqa: N818 - what is wrong is in the test
    """A caller without a timeout waits for an answer that never comes."""


class InProcessConnection(Connection):
    """
    What stands for the connection of one request: it can be cut, and whoever waits on it moves the clock.

    Attributes:
        lost: Why the caller gets nothing, or nothing more.
        sent: What the application sent before that.
    """

    def __init__(self, body: bytes, patience: float | None, forward: Callable[[float], None]) -> None:
        """
        Connect a caller.

        Args:
            body: Body of the request.
            patience: Seconds that the caller waits for an answer; None for ever.
            forward: Moves the clock by seconds.
        """
        super().__init__()
        self.lost: httpx.TransportError | None = None
        self.sent: list[Message] = []
        self._request: Message = {"type": "http.request", "body": body}
        self._is_read = False
        self._patience = patience
        self._forward = forward

    def close(self, message: str = NO_ANSWER) -> None:
        """
        Close the connection: the caller gets an error of httpx with this *message*.
        """
        self.lost = self.lost or httpx.RemoteProtocolError(message)

    async def keep_waiting(self, request: Request, seconds: float, sleep: Sleep) -> None:
        """
        Let *seconds* pass on the clock, or as many as the caller is ready to wait.
        """
        if self._patience is None or seconds < self._patience:
            await sleep(seconds)
        else:
            await hang(request)

    async def receive(self) -> Message:
        """
        Hand the application the request, then let the caller run out of patience.

        Raises:
            EndlessWait: When the caller never does.
        """
        if not self._is_read:
            self._is_read = True
            return self._request
        if self.lost is None:
            self._time_out()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """
        Take what the application sends, unless nobody listens any more.
        """
        if self.lost is None:
            self.sent.append(message)

    def _time_out(self) -> None:
        if self._patience is None:
            raise EndlessWait(
                "b2b_mock: the answer never comes, and the caller waits without a timeout, so it would wait for ever; "
                "give the client under test a timeout of httpx's, for no other one goes by the mock's clock"
            )
        self._forward(self._patience)
        self.lost = httpx.ReadTimeout(_TIMED_OUT)


class InProcessTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """
    Carries requests of httpx, sync and async, from any thread, one at a time.

    Attributes:
        lock: Held while a request is answered.
    """

    def __init__(self, app: LoggedApp, forward: Callable[[float], None]) -> None:
        """
        Lead to *app*.

        Args:
            app: The application; all that it may wait for is its request.
            forward: Moves its clock by seconds.
        """
        self._app = app
        self._forward = forward
        self.lock = RLock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """
        Answer a request of a sync client.
        """
        request.read()
        return self.answer(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """
        Answer a request of an async client.
        """
        await request.aread()
        return self.answer(request)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """
        Answer *request*, whose body is read.

        Raises:
            httpx.TransportError: When the answer got lost, as httpx says it of a server.
            EndlessWait: When the answer never comes and the caller has no timeout.
        """
        patience = request.extensions.get("timeout", {}).get("read")
        connection = InProcessConnection(request.content, patience, self._forward)
        with self.lock:
            _finish(self._app(_scope(request, connection), connection.receive, connection.send))
        return _response(connection, has_body=request.method != "HEAD")


class _TornStream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The part of an answer that came, then the reason why there is no more."""

    def __init__(self, part: bytes, reason: httpx.TransportError) -> None:
        self._part = part
        self._reason = reason

    def __iter__(self) -> Iterator[bytes]:
        yield self._part
        raise self._reason

    async def __aiter__(self) -> Any:
        yield self._part
        raise self._reason


def _finish(work: Coroutine[Any, Any, None]) -> None:
    # The application waits for nothing but its request, which is all there: it needs no event loop, nor a thread.
    try:
        work.send(None)
    except StopIteration:
        return
    work.close()
    raise RuntimeError("the mock waits for something that does not happen in process")


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


def _response(connection: InProcessConnection, *, has_body: bool) -> httpx.Response:
    if not connection.sent:
        raise connection.lost or RuntimeError("the mock ended without an answer")
    start, *parts = connection.sent
    body = b"".join(part.get("body", b"") for part in parts) if has_body else b""
    stream = httpx.ByteStream(body) if connection.lost is None else _TornStream(body, connection.lost)
    return httpx.Response(start["status"], headers=start["headers"], stream=stream, extensions=_EXTENSIONS)


_EXTENSIONS: Mapping[str, bytes] = {"http_version": b"HTTP/1.1"}
