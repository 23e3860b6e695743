"""
HTTP as the server speaks it, with answers that leave in one piece and connections that faults can cut.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.auto import AutoHTTPProtocol
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from .arrivals import Arrivals
from .connection import Connection


class CuttableProtocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type] # one of two classes, by what is installed
    """
    Tells every request its connection, as `request.state.connection`.

    An application cannot close a connection through ASGI: uvicorn answers 500 for one that returns without an answer,
    and writes a traceback to its log for one that stops half-way. It does neither when the connection is closed.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:
        """
        Begin a connection.
        """
        self._arrivals: Arrivals | None = getattr(self.app, "arrivals", None)
        self._begun: RequestResponseCycle | None = None  # its head is read, and its body is not
        self._outbox = Outbox(transport, self.loop.call_soon)
        super().connection_made(self._outbox)
        self._connection = Connection(self._outbox.close)
        self.app_state: dict[str, object] = {**self.app_state, "connection": self._connection}

    def on_message_complete(self) -> None:
        """
        Take a request that has arrived whole.
        """
        super().on_message_complete()
        if self._arrivals is not None and (cycle := self._begun) is not None:
            self._begun = None
            self._arrivals.add(Whole(self, cycle))

    def data_received(self, data: bytes) -> None:
        """
        Read what the caller sends.
        """
        super().data_received(data)
        if (cycle := self._begun) is not None:  # there is more to come
            self._begun = None
            super()._start_asgi_task(cycle, self.app)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGIApp) -> None:
        # It comes when the head of a request is read, or when the answer before it is sent.
        if self._arrivals is None or app is not self.app or cycle.waiting_for_100_continue or self.flow.write_paused:
            super()._start_asgi_task(cycle, app)
        elif cycle.more_body:
            self._begun = cycle
        else:
            self._arrivals.add(Whole(self, cycle))

    def eof_received(self) -> None:
        """
        Send what is kept to a caller that sends no more, since the transport closes right after this.
        """
        self._outbox.flush()
        super().eof_received()

    def shutdown(self) -> None:
        """
        End the connection in good order, at once when its caller waits for an answer that is held back.
        """
        super().shutdown()
        self._connection.stop()


class Whole:
    """
    A request of a connection that has arrived whole.
    """

    __slots__ = ("_cycle", "_protocol", "body", "scope")

    def __init__(self, protocol: CuttableProtocol, cycle: RequestResponseCycle) -> None:
        self.scope: Scope = cycle.scope  # type: ignore[assignment] # uvicorn has types of its own for what ASGI says
        self.body = bytes(cycle.body)
        self._protocol = protocol
        self._cycle = cycle

    def answer(self, response: Response) -> bool:
        """
        Send *response*, and return whether the caller is still there to get it.
        """
        cycle, protocol = self._cycle, self._protocol
        if cycle.disconnected:
            return False
        parts = [STATUS_LINE[response.status_code]]
        for name, value in [*cycle.default_headers, *response.raw_headers]:
            parts += (name, b": ", value, b"\r\n")
        parts += (b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n",)
        if self.scope["method"] != "HEAD":
            parts.append(bytes(response.body))
        protocol.transport.write(b"".join(parts))
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        if not cycle.keep_alive:
            protocol.transport.close()
        cycle.on_response()
        return True

    def pass_on(self, app: ASGIApp) -> None:
        """
        Have *app* answer it, in a task.
        """
        super(CuttableProtocol, self._protocol)._start_asgi_task(self._cycle, app)


class Outbox:
    """
    A transport that keeps what is written to it until the end of the loop's turn.

    uvicorn writes an answer's head and its body one after the other, each of which is a system call that wakes the
    caller; here they are one, and the answers of a group of creates follow each other without a pause.
    """

    def __init__(self, transport: asyncio.Transport, call_soon: Callable[[Callable[[], None]], object]) -> None:
        self._transport = transport
        self._call_soon = call_soon
        self._kept: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        """Return what else the transport has."""
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        """
        Return whether the connection is closed or about to be.
        """
        return self._transport.is_closing()

    def write(self, data: bytes) -> None:
        """
        Send *data* soon.
        """
        if not self._kept:
            self._call_soon(self.flush)
        self._kept.append(data)

    def flush(self) -> None:
        """
        Send what is kept, unless the connection is gone.
        """
        kept, self._kept = self._kept, []
        if kept and not self.is_closing():
            self._transport.write(b"".join(kept))

    def close(self) -> None:
        """
        Close the connection when all is sent.
        """
        self.flush()
        self._transport.close()
