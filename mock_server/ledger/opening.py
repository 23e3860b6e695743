"""
Opening a ledger, whatever keeps it.
"""

from pathlib import Path

from mock_server.errors import LedgerError

from .interface import InvoiceLedger
from .sqlite import MEMORY, SQLiteLedger

_POSTGRESQL = ("postgresql://", "postgres://")


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
    if isinstance(place, str) and place.startswith(_POSTGRESQL):
        return _open_postgres(place)
    return SQLiteLedger.open(place, patience=patience, any_thread=any_thread)


def _open_postgres(url: str) -> InvoiceLedger:
    try:
        from .postgresql import PostgresLedger  # noqa: PLC0415 - few need it, and fewer have it installed
    except ImportError as error:
        raise LedgerError(
            "a ledger in PostgreSQL takes psycopg, which is not installed: pip install 'psycopg[binary]'"
        ) from error
    return PostgresLedger.open(url)
