"""
Mocks for tests: what the pytest fixtures `b2b_mock` and `b2b_mock_server` return.
"""

from .clock import Clock
from .local import local_mock
from .mock import B2BMock, PlainFault
from .options import Credentials, Options
from .received import ReceivedRequest

__all__ = ["B2BMock", "Clock", "Credentials", "Options", "PlainFault", "ReceivedRequest", "local_mock"]
