"""
What a mock is controlled by, once it runs.
"""

import attrs

from b2b_invoices_mock.api.operations import Mock
from b2b_invoices_mock.api.rate_limit import RateLimiter
from b2b_invoices_mock.clock import MockClock
from b2b_invoices_mock.faults.plan import FaultPlan
from b2b_invoices_mock.ledger import Snapshot
from b2b_invoices_mock.ledger.waiting import retry_while_locked
from b2b_invoices_mock.request_log import RequestLog
from b2b_invoices_mock.settings import Settings


@attrs.frozen
class Controls:
    """
    All that can be looked at and changed while the mock runs.

    Attributes:
        mock: What the operations work with.
        faults: What goes wrong on purpose.
        record: The requests seen.
        rates: What counts requests against the limit; None when there is none.
        snapshots: What the ledger held at a time, by a name.
    """

    mock: Mock
    faults: FaultPlan
    record: RequestLog
    rates: RateLimiter | None = None
    snapshots: dict[str, Snapshot] = attrs.field(factory=dict)
    _settings: Settings = attrs.field(
        init=False, default=attrs.Factory(lambda self: self.mock.settings, takes_self=True)
    )

    @property
    def clock(self) -> MockClock:
        """The mock's clock."""
        return self.mock.clock

    async def erase(self) -> None:
        """
        Forget every invoice and every request seen.
        """
        await retry_while_locked(self.mock.ledger, lambda ledger: ledger.erase())
        self.record.clear()

    async def reset(self) -> None:
        """
        Forget all that happened and all that was told since the start: it is as a mock that has just started.
        """
        await retry_while_locked(self.mock.ledger, lambda ledger: ledger.erase())
        self.mock.settings = self._settings
        self.clock.reset()
        self.faults.clear()
        self.record.reset()
        self.snapshots.clear()
        if self.rates is not None:
            self.rates.reset()
