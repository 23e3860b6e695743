"""
A small ERP exporter: what it was told of orders becomes invoices in B2B Edition, each of them once.

Its tests show how to test such a thing with `b2b_mock`.
"""

from .export import Report, export
from .orders import Line, Order, Rejection, read_orders
from .reminders import overdue

__all__ = ["Line", "Order", "Rejection", "Report", "export", "overdue", "read_orders"]
