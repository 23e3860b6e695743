"""
The state of a running mock that `/_mock/` shows and changes.
"""

from collections.abc import Callable
from typing import TypeVar

import attrs

from b2b_invoices_mock.api.operations import Mock
from b2b_invoices_mock.api.rate_limit import RateLimiter
from b2b_invoices_mock.clock import MockClock
from b2b_invoices_mock.faults.plan import FaultPlan
from b2b_invoices_mock.ledger import InvoiceLedger, Snapshot
from b2b_invoices_mock.ledger.waiting import retry_while_locked
from b2b_invoices_mock.request_log import RequestLog
from b2b_invoices_mock.settings import Settings

T = TypeVar("T")


@attrs.frozen
class Controls:
    """
    The parts of a running mock that can be inspected and changed.

    Attributes:
        mock: The ledger, clock and settings that the operations use.
        faults: The planned faults.
        request_log: The latest requests.
        rate_limiter: Counts requests; None without a rate limit.
        snapshots: Stored snapshots of the ledger, by name.
    """

    mock: Mock
    faults: FaultPlan
    request_log: RequestLog
    rate_limiter: RateLimiter | None = None
    snapshots: dict[str, Snapshot] = attrs.field(factory=dict)
    _initial_settings: Settings = attrs.field(
        init=False, default=attrs.Factory(lambda self: self.mock.settings, takes_self=True)
    )

    @property
    def clock(self) -> MockClock:
        """The mock's clock."""
        return self.mock.clock

    async def use_ledger(self, use: Callable[[InvoiceLedger], T]) -> T:
        """
        Return the result of *use* on the ledger; retry while another process has locked it.

        Raises:
            LedgerBusy: If the ledger stays locked.
        """
        return await retry_while_locked(self.mock.ledger, use)

    async def erase_invoices(self) -> None:
        """
        Delete every invoice of every store; the next id is 1.
        """
        await self.use_ledger(lambda ledger: ledger.erase())

    async def reset(self) -> None:
        """
        Restore the state that the mock had when it started, without invoices and requests.
        """
        await self.erase_invoices()
        self.mock.settings = self._initial_settings
        self.clock.reset()
        self.faults.clear()
        self.request_log.reset()
        self.snapshots.clear()
        if self.rate_limiter is not None:
            self.rate_limiter.reset()
