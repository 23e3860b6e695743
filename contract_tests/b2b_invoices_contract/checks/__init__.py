"""
Checks: one function for each promise, by operation.
"""

from . import create_invoice, delete_invoice, every_operation, list_invoices
from .check import Check, Comparisons, all_checks, check, checks_of

__all__ = [
    "Check",
    "Comparisons",
    "all_checks",
    "check",
    "checks_of",
    "create_invoice",
    "delete_invoice",
    "every_operation",
    "list_invoices",
]
