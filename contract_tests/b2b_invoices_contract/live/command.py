"""
The command line of `--profile live`.
"""

import sys
from pathlib import Path

import attrs
import httpx
from rich.console import Console

from b2b_invoices_contract.redaction import Redaction
from b2b_invoices_contract.report import print_report, write_report
from b2b_invoices_contract.targets import CannotRun, Target, check_credentials

from . import summary
from .announcement import announce, rehearse
from .fidelity import history
from .flags import LiveFlags
from .journal import Journal, Run
from .names import new_name, nightly_name
from .preflight import check_target
from .probes import Probe
from .run import Outcome, plan_for, run_live
from .seen import Seen
from .terminal import complain, saying, search_leaks
from .wire import Surroundings


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
    Check what can be checked safely on the live store *target*, and return the exit status.

    Raises:
        CannotRun: When it cannot be done.
    """
    around = around or Surroundings()
    check_live_target(target, allowed_hosts)
    plan, run = plan_for(flags.options), new_run(target, flags, around.clock())
    say = saying(target, console)
    say(announce(target, plan, flags.options))
    if flags.dry_run:
        for text in rehearse(target, plan, Seen(run, target.company_id, int(around.clock()))):
            say(text)
        return 0
    confirm(flags, console)
    scores = history(flags.observations, httpx.URL(target.base_url).netloc.decode("ascii"), run.store)
    with Journal.open(flags.journal) as journal:
        outcome = watched(target, run, journal, flags, around=around, console=console)
    outcome.results.fidelity = scores
    return _tell(outcome, target, flags, report_dir, console)


def check_live_target(target: Target, allowed_hosts: frozenset[str]) -> None:
    """
    Let the command go on when *target* is told well enough; sends nothing.

    Raises:
        CannotRun: When it is not.
    """
    if not target.base_url:
        raise CannotRun(
            "a live run needs a store: give --base-url, such as https://api-b2b.bigcommerce.com/api/v3/io/ip, "
            "or set B2B_BASE_URL"
        )
    if not (target.store.store_hash and target.store.access_token):
        raise CannotRun(
            "a server needs credentials: give --store-hash and --access-token, "
            "or set B2B_STORE_HASH and B2B_ACCESS_TOKEN"
        )
    check_credentials(target.store)
    check_target(target, allowed_hosts=allowed_hosts)


def new_run(target: Target, flags: LiveFlags, now: float) -> Run:
    """
    Return a run on *target* that begins *now*; one whose invoices are to be kept is not found by its name.
    """
    run = Run.on(target, new_name(), now)
    return attrs.evolve(run, name=nightly_name(run.store, now)) if flags.nightly and not flags.keep else run


def confirm(flags: LiveFlags, console: Console) -> None:
    """
    Let the run go on when somebody says so, now or with *flags*.

    Raises:
        CannotRun: When nobody does.
    """
    if flags.yes or flags.nightly:
        return
    if not sys.stdin.isatty():
        raise CannotRun("nobody is there to be asked; add --yes to go on without, or --dry-run to see every request")
    if console.input("Go on? [y/N] ").strip().lower() not in {"y", "yes"}:
        raise CannotRun("nothing was sent")


def watched(
    target: Target, run: Run, journal: Journal, flags: LiveFlags, *, around: Surroundings, console: Console
) -> Outcome:
    """
    Make *run*, and show how it goes.

    Raises:
        CannotRun: When it cannot be made, or was interrupted before it had begun or after its end.
    """
    if journal.find(run.name):  # a second nightly run within a minute
        run = attrs.evolve(run, name=new_name())
    with console.status(f"run {run.name}") as status:

        def progress(probe: Probe) -> None:
            status.update(f"run {run.name}: {probe.name}")

        try:
            return run_live(target, run, journal, flags.options, around=around, progress=progress)
        except KeyboardInterrupt as interruption:
            raise CannotRun("interrupted; b2b-invoices-contract cleanup deletes what may be left") from interruption


def _tell(outcome: Outcome, target: Target, flags: LiveFlags, report_dir: Path, console: Console) -> int:
    """
    Print and write how it went, and return the exit status.
    """
    write_report(outcome.results, report_dir)  # first, so that nothing that is shown can keep it from being written
    print_report(outcome.results, console)
    redaction, say = Redaction.of(target), saying(target, console)
    for line in summary.as_lines(outcome):
        say(line)
    console.print(f"report: {report_dir / 'index.html'}", highlight=False, markup=False)
    if flags.nightly:
        (report_dir / "nightly.md").write_text(redaction.hide(summary.as_markdown(outcome)), encoding="utf-8")
    if outcome.before and outcome.observations:
        message = summary.as_message(outcome.before, outcome.observations, outcome.drift)
        (report_dir / "vendor.md").write_text(redaction.hide(message), encoding="utf-8")
    leaks = search_leaks(report_dir, outcome.file, redaction)
    if problem := "; ".join(filter(None, [outcome.results.problem, leaks])):
        return complain(problem, redaction)
    return outcome.exit_status
