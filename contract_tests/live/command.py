"""
The commands that have to do with live stores: `--profile live`, `cleanup` and `fidelity`.
"""

import re
import secrets
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import attrs
import httpx
from cyclopts import Parameter, validators
from rich.console import Console

from contract_tests.redaction import Redaction
from contract_tests.report import FILES, print_report, remove_leaks, write_report
from contract_tests.targets import CannotRun, Credentials, Target, check_credentials, embedded_mock

from . import fidelity as likeness
from . import summary
from .announcement import announce, rehearse
from .cleaning import SETTLING, clean
from .guard import Budget
from .journal import Journal, Run, digest
from .observations import Observations, load
from .preflight import check_target
from .probes import Probe
from .run import LiveOptions, Outcome, plan_for, run_live
from .seen import Seen
from .wire import Surroundings

_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # none that is easily taken for another
_JOURNAL = Path("live-journal.sqlite3")
_OBSERVATIONS = Path("observations")
_OWN = frozenset({"nightly.md", "vendor.md", "fidelity.md"})

Say = Callable[[str], None]
"""Prints a line."""

_Share = Annotated[float, Parameter(validator=validators.Number(gt=0, lte=1))]
_Count = Annotated[int, Parameter(validator=validators.Number(gte=1))]


@Parameter(name="*")
@attrs.frozen
class LiveFlags:
    """
    Options of `--profile live`.

    Attributes:
        dry_run: Show every request of a live run, and send none.
        yes: Go on without being asked.
        keep: Leave the invoices in the store.
        nightly: Ask nobody, and write nightly.md and vendor.md beside the report.
        share: Share of the store's limit of requests to keep to.
        max_requests: The most requests of a live run, those for deleting apart.
        max_creations: The most invoices that it creates.
        observations: Folder that tells what the store answered, run by run.
        journal: File that tells what was created, so that it can be deleted.
        settling: Seconds after which a create that nobody answered is recorded, or never will be.
    """

    dry_run: Annotated[bool, Parameter(negative=())] = False
    yes: Annotated[bool, Parameter(negative=())] = False
    keep: Annotated[bool, Parameter(negative=())] = False
    nightly: Annotated[bool, Parameter(negative=())] = False
    share: _Share = 0.5
    max_requests: _Count = Budget().requests
    max_creations: _Count = Budget().creations
    observations: Path = _OBSERVATIONS
    journal: Path = _JOURNAL
    settling: float = SETTLING

    @property
    def options(self) -> LiveOptions:
        """How to run."""
        budget = Budget(self.max_requests, self.max_creations)
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
    Check what can be checked safely on the live store *target*, and return the exit status.

    Raises:
        CannotRun: When it cannot be done.
    """
    around = around or Surroundings()
    check_live_target(target, allowed_hosts)
    plan, run = plan_for(flags.options), Run.on(target, new_name(), around.clock())
    say = _saying(target, console)
    say(announce(target, plan, share=flags.share, keep=flags.keep))
    if flags.dry_run:
        for text in rehearse(target, plan, Seen(run, target.company_id, int(around.clock()))):
            say(text)
        return 0
    _confirm(flags, console)
    with Journal.open(flags.journal) as journal:
        outcome = _watched(target, run, journal, flags, around=around, console=console)
    return _tell(outcome, target, flags, report_dir, console)


def cleanup(
    *,
    base_url: Annotated[str, Parameter(env_var="B2B_BASE_URL")] = "",
    store_hash: Annotated[str, Parameter(env_var="B2B_STORE_HASH")] = "",
    access_token: Annotated[str, Parameter(env_var="B2B_ACCESS_TOKEN", show_default=False)] = "",
    allow_host: Annotated[list[str], Parameter(negative=())] | None = None,
    journal: Path = _JOURNAL,
    run: Annotated[list[str], Parameter(negative=())] | None = None,
    share: _Share = 0.5,
    settling: float = SETTLING,
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
        share: Share of the store's limit of requests to keep to.
        settling: Seconds after which a create that nobody answered is recorded, or never will be.
    """
    target = Target(base_url.rstrip("/"), Credentials(store_hash, access_token), company_id="any")
    around = Surroundings()
    try:
        check_live_target(target, frozenset(allow_host or ()))
        with Journal.open(journal) as known:
            runs = _runs(target, known, run or [], around)
            return _clean_all(target, runs, known, around, share=share, settling=settling)
    except CannotRun as error:
        return _complain(str(error), Redaction.of(target))


def fidelity(
    *,
    base_url: Annotated[str, Parameter(env_var="B2B_BASE_URL")] = "",
    store_hash: Annotated[str, Parameter(env_var="B2B_STORE_HASH")] = "",
    access_token: Annotated[str, Parameter(env_var="B2B_ACCESS_TOKEN", show_default=False)] = "",
    company_id: Annotated[str, Parameter(env_var="B2B_COMPANY_ID")] = "",
    allow_host: Annotated[list[str], Parameter(negative=())] | None = None,
    store: Path | None = None,
    mock: Path | None = None,
    dialect: str = "documented",
    write_dialect: Path | None = None,
    report_dir: Path = Path("reports/contract"),
    live: LiveFlags | None = None,
) -> int:
    """
    Say how like a live store the mock answers, and what would make it more so.

    It sends the live plan to a mock and to the store, or takes what was recorded of either. Exit status 0 when every
    answer agrees, 1 when one does not, 2 when they cannot be compared.

    Args:
        base_url: Where the store's API is.
        store_hash: The store.
        access_token: Its access token.
        company_id: A company of that store.
        allow_host: A host other than loopback that invoices may be created on and deleted from; repeat for more.
        store: Observations of the store that a run wrote; then nothing is sent to it.
        mock: Observations of the mock.
        dialect: The dialect that the mock is to answer in.
        write_dialect: Where to write a dialect in which the mock answers like the store, a .toml file.
        report_dir: Where fidelity.md goes.
        live: Options of a live run.
    """
    console = Console(soft_wrap=True)
    flags = live or LiveFlags()
    target = Target(base_url.rstrip("/"), Credentials(store_hash, access_token), company_id=company_id)
    redaction, say = Redaction.of(target), _saying(target, console)
    try:
        _check_dialect_file(write_dialect)
        if flags.dry_run and store:
            say(f"nothing would be sent to a store: {store} tells what it answered")
            return 0
        if flags.dry_run:
            return check_live(
                target, flags, allowed_hosts=frozenset(allow_host or ()), report_dir=report_dir, console=console
            )
        seen = load(store) if store else _observe(target, flags, frozenset(allow_host or ()), console)
        seen = seen.hidden(redaction.hide)
        found = likeness.compare(load(mock).hidden(redaction.hide) if mock else observe_mock(dialect), seen)
        _tell_likeness(found, seen, flags.observations, report_dir, say)
        if write_dialect is not None:
            _write_dialect(write_dialect, seen, say)
        if leaks := _remove_leaks(report_dir, None if store else flags.observations / seen.name, redaction):
            return _complain(leaks, redaction)
    except CannotRun as error:
        return _complain(str(error), redaction)
    return 0 if found.score == 1 else 1


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


def new_name() -> str:
    """
    Return what tells a run from any other.
    """
    return "".join(secrets.choice(_LETTERS) for _ in range(8))


def observe_mock(dialect: str) -> Observations:
    """
    Return what a mock answers in *dialect*, a name or a file.

    Raises:
        CannotRun: When there is no such dialect.
    """
    with embedded_mock(f"--dialect={dialect}", "--company=12345") as target, Journal.open(Path(":memory:")) as journal:
        origin = httpx.URL(target.base_url).join("/_mock/dialect")
        run = Run.on(target, new_name(), Surroundings().clock())

        def described() -> tuple[dict[str, Any], ...]:
            settings = httpx.get(origin, trust_env=False).json()["data"]
            return tuple(settings["settings"] if isinstance(settings, dict) else settings)

        options = LiveOptions(share=1, observations=None)
        outcome = run_live(
            target, run, journal, options, around=Surroundings(), progress=lambda _: None, dialect=described
        )
    return _observed(outcome)


def _observe(target: Target, flags: LiveFlags, allowed_hosts: frozenset[str], console: Console) -> Observations:
    check_live_target(target, allowed_hosts)
    around = Surroundings()
    run = Run.on(target, new_name(), around.clock())
    say = _saying(target, console)
    say(announce(target, plan_for(flags.options), share=flags.share, keep=flags.keep))
    _confirm(flags, console)
    with Journal.open(flags.journal) as journal:
        outcome = _watched(target, run, journal, flags, around=around, console=console)
    if flags.keep:
        say(summary.KEPT)
    return _observed(outcome)


def _observed(outcome: Outcome) -> Observations:
    if outcome.observations is None:
        raise CannotRun(f"nothing was observed: {outcome.results.problem}")
    return outcome.observations


def _confirm(flags: LiveFlags, console: Console) -> None:
    if flags.yes or flags.nightly:
        return
    if not sys.stdin.isatty():
        raise CannotRun("nobody is there to be asked; add --yes to go on without, or --dry-run to see every request")
    if console.input("Go on? [y/N] ").strip().lower() not in {"y", "yes"}:
        raise CannotRun("nothing was sent")


def _watched(
    target: Target, run: Run, journal: Journal, flags: LiveFlags, *, around: Surroundings, console: Console
) -> Outcome:
    with console.status(f"run {run.name}") as status:

        def progress(probe: Probe) -> None:
            status.update(f"run {run.name}: {probe.name}")

        return run_live(target, run, journal, flags.options, around=around, progress=progress)


def _tell(outcome: Outcome, target: Target, flags: LiveFlags, report_dir: Path, console: Console) -> int:
    """
    Print and write how it went, and return the exit status.
    """
    write_report(outcome.results, report_dir)  # first, so that nothing that is shown can keep it from being written
    print_report(outcome.results, console)
    redaction, say = Redaction.of(target), _saying(target, console)
    for line in summary.as_lines(outcome):
        say(line)
    console.print(f"report: {report_dir / 'index.html'}", highlight=False, markup=False)
    if flags.nightly:
        (report_dir / "nightly.md").write_text(redaction.hide(summary.as_markdown(outcome)), encoding="utf-8")
    if outcome.before and outcome.observations:
        message = summary.as_message(outcome.before, outcome.observations, outcome.drift)
        (report_dir / "vendor.md").write_text(redaction.hide(message), encoding="utf-8")
    leaks = _remove_leaks(report_dir, outcome.file, redaction)
    if problem := "; ".join(filter(None, [outcome.results.problem, leaks])):
        return _complain(problem, redaction)
    return outcome.exit_status


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
        if not re.fullmatch(f"[{_LETTERS}]{{8}}", run.name):
            raise CannotRun(f"{run.name!r} is no name of a run; it has eight letters or digits, as in CTL-K3V9QD2M-a")
        if journal.find(run.name) is None:
            journal.begin(run)
        yield run


def _clean_all(
    target: Target, runs: Iterator[Run], journal: Journal, around: Surroundings, *, share: float, settling: float
) -> int:
    hide = Redaction.of(target).hide
    cleaned = [clean(target, run, journal, around, share=share, settling=settling) for run in runs]
    for one in cleaned:
        problem = f"; {one.problem}; run it again" if one.problem else ""
        print(hide(f"run {one.run.name}: {one.deleted} deleted, {len(one.left)} left{problem}"))  # noqa: T201 - a command line
    if not cleaned:
        print("nothing to clean up: every run that is known is finished")  # noqa: T201 - as above
    return 0 if all(one.is_clean for one in cleaned) else 2


def _tell_likeness(found: likeness.Fidelity, store: Observations, folder: Path, report_dir: Path, say: Say) -> None:
    before = likeness.history(folder)
    likeness.remember(found, store, folder)
    say(str(found))
    for line in likeness.grouped(found):
        say(f"  {line}")
    if before:
        past = ", ".join(f"{item['score']:.0%}" for item in before[-5:])
        say(f"before: {past}")
    report_dir.mkdir(parents=True, exist_ok=True)
    (report_dir / "fidelity.md").write_text(likeness.as_markdown(found, before), encoding="utf-8")


def _check_dialect_file(path: Path | None) -> None:
    if path is not None and path.suffix != ".toml":
        raise CannotRun(f"the mock takes a dialect from a file that ends in .toml; {path} does not")


def _write_dialect(path: Path, store: Observations, say: Say) -> None:
    path.write_text(likeness.as_toml(store), encoding="utf-8")
    then = likeness.compare(observe_mock(str(path)), store)
    say(f"written to {path}; with it, {then}")


def _saying(target: Target, console: Console) -> Say:
    """
    Return what prints a text without the credentials of *target*.
    """
    hide = Redaction.of(target).hide
    return lambda text: console.print(hide(text), highlight=False, markup=False)


def _remove_leaks(report_dir: Path, observations: Path | None, redaction: Redaction) -> str:
    """
    Search the report and the folder of the file *observations* for secrets, and return what is wrong, if anything is.
    """
    told = [remove_leaks(report_dir, redaction, FILES | _OWN)]
    if observations is not None:
        told.append(remove_leaks(observations.parent, redaction, frozenset({observations.name})))
    return "; ".join(filter(None, told))


def _complain(message: str, redaction: Redaction) -> int:
    message = redaction.hide(message)
    print(f"contract_tests: {message}", file=sys.stderr)  # noqa: T201 - this is a command line
    return 2
