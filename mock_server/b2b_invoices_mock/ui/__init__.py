"""
Web pages under `/_mock/`: requests, invoices, controls and the API reference.
"""

from .routes import page_routes

__all__ = ["page_routes"]
