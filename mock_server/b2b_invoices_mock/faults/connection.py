"""
The connection that a request came by, for faults to cut or to leave without an answer.

Over TCP it is the server's own. In process there is none: a cut raises what httpx raises when a server hangs up, and
`httpx.ASGITransport` passes it on, as long as its `raise_app_exceptions` stays on.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Self

import httpx
from starlette.requests import Request

Sleep = Callable[[float], Coroutine[Any, Any, None]]
"""Waits for so many seconds."""

NO_ANSWER = "Server disconnected without sending a response."
"""What httpx says of a connection that was closed before its answer began."""


class ConnectionCut(httpx.RemoteProtocolError):
    """A fault cut a connection that is none, since the caller is in process; the message is httpx's own."""


class Connection:
    """
    One connection of the server, or what stands for it in process.
    """

    def __init__(self, close: Callable[[], None] | None = None) -> None:
        self._close = close
        self._waits = False
        self._stopping = False

    @classmethod
    def of(cls, request: Request) -> Self:
        """
        Return the connection that *request* came by.
        """
        connection: Self | None = getattr(request.state, "connection", None)
        return cls() if connection is None else connection

    def close(self, message: str = NO_ANSWER) -> None:
        """
        Close the connection, once all that was written to it is sent.

        Raises:
            ConnectionCut: With *message*, when there is nothing to close.
        """
        if self._close is None:
            raise ConnectionCut(message)
        self._close()

    def stop(self) -> None:
        """
        Note that the server stops: from now on nobody is left waiting.
        """
        self._stopping = True
        if self._waits:
            self.close()

    async def keep_waiting(self, request: Request, seconds: float, sleep: Sleep) -> None:
        """
        Leave *request* without an answer while *sleep* waits for *seconds*, or until its caller gives up.
        """
        tasks = [asyncio.create_task(sleep(seconds)), asyncio.create_task(_gone(request))]
        with self.waiting():
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """
        Leave the caller waiting on purpose, which a server that stops puts an end to.
        """
        self._waits = True
        if self._stopping:
            self.close()
        try:
            yield
        finally:
            self._waits = False


async def cut(request: Request, message: str = NO_ANSWER) -> None:
    """
    Close the connection of *request* where its answer is; return when the server knows of it.

    Raises:
        ConnectionCut: With *message*, in process.
    """
    Connection.of(request).close(message)
    await _gone(request)


async def hang(request: Request) -> None:
    """
    Leave *request* without an answer until its caller gives up.
    """
    with Connection.of(request).waiting():
        await _gone(request)


async def keep_waiting(request: Request, seconds: float, sleep: Sleep) -> None:
    """
    Leave *request* without an answer for so many *seconds*, or until its caller gives up.
    """
    await Connection.of(request).keep_waiting(request, seconds, sleep)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
