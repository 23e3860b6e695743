"""
A stateful mock of B2B Edition's invoices, for tests: no network, nothing to set up, nothing left behind.
"""

from .app import create_app
from .dialect import Dialect
from .faults import FaultPlan
from .ledger import InvoiceLedger
from .settings import Settings, Store
from .spec import Contract

__all__ = ["Contract", "Dialect", "FaultPlan", "InvoiceLedger", "Settings", "Store", "create_app"]
