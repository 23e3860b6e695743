"""
A front of several servers, as a load balancer is one: each request goes to the next of them.
"""

import asyncio
import re
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import cycle

_LARGEST_HEAD = 2**20  # bytes
_CONNECTION = re.compile(rb"\r\nconnection:[^\r]*", re.IGNORECASE)


@contextmanager
def spread(ports: Sequence[int]) -> Iterator[int]:
    """
    Give a port of 127.0.0.1, each request to which goes to the next of *ports* there.
    """
    loop, front = asyncio.new_event_loop(), Front(ports)
    server = loop.run_until_complete(asyncio.start_server(front.serve, "127.0.0.1", 0, limit=_LARGEST_HEAD))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.run_until_complete(_end(asyncio.all_tasks(loop)))
        loop.close()


class Front:
    """
    What gives each request its turn: it has every request on a connection of its own.
    """

    def __init__(self, ports: Sequence[int]) -> None:
        self._turns = cycle(ports)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """
        Pass one request on to the next server, and its answer back.
        """
        with suppress(OSError, asyncio.IncompleteReadError):  # as when either side goes away
            head = await reader.readuntil(b"\r\n\r\n")
            behind, ahead = await asyncio.open_connection("127.0.0.1", next(self._turns))
            ahead.write(_CONNECTION.sub(b"", head).replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            rest = asyncio.create_task(_pour(reader, ahead))
            await _pour(behind, writer)
            await _end([rest])
            ahead.close()
        writer.close()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(2**16):
        writer.write(data)
        await writer.drain()


async def _end(tasks: Collection[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
