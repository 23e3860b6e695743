"""
The mock on a port: uvicorn, in this process or in several worker processes.
"""

import asyncio
import gc
import os
import re
from contextlib import closing, suppress
from socket import AF_INET, AF_INET6, create_server, socket
from types import FrameType
from typing import Self

import attrs
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from b2b_invoices_spec.contract import Contract

from .api.errors import LedgerError
from .app import create_app
from .clock import MockClock
from .faults.connection import Connection
from .ledger import InvoiceLedger, is_in_database, open_ledger
from .request_log import BODY_LIMIT, RequestLog
from .settings import Settings
from .workers import run_workers

_IDLE_SECONDS = 75  # like nginx; longer than the 5 of httpx, so that httpx never reuses a connection as it closes
_SHUTDOWN_SECONDS = 5  # for requests in progress when the mock is stopped
_UPGRADE = re.compile(rb"\r\nupgrade:", re.IGNORECASE)


class CannotListen(Exception):  # noqa: N818 - the name is part of the command line's interface
    """The mock cannot listen on an address. The message says why and what to do."""


@attrs.frozen
class Place:
    """
    Where the mock listens.

    Attributes:
        listener: The listening socket.
        base_url: Base URL of the API.
    """

    listener: socket
    base_url: str

    @classmethod
    def bind(cls, host: str, port: int, path: str) -> Self:
        """
        Listen on *port* of *host* for an API at *path*. Port 0 picks a free port.

        Raises:
            CannotListen: The port is in use, or *host* is not an address of this machine.
        """
        try:
            listener = create_server((host, port), family=AF_INET6 if ":" in host else AF_INET)
        except OSError as error:
            raise CannotListen(
                f"cannot listen on {host} port {port}: {error}; "
                "use an address of this machine and a free port, or port 0 to pick one"
            ) from error
        authority = f"[{host}]" if ":" in host else host
        return cls(listener, f"http://{authority}:{listener.getsockname()[1]}{path}")

    def announce(self) -> None:
        """
        Print the base URL.
        """
        print(f"listening on {self.base_url}", flush=True)  # noqa: T201 - callers wait for this line


class FaultProtocol(HttpToolsProtocol):
    """
    uvicorn's HTTP protocol, with connections that faults can close or keep waiting.

    ASGI has no message that closes a connection. So each request gets its connection as `request.state.connection`.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn declares it
        """
        Create the connection that the requests on *transport* get.
        """
        super().connection_made(transport)
        self._connection = Connection(transport.close)
        self.app_state: dict[str, object] = {**self.app_state, "connection": self._connection}

    def data_received(self, data: bytes) -> None:
        """
        Receive data; a request to upgrade the connection, such as Java's to HTTP/2, is processed like any other.
        """
        # Otherwise the parser stops before the body. The length stays the same: the data may be part of a body.
        super().data_received(_UPGRADE.sub(b"\r\nIgnored:", data))

    def eof_received(self) -> bool:  # type: ignore[override] # uvicorn always closes the connection
        """
        Keep the connection open until a caller that only stopped sending has its response.
        """
        is_waiting = self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body
        if not is_waiting or self.scheme == "https":  # TLS cannot be half-closed
            return False
        self.cycle.keep_alive = False
        self._connection.stop()  # a caller that a fault keeps waiting has probably given up
        return not self.transport.is_closing()

    def shutdown(self) -> None:
        """
        Close the connection after the response in progress, or at once if a fault keeps the caller waiting.
        """
        super().shutdown()
        self._connection.stop()


class _Server(uvicorn.Server):
    """A uvicorn server that prints its base URL when it is ready, and ends with exit status 0 when it is stopped."""

    def __init__(self, config: uvicorn.Config, place: Place | None) -> None:
        super().__init__(config)
        self._place = place

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self._place:
            self._place.announce()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a signal handler gets them
        self.should_exit = True  # uvicorn's own handler would also raise the signal again after the shutdown

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        await super().shutdown(sockets)
        if self.server_state.tasks:
            os._exit(0)  # otherwise the loop would wait for them, and for the threads that they wait for
        for connection in self.server_state.connections:
            connection.transport.abort()  # otherwise uvloop would wait until its caller reads


def serve_alone(
    place: Place, contract: Contract, settings: Settings, ledger: InvoiceLedger, *, body_limit: int = BODY_LIMIT
) -> None:
    """
    Serve the mock from this process until it is stopped.
    """
    _server(contract, settings, ledger, body_limit, place).run(sockets=[place.listener])


def serve_together(place: Place, contract: Contract, settings: Settings, ledger: str, *, workers: int) -> None:
    """
    Serve the mock from several worker processes until it is stopped. Each opens *ledger* itself.

    Raises:
        WorkerEnded: A worker ended before it was stopped.
    """

    def work() -> None:
        with closing(open_ledger(ledger)) as own:
            _server(contract, settings, own, 0, None).run(sockets=[place.listener])

    run_workers(workers, work, begun=place.announce)  # early requests wait until a worker has opened the ledger
    if not is_in_database(ledger):
        with suppress(LedgerError):  # every stored invoice is there all the same
            open_ledger(ledger).close()  # the last to close a file merges its write-ahead log


def _server(
    contract: Contract, settings: Settings, ledger: InvoiceLedger, body_limit: int, place: Place | None
) -> _Server:
    clock = MockClock()
    log = RequestLog(clock, body_limit=body_limit)
    app = create_app(contract, settings, ledger, clock=clock, record=log)
    config = uvicorn.Config(
        app,
        http=FaultProtocol,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",  # whatever is installed: the API has no WebSocket
        proxy_headers=False,  # the caller's address is not used
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        timeout_keep_alive=_IDLE_SECONDS,
    )
    _collect_garbage_rarely()
    return _Server(config, place)


def _collect_garbage_rarely() -> None:
    # The request log holds many long-lived objects: scanning them again and again costs a tenth of the throughput.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)
