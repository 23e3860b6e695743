"""
Cleanup: deletes the invoices of a run, and only those, and verifies that none is left.
"""

from collections.abc import Iterable
from contextlib import suppress

import attrs

from b2b_invoices_contract.targets import CannotRun, Target

from .guard import Budget
from .journal import Journal, Run, id_of
from .wire import TRIES, NoResponse, Surroundings, Wire

SETTLING = 30.0
"""Seconds after which a create without a response is assumed to be carried out, or lost for good."""

_ROUNDS = 5  # of listing and deleting, until the list shows none
_LOOKS = 3  # when a create may be carried out late
_OK, _NO_CONTENT, _NOT_FOUND = 200, 204, 404


@attrs.frozen
class Cleaned:
    """
    Result of the cleanup of a run.

    Attributes:
        deleted: Number of invoices that this cleanup deleted.
        left: Ids of the invoices that still exist.
        problem: Why invoices may be left; empty when it is certain that none is.
        untraced: Number of creates without a response of which no invoice was found.
        is_interrupted: Whether the user interrupted it.
    """

    run: Run
    deleted: int = 0
    left: tuple[int, ...] = ()
    problem: str = ""
    untraced: int = 0
    is_interrupted: bool = False

    @property
    def is_clean(self) -> bool:
        """True if it is certain that no invoice is left."""
        return not self.left and not self.problem


def most_requests(creations: int) -> int:
    """
    Return the budget of requests for a cleanup after so many *creations*, with room for retries.
    """
    return 40 + 6 * creations


def clean(
    target: Target,
    run: Run,
    journal: Journal,
    around: Surroundings,
    *,
    share: float,
    settling: float = SETTLING,
    creations: int = Budget().creations,
) -> Cleaned:
    """
    Delete every invoice of *run* that the journal has or that bears its mark, and look for more.

    The budget is separate from that of the run, so that a run that has used up its requests is cleaned up too.
    """
    budget = Budget(requests=most_requests(max(creations, len(journal.ids(run, "left")))), creations=0)
    with Wire.open(target, run, journal, budget=budget, share=share, around=around) as wire:
        cleanup = _Cleanup(wire, run, journal, settling, is_late=bool(journal.pending(run)))
        is_interrupted = False
        try:
            cleanup.delete_everything()
            problem = cleanup.doubt()
        except (NoResponse, CannotRun) as error:
            problem = str(error)
        except KeyboardInterrupt:
            problem, is_interrupted = "it was interrupted", True
    deleted = len(cleanup.deleted - cleanup.left)
    found_late = journal.ids(run, "confirmed") - journal.ids(run, "created")
    untraced = max(0, len(journal.pending(run)) - len(found_late))
    cleaned = Cleaned(run, deleted, tuple(sorted(cleanup.left)), problem, untraced, is_interrupted)
    if cleaned.is_clean:
        journal.finish(run, around.clock(), kept=False)
    return cleaned


@attrs.define
class _Cleanup:
    """
    State of a cleanup.

    Attributes:
        settling: Seconds after which a create without a response has been carried out, or never will be.
        is_late: Whether there is such a create, so that an invoice can appear during the cleanup.
        deleted: Ids that were deleted.
        listed: Ids in the latest list, without those deleted since.
        gone: Ids that a delete did not find, although a list that lags may show them.
        foreign: Ids in the journal whose invoices do not have the mark of the run; they are not deleted.
        rejected: Why deletes were rejected, by id.
        unlisted: Id of an invoice that exists but is not in the list; None when the list is complete.
    """

    wire: Wire
    run: Run
    journal: Journal
    settling: float
    is_late: bool
    deleted: set[int] = attrs.field(factory=set)
    listed: set[int] = attrs.field(factory=set)
    gone: set[int] = attrs.field(factory=set)
    foreign: set[int] = attrs.field(factory=set)
    rejected: dict[int, str] = attrs.field(factory=dict)
    unlisted: int | None = None

    @property
    def left(self) -> set[int]:
        """Ids of the invoices that still exist, as far as known."""
        return (self.journal.ids(self.run, "left") | self.listed) - self.gone - self.foreign

    def delete_everything(self) -> None:
        if not self.is_late:
            self._delete_listed()
            return
        self._let_creates_settle()
        with suppress(NoResponse):  # _delete_listed meets the same problem after deleting what it can
            self._wait_for_list()
        for look in range(_LOOKS):
            if look:
                self.wire.around.sleep(self.settling / 2)
            self._delete_listed()

    def doubt(self) -> str:
        """
        Return why invoices may be left; empty when it is certain that none is.
        """
        if self.foreign:
            return f"invoice {min(self.foreign)} is in the journal, but does not have the mark of the run"
        if self.rejected:
            return next(iter(self.rejected.values()))
        if stale := self.listed & self.gone:
            return f"the list still shows invoice {min(stale)}, although the API reports it as deleted"
        if self.listed:
            return "the list still shows them"
        if self.unlisted is not None:
            return (
                f"the list did not show invoice {self.unlisted}, which existed, so it may also lack an invoice of a "
                "create without a response"
            )
        return ""

    def _let_creates_settle(self) -> None:
        seconds = max(self.journal.pending(self.run)) + self.settling - self.wire.around.clock()
        if seconds > 0:
            self.wire.around.sleep(min(seconds, self.settling))

    def _wait_for_list(self) -> None:
        """
        Wait until the list shows an invoice that exists; while it does not, it may lack others, too.
        """
        known = self.journal.ids(self.run, "created") & self.journal.ids(self.run, "left")
        existing = next((invoice_id for invoice_id in sorted(known) if self._bears_mark(invoice_id)), None)
        for attempt in range(TRIES):
            if existing is None or existing in self._search():
                self.unlisted = None
                return
            self.unlisted = existing
            self.wire.pause(attempt)

    def _delete_listed(self) -> None:
        for attempt in range(_ROUNDS + 1):
            if attempt > 1:
                self.wire.pause(attempt - 2)
            left = self.journal.ids(self.run, "left")
            try:
                self.listed = self._list()
            except NoResponse:
                self._delete_own(left - self.foreign)
                raise
            remaining = (self.listed | left) - self.foreign - self.rejected.keys()
            if not remaining or attempt == _ROUNDS:
                return
            self._delete_own(remaining - self.gone)

    def _list(self) -> set[int]:
        found = self._search()
        return found | self._marked(self.wire.newest()) if self.is_late else found

    def _search(self) -> set[int]:
        return self._marked(self.wire.search(self.run.mark))

    def _marked(self, invoices: Iterable[object]) -> set[int]:
        marked = [invoice for invoice in invoices if self.run.marked(invoice)]
        return {invoice_id for invoice in marked if (invoice_id := id_of(invoice))}

    def _delete_own(self, invoice_ids: set[int]) -> None:
        """
        Delete the invoices that have the mark; read those first whose id is not in both a create and the list.
        """
        certain = self.journal.ids(self.run, "created") & self.listed
        for invoice_id in sorted(invoice_ids):
            bears_mark = invoice_id in certain or self._bears_mark(invoice_id)
            if bears_mark or (bears_mark is None and invoice_id in self.listed):
                self._delete(invoice_id)
            elif bears_mark is not None:
                self.foreign.add(invoice_id)

    def _bears_mark(self, invoice_id: int) -> bool | None:
        """
        Return whether the invoice, read now, has the mark of the run; None when it does not exist.
        """
        exchange = self.wire.ask("GET", f"/invoices/{invoice_id}")
        if exchange.status == _NOT_FOUND:
            return None
        if exchange.status != _OK:
            raise NoResponse(f"the response to a read of invoice {invoice_id} was {exchange.status}")
        invoice = exchange.get("data")
        return self.run.marked(invoice) and id_of(invoice) == invoice_id

    def _delete(self, invoice_id: int) -> None:
        exchange = self.wire.ask("DELETE", f"/invoices/{invoice_id}")
        if exchange.status == _NOT_FOUND:
            self.gone.add(invoice_id)
        elif exchange.status in {_OK, _NO_CONTENT}:
            self.deleted.add(invoice_id)
            self.listed.discard(invoice_id)
        else:
            self.rejected[invoice_id] = f"the response to the delete of invoice {invoice_id} was {exchange.status}"
