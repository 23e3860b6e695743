"""
What a mock is controlled by, once it runs.
"""

import attrs

from .clock import MockClock
from .faults import FaultPlan
from .ledger import Snapshot
from .operations import Mock
from .record import RequestRecord


@attrs.frozen
class Controls:
    """
    All that can be looked at and changed while the mock runs.

    Attributes:
        mock: What the operations work with.
        faults: What goes wrong on purpose.
        record: The requests seen.
        snapshots: What the ledger held at a time, by a name.
    """

    mock: Mock
    faults: FaultPlan
    record: RequestRecord
    snapshots: dict[str, Snapshot] = attrs.field(factory=dict)

    @property
    def clock(self) -> MockClock:
        """The mock's clock."""
        return self.mock.clock

    def erase(self) -> None:
        """
        Forget every invoice and every request seen.
        """
        self.mock.ledger.erase()
        self.record.clear()
