"""
SQLite schema, and checks that a file is a ledger.
"""

import sqlite3
from time import sleep

from b2b_invoices_mock.api.errors import LedgerError

from .rows import INVOICE_TABLE, TABLE_VERSION

PRIMARY_CODE = 0xFF
"""Mask for the primary part of SQLite's extended error codes."""

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


def prepare(connection: sqlite3.Connection, path: str) -> None:
    """
    Create the schema if the database is empty, and check that it is a ledger.

    Raises:
        LedgerError: When it is not a ledger, or has another version.
        sqlite3.Error: When it cannot be used.
    """
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


def is_locked(error: sqlite3.Error) -> bool:
    """
    Return whether another process has the ledger locked.
    """
    code = getattr(error, "sqlite_errorcode", 0) & PRIMARY_CODE  # errors of the Python module have no code
    return code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _write_ahead(connection: sqlite3.Connection) -> None:
    # For this statement SQLite does not wait for another process that is creating the file, whatever its timeout.
    for attempt in range(_ATTEMPTS + 1):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not is_locked(error) or attempt == _ATTEMPTS:
                raise
            sleep(_PAUSE)
        else:
            return
