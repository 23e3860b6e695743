"""
A stateful mock of B2B Edition's invoices, for tests and as a server.
"""

from .api.dialect import Dialect
from .app import create_app
from .clock import MockClock
from .faults.plan import FaultPlan
from .ledger import InvoiceLedger, Snapshot, open_ledger
from .request_log import RequestLog
from .settings import Settings, Store

__all__ = [
    "Dialect",
    "FaultPlan",
    "InvoiceLedger",
    "MockClock",
    "RequestLog",
    "Settings",
    "Snapshot",
    "Store",
    "create_app",
    "open_ledger",
]
