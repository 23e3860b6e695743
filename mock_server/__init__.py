"""
A stateful mock of B2B Edition's invoices, for tests: no network, nothing to set up, nothing left behind.
"""

from .app import create_app
from .clock import MockClock
from .dialect import Dialect
from .faults import FaultPlan
from .ledger import InvoiceLedger, Snapshot, open_ledger
from .record import RequestRecord
from .settings import Settings, Store
from .spec import Contract

__all__ = [
    "Contract",
    "Dialect",
    "FaultPlan",
    "InvoiceLedger",
    "MockClock",
    "RequestRecord",
    "Settings",
    "Snapshot",
    "Store",
    "create_app",
    "open_ledger",
]
