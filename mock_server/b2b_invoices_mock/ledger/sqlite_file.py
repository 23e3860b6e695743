"""
The file of a ledger in SQLite: its tables, and how it is told from other files.
"""

import sqlite3
from time import sleep

from b2b_invoices_mock.api.errors import LedgerError

PRIMARY_CODE = 0xFF
"""What the code of an error has besides details."""

_VERSION = 2
_APPLICATION = 0x42324249  # "B2BI", how a file says that it is one of ours

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS invoice ( -- two mocks may begin one file at the same time
    id                    INTEGER PRIMARY KEY AUTOINCREMENT, -- so that no id is ever given twice
    store_hash            TEXT NOT NULL,
    invoice_number        TEXT NOT NULL,
    order_key             TEXT,
    type                  TEXT NOT NULL,
    purchase_order_number TEXT,
    customer_id           TEXT NOT NULL,
    customer_name         TEXT,
    external_id           TEXT,
    external_customer_id  TEXT,
    channel_id            TEXT,
    status                INTEGER NOT NULL,
    due_date              INTEGER NOT NULL,
    original_balance      INTEGER NOT NULL,
    open_balance          INTEGER NOT NULL,
    created_at            INTEGER NOT NULL,
    updated_at            INTEGER NOT NULL,
    document              BLOB NOT NULL,
    UNIQUE (store_hash, order_key),
    UNIQUE (store_hash, invoice_number) -- last, since SQLite names the last rule that is broken: a taken number
) STRICT;
CREATE TABLE IF NOT EXISTS removals ( -- one row: how often invoices were taken away, else there are only more of them
    number INTEGER NOT NULL
) STRICT;
INSERT INTO removals SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM removals);
CREATE TABLE IF NOT EXISTS search_text ( -- empty until somebody searches
    store_hash TEXT NOT NULL,
    last_id    INTEGER NOT NULL, -- of so many invoices one after the other, of which these are the store's
    ids        BLOB NOT NULL,
    names      BLOB NOT NULL, -- one line for each id: the company's name, casefolded
    fields     BLOB NOT NULL, -- likewise: the fields that are searched
    PRIMARY KEY (store_hash, last_id)
) STRICT;
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {_VERSION};
"""  # noqa: S608 - these are numbers of ours

_ATTEMPTS, _PAUSE = 50, 0.02  # seconds


def prepare(connection: sqlite3.Connection, path: str) -> None:
    """
    Make a ledger of what *connection* is to, when it is empty, and see that it is one.

    Raises:
        LedgerError: When it is none, or one of another version.
        sqlite3.Error: When it cannot be used.
    """
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    # These come after it, since another mock that begins the file writes all three at once.
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if tables == 0:
        connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
    elif application != _APPLICATION:
        raise LedgerError(f"{path!r} is a database, but not a ledger; give a path to a new file, or to a ledger")
    elif version != _VERSION:
        raise LedgerError(f"the ledger {path!r} is of version {version}, this is {_VERSION}; start with a new file")
    _write_ahead(connection)
    connection.execute("PRAGMA synchronous = FULL")


def is_locked(error: sqlite3.Error) -> bool:
    """
    Return whether *error* says that another process has the ledger locked.
    """
    code = getattr(error, "sqlite_errorcode", 0) & PRIMARY_CODE  # Python's own complaints have none
    return code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _write_ahead(connection: sqlite3.Connection) -> None:
    # SQLite does not wait here for another mock that begins the file, however patient it was told to be.
    for _ in range(_ATTEMPTS):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not is_locked(error):
                raise
            sleep(_PAUSE)
        else:
            return
    connection.execute("PRAGMA journal_mode = WAL")
