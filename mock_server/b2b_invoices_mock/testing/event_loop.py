"""
Event loop in a thread of its own, for a mock in the test's process.

The test's own thread cannot run it: code under test may call a sync client inside its own event loop.
"""

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any


class _SocketFreeLoop(asyncio.BaseEventLoop):
    """asyncio's event loop without I/O: the others open sockets to wake themselves, which pytest-socket forbids."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = self
        self._woken = Event()

    def select(self, timeout: float | None) -> list[Any]:
        self._woken.wait(timeout)
        self._woken.clear()
        return []  # I/O events

    def _process_events(self, events: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        self._woken.set()


@contextmanager
def running_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """
    Run an event loop in a new thread, and stop it at the end.
    """
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def run_until_stopped() -> None:
        stopped = asyncio.Event()
        started.set_result((asyncio.get_running_loop(), stopped))
        await stopped.wait()

    def run() -> None:
        with asyncio.Runner(loop_factory=_SocketFreeLoop) as runner:
            runner.run(run_until_stopped())

    thread = Thread(target=run, name="b2b_mock", daemon=True)
    thread.start()
    loop, stopped = started.result()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join()
