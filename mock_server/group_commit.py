"""
Group commit: creates that arrive together are recorded together, since a commit costs as much for one as for many.
"""

import asyncio

from .invoices import Invoice
from .ledger import Create, SQLiteLedger
from .patience import patiently

Group = list[tuple[Create, "asyncio.Future[int]"]]
"""Creates, each with what its caller waits for."""


class GroupCommit:
    """
    Records creates for one event loop. A group is all that arrived until the loop had nothing else to do at once.
    """

    def __init__(self, ledger: SQLiteLedger) -> None:
        self._ledger = ledger
        self._waiting: Group = []
        self._work: asyncio.Task[None] | None = None

    async def add(self, store_hash: str, invoice: Invoice, *, order_number: str = "") -> int:
        """
        Record *invoice* for a store, and return its new id once it is committed.

        Raises:
            InvoiceNumberTaken: When the store has an invoice with its number.
            OrderAlreadyInvoiced: When the store has an invoice for its order.
            LedgerUnavailable: When it could not be recorded, nor could any other of its group.
        """
        loop = asyncio.get_running_loop()
        recorded: asyncio.Future[int] = loop.create_future()
        self._waiting.append((Create(store_hash, invoice, order_number), recorded))
        if self._work is None:
            self._work = loop.create_task(self._record_all())
        return await recorded

    async def _record_all(self) -> None:
        group: Group = []
        try:
            while self._waiting:
                group, self._waiting = self._waiting, []
                await self._record(group)
        except asyncio.CancelledError:  # the loop comes to its end, and nobody is left waiting for it
            for _, recorded in [*group, *self._waiting]:
                recorded.cancel()
            self._waiting = []
            raise
        finally:
            self._work = None

    async def _record(self, group: Group) -> None:
        creates = [create for create, _ in group]
        outcomes: list[int | Exception]
        try:
            outcomes = [*await patiently(self._ledger, lambda _: self._ledger.add_each(creates))]
        except Exception as error:  # noqa: BLE001 - whatever it is, each of them is told
            outcomes = [error] * len(group)
        for (_, recorded), outcome in zip(group, outcomes, strict=True):
            if recorded.done():  # its caller left
                continue
            if isinstance(outcome, Exception):
                recorded.set_exception(outcome)
            else:
                recorded.set_result(outcome)
