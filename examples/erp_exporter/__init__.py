"""
A small ERP exporter: creates one invoice in B2B Edition for each order.

Its tests show how to test such a program with `b2b_mock`.
"""

from .export import Report, export
from .orders import Line, Order, Rejection, read_orders
from .reminders import overdue

__all__ = ["Line", "Order", "Rejection", "Report", "export", "overdue", "read_orders"]
