"""
Group commit: creates that arrive together are recorded together, since a commit costs as much for one as for many.
"""

import asyncio
from collections.abc import Awaitable, Sequence

from b2b_invoices_mock.api.errors import LedgerBusy

from . import Create, SQLiteLedger
from .waiting import retry_while_locked

Group = list[tuple[Create, "asyncio.Future[int]"]]
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

    def add(self, create: Create) -> Awaitable[int]:
        """
        Store *create*; the result is its new id, once it is committed.

        Raises:
            InvoiceNumberTaken: When the store has an invoice with its number.
            OrderAlreadyInvoiced: When the store has an invoice for its order.
            LedgerUnavailable: When it could not be recorded, nor could any other of its group; when the ledger stayed
                locked, nor could any that came meanwhile.
        """
        self._loop = self._loop or asyncio.get_running_loop()  # which asks the system, each time
        recorded: asyncio.Future[int] = self._loop.create_future()
        self._waiting.append((create, recorded))
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
        outcomes: Sequence[int | Exception]
        try:
            outcomes = await retry_while_locked(
                self._ledger, lambda _: self._ledger.add_each([create for create, _ in group])
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, each of them is told
            if isinstance(error, LedgerBusy):  # who came meanwhile has waited too, and is not to wait for as long again
                late, self._waiting = self._waiting, []
                group += late
            outcomes = [error] * len(group)
        for (_, recorded), outcome in zip(group, outcomes, strict=True):
            _tell(recorded, outcome)


def _tell(recorded: "asyncio.Future[int]", outcome: int | Exception) -> None:
    if recorded.done():  # its caller left
        return
    if isinstance(outcome, Exception):
        recorded.set_exception(outcome)
    else:
        recorded.set_result(outcome)
