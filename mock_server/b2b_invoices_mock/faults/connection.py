"""
The connection of a request, so that a fault can close it or leave it without a response.

Over TCP it stands for the server's connection. In process there is none: `close` raises what httpx raises when a
server disconnects, and `httpx.ASGITransport` passes it on unless `raise_app_exceptions` is off.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Self

import httpx
from starlette.requests import Request

Sleep = Callable[[float], Coroutine[Any, Any, None]]
"""Waits for a number of seconds."""

NO_RESPONSE = "Server disconnected without sending a response."
"""httpx's message for a connection that was closed before the response began."""


class ConnectionCut(httpx.RemoteProtocolError):
    """A fault closed the connection of a caller in process. The message is httpx's own."""


class Connection:
    """
    One connection of the server, or what stands for it in process.
    """

    def __init__(self, close: Callable[[], None] | None = None) -> None:
        """
        Create a connection.

        Args:
            close: Closes the connection once everything written to it is sent; None in process.
        """
        self._close = close
        self._waits = False
        self._stopping = False

    @classmethod
    def of(cls, request: Request) -> Self:
        """
        Return the connection of *request*.
        """
        connection: Self | None = getattr(request.state, "connection", None)
        return cls() if connection is None else connection

    def close(self, message: str = NO_RESPONSE) -> None:
        """
        Close the connection once everything written to it is sent.

        Raises:
            ConnectionCut: In process, with *message*.
        """
        if self._close is None:
            raise ConnectionCut(message)
        self._close()

    def stop(self) -> None:
        """
        Close the connection if its caller is kept waiting, now or later: the server stops, or the caller gave up.
        """
        self._stopping = True
        if self._waits:
            self.close()

    async def hang(self, request: Request) -> None:
        """
        Wait until the caller of *request* disconnects.
        """
        with self._waiting():
            await _disconnected(request)

    async def keep_waiting(self, request: Request, seconds: float, sleep: Sleep) -> None:
        """
        Wait for *seconds* by *sleep*, or until the caller of *request* disconnects.
        """
        tasks = [asyncio.create_task(sleep(seconds)), asyncio.create_task(_disconnected(request))]
        with self._waiting():
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        self._waits = True
        if self._stopping:
            self.close()
        try:
            yield
        finally:
            self._waits = False


async def cut(request: Request, message: str = NO_RESPONSE) -> None:
    """
    Close the connection of *request*, and return when the server has noticed.

    Raises:
        ConnectionCut: In process, with *message*.
    """
    Connection.of(request).close(message)
    await _disconnected(request)


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
