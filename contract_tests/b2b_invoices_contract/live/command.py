"""
Command line of `--profile live`: its options, and a run with confirmation and report.
"""

from pathlib import Path
from typing import Annotated

import attrs
import httpx
from cyclopts import Parameter, validators
from rich.console import Console

from b2b_invoices_contract.report import print_bug, print_report, write_report
from b2b_invoices_contract.targets import CannotRun, Target

from . import summary
from .announcement import announce, rehearse
from .cleanup import SETTLING
from .fidelity import history
from .guard import Budget
from .journal import Journal, Run
from .names import new_name, nightly_name
from .preflight import check_target
from .probes import Probe
from .run import LiveOptions, Outcome, plan_for, run_live
from .seen import Seen
from .terminal import Terminal
from .wire import Surroundings

JOURNAL = Path("live-journal.sqlite3")
"""Default journal."""

OBSERVATIONS = Path("observations")
"""Default folder of observations."""

_MOST_SECONDS = 3600


def _check_share(_: object, share: float) -> None:
    if not 0 < share <= 1:  # also rejects NaN
        raise ValueError("Must be above 0, and at most 1.")


def _check_seconds(_: object, seconds: float) -> None:
    if not 0 <= seconds <= _MOST_SECONDS:
        raise ValueError(f"Must be a number of seconds from 0 to {_MOST_SECONDS}.")


Share = Annotated[float, Parameter(validator=_check_share)]
"""A share of the store's rate limit."""

Seconds = Annotated[float, Parameter(validator=_check_seconds)]
"""A number of seconds to wait."""

_Count = Annotated[int, Parameter(validator=validators.Number(gte=1))]
_Flag = Annotated[bool, Parameter(negative=())]


@Parameter(name="*")
@attrs.frozen
class LiveFlags:
    """
    Options of `--profile live`.

    Attributes:
        dry_run: Show every request of a live run without sending it.
        yes: Run without confirmation.
        keep: Leave the invoices in the store.
        nightly: Run without confirmation, and write nightly.md and vendor.md next to the report.
        share: Share of the store's rate limit to use.
        max_requests: Maximum requests of a live run, without cleanup; more than 60 only with --beyond.
        max_creations: Maximum invoices that it creates; more than 10 only with --beyond.
        beyond: Allow more than 60 requests and 10 invoices in --max-requests and --max-creations.
        observations: Folder for observations of the store, one file per run.
        journal: Journal of created invoices, for cleanup.
        settling: Seconds after which a create without a response has been carried out, or never will be.
    """

    dry_run: _Flag = False
    yes: _Flag = False
    keep: _Flag = False
    nightly: _Flag = False
    share: Share = 0.5
    max_requests: _Count = Budget().requests
    max_creations: _Count = Budget().creations
    beyond: _Flag = False
    observations: Path = OBSERVATIONS
    journal: Path = JOURNAL
    settling: Seconds = SETTLING

    @property
    def options(self) -> LiveOptions:
        """The options of the run; raises `CannotRun` when they exceed the budget without --beyond."""
        budget, most = Budget(self.max_requests, self.max_creations), Budget()
        if not self.beyond and (budget.requests > most.requests or budget.creations > most.creations):
            raise CannotRun(
                f"a live run sends at most {most.requests} requests and creates at most {most.creations} invoices; "
                "pass --beyond to allow more"
            )
        return LiveOptions(self.share, budget, self.keep, self.observations, self.settling)


def check_live(
    target: Target,
    flags: LiveFlags,
    *,
    allowed_hosts: frozenset[str],
    report_dir: Path,
    console: Console,
    around: Surroundings | None = None,
) -> int:
    """
    Check the live store *target*, and return the exit status; raise `CannotRun` when that is not possible.
    """
    check_target(target, allowed_hosts=allowed_hosts)
    terminal = Terminal.of(target, console)
    outcome = run_confirmed(target, flags, terminal, around or Surroundings())
    return 0 if outcome is None else _report(outcome, terminal, report_dir, nightly=flags.nightly)


def run_confirmed(target: Target, flags: LiveFlags, terminal: Terminal, around: Surroundings) -> Outcome | None:
    """
    Announce a run on *target*, ask for confirmation and make it; a dry run only lists the requests and returns None.
    """
    plan = plan_for(flags.options)
    run = _new_run(target, flags, around.clock())
    terminal.say(announce(target, plan, flags.options))
    if flags.dry_run:
        for text in rehearse(target, plan, Seen(run, target.company_id, int(around.clock()))):
            terminal.say(text)
        return None
    if not (flags.yes or flags.nightly):
        terminal.confirm()
    scores = history(flags.observations, httpx.URL(target.base_url).netloc.decode("ascii"), run.store)
    with Journal.open(flags.journal) as journal, terminal.console.status(f"run {run.name}") as status:
        if journal.find(run.name):  # a second nightly run within a minute
            run = attrs.evolve(run, name=new_name())

        def progress(probe: Probe) -> None:
            status.update(f"run {run.name}: {probe.name}")

        try:
            outcome = run_live(target, run, journal, flags.options, around=around, progress=progress)
        except KeyboardInterrupt as interruption:
            raise CannotRun(
                "interrupted; use `b2b-invoices-contract cleanup` to delete invoices that may be left"
            ) from interruption
    outcome.results.fidelity = scores
    return outcome


def _new_run(target: Target, flags: LiveFlags, now: float) -> Run:
    run = Run.on(target, new_name(), now)
    if flags.nightly and not flags.keep:  # kept invoices must not be found by their name
        return attrs.evolve(run, name=nightly_name(run.store, now))
    return run


def _report(outcome: Outcome, terminal: Terminal, report_dir: Path, *, nightly: bool) -> int:
    write_report(outcome.results, report_dir)  # before anything is printed, which may fail
    print_report(outcome.results, terminal.console)
    print_bug(outcome.results, terminal.redaction)
    for line in summary.as_lines(outcome):
        terminal.say(line)
    terminal.console.print(f"report: {report_dir / 'index.html'}", highlight=False, markup=False)
    if nightly:
        terminal.write(report_dir / "nightly.md", summary.as_markdown(outcome))
    if outcome.before and outcome.observations:
        terminal.write(
            report_dir / "vendor.md", summary.as_message(outcome.before, outcome.observations, outcome.drift)
        )
    leaks = terminal.find_leaks(report_dir, outcome.file)
    if problem := "; ".join(filter(None, [outcome.results.problem, leaks])):
        return terminal.complain(problem)
    return outcome.exit_status
