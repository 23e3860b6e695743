"""
SQLite ledger, in memory or in a file: its schema, connection and errors.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Self

from b2b_invoices_mock.api.errors import LedgerBusy, LedgerError, LedgerUnavailable

from .interface import Execute, InvoiceLedger
from .rows import INVOICE_TABLE, TABLE_VERSION, Syntax

MEMORY = ":memory:"

_APPLICATION = 0x42324249  # "B2BI", which marks a SQLite file as a ledger

# `by_created_at` has every column that a list filters or sorts by, so that a list does not read the table, which is
# large because of the documents. With the statistics, SQLite chooses the index with the fewest rows without an ANALYZE
# of each ledger: number of rows, then rows for each value of the first column, of the first two, and so on. There is no
# index of companies: their invoices are in random order, so that each create would write to another page of it.
_SCHEMA = f"""
BEGIN IMMEDIATE; -- everything IF NOT EXISTS, since two processes may create the file at the same time
{INVOICE_TABLE.format(text="TEXT", integer="INTEGER", binary="BLOB")} STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS by_invoice_number ON invoice (store_hash, invoice_number);
CREATE UNIQUE INDEX IF NOT EXISTS by_order_key ON invoice (store_hash, order_key);
CREATE INDEX IF NOT EXISTS by_external_id ON invoice (store_hash, external_id);
CREATE INDEX IF NOT EXISTS by_created_at ON invoice (
    store_hash, created_at, search_text,
    status, channel_id, due_date, updated_at, open_balance, original_balance, customer_id, external_customer_id,
    invoice_number
);
ANALYZE sqlite_schema; -- creates sqlite_stat1
DELETE FROM sqlite_stat1;
INSERT INTO sqlite_stat1 VALUES
    ('invoice', 'by_invoice_number', '1000000 1000000 1'),
    ('invoice', 'by_order_key', '1000000 1000000 1'),
    ('invoice', 'by_external_id', '1000000 1000000 1'),
    ('invoice', 'by_created_at', '1000000 1000000 10 sz=100');
CREATE TABLE IF NOT EXISTS ledger ( -- one row
    last_id INTEGER NOT NULL, -- the last id that was assigned, so that none is ever assigned twice
    changes INTEGER NOT NULL -- how often the ledger was changed
) STRICT;
INSERT INTO ledger SELECT 0, 0 WHERE NOT EXISTS (SELECT 1 FROM ledger);
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {TABLE_VERSION};
COMMIT;
ANALYZE sqlite_schema; -- reads the statistics
"""  # noqa: S608 - these are our own numbers

_ATTEMPTS, _PAUSE = 50, 0.02  # seconds

_PRIMARY_CODE = 0xFF  # mask for the primary part of SQLite's extended error codes
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
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
                _prepare(connection, str(path))
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
    code = _code(error)
    if code in _LOCKED:
        return LedgerBusy()
    return LedgerUnavailable(_UNAVAILABLE[code]) if code in _UNAVAILABLE else None


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE  # errors of the Python module have no code


def _prepare(connection: sqlite3.Connection, path: str) -> None:
    # Creates the schema if the database is empty, and checks that it is a ledger.
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    # Read after the tables: another process may create the file now, and commits all three together.
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if tables == 0:
        connection.executescript(_SCHEMA)
    elif application != _APPLICATION:
        raise LedgerError(f"{path!r} is a database, but not a ledger; give a path to a new file, or to a ledger")
    elif version != TABLE_VERSION:
        raise LedgerError(f"the ledger {path!r} has version {version}, expected {TABLE_VERSION}; start with a new file")
    _write_ahead(connection)
    connection.execute("PRAGMA synchronous = FULL")


def _write_ahead(connection: sqlite3.Connection) -> None:
    # For this statement SQLite does not wait for another process that is creating the file, whatever its timeout.
    for attempt in range(_ATTEMPTS + 1):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if _code(error) not in _LOCKED or attempt == _ATTEMPTS:
                raise
            sleep(_PAUSE)
        else:
            return
