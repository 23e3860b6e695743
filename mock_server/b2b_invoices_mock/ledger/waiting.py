"""
Waiting for a ledger that another process has locked, or that is on another machine, while every other request goes on.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from b2b_invoices_mock.api.errors import LedgerBusy

from . import InvoiceLedger

T = TypeVar("T")

_PAUSE, _ATTEMPTS = 0.002, 2500  # seconds; short, since a lock is free for moments only while others are at work


async def retry_while_locked(ledger: InvoiceLedger, use: Callable[[InvoiceLedger], T]) -> T:
    """
    Return what *use* of *ledger* returns; it is tried again for about five seconds while the ledger is locked.

    One that waits by itself is used in a thread, and once.

    Raises:
        LedgerBusy: When it is still locked.
    """
    if ledger.waits:
        return await asyncio.to_thread(use, ledger)
    for _ in range(_ATTEMPTS):
        try:
            return use(ledger)
        except LedgerBusy:
            await asyncio.sleep(_PAUSE)
    return use(ledger)
