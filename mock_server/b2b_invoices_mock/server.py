"""
Serving: the mock on a port, by this process or by several.
"""

import gc
import os
from contextlib import closing, suppress
from socket import AF_INET, AF_INET6, create_server, socket
from types import FrameType
from typing import Self

import attrs
import uvicorn

from b2b_invoices_spec.contract import Contract

from .api.errors import LedgerError
from .app import create_app
from .clock import MockClock
from .ledger import (
    InvoiceLedger,
    SQLiteLedger,
    is_in_database,
    open_ledger,
)
from .ledger.group_commit import GroupCommit
from .protocol import CuttableProtocol
from .request_log import BODY_LIMIT, RequestLog
from .settings import Settings
from .workers import run_workers

_IDLE_SECONDS = 75  # as nginx has it; httpx hangs up after 5, and would meet a server that does so, too, halfway
_LAST_SECONDS = 5  # for requests that are under way when the mock is stopped


class CannotListen(Exception):  # noqa: N818 - it is why there is no mock
    """There is no listening there; the message says why, and what to do."""


@attrs.frozen
class Place:
    """
    Where the mock listens.

    Attributes:
        listener: Its socket.
        base_url: Address of its API.
    """

    listener: socket
    base_url: str

    @classmethod
    def bind(cls, host: str, port: int, path: str) -> Self:
        """
        Listen on *port* of *host*, a free one when it is 0, for an API at *path*.

        Raises:
            CannotListen: When somebody else does, or it is no address of this machine.
        """
        try:
            listener = create_server((host, port), family=AF_INET6 if ":" in host else AF_INET)
        except OSError as error:
            raise CannotListen(
                f"cannot listen on {host} port {port}: {error}; "
                "give an address of this machine, and a port that is free, or 0 for any"
            ) from error
        authority = f"[{host}]" if ":" in host else host
        return cls(listener, f"http://{authority}:{listener.getsockname()[1]}{path}")

    def tell(self) -> None:
        """
        Print the address.
        """
        print(f"listening on {self.base_url}", flush=True)  # noqa: T201 - the one line that callers wait for


class Server(uvicorn.Server):
    """A server that says where it listens once it does, unless it is one of several; it ends well when stopped."""

    def __init__(self, config: uvicorn.Config, place: Place | None) -> None:
        super().__init__(config)
        self._place = place

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """
        Start, then print the address.
        """
        await super().startup(sockets)
        if self._place:
            self._place.tell()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a signal handler gets them
        """
        Stop in good order. Without this uvicorn would die of the signal in the end.
        """
        self.should_exit = True

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """
        Finish the requests that are under way. Those that do not come to an end in time end with the process.
        """
        await super().shutdown(sockets)
        if self.server_state.tasks:
            os._exit(0)  # else the loop would wait for them, and for the threads that they wait for
        for connection in self.server_state.connections:
            connection.transport.abort()  # else uvloop would wait for its caller to read


def serve_alone(
    place: Place, contract: Contract, settings: Settings, ledger: InvoiceLedger, *, body_limit: int = BODY_LIMIT
) -> None:
    """
    Serve the mock from this process until it is stopped.
    """
    _server(contract, settings, ledger, body_limit, place).run(sockets=[place.listener])


def serve_together(place: Place, contract: Contract, settings: Settings, ledger: str, *, workers: int) -> None:
    """
    Serve the mock from so many *workers*, each of which opens the *ledger*, until it is stopped.

    Raises:
        WorkerEnded: When one of them ends before that.
    """

    def work() -> None:
        with closing(open_ledger(ledger)) as own:
            _server(contract, settings, own, 0, None).run(sockets=[place.listener])

    run_workers(workers, work, begun=place.tell)  # whoever asks then is answered when they have opened the ledger
    if not is_in_database(ledger):
        with suppress(LedgerError):  # what was answered is there all the same
            open_ledger(ledger).close()  # the last to leave a file puts everything into it


def _server(
    contract: Contract, settings: Settings, ledger: InvoiceLedger, body_limit: int, place: Place | None
) -> Server:
    clock = MockClock()
    record = RequestLog(clock, body_limit=body_limit)
    group = GroupCommit(ledger) if isinstance(ledger, SQLiteLedger) else None
    app = create_app(contract, settings, ledger, clock=clock, record=record, group=group)
    config = uvicorn.Config(
        app,
        http=CuttableProtocol,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",  # whatever is installed: the API has no WebSocket
        proxy_headers=False,  # nothing here asks for the caller's address
        timeout_graceful_shutdown=_LAST_SECONDS,
        timeout_keep_alive=_IDLE_SECONDS,
    )
    _collect_seldom()
    return Server(config, place)


def _collect_seldom() -> None:
    # The requests on record are many objects that stay; to look through them for garbage takes as long as a hundred
    # answers, and what a request leaves behind has no circles.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)
