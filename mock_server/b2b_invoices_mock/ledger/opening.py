"""
Opening a ledger in memory, in a file or in PostgreSQL.
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
    Return whether a ledger at *place* is in PostgreSQL rather than in SQLite.
    """
    return place.startswith(_POSTGRESQL)


def open_ledger(place: str | Path = MEMORY, *, patience: float = 5, any_thread: bool = False) -> InvoiceLedger:
    """
    Open the ledger at *place*, and create it if it does not exist.

    Args:
        place: Path of a file, `postgresql://...` for a ledger that several machines share, or `:memory:` for a new
            ledger that is not saved.
        patience: Seconds to wait for another process that has the file locked.
        any_thread: Whether several threads may use the ledger; only one at a time may use one in memory or in a file.

    Raises:
        LedgerError: When it cannot be opened, is not a ledger, or has another version.
    """
    if not str(place):  # SQLite would open a temporary file
        raise LedgerError("empty ledger path: expected a file, postgresql://... or :memory:")
    if isinstance(place, str) and is_in_database(place):
        return _open_postgres(place)
    if _URL.match(str(place)) or _SETTINGS.search(str(place)):  # the message must not show a password
        raise LedgerError("unsupported ledger URL: expected a URL such as postgresql://user@host/database")
    return SQLiteLedger.open(place, patience=patience, any_thread=any_thread)


def _open_postgres(url: str) -> InvoiceLedger:
    try:
        from .postgresql import PostgresLedger  # noqa: PLC0415 - psycopg is an optional dependency
    except ImportError as error:
        raise LedgerError(
            "a ledger in PostgreSQL needs psycopg, which is not installed: pip install 'psycopg[binary]'"
        ) from error
    return PostgresLedger.open(url)
