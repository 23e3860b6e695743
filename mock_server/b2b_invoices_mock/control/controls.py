"""
The state of a running mock that `/_mock/` shows and changes.
"""

import attrs

from b2b_invoices_mock.api.operations import Mock
from b2b_invoices_mock.api.rate_limit import RateLimiter
from b2b_invoices_mock.faults.plan import FaultPlan
from b2b_invoices_mock.ledger import Snapshot
from b2b_invoices_mock.request_log import RequestLog
from b2b_invoices_mock.settings import Settings


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

    async def reset(self) -> None:
        """
        Restore the state that the mock had when it started, without invoices and requests.
        """
        await self.mock.ledger.use(lambda ledger: ledger.erase())
        self.mock.settings = self._initial_settings
        self.mock.clock.reset()
        self.faults.clear()
        self.request_log.reset()
        self.snapshots.clear()
        if self.rate_limiter is not None:
            self.rate_limiter.reset()
