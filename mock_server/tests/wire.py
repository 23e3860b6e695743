"""
A mock at the end of a wire: what its server does with bytes, in one event loop and without a network.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Self, cast

import attrs
import uvicorn
from uvicorn.server import ServerState

from b2b_invoices_mock import FaultPlan, MockClock, RequestLog, Settings, create_app
from b2b_invoices_mock.app import MockApp
from b2b_invoices_mock.ledger import SQLiteLedger
from b2b_invoices_mock.ledger.group_commit import GroupCommit
from b2b_invoices_mock.protocol import CuttableProtocol
from b2b_invoices_spec import Contract
from mock_server.tests.client import (
    OTHER_STORE,
    RUN,
    STORE,
    Clock,
)

_TURNS = 20  # of the loop, in which all that can happen has happened


class Wire(asyncio.Transport):
    """
    The mock's side of a connection.

    Attributes:
        sent: All that it has sent.
        is_closed: Whether it has hung up.
        is_read: Whether it takes what the other side sends.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.is_closed = False
        self.is_read = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send."""
        assert not self.is_closed, "uvloop raises an error for a connection that is gone"
        self.sent += bytes(data)

    def close(self) -> None:
        """Hang up."""
        self.is_closed = True

    def is_closing(self) -> bool:
        """Return whether it has hung up."""
        return self.is_closed

    def pause_reading(self) -> None:
        """Take nothing."""
        self.is_read = False

    def resume_reading(self) -> None:
        """Take what comes."""
        self.is_read = True


class Timers:
    """
    An event loop in whose timers no time passes.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._handles: list[asyncio.TimerHandle] = []

    def __getattr__(self, name: str) -> Any:
        """Return what else the loop has."""
        return getattr(self._loop, name)

    def call_later(self, delay: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        """Keep *callback* until the time is up, whatever the *delay*."""
        handle = asyncio.TimerHandle(delay, callback, (), self._loop)
        self._handles.append(handle)
        return handle

    def go_off(self) -> int:
        """Have the time of all that are set be up, and return how many that are."""
        handles, self._handles = [handle for handle in self._handles if not handle.cancelled()], []
        for handle in handles:
            handle._run()
        return len(handles)


@attrs.define
class Line:
    """
    A connection to a new mock.

    Attributes:
        timers: The event loop.
        app: The mock.
        wire: Its side of the connection.
        protocol: Its server.
        record: What it has on record of requests.
        faults: What goes wrong on purpose.
    """

    timers: Timers
    app: MockApp
    wire: Wire
    protocol: CuttableProtocol
    record: RequestLog
    faults: FaultPlan

    @classmethod
    def to(cls, contract: Contract, ledger: SQLiteLedger, **settings: Any) -> Self:
        """
        Connect to a mock of two stores that records in *ledger*, in the event loop that runs.
        """
        clock = MockClock(Clock())
        faults, record = FaultPlan(contract), RequestLog(clock, timer=lambda: 0.0)
        app = create_app(
            contract,
            Settings(**{"stores": (STORE, OTHER_STORE)} | settings),
            ledger,
            clock=clock,
            faults=faults,
            record=record,
            group=GroupCommit(ledger),
            run=RUN,
        )
        timers = Timers(asyncio.get_running_loop())
        line = cls(timers, app, Wire(), _protocol(app, timers), record, faults)
        line.protocol.connection_made(line.wire)
        return line

    def another(self) -> Self:
        """
        Connect to the same mock once more.
        """
        line = attrs.evolve(self, wire=Wire(), protocol=_protocol(self.app, self.timers))
        line.protocol.connection_made(line.wire)
        return line

    async def send(self, *parts: bytes) -> None:
        """
        Send *parts* one after another, each when all that the one before it brought about has happened.
        """
        for part in parts:
            self.protocol.data_received(part)
            await self.settle()

    async def settle(self) -> None:
        """
        Let all happen that can.
        """
        for _ in range(_TURNS):
            await asyncio.sleep(0)


def _protocol(app: MockApp, loop: Timers) -> CuttableProtocol:
    config = uvicorn.Config(app, log_config=None, access_log=False, proxy_headers=False, lifespan="off", ws="none")
    state = ServerState()
    state.default_headers = [(b"date", b"Fri, 23 Apr 2021 07:10:08 GMT")]
    return CuttableProtocol(config, state, {}, _loop=cast(asyncio.AbstractEventLoop, loop))
