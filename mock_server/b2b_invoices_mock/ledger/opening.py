"""
Opening a ledger, whatever keeps it.
"""

import re
from pathlib import Path

from b2b_invoices_mock.api.errors import LedgerError

from .interface import InvoiceLedger
from .sqlite import MEMORY, SQLiteLedger

_POSTGRESQL = ("postgresql://", "postgres://")
_URL = re.compile(r"[A-Za-z][\w+.-]+:/|postgres\w*//", re.IGNORECASE)
_SETTINGS = re.compile(r"\b(host|dbname|user|password)\s*=")


def is_in_database(place: str) -> bool:
    """
    Return whether a ledger at *place* is kept by a database, and not in a file.
    """
    return place.startswith(_POSTGRESQL)


def open_ledger(place: str | Path = MEMORY, *, patience: float = 5, any_thread: bool = False) -> InvoiceLedger:
    """
    Open the ledger at *place*, made when it is not there.

    Args:
        place: Path of its file, or `postgresql://...`, where many machines share it; `:memory:` is a new ledger that
            nothing remains of.
        patience: Seconds to wait for another process that has the file locked.
        any_thread: Whether threads may share the file; the caller then sees to it that they do so one at a time.

    Raises:
        LedgerError: When it cannot be opened, is no ledger, or is one of another version.
    """
    if not str(place):  # SQLite would take it for a file that nobody else can open
        raise LedgerError("a ledger is a file, postgresql://... or :memory:, and none of them is empty; name one")
    if isinstance(place, str) and is_in_database(place):
        return _open_postgres(place)
    if _URL.match(str(place)) or _SETTINGS.search(str(place)):  # not repeated, since a password may be in it
        raise LedgerError(
            "a database is named by a URL that begins with postgresql://, and this one does not; "
            "write postgresql://user@host/database"
        )
    return SQLiteLedger.open(place, patience=patience, any_thread=any_thread)


def _open_postgres(url: str) -> InvoiceLedger:
    try:
        from .postgresql import PostgresLedger  # noqa: PLC0415 - few need it, and fewer have it installed
    except ImportError as error:
        raise LedgerError(
            "a ledger in PostgreSQL takes psycopg, which is not installed: pip install 'psycopg[binary]'"
        ) from error
    return PostgresLedger.open(url)
