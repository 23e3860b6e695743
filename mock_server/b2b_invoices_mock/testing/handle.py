"""
What a test can ask of a mock, wherever it runs.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import attrs

from b2b_invoices_mock.clock import MockClock
from b2b_invoices_mock.faults.kinds import Fault, parse_faults
from b2b_invoices_mock.faults.plan import FaultPlan
from b2b_invoices_mock.ledger import InvoiceLedger
from b2b_invoices_mock.request_log import RequestLog
from b2b_invoices_spec.contract import Contract

from .clock import Movable
from .received import ReceivedRequest


class Handle(Protocol):
    """Reaches into a mock."""

    @property
    def clock(self) -> Movable:
        """Its clock."""

    def fail(self, fault: Mapping[str, Any]) -> None:
        """Plan *fault*, as the control API takes it; raises `ValueError` when there is no such fault."""

    def faults_left(self) -> Sequence[Fault]:
        """Return the faults that no request has met yet."""

    def clear_faults(self) -> None:
        """Forget them."""

    def requests(self) -> list[ReceivedRequest]:
        """Return the requests that came, in their order."""

    def invoices(self, store_hash: str) -> list[dict[str, Any]]:
        """Return the invoices of a store, as they are on record, by id."""


@attrs.frozen
class LocalHandle:
    """
    Reaches into a mock in the same process.

    Attributes:
        clock: Its clock.
        faults: Its faults.
        ledger: Its invoices.
        record: Its requests.
        contract: What it keeps.
        lock: Held by whoever is at work in the mock.
    """

    clock: MockClock
    faults: FaultPlan
    ledger: InvoiceLedger
    record: RequestLog
    contract: Contract
    lock: AbstractContextManager[object]

    def fail(self, fault: Mapping[str, Any]) -> None:
        """
        Plan *fault*, as the control API takes it.

        Raises:
            ValueError: When there is no such fault.
        """
        self.faults.add(*parse_faults([fault]))

    def faults_left(self) -> Sequence[Fault]:
        """
        Return the faults that no request has met yet.
        """
        return self.faults.left

    def clear_faults(self) -> None:
        """
        Forget them.
        """
        self.faults.clear()

    def requests(self) -> list[ReceivedRequest]:
        """
        Return the requests that came, in their order.
        """
        return [ReceivedRequest.of(seen, self.contract) for seen in self.record]

    def invoices(self, store_hash: str) -> list[dict[str, Any]]:
        """
        Return the invoices of a store, as they are on record, by id.
        """
        with self.lock:
            entries = self.ledger.snapshot().entries
        return [{"id": entry.id, **entry.invoice} for entry in entries if entry.store_hash == store_hash]
