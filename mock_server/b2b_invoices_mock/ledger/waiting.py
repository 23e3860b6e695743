"""
Waiting for a ledger that is locked or slow, while the event loop serves other requests.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from b2b_invoices_mock.api.errors import LedgerBusy

from . import InvoiceLedger

T = TypeVar("T")

_PAUSE, _ATTEMPTS = 0.002, 2500  # seconds; short, since other processes release the lock only for moments


async def retry_while_locked(ledger: InvoiceLedger, use: Callable[[InvoiceLedger], T]) -> T:
    """
    Return the result of *use*, called with *ledger*, and retry for about five seconds while the ledger is locked.

    For a ledger that waits by itself, *use* is called once, in a thread.

    Raises:
        LedgerBusy: When the ledger stays locked.
    """
    if ledger.waits:
        return await asyncio.to_thread(use, ledger)
    for _ in range(_ATTEMPTS):
        try:
            return use(ledger)
        except LedgerBusy:
            await asyncio.sleep(_PAUSE)
    return use(ledger)
