"""
The command `fidelity`: how like a live store the mock answers.
"""

from pathlib import Path
from typing import Annotated, Any

import httpx
from cyclopts import Parameter
from rich.console import Console

from b2b_invoices_contract.redaction import Redaction
from b2b_invoices_contract.report import write_report
from b2b_invoices_contract.targets import CannotRun, Credentials, Target, embedded_mock

from . import fidelity as likeness
from . import summary
from .announcement import announce
from .command import check_live, check_live_target, confirm, new_run, watched
from .flags import LiveFlags
from .journal import Journal, Run
from .names import new_name
from .observations import Observations, load
from .run import LiveOptions, Outcome, plan_for, run_live
from .terminal import Say, complain, saying, search_leaks
from .wire import Surroundings


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
        report_dir: Where fidelity.md goes, and the report of the run.
        live: Options of a live run.
    """
    console = Console(soft_wrap=True)
    flags = live or LiveFlags()
    target = Target(base_url.rstrip("/"), Credentials(store_hash, access_token), company_id=company_id)
    redaction, say = Redaction.of(target), saying(target, console)
    try:
        _check_dialect_file(write_dialect)
        if flags.dry_run and store:
            say(f"nothing would be sent to a store: {store} tells what it answered")
            return 0
        if flags.dry_run:
            return check_live(
                target, flags, allowed_hosts=frozenset(allow_host or ()), report_dir=report_dir, console=console
            )
        results = None
        if store:
            seen = load(store)
        else:
            outcome = _observe(target, flags, frozenset(allow_host or ()), console)
            seen, results = _observed(outcome), outcome.results
        seen = seen.hidden(redaction.hide)
        found = likeness.compare(load(mock).hidden(redaction.hide) if mock else observe_mock(dialect), seen)
        _tell_likeness(found, seen, flags.observations, report_dir, say)
        if results is not None:
            results.fidelity = likeness.history(flags.observations, seen.host, seen.store)
            write_report(results, report_dir)
        if write_dialect is not None:
            _write_dialect(write_dialect, seen, say)
        if leaks := search_leaks(report_dir, None if store else flags.observations / seen.name, redaction):
            return complain(leaks, redaction)
    except CannotRun as error:
        return complain(str(error), redaction)
    return 0 if found.score == 1 else 1


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


def _observe(target: Target, flags: LiveFlags, allowed_hosts: frozenset[str], console: Console) -> Outcome:
    check_live_target(target, allowed_hosts)
    around = Surroundings()
    run = new_run(target, flags, around.clock())
    say = saying(target, console)
    say(announce(target, plan_for(flags.options), flags.options))
    confirm(flags, console)
    with Journal.open(flags.journal) as journal:
        outcome = watched(target, run, journal, flags, around=around, console=console)
    if flags.keep:
        say(summary.KEPT)
    return outcome


def _observed(outcome: Outcome) -> Observations:
    if outcome.observations is None:
        raise CannotRun(f"nothing was observed: {outcome.results.problem}")
    return outcome.observations


def _tell_likeness(found: likeness.Fidelity, store: Observations, folder: Path, report_dir: Path, say: Say) -> None:
    before = likeness.history(folder, store.host, store.store)
    likeness.remember(found, store, folder)
    say(str(found))
    for line in likeness.grouped(found):
        say(f"  {line}")
    if before:
        past = ", ".join(f"{score.share:.0%}" for score in before[-5:])
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
