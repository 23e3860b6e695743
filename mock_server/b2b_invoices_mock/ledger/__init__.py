"""
The ledger: the mock's database of invoices, in SQLite or PostgreSQL.
"""

from .interface import InvoiceLedger
from .models import Create, Entry, ListQuery, Page, Snapshot
from .opening import is_in_database, open_ledger
from .sqlite import MEMORY, SQLiteLedger

__all__ = [
    "MEMORY",
    "Create",
    "Entry",
    "InvoiceLedger",
    "ListQuery",
    "Page",
    "SQLiteLedger",
    "Snapshot",
    "is_in_database",
    "open_ledger",
]
