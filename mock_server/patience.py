"""
Waiting for a ledger that another process has locked, while every other request goes on.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from .errors import LedgerBusy

T = TypeVar("T")

_PAUSES = (0.001, 0.002, 0.005, 0.01, 0.02, *(0.025 for _ in range(40)))  # seconds, about one altogether


async def patiently(use: Callable[[], T]) -> T:
    """
    Return what *use* of the ledger returns, tried again for about a second while the ledger is locked.

    Raises:
        LedgerBusy: When it is still locked.
    """
    for pause in _PAUSES:
        try:
            return use()
        except LedgerBusy:
            await asyncio.sleep(pause)
    return use()
