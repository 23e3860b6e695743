"""
Waiting for a ledger that another process has locked, or that is on another machine, while every other request goes on.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from .errors import LedgerBusy
from .ledger import InvoiceLedger

T = TypeVar("T")

_PAUSES = (0.001, 0.002, 0.005, 0.01, 0.02, *(0.025 for _ in range(40)))  # seconds, about one altogether


async def patiently(ledger: InvoiceLedger, use: Callable[[InvoiceLedger], T]) -> T:
    """
    Return what *use* of *ledger* returns; it is tried again for about a second while the ledger is locked.

    One that waits by itself is used in a thread, and once.

    Raises:
        LedgerBusy: When it is still locked.
    """
    if ledger.waits:
        return await asyncio.to_thread(use, ledger)
    for pause in _PAUSES:
        try:
            return use(ledger)
        except LedgerBusy:
            await asyncio.sleep(pause)
    return use(ledger)
