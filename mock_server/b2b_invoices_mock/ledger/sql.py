"""
What the ledgers in SQLite and in PostgreSQL have in common: every operation, as SQL.
"""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, ClassVar, Protocol

from b2b_invoices_mock.api.errors import InvoiceNumberTaken, OrderAlreadyInvoiced
from b2b_invoices_mock.invoices import Invoice, order_key

from .interface import InvoiceLedger
from .models import (
    Entry,
    ListQuery,
    Page,
    Snapshot,
)
from .rows import (
    SORT_COLUMNS,
    Filter,
    Syntax,
    browse_filter,
    clamped,
    entry_of,
    list_filter,
    row_of,
)

INVOICE_TABLE = """
CREATE TABLE IF NOT EXISTS invoice (
    id                           {integer} PRIMARY KEY,
    store_hash                   {text} NOT NULL,
    invoice_number               {text} NOT NULL,
    order_key                    {text}, -- equal for order numbers that mean the same order
    customer_id                  {text} NOT NULL,
    external_id                  {text},
    external_customer_id         {text},
    channel_id                   {text},
    status                       {integer} NOT NULL,
    due_date                     {integer} NOT NULL,
    original_balance             {integer} NOT NULL, -- in ten-thousandths
    open_balance                 {integer} NOT NULL,
    created_at                   {integer} NOT NULL,
    updated_at                   {integer} NOT NULL,
    invoice_number_folded        {binary} NOT NULL, -- casefolded UTF-8, for searches
    order_key_folded             {binary},
    type_folded                  {binary} NOT NULL,
    purchase_order_number_folded {binary},
    customer_id_folded           {binary} NOT NULL,
    customer_name_folded         {binary},
    external_id_folded           {binary},
    external_customer_id_folded  {binary},
    search_folded                {binary} NOT NULL, -- every field that a list searches
    document                     {binary} NOT NULL -- the invoice as JSON
)"""
"""The table of invoices, with a place for the database's type of each column."""

_ENTRY = "id, store_hash, order_key, document"
_NULLS = {"ASC": "NULLS FIRST", "DESC": "NULLS LAST"}


class Cursor(Protocol):
    """The rows that a statement returned."""

    @property
    def rowcount(self) -> int:
        """How many rows the statement changed."""

    def fetchone(self) -> Any:
        """Return the next row, or None."""

    def fetchall(self) -> list[Any]:
        """Return all rows."""


class Execute(Protocol):
    """Executes one statement, with a `?` for each value."""

    def __call__(self, statement: str, values: Sequence[Any] = ..., /) -> Cursor:
        """Return the rows."""


class SQLLedger(InvoiceLedger):
    """
    A ledger in a database.

    Its tables are `invoice`, and `ledger`, whose one row has the last id and a counter of changes.
    """

    _syntax: ClassVar[Syntax]
    _duplicate: ClassVar[type[Exception]]
    """What the database raises when an id, a number or an order is there already."""

    @abstractmethod
    def _connected(self) -> AbstractContextManager[Execute]:
        """Execute one statement."""

    @abstractmethod
    def _reading(self) -> AbstractContextManager[Execute]:
        """Execute statements that all see the same invoices."""

    @abstractmethod
    def _writing(self) -> AbstractContextManager[Execute]:
        """Execute statements that are committed together or not at all, and count the change; one process at a time."""

    @property
    def version(self) -> int:
        with self._connected() as execute:
            return int(execute("SELECT changes FROM ledger").fetchone()[0])

    def add(self, store_hash: str, invoice: Invoice, *, order_number: str = "") -> int:
        return self.add_all(store_hash, [(invoice, order_number)])[0]

    def add_all(self, store_hash: str, invoices: Iterable[tuple[Invoice, str]]) -> list[int]:
        ids = []
        with self._writing() as execute:
            last = last_id(execute)
            for invoice_id, (invoice, order_number) in enumerate(invoices, last + 1):
                self._create(execute, invoice_id, row_of(store_hash, invoice, order_key(order_number)))
                ids.append(invoice_id)
            set_last_id(execute, last + len(ids))
        return ids

    def find(self, invoice_id: int) -> Entry | None:
        with self._connected() as execute:
            row = execute(f"SELECT {_ENTRY} FROM invoice WHERE id = ?", (clamped(invoice_id),)).fetchone()
        return None if row is None else entry_of(*row)

    def browse(
        self, *, text: str = "", status: int | None = None, store_hash: str = "", offset: int = 0, limit: int = 100
    ) -> tuple[list[Entry], int]:
        found = browse_filter(self._syntax, text, status, store_hash)
        entries, total = self._page(found, "id DESC", limit, offset)
        return [*entries], total

    def erase(self) -> None:
        with self._writing() as execute:
            _erase(execute)

    def snapshot(self) -> Snapshot:
        with self._reading() as execute:
            entries = [entry_of(*row) for row in execute(f"SELECT {_ENTRY} FROM invoice ORDER BY id").fetchall()]
            return Snapshot(last_id=last_id(execute), entries=entries)

    def restore(self, snapshot: Snapshot) -> None:
        with self._writing() as execute:
            _erase(execute)
            for entry in snapshot.entries:
                try:
                    _insert(execute, entry.id, row_of(entry.store_hash, entry.invoice, entry.order_key))
                except self._duplicate:
                    raise ValueError(f"invoice {entry.id} has an id, a number or an order that came before") from None
            set_last_id(execute, max([snapshot.last_id, *(entry.id for entry in snapshot.entries)]))

    def get(self, store_hash: str, invoice_id: int) -> Invoice | None:
        entry = self.find(invoice_id)
        return None if entry is None or entry.store_hash != store_hash else _invoice(entry)

    def delete(self, store_hash: str, invoice_id: int) -> bool:
        with self._writing() as execute:
            delete = "DELETE FROM invoice WHERE id = ? AND store_hash = ?"
            return execute(delete, (clamped(invoice_id), store_hash)).rowcount == 1

    def list(self, store_hash: str, query: ListQuery) -> Page:
        found = list_filter(self._syntax, store_hash, query)
        order = f"{SORT_COLUMNS[query.sort_by]} {query.direction} {_NULLS[query.direction]}, id {query.direction}"
        entries, total = self._page(found, order, query.limit, query.offset)
        return Page([_invoice(entry) for entry in entries], total)

    def _create(self, execute: Execute, invoice_id: int, row: Mapping[str, Any]) -> None:
        store, number, order = row["store_hash"], row["invoice_number"], row["order_key"]
        is_taken, is_invoiced = execute(_conflicts(self._syntax), (store, number, store, order)).fetchone()
        if is_taken:
            raise InvoiceNumberTaken
        if is_invoiced:
            raise OrderAlreadyInvoiced
        _insert(execute, invoice_id, row)

    def _page(self, found: Filter, order: str, limit: int, offset: int) -> tuple[Sequence[Entry], int]:
        # The ids first, so that no document is read but those of the page.
        ids = f"SELECT id FROM invoice WHERE {found.where} ORDER BY {order} LIMIT ? OFFSET ?"
        with self._reading() as execute:
            (total,) = execute(f"SELECT count(*) FROM invoice WHERE {found.where}", found.values).fetchone()
            rows = execute(
                f"SELECT {_ENTRY} FROM invoice WHERE id IN ({ids}) ORDER BY {order}",
                (*found.values, clamped(limit), clamped(offset)),
            ).fetchall()
        return [entry_of(*row) for row in rows], total


def last_id(execute: Execute) -> int:
    """
    Return the last id that was assigned, or 0.
    """
    return int(execute("SELECT last_id FROM ledger").fetchone()[0])


def set_last_id(execute: Execute, invoice_id: int) -> None:
    """
    Assign greater ids than this one from now on.
    """
    execute("UPDATE ledger SET last_id = ?", (invoice_id,))


def _invoice(entry: Entry) -> Invoice:
    return {"id": entry.id} | entry.invoice


def _erase(execute: Execute) -> None:
    execute("DELETE FROM invoice")
    set_last_id(execute, 0)


def _insert(execute: Execute, invoice_id: int, row: Mapping[str, Any]) -> None:
    execute(_insertion(tuple(row)), (invoice_id, *row.values()))


@cache
def _insertion(columns: tuple[str, ...]) -> str:
    return f"INSERT INTO invoice (id, {', '.join(columns)}) VALUES (?{', ?' * len(columns)})"


@cache
def _conflicts(syntax: Syntax) -> str:
    number, order = (
        f"EXISTS (SELECT 1 FROM invoice WHERE {syntax.key.format('store_hash')} = {syntax.key.format('?')} "
        f"AND {syntax.key.format(column)} = {syntax.key.format('?')})"
        for column in ("invoice_number", "order_key")
    )
    return f"SELECT {number}, {order}"
