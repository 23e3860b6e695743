"""
Command `cleanup`: deletes the invoices of runs that were killed.
"""

import re
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from b2b_invoices_contract.targets import CannotRun, Credentials, Target

from .cleanup import SETTLING, Cleaned, clean
from .command import JOURNAL, Seconds, Share
from .interruptions import interruptible
from .journal import Journal, Run, digest
from .lock import Held
from .names import LENGTH, LETTERS, lost_nightly_runs
from .preflight import check_target
from .summary import as_line
from .terminal import Terminal
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
    Delete the invoices that killed live runs left in a store, and verify that none is left.

    Only invoices with the number prefix of a known or named run are deleted. Exit status 0 when none is left, 2 when
    some are left or may be.

    Args:
        base_url: Base URL of the API.
        store_hash: The store.
        access_token: Its access token.
        allow_host: A host other than loopback where invoices may be deleted; repeat for more.
        journal: Journal of the runs.
        run: Name of a run to clean up; repeat for more. Default: all unfinished runs in the journal.
        nightly: Also clean up nightly runs of the last 14 days, which are found without a journal.
        share: Share of the store's rate limit to use.
        settling: Seconds after which a create without a response has been carried out, or never will be.
    """
    target = Target(base_url.rstrip("/"), Credentials(store_hash, access_token), company_id="any")
    terminal, around = Terminal.of(target), Surroundings()
    try:
        check_target(target, allowed_hosts=frozenset(allow_host or ()))
        if not run:
            _check_journal(journal, around, nightly=nightly)
        with Journal.open(journal) as known, interruptible(around.warn):
            runs = _runs(target, known, run or [], around)
            lost = lost_nightly_runs(target, known, around, share=share) if nightly else ()
            return clean_all(target, chain(runs, lost), known, around, share=share, settling=settling)
    except CannotRun as error:
        return terminal.complain(str(error))
    except KeyboardInterrupt:
        return terminal.complain("interrupted; run the command again")


def _check_journal(journal: Path, around: Surroundings, *, nightly: bool) -> None:
    """
    Raise `CannotRun` when no run can be found, because *journal* is missing or empty and *nightly* runs are not wanted.
    """
    if journal.is_file() and journal.stat().st_size:
        return
    others = "pass the journal of the run with --journal, or its name with --run"
    if not nightly:
        raise CannotRun(f"no runs found: the journal {journal} does not exist; {others}")
    around.warn(
        f"the journal {journal} does not exist: only nightly runs of the last 14 days are found; for others, {others}"
    )


def _runs(target: Target, journal: Journal, names: list[str], around: Surroundings) -> list[Run]:
    """
    Return the runs in *names*, or else the unfinished runs; raise `CannotRun` when one of them was on another store.
    """
    if invalid := [name for name in names if not re.fullmatch(f"[{LETTERS}]{{{LENGTH}}}", name)]:
        raise CannotRun(f"invalid --run {invalid[0]!r}: expected the eight characters of a name, as in CTL-K3V9QD2M-a")
    runs = [journal.find(name) or Run.on(target, name, around.clock()) for name in names] or journal.unfinished()
    store = digest(target.store.store_hash)
    if others := [run.name for run in runs if (run.base_url, run.store) != (target.base_url, store)]:
        raise CannotRun(
            f"{', '.join(others)} ran on another store or URL; pass --base-url, --store-hash and --access-token of "
            "that run, or a run of this store with --run"
        )
    return runs


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
    Clean up *runs* one after the other, print the result of each, and return the exit status.
    """
    terminal, cleaned = Terminal.of(target), list[Cleaned]()
    for run in runs:
        if journal.find(run.name) is None:
            journal.begin(run)
        try:
            with journal.hold(run):
                cleaned.append(clean(target, run, journal, around, share=share, settling=settling))
        except Held as held:
            cleaned.append(Cleaned(run, problem=f"{held}, so it was skipped"))
        terminal.say(as_line(cleaned[-1]))
        if cleaned[-1].is_interrupted:
            break
    if not cleaned:
        terminal.say("nothing to clean up: all known runs are finished")
    return 0 if all(one.is_clean for one in cleaned) else 2
