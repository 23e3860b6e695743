"""
A ledger in SQLite, in memory or in a file.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from b2b_invoices_mock.api.errors import (
    ApiError,
    InvoiceNumberTaken,
    LedgerBusy,
    LedgerError,
    LedgerUnavailable,
    OrderAlreadyInvoiced,
)
from b2b_invoices_mock.invoices import Invoice, order_key

from .facts import (
    Create,
    Entry,
    ListQuery,
    Page,
    Snapshot,
)
from .interface import InvoiceLedger
from .rows import (
    browsed,
    clamped,
    entry_of,
    invoice_of,
    row_of,
)
from .sqlite_file import PRIMARY_CODE, is_locked, prepare
from .sqlite_list import Listing
from .sqlite_where import holds, where_of

MEMORY = ":memory:"

_ENTRY = "SELECT id, store_hash, order_key, document FROM invoice"

_TROUBLE = {
    sqlite3.SQLITE_FULL: "The ledger's disk is full; nothing was changed. Make room, then try again.",
    sqlite3.SQLITE_READONLY: "The ledger is read-only; nothing was changed. Let the mock write it, then try again.",
    sqlite3.SQLITE_IOERR: "The ledger's disk fails; whether anything was changed shows when it works again.",
    sqlite3.SQLITE_CANTOPEN: "The ledger's file cannot be opened; nothing was changed. Put it back, then try again.",
    sqlite3.SQLITE_CORRUPT: "The ledger's file is damaged. Stop the mock, and start it with another file.",
    sqlite3.SQLITE_NOTADB: "The ledger's file is no ledger any more. Stop the mock, and start it with another file.",
}

P = ParamSpec("P")
T = TypeVar("T")


def _or_refused(
    method: "Callable[Concatenate[SQLiteLedger, P], T]",
) -> "Callable[Concatenate[SQLiteLedger, P], T]":
    @wraps(method)
    def use(self: "SQLiteLedger", /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(self, *args, **kwargs)
        except sqlite3.DatabaseError as error:
            if (refusal := _trouble(error)) is None:
                raise
            raise refusal from error

    return use


class SQLiteLedger(InvoiceLedger):
    """
    Every invoice on record, in memory or in a file. It stays in one thread, unless told otherwise.

    No method waits for another process: each raises LedgerBusy when the file is locked, and LedgerUnavailable when its
    disk is full, may not be written, or fails.
    """

    waits = False

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._listing = Listing(connection)
        connection.execute("PRAGMA busy_timeout = 0")
        connection.create_function("holds", -1, holds, deterministic=True)

    @classmethod
    def open(cls, path: str | Path = MEMORY, *, patience: float = 5, any_thread: bool = False) -> Self:
        """
        Open the ledger at *path*, made when it is not there; `:memory:` is a new one that nothing remains of.

        Args:
            path: Where it is.
            patience: Seconds to wait for another process that has it locked.
            any_thread: Whether threads may share it; the caller then sees to it that they do so one at a time.

        Raises:
            LedgerError: When it cannot be opened, is no ledger, or is one of another version.
        """
        try:
            connection = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=not any_thread)
            try:
                prepare(connection, str(path))
            except BaseException:
                connection.close()
                raise
        except sqlite3.Error as error:
            raise LedgerError(
                f"the ledger {str(path)!r} cannot be opened: {error}; give a path to a new file, or to a ledger"
            ) from error
        return cls(connection)

    @property
    def version(self) -> tuple[int, int]:
        (by_others,) = self._connection.execute("PRAGMA data_version").fetchone()
        return self._connection.total_changes, by_others

    def close(self) -> None:
        self._connection.close()

    @_or_refused
    def add(self, store_hash: str, invoice: Invoice, *, order_number: str = "") -> int:
        with self._atomic():
            return self._insert(row_of(store_hash, invoice, order_key(order_number)))[0]

    @_or_refused
    def add_all(self, store_hash: str, invoices: Iterable[tuple[Invoice, str]]) -> list[int]:
        with self._atomic():
            return [
                self._insert(row_of(store_hash, invoice, order_key(order_number)))[0]
                for invoice, order_number in invoices
            ]

    @_or_refused
    def add_each(self, creates: Sequence[Create]) -> list[int | Exception]:
        """
        Record those of *creates* that can be, in one commit, and return for each its new id or why it has none.

        Whoever is refused may be so because of another one of them, so neither is to be told before this returns; when
        it raises, none is recorded.
        """
        with self._atomic():
            try:
                return [*self._insert(*map(_row, creates))]
            except Exception as error:
                if _concerns_all(error):
                    raise
                return [self._outcome(create) for create in creates]

    @_or_refused
    def find(self, invoice_id: int) -> Entry | None:
        row = self._connection.execute(f"{_ENTRY} WHERE id = ?", (clamped(invoice_id),)).fetchone()
        return row and entry_of(*row)

    @_or_refused
    def browse(
        self, *, text: str = "", status: int | None = None, store_hash: str = "", offset: int = 0, limit: int = 100
    ) -> tuple[list[Entry], int]:
        where, values = where_of(browsed(text, status, store_hash))
        (total,) = self._connection.execute(f"SELECT count(*) FROM invoice WHERE {where}", values).fetchone()  # noqa: S608 - no value is in it
        most = max(0, min(limit, total - offset))  # so that nothing is looked for beyond the last
        rows = self._connection.execute(
            f"{_ENTRY} WHERE {where} ORDER BY id DESC LIMIT ? OFFSET ?", (*values, most, clamped(offset))
        )
        return [entry_of(*row) for row in rows], total

    @_or_refused
    def erase(self) -> None:
        with self._atomic():
            self._erase()

    @_or_refused
    def snapshot(self) -> Snapshot:
        with self._atomic():
            entries = [entry_of(*row) for row in self._connection.execute(f"{_ENTRY} ORDER BY id")]
            last = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'invoice'").fetchone()
        return Snapshot(last_id=last[0] if last else 0, entries=entries)

    @_or_refused
    def restore(self, snapshot: Snapshot) -> None:
        with self._atomic():
            self._erase()
            for entry in snapshot.entries:
                row = row_of(entry.store_hash, entry.invoice, entry.order_key) | {"id": entry.id}
                try:
                    self._insert(row)
                except (ApiError, sqlite3.IntegrityError):
                    raise ValueError(f"invoice {entry.id} has an id, a number or an order that came before") from None
            last_id = max([snapshot.last_id, *(entry.id for entry in snapshot.entries)])
            self._connection.execute("DELETE FROM sqlite_sequence WHERE name = 'invoice'")
            self._connection.execute("INSERT INTO sqlite_sequence VALUES ('invoice', ?)", (last_id,))

    def _erase(self) -> None:
        self._connection.execute("DELETE FROM invoice")
        self._connection.execute("DELETE FROM sqlite_sequence WHERE name = 'invoice'")
        self._listing.forget_all()

    def _outcome(self, create: Create) -> int | Exception:
        # A row that cannot be is refused alone; SQLite undoes its statement, and the transaction goes on.
        try:
            return self._insert(_row(create))[0]
        except Exception as error:
            if _concerns_all(error):
                raise
            return error

    def _insert(self, *rows: Mapping[str, Any]) -> Sequence[int]:
        # One statement for all, which costs half of one for each; the rows get their ids in their order.
        values = [value for row in rows for value in row.values()]
        try:
            last_id = self._connection.execute(_insertion(tuple(rows[0]), len(rows)), values).lastrowid
        except sqlite3.IntegrityError as error:
            if "invoice.invoice_number" in str(error):
                raise InvoiceNumberTaken from None
            if "invoice.order_key" in str(error):
                raise OrderAlreadyInvoiced from None
            raise
        assert last_id is not None  # noqa: S101 - an insert has one; this tells the type checker
        return range(last_id - len(rows) + 1, last_id + 1)

    @_or_refused
    def get(self, store_hash: str, invoice_id: int) -> Invoice | None:
        row = self._connection.execute(
            "SELECT id, document FROM invoice WHERE store_hash = ? AND id = ?", (store_hash, clamped(invoice_id))
        ).fetchone()
        return row and invoice_of(*row)

    @_or_refused
    def list(self, store_hash: str, query: ListQuery) -> Page:
        return self._listing.page(store_hash, query)

    @_or_refused
    def delete(self, store_hash: str, invoice_id: int) -> bool:
        with self._atomic():
            cursor = self._connection.execute(
                "DELETE FROM invoice WHERE store_hash = ? AND id = ?", (store_hash, clamped(invoice_id))
            )
            if is_deleted := cursor.rowcount == 1:
                self._listing.forget(store_hash, invoice_id)
        return is_deleted

    @contextmanager
    def _atomic(self) -> Iterator[None]:
        with self._connection:  # commits, or rolls back
            self._connection.execute("BEGIN IMMEDIATE")
            yield


def _trouble(error: sqlite3.DatabaseError) -> LedgerUnavailable | None:
    if is_locked(error):
        return LedgerBusy()
    code = getattr(error, "sqlite_errorcode", 0) & PRIMARY_CODE
    return LedgerUnavailable(_TROUBLE[code]) if code in _TROUBLE else None


def _row(create: Create) -> Mapping[str, Any]:
    return row_of(create.store_hash, create.invoice, order_key(create.order_number))


def _concerns_all(error: Exception) -> bool:
    return isinstance(error, sqlite3.DatabaseError) and _trouble(error) is not None


@cache
def _insertion(columns: tuple[str, ...], rows: int) -> str:
    places = f"({', '.join('?' * len(columns))})"
    return f"INSERT INTO invoice ({', '.join(columns)}) VALUES {', '.join([places] * rows)}"  # noqa: S608 - as above
