"""
HTTP as the server speaks it, with answers that leave in one piece and connections that faults can cut.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

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
        self._outbox = Outbox(transport, self.loop.call_soon)
        super().connection_made(self._outbox)
        self._connection = Connection(self._outbox.close)
        self.app_state: dict[str, object] = {**self.app_state, "connection": self._connection}

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
