"""
Names of live runs, and how to find nightly runs by them when their journal is lost.
"""

import hashlib
import re
import secrets
from collections.abc import Iterator

from b2b_invoices_contract.targets import CannotRun, Target

from .guard import Budget
from .journal import MARKED, PREFIX, Journal, Run, digest
from .wire import MAX_PAGES, NoResponse, Surroundings, Wire

LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""Characters of names, without those that look alike."""

LENGTH = 8
"""Number of characters in a name."""

_MINUTE, _HOUR, _FORTNIGHT = 60, 3600, 14 * 24 * 3600  # seconds
_MARK = re.compile(rf"{PREFIX}([A-Z0-9]{{{LENGTH}}})-")


def new_name() -> str:
    """
    Return a random name for a run.
    """
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def nightly_name(store: str, at: float) -> str:
    """
    Return the name of the nightly run in *store*, a digest, that starts *at* this time in Unix seconds.

    The name follows from the store and the minute, so that its invoices can be found without the journal. That an
    invoice number of somebody else has the same eight characters by accident is next to impossible.
    """
    number = int.from_bytes(hashlib.sha256(f"nightly {store} {int(at // _MINUTE)}".encode()).digest())
    return "".join(LETTERS[number // len(LETTERS) ** place % len(LETTERS)] for place in range(LENGTH))


def lost_nightly_runs(target: Target, journal: Journal, around: Surroundings, *, share: float) -> Iterator[Run]:
    """
    Yield the nightly runs of the last 14 days that left invoices on *target*, or raise `CannotRun` when it is down.

    Leaves out runs of the last hour, which may still be running, and runs that *journal* has as kept. Includes finished
    runs, since a create without a response can be carried out late.
    """
    now, store = around.clock(), digest(target.store.store_hash)
    search = Run.on(target, "", now)
    with Wire.open(target, search, journal, budget=Budget(2 * MAX_PAGES, 0), share=share, around=around) as wire:
        try:
            found = {name for invoice in wire.search(PREFIX) for name in _names_in(invoice)}
        except NoResponse as error:
            raise CannotRun(f"cannot find nightly runs: {error}; run the command again") from error
    possible = {nightly_name(store, now - ago) for ago in range(_HOUR, _FORTNIGHT, _MINUTE)} - journal.kept()
    for name in sorted(found & possible):
        yield journal.find(name) or Run.on(target, name, now)


def _names_in(invoice: object) -> Iterator[str]:
    if isinstance(invoice, dict):
        for field in MARKED:
            if found := _MARK.match(str(invoice.get(field))):
                yield found[1]
