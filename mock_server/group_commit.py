"""
Group commit: creates that arrive together are recorded together, since a commit costs as much for one as for many.

They are made ready together, too: what the processor has just done it does again in half the time.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat

from .ledger import Create, SQLiteLedger
from .patience import patiently

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
            LedgerUnavailable: When it could not be recorded, nor could any other of its group.
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
        seen = 0
        while seen < len(self._waiting) < _MOST:
            seen = len(self._waiting)
            await asyncio.sleep(0)

    async def _record(self, group: Group) -> None:
        prepared = [_prepared(prepare) for prepare, _ in group]
        outcomes = await self._outcomes([create for create in prepared if isinstance(create, Create)])
        for (_, recorded), create in zip(group, prepared, strict=True):
            outcome = next(outcomes) if isinstance(create, Create) else create
            if recorded.done():  # its caller left
                continue
            if isinstance(outcome, Exception):
                recorded.set_exception(outcome)
            else:
                recorded.set_result(outcome)

    async def _outcomes(self, creates: Sequence[Create]) -> Iterator[int | Exception]:
        try:
            return iter(await patiently(self._ledger, lambda _: self._ledger.add_each(creates)) if creates else ())
        except Exception as error:  # noqa: BLE001 - whatever it is, each of them is told
            return repeat(error)


def _prepared(prepare: Prepare) -> Create | Exception:
    try:
        return prepare()
    except Exception as error:  # noqa: BLE001 - a refusal nearly always; its caller is told
        return error
