"""
Opening a ledger, whatever keeps it.
"""

from pathlib import Path

from .interface import InvoiceLedger
from .sqlite import MEMORY, SQLiteLedger


def open_ledger(place: str | Path = MEMORY, *, patience: float = 5, any_thread: bool = False) -> InvoiceLedger:
    """
    Open the ledger at *place*, made when it is not there.

    Args:
        place: Path of its file; `:memory:` is a new ledger that nothing remains of.
        patience: Seconds to wait for another process that has it locked.
        any_thread: Whether threads may share it; the caller then sees to it that they do so one at a time.

    Raises:
        LedgerError: When it cannot be opened, is no ledger, or is one of another version.
    """
    return SQLiteLedger.open(place, patience=patience, any_thread=any_thread)
