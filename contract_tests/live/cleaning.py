"""
Leaving nothing behind in a store that people use, and nothing touched that is not ours.
"""

from collections.abc import Iterator

import attrs
import httpx

from contract_tests.targets import Target
from contract_tests.traffic import Exchange

from .guard import Budget
from .journal import Journal, Run, id_of
from .obstacles import obstacle
from .wire import Surroundings, Wire

SETTLING = 30.0
"""Seconds after which a create that nobody answered is taken to be recorded, or never to be."""

_PAGE = 250
_PAGES = 40
_ROUNDS = 3
_TRIES = 4
_PAUSE = 2.0  # seconds; twice as many each time
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
    """

    run: Run
    deleted: int = 0
    left: tuple[int, ...] = ()
    problem: str = ""

    @property
    def is_clean(self) -> bool:
        """Whether it was seen that none is left."""
        return not self.left and not self.problem


def clean(
    target: Target,
    run: Run,
    journal: Journal,
    around: Surroundings,
    *,
    share: float,
    settling: float = SETTLING,
) -> Cleaned:
    """
    Delete every invoice of *run*, those that the journal knows and those that bear its mark, and look for more.

    It has a budget of its own, so that a run that used up its requests is cleaned all the same.
    """
    budget = Budget(requests=_PAGES * _ROUNDS + 10 * (len(journal.left(run)) + 40), creations=0)
    with Wire.open(target, run, journal, budget=budget, share=share, around=around) as wire:
        try:
            cleaned = _clean(wire, settling)
        except _Trouble as trouble:
            cleaned = Cleaned(run, left=tuple(journal.left(run)), problem=str(trouble))
    if cleaned.is_clean:
        journal.finish(run, around.clock(), kept=False)
    return cleaned


class _Trouble(Exception):  # noqa: N818 - it is why nobody can be sure, not an error of ours
    """The store does not answer, or not so that it could be seen what is left."""


def _clean(wire: Wire, settling: float) -> Cleaned:
    _let_settle(wire, settling)
    deleted = 0
    foreign: set[int] = set()
    for _ in range(_ROUNDS):
        try:
            listed = set(_listed(wire))
        except _Trouble:
            _delete_own(wire, wire.journal.left(wire.run), set(), foreign)  # which needs no list
            raise
        # A create's answer and a list that agree on an id are enough; else it is read first.
        agreed = listed & wire.journal.created(wire.run)
        remaining = sorted(listed.union(wire.journal.left(wire.run)) - foreign)
        if not remaining:
            break
        deleted += _delete_own(wire, remaining, agreed, foreign)
    if foreign:
        # It was said to be ours, but may be somebody else's, or may be by now: it stays.
        raise _Trouble(f"invoice {min(foreign)} was said to be created, but does not bear the run's mark")
    return Cleaned(wire.run, deleted, tuple(wire.journal.left(wire.run)) or tuple(_listed(wire)))


def _delete_own(wire: Wire, invoice_ids: list[int], agreed: set[int], foreign: set[int]) -> int:
    """
    Delete those of the invoices that bear the run's mark, and return how many went.

    Those *agreed* are known to bear it; the others are read first, and added to *foreign* when they do not.
    """
    deleted = 0
    for invoice_id in invoice_ids:
        bears_mark = invoice_id in agreed or _bears_mark(wire, invoice_id)
        if bears_mark:
            deleted += _delete(wire, invoice_id)
        elif bears_mark is not None:
            foreign.add(invoice_id)
    return deleted


def _let_settle(wire: Wire, settling: float) -> None:
    unanswered = wire.journal.last_unanswered(wire.run)
    if unanswered is not None and (seconds := unanswered + settling - wire.around.clock()) > 0:
        wire.around.sleep(min(seconds, settling))


def _listed(wire: Wire) -> Iterator[int]:
    """
    Yield the ids of all invoices that bear the mark of the run, and of no other.
    """
    offset = 0
    for _ in range(_PAGES):
        query = {"q": wire.run.mark, "limit": str(_PAGE), "offset": str(offset)}
        exchange = _try(wire, "GET", "/invoices", query)
        page = exchange.get("data")
        if exchange.status != _OK or not isinstance(page, list):
            raise _Trouble(f"the list of invoices was answered {exchange.status}")
        yield from (found for invoice in page if wire.run.marked(invoice) and (found := id_of(invoice)))
        offset += len(page)
        total = exchange.get("meta", "pagination", "totalCount")
        if not page or (isinstance(total, int) and offset >= total):
            return
    raise _Trouble(f"the list did not end within {_PAGES * _PAGE} invoices")


def _bears_mark(wire: Wire, invoice_id: int) -> bool | None:
    """
    Return whether the invoice, read just now, is the one of this id and bears the run's mark; None when it is gone.
    """
    exchange = _try(wire, "GET", f"/invoices/{invoice_id}")
    if exchange.status == _NOT_FOUND:
        return None
    if exchange.status != _OK:
        raise _Trouble(f"a read of invoice {invoice_id} was answered {exchange.status}")
    invoice = exchange.get("data")
    return wire.run.marked(invoice) and id_of(invoice) == invoice_id


def _delete(wire: Wire, invoice_id: int) -> bool:
    exchange = _try(wire, "DELETE", f"/invoices/{invoice_id}")
    if exchange.status not in _GONE:
        raise _Trouble(f"the delete of invoice {invoice_id} was answered {exchange.status}")
    return exchange.is_success


def _try(wire: Wire, method: str, path: str, query: dict[str, str] | None = None) -> Exchange:
    trouble = ""
    for attempt in range(_TRIES):
        request = wire.client.build_request(method, path, params=query, headers=wire.target.store.headers)
        try:
            exchange = wire.send(request)
        except httpx.RequestError as error:
            trouble = f"there was no answer ({type(error).__name__})"
        else:
            trouble = obstacle(exchange.status, exchange.headers, exchange.body)
            if not trouble:
                return exchange
        wire.around.sleep(_PAUSE * 2**attempt)
    raise _Trouble(f"{method} {path} failed {_TRIES} times: {trouble}")
