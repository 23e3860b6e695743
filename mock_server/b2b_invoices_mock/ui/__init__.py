"""
The mock in a browser: what it was asked, what it has on record, and the reference of its API.
"""

from .routes import page_routes

__all__ = ["page_routes"]
