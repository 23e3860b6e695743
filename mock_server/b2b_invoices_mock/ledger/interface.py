"""
Ledger interface, and its operations in SQL, which are the same for SQLite and PostgreSQL.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, ClassVar, Self, TypeVar

from b2b_invoices_mock.api.errors import InvoiceNumberTaken, LedgerBusy, OrderAlreadyInvoiced
from b2b_invoices_mock.invoices import Invoice, order_key

from .models import Create, Entry, ListQuery, Page, Snapshot
from .rows import SORT_COLUMNS, Filter, Syntax, browse_filter, clamped, entry_of, list_filter, row_of

_ENTRY = "id, store_hash, order_key, document"
_NULLS = {"ASC": "NULLS FIRST", "DESC": "NULLS LAST"}
_LARGE = 2**20  # bytes of invoices that are enough for one commit
_PAUSE, _ATTEMPTS = 0.002, 2500  # seconds; short, since other processes release the lock only for moments

T = TypeVar("T")

Execute = Callable[..., Any]
"""Executes a statement, with a `?` for each value in the sequence after it, and returns its cursor."""


class InvoiceLedger(ABC):
    """
    Invoices of every store; a store reads and changes only its own.

    Several processes may open the same ledger. Each method raises LedgerBusy when another process has it locked, and
    LedgerUnavailable when it cannot be used; the message says whether anything was changed.

    Attributes:
        waits: Whether methods may block, for a lock or for another machine. If so, call them in threads, several at a
            time. Otherwise they raise LedgerBusy at once. `use` handles both.
    """

    waits: ClassVar[bool]
    _syntax: ClassVar[Syntax]

    @abstractmethod
    def close(self) -> None:
        """
        Close the ledger. Invoices in memory are lost.
        """

    @abstractmethod
    def _connected(self) -> AbstractContextManager[Execute]:
        """Execute one statement."""

    @abstractmethod
    def _reading(self) -> AbstractContextManager[Execute]:
        """Execute statements that all see the same invoices."""

    @abstractmethod
    def _writing(self) -> AbstractContextManager[Execute]:
        """Execute statements that are committed together or not at all; one process at a time."""

    async def use(self, work: Callable[[Self], T]) -> T:
        """
        Return the result of *work* on this ledger, and retry for about five seconds while the ledger is locked.

        If methods may block, *work* is called once, in a thread.

        Raises:
            LedgerBusy: When the ledger stays locked.
        """
        if self.waits:
            return await asyncio.to_thread(work, self)
        for _ in range(_ATTEMPTS):
            try:
                return work(self)
            except LedgerBusy:
                await asyncio.sleep(_PAUSE)
        return work(self)

    @property
    def version(self) -> int:
        """A number that changes with every change of the ledger, by any process."""
        with self._connected() as execute:
            return int(execute("SELECT changes FROM ledger").fetchone()[0])

    def add_all(self, store_hash: str, invoices: Iterable[tuple[Invoice, str]]) -> list[int]:
        """
        Store all of *invoices* or none, each with its order number or empty text, and return their new ids.

        Each invoice is stored before the next is taken from *invoices*, so the last one taken is the one in conflict.

        Raises:
            InvoiceNumberTaken: When the store has an invoice with one of the numbers.
            OrderAlreadyInvoiced: When the store has an invoice for one of the orders, and the number is free.
        """
        ids = []
        with self._writing() as execute:
            last = _last_id(execute)
            for invoice_id, (invoice, order_number) in enumerate(invoices, last + 1):
                self._create(execute, invoice_id, row_of(store_hash, invoice, order_key(order_number)))
                ids.append(invoice_id)
            _set_last_id(execute, last + len(ids))
        return ids

    def add_each(self, creates: Sequence[Create]) -> list[int | Exception]:
        """
        Store *creates* in one commit, and return the new id or the error of each.

        An error in the list concerns one create: the others are stored. An error that is raised concerns all. Once
        1 MiB is stored, the other creates are left for the next commit, and the list is shorter than *creates*.
        """
        outcomes: list[int | Exception] = []
        size = 0  # bytes
        with self._writing() as execute:
            last = _last_id(execute)
            for create in creates:
                try:
                    row = row_of(create.store_hash, create.invoice, order_key(create.order_number))
                except Exception as error:  # noqa: BLE001 - its caller gets it
                    outcomes.append(error)
                    continue
                size += len(row["document"])
                try:
                    self._create(execute, last + 1, row)
                except (InvoiceNumberTaken, OrderAlreadyInvoiced) as conflict:
                    outcomes.append(conflict)  # any other error concerns all: the database may have rolled back
                else:
                    last += 1
                    outcomes.append(last)
                if size >= _LARGE:
                    break
            _set_last_id(execute, last)
        return outcomes

    def find(self, invoice_id: int) -> Entry | None:
        """
        Return the invoice with this id, of any store, or None.
        """
        with self._connected() as execute:
            row = execute(f"SELECT {_ENTRY} FROM invoice WHERE id = ?", (clamped(invoice_id),)).fetchone()
        return None if row is None else entry_of(*row)

    def browse(
        self, *, text: str = "", status: int | None = None, store_hash: str = "", offset: int = 0, limit: int = 100
    ) -> tuple[list[Entry], int]:
        """
        Return invoices of every store, newest first, and the total number of matching invoices.

        Args:
            text: Text that the number, external id, company id or company name contains, ignoring case.
            status: Status of the invoices; None for any.
            store_hash: Store that they belong to; empty for any.
            offset: How many matching invoices to skip.
            limit: How many to return at most.
        """
        found = browse_filter(self._syntax, text, status, store_hash)
        return self._page(found, "id DESC", limit, offset)

    def erase(self) -> None:
        """
        Delete every invoice of every store. The next id is 1.
        """
        with self._writing() as execute:
            _erase(execute)

    def snapshot(self) -> Snapshot:
        """
        Return the content of the ledger.
        """
        with self._reading() as execute:
            entries = [entry_of(*row) for row in execute(f"SELECT {_ENTRY} FROM invoice ORDER BY id").fetchall()]
            return Snapshot(last_id=_last_id(execute), entries=entries)

    def restore(self, snapshot: Snapshot) -> None:
        """
        Replace the content of the ledger with *snapshot*; on an error, nothing is changed.

        Raises:
            ValueError: When an id, or in one store a number or an order, occurs twice.
        """
        with self._writing() as execute:
            _erase(execute)
            for entry in snapshot.entries:
                if not _insert(execute, entry.id, row_of(entry.store_hash, entry.invoice, entry.order_key)):
                    raise ValueError(f"the id, number or order of invoice {entry.id} occurs twice")
            _set_last_id(execute, max([snapshot.last_id, *(entry.id for entry in snapshot.entries)]))

    def get(self, store_hash: str, invoice_id: int) -> Invoice | None:
        """
        Return a store's invoice, or None.
        """
        entry = self.find(invoice_id)
        return None if entry is None or entry.store_hash != store_hash else _invoice(entry)

    def delete(self, store_hash: str, invoice_id: int) -> bool:
        """
        Delete a store's invoice, and return whether it existed.
        """
        with self._writing() as execute:
            delete = "DELETE FROM invoice WHERE id = ? AND store_hash = ?"
            return bool(execute(delete, (clamped(invoice_id), store_hash)).rowcount)

    def _create(self, execute: Execute, invoice_id: int, row: Mapping[str, Any]) -> None:
        if not _insert(execute, invoice_id, row):
            taken = Filter(self._syntax)
            for column in ("store_hash", "invoice_number"):
                taken.add_one_of(column, [row[column]])
            is_taken = execute(f"SELECT 1 FROM invoice WHERE {taken.where}", taken.values).fetchone()
            raise InvoiceNumberTaken if is_taken else OrderAlreadyInvoiced

    def _page(self, found: Filter, order: str, limit: int, offset: int) -> tuple[list[Entry], int]:
        # Ids first, so that only the documents of this page are read.
        ids = f"SELECT id FROM invoice WHERE {found.where} ORDER BY {order} LIMIT ? OFFSET ?"
        with self._reading() as execute:
            rows = execute(
                f"SELECT {_ENTRY} FROM invoice WHERE id IN ({ids}) ORDER BY {order}",
                (*found.values, clamped(limit), clamped(offset)),
            ).fetchall()
            total = offset + len(rows)
            if len(rows) == limit or not rows:  # there may be more, or fewer than the offset
                (total,) = execute(f"SELECT count(*) FROM invoice WHERE {found.where}", found.values).fetchone()
        return [entry_of(*row) for row in rows], total

    def list(self, store_hash: str, query: ListQuery) -> Page:
        """
        Return the page of a store's invoices that *query* selects.
        """
        found = list_filter(self._syntax, store_hash, query)
        order = f"{SORT_COLUMNS[query.sort_by]} {query.direction} {_NULLS[query.direction]}, id {query.direction}"
        entries, total = self._page(found, order, query.limit, query.offset)
        return Page([_invoice(entry) for entry in entries], total)


def _last_id(execute: Execute) -> int:
    return int(execute("SELECT last_id FROM ledger").fetchone()[0])


def _set_last_id(execute: Execute, invoice_id: int) -> None:
    execute("UPDATE ledger SET last_id = ?", (invoice_id,))


def _invoice(entry: Entry) -> Invoice:
    return {"id": entry.id} | entry.invoice


def _erase(execute: Execute) -> None:
    execute("DELETE FROM invoice")
    _set_last_id(execute, 0)


def _insert(execute: Execute, invoice_id: int, row: Mapping[str, Any]) -> bool:
    # Returns False if the id, the number or the order is stored already.
    return bool(execute(_insertion(tuple(row)), (invoice_id, *row.values())).rowcount)


@cache
def _insertion(columns: tuple[str, ...]) -> str:
    return f"INSERT INTO invoice (id, {', '.join(columns)}) VALUES (?{', ?' * len(columns)}) ON CONFLICT DO NOTHING"
