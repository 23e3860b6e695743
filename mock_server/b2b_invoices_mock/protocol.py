"""
HTTP as the server speaks it: uvicorn's, but straight for requests that arrive whole, and cut where a fault says so.
"""

import asyncio
from typing import cast

from starlette.responses import Response
from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from .arrivals import Arrivals
from .faults.connection import Connection
from .outbox import Outbox
from .whole import WholeReader, WholeRequest


class CuttableProtocol(HttpToolsProtocol):
    """
    Tells every request its connection, as `request.state.connection`.

    Requests that arrive whole go straight to an application that has `arrivals`, which costs half of what ASGI does;
    a connection by which something else comes is uvicorn's from then on.

    An application cannot close a connection through ASGI: uvicorn answers 500 for one that returns without an answer,
    and writes a traceback to its log for one that stops half-way. It does neither when the connection is closed.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # like uvicorn's
        """
        Begin a connection.
        """
        self._outbox = Outbox(transport, self.loop.call_soon)
        super().connection_made(cast(asyncio.Transport, self._outbox))
        self._connection = Connection(self._outbox.close)
        self.app_state: dict[str, object] = {**self.app_state, "connection": self._connection}
        self._arrivals: Arrivals | None = getattr(self.app, "arrivals", None)
        self._reader = WholeReader() if self._arrivals else None  # None when all is for uvicorn, from here on
        self._arrived: Arrived | None = None  # what is to be answered
        self._behind = b""  # what came after it
        self._ends = False  # whether the connection is to be closed when all that has come is answered
        self._answered = self._looked = 0
        self._look: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """
        End a connection.
        """
        if self._arrived:
            self._arrived.is_awaited = False
        self._look_no_more()
        self._unset_keepalive_if_required()  # which uvicorn does not when the caller broke off
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """
        Read what the caller sends.
        """
        if self._arrived:  # its answer comes first
            self.flow.pause_reading()
            self._behind += b"" if self._ends else data
        elif self._reader and self._is_at_rest and (request := self._reader.read(data)):
            self._take(request, data)
        else:
            self._reader = None
            self._take_the_long_way(data)

    def eof_received(self) -> bool:  # type: ignore[override] # uvicorn never keeps a connection open
        """
        Answer a caller that sends no more.
        """
        self._outbox.flush()  # since the transport closes right after this, unless it is kept open
        super().eof_received()
        if self.scheme == "https":  # which cannot be half open
            return False
        if self._arrived is None:
            return self._ends_the_long_way()
        self._ends = True
        return True

    def shutdown(self) -> None:
        """
        End the connection in good order, at once when its caller waits for an answer that is held back.
        """
        self._ends, self._behind = True, b""
        if self._arrived is None:
            super().shutdown()
        self._connection.stop()

    def timeout_keep_alive_handler(self) -> None:
        """
        Close the connection when nothing has come for a while.
        """
        self._look_no_more()
        if self._reader is None:
            super().timeout_keep_alive_handler()
        elif self._looked == self._answered and self._arrived is None and self._is_at_rest:
            self.transport.close()
        else:
            self._looked = self._answered
            self._look_later()

    def answered(self) -> None:
        """
        Go on after the answer to what arrived.
        """
        self._arrived = None
        self._answered += 1
        self.server_state.total_requests += 1
        if self.is_last:
            self.transport.close()
        elif not self.transport.is_closing():
            self._look_later()
            self._read_on()

    @property
    def is_last(self) -> bool:
        """Whether the connection closes after the answer to what arrived."""
        return self._ends and not self._behind

    def _read_on(self) -> None:
        if behind := self._behind:
            self._behind = b""
            self.flow.resume_reading()
            self.data_received(behind)

    @property
    def _is_at_rest(self) -> bool:
        return (self.cycle is None or self.cycle.response_complete) and not self.flow.write_paused

    def _take(self, request: WholeRequest, data: bytes) -> None:
        assert self._arrivals  # noqa: S101 - else there would be no reader
        if self._arrivals.takes(request.path):
            self._arrived = Arrived(self, request)
            self._arrivals.add(self._arrived)
            self.tasks.add(cast(asyncio.Task[None], self._arrived))  # a server that stops waits for it
        else:
            self._take_the_long_way(data)

    def _take_the_long_way(self, data: bytes) -> None:
        self._look_no_more()  # uvicorn has a timer of its own, from its answer on
        super().data_received(data)

    def _ends_the_long_way(self) -> bool:
        if self.cycle is None or self.cycle.response_complete or self.cycle.more_body:
            return False
        self.cycle.keep_alive = False  # of several it is the last
        self._connection.stop()  # since whoever waits for an answer that is held back may have given up
        return not self.transport.is_closing()

    def _look_later(self) -> None:
        # One timer for many answers: it closes the connection when it goes off and there was none since the last time.
        if self._look is None:
            self._look = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def _look_no_more(self) -> None:
        if self._look is not None:
            self._look.cancel()
            self._look = None


class Arrived:
    """
    A request that has arrived whole, by a connection.

    Attributes:
        scope: What ASGI says of it.
        body: Its body.
        is_awaited: Whether its caller is still there.
    """

    __slots__ = ("_protocol", "body", "is_awaited", "scope")

    def __init__(self, protocol: CuttableProtocol, request: WholeRequest) -> None:
        self.body = request.body
        self.is_awaited = True
        self.scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "server": protocol.server,
            "client": protocol.client,
            "scheme": protocol.scheme,
            "method": request.method,
            "root_path": "",
            "path": request.path,
            "raw_path": request.raw_path,
            "query_string": request.query,
            "headers": request.headers,
            "state": protocol.app_state.copy(),
        }
        self._protocol = protocol

    def answer(self, response: Response) -> bool:
        """
        Send *response*, and return whether the caller is still there to get it.
        """
        self._protocol.tasks.discard(cast(asyncio.Task[None], self))
        if not self.is_awaited:
            return False
        parts = [STATUS_LINE[response.status_code]]
        for name, value in [*self._protocol.server_state.default_headers, *response.raw_headers]:
            parts += (name, b": ", value, b"\r\n")
        parts.append(b"connection: close\r\n\r\n" if self._protocol.is_last else b"\r\n")
        if self.scope["method"] != "HEAD":
            parts.append(bytes(response.body))
        self._protocol.transport.write(b"".join(parts))
        self._protocol.answered()
        return True

    def cancel(self, msg: str) -> None:
        """
        Do nothing: a server that has waited for it as long as for a task ends its process next.
        """
