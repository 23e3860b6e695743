"""
What is written to a connection in one turn of the event loop, to leave in one piece.
"""

import asyncio
from collections.abc import Callable
from typing import Any


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
