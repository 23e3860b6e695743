"""
Nightly runs that left something though no journal says so, found by the names that they left in a store.
"""

import re
from collections.abc import Iterator

from b2b_invoices_contract.targets import CannotRun, Target

from .asking import PAGES, NoAnswer, search
from .guard import Budget
from .journal import MARKED, PREFIX, Journal, Run, digest
from .names import LENGTH, nightly_names
from .wire import Surroundings, Wire

_FORTNIGHT, _HOUR = 14 * 24 * 3600, 3600
_NAME = re.compile(rf"{PREFIX}([A-Z0-9]{{{LENGTH}}})-")


def lost_runs(target: Target, journal: Journal, around: Surroundings, *, share: float) -> list[Run]:
    """
    Return the nightly runs of the last fortnight that left invoices on *target*.

    Those of the last hour are not among them, since they may be at work; nor those that *journal* has as kept. One that
    it has as finished is, since a create can have been carried out after all.

    Raises:
        CannotRun: When the store does not tell.
    """
    now, store = around.clock(), digest(target.store.store_hash)
    possible = nightly_names(store, now - _FORTNIGHT, now - _HOUR)
    looking = Run.on(target, "", now)
    with Wire.open(target, looking, journal, budget=Budget(2 * PAGES, 0), share=share, around=around) as wire:
        try:
            names = {name for invoice in search(wire, PREFIX) for name in _names(invoice)}
        except NoAnswer as error:
            raise CannotRun(f"nobody can tell what earlier nights have left: {error}; run it again") from error
    return [journal.find(name) or Run.on(target, name, now) for name in sorted(names & possible - journal.kept())]


def _names(invoice: object) -> Iterator[str]:
    for field in MARKED:
        found = _NAME.match(str(invoice.get(field))) if isinstance(invoice, dict) else None
        if found:
            yield found[1]
