"""
Group commit: creates that arrive together are committed together, since a commit costs as much for one as for many.
"""

import asyncio
from collections.abc import Awaitable, Sequence

from b2b_invoices_mock.api.errors import LedgerBusy

from . import Create, InvoiceLedger

Group = list[tuple[Create, "asyncio.Future[int]"]]
"""Creates, each with the future that its caller awaits."""

_LARGEST = 64  # creates in a group, which bounds the latency of each


class GroupCommit:
    """
    Group commit for one event loop. A group is complete when one iteration of the loop adds no create to it.
    """

    def __init__(self, ledger: InvoiceLedger) -> None:
        self._ledger = ledger
        self._waiting: Group = []
        self._work: asyncio.Task[None] | None = None

    def add(self, create: Create) -> Awaitable[int]:
        """
        Store an invoice with others, and return its new id once they are committed.

        Raises:
            InvoiceNumberTaken: When the store has an invoice with its number.
            OrderAlreadyInvoiced: When the store has an invoice for its order.
            LedgerUnavailable: When none of its group could be stored. When the ledger stayed locked, creates that
                arrived in the meantime fail, too.
        """
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[int] = loop.create_future()
        self._waiting.append((create, stored))
        if self._work is None:
            self._work = loop.create_task(self._store_all())
        return stored

    async def _store_all(self) -> None:
        group: Group = []
        try:
            while self._waiting:
                await self._gather()
                group, self._waiting = self._waiting[:_LARGEST], self._waiting[_LARGEST:]
                await self._store(group)
        except asyncio.CancelledError:  # the loop is closing: no caller may wait for ever
            for _, stored in [*group, *self._waiting]:
                stored.cancel()
            self._waiting = []
            raise
        finally:
            self._work = None

    async def _gather(self) -> None:
        seen = 0  # so that at least one iteration runs, in which the callers of the last group send their responses
        while seen < min(len(self._waiting), _LARGEST):
            seen = len(self._waiting)
            await asyncio.sleep(0)

    async def _store(self, group: Group) -> None:
        outcomes: Sequence[int | Exception]
        try:
            creates = [create for create, _ in group]
            outcomes = await self._ledger.use(lambda ledger: ledger.add_each(creates))
            self._waiting[:0] = group[len(outcomes) :]  # those that were too large together
        except Exception as error:  # noqa: BLE001 - every caller gets it
            if isinstance(error, LedgerBusy):  # creates that arrived meanwhile have waited too; do not start over
                late, self._waiting = self._waiting, []
                group += late
            outcomes = [error] * len(group)
        for (_, stored), outcome in zip(group, outcomes, strict=False):
            _resolve(stored, outcome)


def _resolve(stored: "asyncio.Future[int]", outcome: int | Exception) -> None:
    if stored.done():  # its caller was cancelled
        return
    if isinstance(outcome, Exception):
        stored.set_exception(outcome)
    else:
        stored.set_result(outcome)
