"""
The command `cleanup`: what runs left that were killed.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from b2b_invoices_contract.redaction import Redaction
from b2b_invoices_contract.targets import CannotRun, Credentials, Target

from . import summary
from .cleaning import INTERRUPTED, SETTLING, Cleaned, clean
from .command import check_live_target
from .discovery import lost_runs
from .flags import JOURNAL, Seconds, Share
from .interruptions import interruptible
from .journal import Journal, Run, digest
from .lock import Held
from .names import LENGTH, LETTERS
from .terminal import complain
from .wire import Surroundings


def cleanup(
    *,
    base_url: Annotated[str, Parameter(env_var="B2B_BASE_URL")] = "",
    store_hash: Annotated[str, Parameter(env_var="B2B_STORE_HASH")] = "",
    access_token: Annotated[str, Parameter(env_var="B2B_ACCESS_TOKEN", show_default=False)] = "",
    allow_host: Annotated[list[str], Parameter(negative=())] | None = None,
    journal: Path = JOURNAL,
    run: Annotated[list[str], Parameter(negative=())] | None = None,
    nightly: Annotated[bool, Parameter(negative=())] = False,
    share: Share = 0.5,
    settling: Seconds = SETTLING,
) -> int:
    """
    Delete what live runs left in a store because they were killed, and see that nothing is left.

    It deletes an invoice only when, read just before, it begins with the mark of a run that is named or known here.
    Exit status 0 when none is left, 2 when some are, or nobody can be sure.

    Args:
        base_url: Where the API is.
        store_hash: The store.
        access_token: Its access token.
        allow_host: A host other than loopback that invoices may be deleted from; repeat for more.
        journal: File that tells what was created.
        run: A run to clean up after, by its name; repeat for more. Without one, all that the journal has unfinished.
        nightly: Also what nightly runs of the last fortnight left, which are known by their names where no journal is.
        share: Share of the store's limit of requests to keep to.
        settling: Seconds after which a create that nobody answered is recorded, or never will be.
    """
    target = Target(base_url.rstrip("/"), Credentials(store_hash, access_token), company_id="any")
    around = Surroundings()
    try:
        check_live_target(target, frozenset(allow_host or ()))
        if not run:
            _check_journal(journal, around, nightly=nightly)
        with Journal.open(journal) as known, interruptible(around.warn):
            runs = _runs(target, known, run or [], around)
            lost = _lost(target, known, around, share) if nightly else ()
            return clean_all(target, chain(runs, lost), known, around, share=share, settling=settling)
    except CannotRun as error:
        return complain(str(error), Redaction.of(target))
    except KeyboardInterrupt:
        return complain("interrupted; run it again", Redaction.of(target))


def _check_journal(journal: Path, around: Surroundings, *, nightly: bool) -> None:
    """
    Let the clean-up go on when there is a journal to tell of runs; *nightly* runs are known by their names, too.

    Raises:
        CannotRun: When there is none, and no other way to know a run.
    """
    if journal.is_file() and journal.stat().st_size:
        return
    missing = f"there is no journal {journal}, so"
    remedy = "name the one that the run had with --journal, or the run with --run"
    if not nightly:
        raise CannotRun(f"{missing} no run is known; {remedy}")
    around.warn(
        f"{missing} only nightly runs of the last fortnight are looked for, by their names; for others, {remedy}"
    )


def _runs(target: Target, journal: Journal, names: list[str], around: Surroundings) -> Iterator[Run]:
    """
    Yield the runs to clean up after.

    Raises:
        CannotRun: When one of them is of another store.
    """
    found = [journal.find(name) or Run.on(target, name, around.clock()) for name in names] or journal.unfinished()
    store = digest(target.store.store_hash)
    if foreign := [run.name for run in found if (run.base_url, run.store) != (target.base_url, store)]:
        raise CannotRun(
            f"{', '.join(foreign)} ran in another store or at another address; give --base-url, --store-hash and "
            "--access-token as that run had them, or name one of this store with --run"
        )
    for run in found:
        if not re.fullmatch(f"[{LETTERS}]{{{LENGTH}}}", run.name):
            raise CannotRun(f"{run.name!r} is no name of a run; it has eight letters or digits, as in CTL-K3V9QD2M-a")
        yield from _begun([run], journal)


def _lost(target: Target, journal: Journal, around: Surroundings, share: float) -> Iterator[Run]:
    yield from _begun(lost_runs(target, journal, around, share=share), journal)


def _begun(runs: Iterable[Run], journal: Journal) -> Iterator[Run]:
    """
    Yield *runs*, each known to the journal by then.
    """
    for run in runs:
        if journal.find(run.name) is None:
            journal.begin(run)
        yield run


def clean_all(
    target: Target,
    runs: Iterable[Run],
    journal: Journal,
    around: Surroundings,
    *,
    share: float,
    settling: float = SETTLING,
) -> int:
    """
    Clean up after *runs*, one after the other, say what came of it, and return the exit status.
    """
    hide, cleaned = Redaction.of(target).hide, list[Cleaned]()
    for run in runs:
        try:
            with journal.hold(run):
                cleaned.append(clean(target, run, journal, around, share=share, settling=settling))
        except Held as held:
            cleaned.append(Cleaned(run, problem=f"{held}, so nothing of it was touched"))
        print(hide(summary.as_line(cleaned[-1])))  # noqa: T201 - a command line
        if cleaned[-1].problem == INTERRUPTED:
            break
    if not cleaned:
        print("nothing to clean up: every run that is known is finished")  # noqa: T201 - as above
    return 0 if all(one.is_clean for one in cleaned) else 2
