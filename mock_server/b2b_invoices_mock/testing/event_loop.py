"""
Event loop of a mock in the test's process.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock
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


class BlockingRunner:
    """
    Runs coroutines in one event loop, from any thread, one at a time.
    """

    def __init__(self) -> None:
        self._runner = asyncio.Runner(loop_factory=_SocketFreeLoop)
        self._lock = Lock()

    def run(self, work: Awaitable[None]) -> None:
        """
        Run *work* to its end, in the thread of the caller if possible.
        """
        with self._lock:
            _outside_event_loops(lambda: self._runner.get_loop().run_until_complete(work))

    def close(self) -> None:
        """
        Cancel all tasks and close the event loop, after the work in progress.
        """
        with self._lock:
            _outside_event_loops(self._runner.close)


def _outside_event_loops(function: Callable[[], None]) -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        function()
    else:  # asyncio runs one event loop in a thread
        with ThreadPoolExecutor(1) as executor:
            executor.submit(function).result()
