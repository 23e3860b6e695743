"""
Leaving nothing behind in a store that people use, and nothing touched that is not ours.
"""

from contextlib import suppress

import attrs

from b2b_invoices_contract.targets import CannotRun, Target

from .asking import PAGE, TRIES, NoAnswer, ask, page, pause, search
from .guard import Budget
from .journal import Journal, Run, id_of
from .wire import Surroundings, Wire

SETTLING = 30.0
"""Seconds after which a create that nobody answered is taken to be recorded, or never to be."""

INTERRUPTED = "it was interrupted"
"""Why nobody can be sure that none is left, when somebody wanted it to stop."""

_ROUNDS = 5  # of listing and deleting, until a list shows none
_LOOKS = 3  # at a store in which an invoice may turn up late
_GONE = {200, 204, 404}
_OK, _NOT_FOUND = 200, 404


@attrs.frozen
class Cleaned:
    """
    What became of the invoices of a run.

    Attributes:
        run: The run.
        deleted: How many were deleted now.
        left: Ids of those that are still there.
        problem: Why nobody can be sure that none is left; empty when it was seen.
        untraced: How many creates there were that nobody answered, and of which nothing was found.
    """

    run: Run
    deleted: int = 0
    left: tuple[int, ...] = ()
    problem: str = ""
    untraced: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether it was seen that none is left."""
        return not self.left and not self.problem


def most_requests(creations: int) -> int:
    """
    Return how many requests it may take to clean up after so many *creations*, when much of it fails.
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
    Delete every invoice of *run*, those that the journal knows and those that bear its mark, and look for more.

    It has a budget of its own, by the number of *creations*, so that a run that used up its requests is cleaned all the
    same.
    """
    budget = Budget(requests=most_requests(max(creations, len(journal.left(run)))), creations=0)
    with Wire.open(target, run, journal, budget=budget, share=share, around=around) as wire:
        sweep = _Sweep(wire)
        problem = ""
        try:
            sweep.clean(settling)
        except (NoAnswer, CannotRun) as trouble:
            problem = str(trouble)
        except KeyboardInterrupt:
            problem = INTERRUPTED
    cleaned = Cleaned(run, len(sweep.deleted - set(sweep.left)), sweep.left, problem, journal.untraced(run))
    if cleaned.is_clean:
        journal.finish(run, around.clock(), kept=False)
    return cleaned


@attrs.define
class _Sweep:
    """
    One cleaning.

    Attributes:
        wire: The way to the store.
        deleted: Ids of those whose delete was said to have gone well.
        listed: Ids of those that the latest list has, but for those that were deleted since.
        gone: Ids that a delete has found gone, though a list that lags may have them.
        foreign: Ids that were said to be of the run, but are not, or not any more.
        refused: What the refusal of a delete said, by id.
        hidden: Id of an invoice that was there, and that no list showed; None when there was none.
    """

    wire: Wire
    deleted: set[int] = attrs.field(factory=set)
    listed: set[int] = attrs.field(factory=set)
    gone: set[int] = attrs.field(factory=set)
    foreign: set[int] = attrs.field(factory=set)
    refused: dict[int, str] = attrs.field(factory=dict)
    hidden: int | None = None

    def clean(self, settling: float) -> None:
        """
        Delete what is there, and look again, more than once where something may turn up late.

        Raises:
            NoAnswer: When nobody can be sure that nothing is left.
        """
        journal, run = self.wire.journal, self.wire.run
        self._let_settle(settling)
        may_turn_up = journal.last_unanswered(run) is not None
        if may_turn_up:
            with suppress(NoAnswer):  # which the next look meets again, and deletes what it can all the same
                self._wait_for_list()
        for look in range(_LOOKS if may_turn_up else 1):
            if look:
                self.wire.around.sleep(settling / 2)
            self._delete_all(thoroughly=may_turn_up)
        self._check_proof(may_turn_up=may_turn_up)

    @property
    def left(self) -> tuple[int, ...]:
        """Ids of the invoices that are there still, or were when it was looked last."""
        return tuple(sorted({*self.wire.journal.left(self.wire.run), *self.listed} - self.gone - self.foreign))

    def _let_settle(self, settling: float) -> None:
        unanswered = self.wire.journal.last_unanswered(self.wire.run)
        if unanswered is not None and (seconds := unanswered + settling - self.wire.around.clock()) > 0:
            self.wire.around.sleep(min(seconds, settling))

    def _wait_for_list(self) -> None:
        """
        Wait until the list shows an invoice that is known to be there, since it could hide others as well.
        """
        known = (self.wire.journal.created(self.wire.run) & set(self.wire.journal.left(self.wire.run))) - self.foreign
        there = next((invoice_id for invoice_id in sorted(known) if self._bears_mark(invoice_id)), None)
        for attempt in range(TRIES):
            if there is None or there in self._look():
                self.hidden = None
                return
            self.hidden = there
            pause(self.wire, attempt)

    def _check_proof(self, *, may_turn_up: bool) -> None:
        if self.foreign:
            # It was said to be ours, but may be somebody else's, or may be by now: it stays.
            raise NoAnswer(f"invoice {min(self.foreign)} was said to be created, but does not bear the run's mark")
        if self.refused:
            raise NoAnswer(next(iter(self.refused.values())))
        if stale := self.listed & self.gone:
            raise NoAnswer(f"the list still shows invoice {min(stale)}, though the service says that it is gone")
        if self.listed:
            raise NoAnswer("the list still shows them")
        if may_turn_up and self.hidden is not None:
            raise NoAnswer(
                f"the list did not show invoice {self.hidden}, which was there, so it does not tell whether a create "
                "that nobody answered has left one"
            )

    def _delete_all(self, *, thoroughly: bool) -> None:
        """
        List what is there and delete it, until a list shows none; look *thoroughly* where the search may miss some.
        """
        for attempt in range(_ROUNDS + 1):
            if attempt > 1:
                pause(self.wire, attempt - 2)
            left = set(self.wire.journal.left(self.wire.run))
            try:
                self.listed = self._look(thoroughly=thoroughly)
            except NoAnswer:
                self._delete_own(left - self.foreign)  # which needs no list
                raise
            remaining = (self.listed | left) - self.foreign - self.refused.keys()
            if not remaining or attempt == _ROUNDS:
                return
            self._delete_own(remaining - self.gone)

    def _delete_own(self, invoice_ids: set[int]) -> None:
        """
        Delete those of the invoices that bear the run's mark.

        A create's answer and a list that agree on an id are enough to know. The others are read first, and are foreign
        when they do not bear it.
        """
        agreed = self.listed & self.wire.journal.created(self.wire.run)
        for invoice_id in sorted(invoice_ids):
            bears_mark = invoice_id in agreed or self._bears_mark(invoice_id)
            if bears_mark or (bears_mark is None and invoice_id in self.listed):
                self._delete(invoice_id)
            elif bears_mark is not None:
                self.foreign.add(invoice_id)

    def _look(self, *, thoroughly: bool = False) -> set[int]:
        """
        Return the ids of the invoices that bear the run's mark, by a search, and *thoroughly* by a look at the newest.
        """
        newest = page(self.wire, {"limit": str(PAGE)})[0] if thoroughly else []
        return {
            found
            for invoice in [*search(self.wire, self.wire.run.mark), *newest]
            if self.wire.run.marked(invoice)
            if (found := id_of(invoice))
        }

    def _bears_mark(self, invoice_id: int) -> bool | None:
        """
        Return whether the invoice, read just now, is the one of this id and bears the run's mark; None when it is gone.
        """
        exchange = ask(self.wire, "GET", f"/invoices/{invoice_id}")
        if exchange.status == _NOT_FOUND:
            return None
        if exchange.status != _OK:
            raise NoAnswer(f"a read of invoice {invoice_id} was answered {exchange.status}")
        invoice = exchange.get("data")
        return self.wire.run.marked(invoice) and id_of(invoice) == invoice_id

    def _delete(self, invoice_id: int) -> None:
        exchange = ask(self.wire, "DELETE", f"/invoices/{invoice_id}")
        if exchange.status not in _GONE:
            self.refused[invoice_id] = f"the delete of invoice {invoice_id} was answered {exchange.status}"
        elif exchange.status == _NOT_FOUND:
            self.gone.add(invoice_id)
        else:
            self.deleted.add(invoice_id)
            self.listed.discard(invoice_id)
