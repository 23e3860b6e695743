"""
Command `fidelity`: compares the responses of the mock with those of a live store.
"""

from pathlib import Path
from typing import Annotated, Any

import httpx
from cyclopts import Parameter

from b2b_invoices_contract.report import check_folder, write_report
from b2b_invoices_contract.targets import CannotRun, Credentials, Target, embedded_mock

from . import fidelity as comparison
from .command import LiveFlags, run_confirmed
from .journal import Journal, Run
from .names import new_name
from .observations import Observations, load
from .preflight import check_target
from .run import LiveOptions, Outcome, run_live
from .summary import KEPT
from .terminal import Terminal
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
    Compare the responses of the mock with those of a live store, and list the settings that would make them equal.

    Sends the requests of a live run to a mock and to the store, unless files with their observations are passed. Exit
    status 0 when all responses agree, 1 when one differs, 2 when they cannot be compared.

    Args:
        base_url: Base URL of the store's API.
        store_hash: The store.
        access_token: Its access token.
        company_id: A company of that store.
        allow_host: A host other than loopback where invoices may be created and deleted; repeat for more.
        store: File with observations of the store; nothing is sent to it.
        mock: File with observations of the mock.
        dialect: The dialect of the mock.
        write_dialect: TOML file to write, with a dialect in which the mock responds like the store.
        report_dir: Folder for fidelity.md and the report of the run.
        live: Options of a live run.
    """
    flags = live or LiveFlags()
    target = Target(base_url.rstrip("/"), Credentials(store_hash, access_token), company_id=company_id)
    terminal = Terminal.of(target)
    if write_dialect is not None and write_dialect.suffix != ".toml":
        return terminal.complain(f"invalid --write-dialect {str(write_dialect)!r}: expected a file that ends in .toml")
    if flags.dry_run and store:
        terminal.say(f"no requests would be sent to a store: {store} has its responses")
        return 0
    try:
        check_folder(report_dir)
        outcome = None if store else _run(target, flags, frozenset(allow_host or ()), terminal)
        if flags.dry_run:
            return 0
        observed = (load(store) if store else _observed(outcome)).hidden(terminal.redaction.hide)
        mocked = load(mock).hidden(terminal.redaction.hide) if mock else observe_mock(dialect)
        score = comparison.compare(mocked, observed)
        before = comparison.history(flags.observations, observed.host, observed.store)
        comparison.remember(score, observed, flags.observations)
        for line in comparison.as_lines(score, before):
            terminal.say(line)
        terminal.write(report_dir / "fidelity.md", comparison.as_markdown(score, before))
        if outcome:
            outcome.results.fidelity = comparison.history(flags.observations, observed.host, observed.store)
            write_report(outcome.results, report_dir)
        if write_dialect is not None:
            _write_dialect(write_dialect, observed, terminal)
        if leaks := terminal.find_leaks(report_dir, flags.observations / observed.name if outcome else None):
            return terminal.complain(leaks)
    except CannotRun as error:
        return terminal.complain(str(error))
    return 0 if score.score == 1 else 1


def _run(target: Target, flags: LiveFlags, allowed_hosts: frozenset[str], terminal: Terminal) -> Outcome | None:
    check_target(target, allowed_hosts=allowed_hosts)
    outcome = run_confirmed(target, flags, terminal, Surroundings())
    if outcome and flags.keep:
        terminal.say(KEPT)
    return outcome


def observe_mock(dialect: str) -> Observations:
    """
    Return the observations of a mock with *dialect*, a name or a file; raise `CannotRun` when that is invalid.
    """
    with embedded_mock(f"--dialect={dialect}", "--company=12345") as target, Journal.open(Path(":memory:")) as journal:
        origin = httpx.URL(target.base_url).join("/_mock/dialect")
        around = Surroundings()
        run = Run.on(target, new_name(), around.clock())

        def describe() -> tuple[dict[str, Any], ...]:
            return tuple(httpx.get(origin, trust_env=False).json()["data"])

        options = LiveOptions(share=1, observations=None)
        return _observed(
            run_live(target, run, journal, options, around=around, progress=lambda _: None, dialect=describe)
        )


def _observed(outcome: Outcome | None) -> Observations:
    if outcome is None or outcome.observations is None:
        raise CannotRun(f"there are no observations: {outcome.results.problem if outcome else 'nothing was sent'}")
    return outcome.observations


def _write_dialect(path: Path, store: Observations, terminal: Terminal) -> None:
    terminal.write(path, comparison.as_toml(store))
    score = comparison.compare(observe_mock(str(path)), store)
    terminal.say(f"written to {path}; with it, {score}")
