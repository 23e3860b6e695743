"""
A load balancer: each request goes to the next of several servers.
"""

import asyncio
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager, suppress
from itertools import cycle

_LARGEST_HEAD = 2**20  # bytes
_CONNECTION = re.compile(rb"\r\nconnection:[^\r]*", re.IGNORECASE)


@contextmanager
def spread(ports: Sequence[int]) -> Iterator[int]:
    """
    Start a load balancer on 127.0.0.1 for servers on *ports*, and yield its port.
    """
    ready: Future[tuple[int, Callable[[], object]]] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(ports, ready)))
    thread.start()
    port, stop = ready.result()
    try:
        yield port
    finally:
        stop()
        thread.join()


async def _serve(ports: Sequence[int], ready: Future[tuple[int, Callable[[], object]]]) -> None:
    turns, stopped, loop = cycle(ports), asyncio.Event(), asyncio.get_running_loop()
    tasks: set[asyncio.Task[None]] = set()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(OSError, asyncio.IncompleteReadError):  # either side may disconnect
            head = await reader.readuntil(b"\r\n\r\n")
            behind, ahead = await asyncio.open_connection("127.0.0.1", next(turns))
            with closing(ahead):
                # One request a connection, so that each goes to the next server.
                ahead.write(_CONNECTION.sub(b"", head).replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
                rest = asyncio.create_task(_pour(reader, ahead))
                await _pour(behind, writer)
                rest.cancel()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = loop.create_task(pass_on(reader, writer))
        tasks.add(task)  # asyncio itself keeps no reference to it after the caller's half-close
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(begin, "127.0.0.1", 0, limit=_LARGEST_HEAD)
    ready.set_result((server.sockets[0].getsockname()[1], lambda: loop.call_soon_threadsafe(stopped.set)))
    await stopped.wait()
    server.close()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(2**16):
        writer.write(data)
        await writer.drain()
