"""
Group commit: creates that arrive together are recorded together, since a commit costs as much for one as for many.

They are made ready together, too: what the processor has just done it does again in half the time.
"""

import asyncio
from collections.abc import Callable, Sequence

from b2b_invoices_mock.api.errors import LedgerBusy

from . import Create, SQLiteLedger
from .waiting import retry_while_locked

Prepare = Callable[[], Create]
"""Makes a create ready, or raises what its caller is told."""

Group = list[tuple[Prepare, "asyncio.Future[int]"]]
"""Creates to come, each with what its caller waits for."""

_MOST = 64  # in a group, so that nobody waits for long, and SQLite compiles few statements


class GroupCommit:
    """
    Records creates for one event loop. A group is complete when a turn of the loop has brought no more.
    """

    def __init__(self, ledger: SQLiteLedger) -> None:
        self._ledger = ledger
        self._waiting: Group = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._work: asyncio.Task[None] | None = None

    def add(self, prepare: Prepare) -> "asyncio.Future[int]":
        """
        Record what *prepare* makes ready, and have its new id once it is committed.

        Raises:
            InvoiceNumberTaken: When the store has an invoice with its number.
            OrderAlreadyInvoiced: When the store has an invoice for its order.
            LedgerUnavailable: When it could not be recorded, nor could any other of its group; when the ledger stayed
                locked, nor could any that came meanwhile.
            Exception: Whatever *prepare* raises.
        """
        self._loop = self._loop or asyncio.get_running_loop()  # which asks the system, each time
        recorded: asyncio.Future[int] = self._loop.create_future()
        self._waiting.append((prepare, recorded))
        if self._work is None:
            self._work = self._loop.create_task(self._record_all())
        return recorded

    async def _record_all(self) -> None:
        group: Group = []
        try:
            while self._waiting:
                await self._gather()
                group, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
                await self._record(group)
        except asyncio.CancelledError:  # the loop comes to its end, and nobody is left waiting for it
            for _, recorded in [*group, *self._waiting]:
                recorded.cancel()
            self._waiting = []
            raise
        finally:
            self._work = None

    async def _gather(self) -> None:
        seen = 0  # so it takes a turn at least, in which those of the group before are answered
        while seen < min(len(self._waiting), _MOST):
            seen = len(self._waiting)
            await asyncio.sleep(0)

    async def _record(self, group: Group) -> None:
        if not (ready := _made_ready(group)):
            return
        outcomes: Sequence[int | Exception]
        try:
            outcomes = await retry_while_locked(
                self._ledger, lambda _: self._ledger.add_each([create for create, _ in ready])
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, each of them is told
            if isinstance(error, LedgerBusy):  # who came meanwhile has waited too, and is not to wait for as long again
                late, self._waiting = self._waiting, []
                ready += _made_ready(late)
            outcomes = [error] * len(ready)
        for (_, recorded), outcome in zip(ready, outcomes, strict=True):
            _tell(recorded, outcome)


def _made_ready(group: Group) -> "list[tuple[Create, asyncio.Future[int]]]":
    # Who is refused is told at once, and does not wait for a locked ledger. So is who makes the validator panic, which
    # is no Exception, and would end the work for all.
    ready = []
    for prepare, recorded in group:
        try:
            ready.append((prepare(), recorded))
        except BaseException as error:  # noqa: BLE001 - as above
            _tell(recorded, error)
    return ready


def _tell(recorded: "asyncio.Future[int]", outcome: int | BaseException) -> None:
    if recorded.done():  # its caller left
        return
    if isinstance(outcome, BaseException):
        recorded.set_exception(outcome)
    else:
        recorded.set_result(outcome)
