"""
SQLite ledger, in memory or in a file.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from b2b_invoices_mock.api.errors import LedgerBusy, LedgerError, LedgerUnavailable

from .interface import Execute, InvoiceLedger
from .rows import Syntax
from .sqlite_file import PRIMARY_CODE, is_locked, prepare

MEMORY = ":memory:"

_UNAVAILABLE = {
    sqlite3.SQLITE_FULL: "The ledger's disk is full; nothing was changed. Make room, then try again.",
    sqlite3.SQLITE_READONLY: "The ledger is read-only; nothing was changed. Let the mock write it, then try again.",
    sqlite3.SQLITE_IOERR: "The ledger's disk fails; the change may be stored. Check the disk, then read the invoices.",
    sqlite3.SQLITE_CANTOPEN: "The ledger's file cannot be opened; nothing was changed. Put it back, then try again.",
    sqlite3.SQLITE_CORRUPT: "The ledger's file is damaged. Stop the mock, and start it with another file.",
    sqlite3.SQLITE_NOTADB: "The ledger's file is not a ledger any more. Stop the mock, and start it with another file.",
}


class SQLiteLedger(InvoiceLedger):
    """
    A ledger in memory or in a file, for use in one thread unless opened otherwise.

    No method waits for another process: each raises LedgerBusy when the file is locked, and LedgerUnavailable when its
    disk is full, read-only or failing.
    """

    waits = False
    _syntax = Syntax(position="instr({text}, {part})", literal="x'{}'", key="{}")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("PRAGMA busy_timeout = 0")

    @classmethod
    def open(cls, path: str | Path = MEMORY, *, patience: float = 5, any_thread: bool = False) -> Self:
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

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _connected(self) -> Iterator[Execute]:
        try:
            yield self._connection.execute
        except sqlite3.DatabaseError as error:
            if unavailable := _unavailable(error):
                raise unavailable from error
            raise

    @contextmanager
    def _reading(self) -> Iterator[Execute]:
        with self._connected() as execute, self._connection:  # which commits or rolls back
            execute("BEGIN")
            yield execute

    @contextmanager
    def _writing(self) -> Iterator[Execute]:
        with self._connected() as execute, self._connection:
            execute("BEGIN IMMEDIATE")
            execute("UPDATE ledger SET changes = changes + 1")
            yield execute


def _unavailable(error: sqlite3.DatabaseError) -> LedgerUnavailable | None:
    if is_locked(error):
        return LedgerBusy()
    code = getattr(error, "sqlite_errorcode", 0) & PRIMARY_CODE
    return LedgerUnavailable(_UNAVAILABLE[code]) if code in _UNAVAILABLE else None
