"""
The command line of the checks: `b2b-invoices-contract`.
"""

import secrets
import sys
from contextlib import AbstractContextManager, nullcontext
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, CycloptsError, Parameter, validators
from rich.console import Console
from rich.text import Text

from b2b_invoices_spec.promises import load_promises

from .live.cleanup_command import cleanup
from .live.command import LiveFlags, check_live
from .live.fidelity_command import fidelity
from .mutation.command import mutation
from .output import tolerate_failing_output
from .profiles import ProfileName
from .redaction import Redaction
from .report import (
    CannotRead,
    check_folder,
    one_line,
    print_bug,
    print_comparison,
    print_promises,
    print_report,
    read,
    remove_leaks,
    write_report,
)
from .report import compare as compared
from .results import Result, Results
from .run import Options, run
from .targets import CannotRun, Credentials, Target, check_allowed, check_credentials, embedded_mock

_SEEDS = 2**32
_COMPANY = "12345"  # any will do where there is a mock

cli = App(
    name="b2b-invoices-contract",
    help="Check every promise of the contract.",
    version=lambda: version("b2b-invoices-contract"),
)
cli.command(mutation)
cli.command(cleanup)
cli.command(fidelity)


def _check_seconds(_: object, seconds: float | None) -> None:
    if seconds is not None and not seconds >= 0:  # which NaN is not, and neither is it below
        raise ValueError("Must be a number of seconds, 0 or more.")


@cli.default
def check(
    *,
    base_url: Annotated[str, Parameter(env_var="B2B_BASE_URL")] = "",
    store_hash: Annotated[str, Parameter(env_var="B2B_STORE_HASH")] = "",
    access_token: Annotated[str, Parameter(env_var="B2B_ACCESS_TOKEN", show_default=False)] = "",
    company_id: Annotated[str, Parameter(env_var="B2B_COMPANY_ID")] = "",
    other_store_hash: str = "",
    other_access_token: str = "",
    other_company_id: str = "",
    payment_terms: int | None = None,
    allow_host: Annotated[list[str], Parameter(negative=())] | None = None,
    profile: ProfileName | Literal["live"] = "full",
    seed: int | None = None,
    fail_fast: bool = False,
    max_time: Annotated[float | None, Parameter(validator=_check_seconds)] = None,
    workers: Annotated[int, Parameter(validator=validators.Number(gte=0))] = 0,
    shrink: bool = True,
    only: Annotated[list[str], Parameter(negative=())] | None = None,
    list_promises: Annotated[bool, Parameter(name="--list", negative=())] = False,
    report_dir: Path = Path("reports/contract"),
    live: LiveFlags | None = None,
) -> int:
    """
    Check every promise of the contract, on a mock of its own unless told of another server.

    Exit status 0 when every promise was kept, 1 when one was broken, 2 when the checks could not run, and 3 when some
    could not be made on a live store, by no fault of its contract.

    Args:
        base_url: Where the API is; without it, a mock is started for the run.
        store_hash: The store to work in.
        access_token: Its access token.
        company_id: A company of that store; 12345 where nobody minds.
        other_store_hash: A second store, to see that the two are separate.
        other_access_token: Its access token.
        other_company_id: A second company of the store, to see that numbers are unique across companies.
        payment_terms: Days until an invoice is due by default, if you know them.
        allow_host: A host other than loopback that invoices may be created on and deleted from; repeat for more.
        profile: How thorough to be; `live` for a store that people use.
        seed: What chance depends on; the same seed sends the same requests. Without one, chance decides.
        fail_fast: Stop at the first broken promise.
        max_time: Draw no new case after so many seconds, and say what was not checked.
        workers: Share the checks out to so many processes; without it, they are made in this one.
        shrink: Have full look for the smallest example of what is broken, at the cost of many more requests.
        only: A promise to check, by its id; repeat for more. Without one, all of them.
        list_promises: Show the promises, and check none.
        report_dir: Where the report goes.
        live: Options of a live run.
    """
    console = Console(soft_wrap=True)
    if list_promises:
        print_promises(load_promises().values(), console)
        return 0
    if profile == "live":
        target = Target(base_url.rstrip("/"), Credentials(store_hash, access_token), company_id=company_id)
        return _check_live(target, live or LiveFlags(), frozenset(allow_host or ()), report_dir, console)
    chance = secrets.randbelow(10**6) if seed is None else seed % _SEEDS
    options = Options(
        profile,
        chance,
        fail_fast=fail_fast,
        shrink=shrink,
        only=frozenset(only or ()),
        max_time=max_time,
        workers=workers,
    )
    try:
        check_folder(report_dir)
        with _target(
            base_url,
            Credentials(store_hash, access_token),
            Credentials(other_store_hash, other_access_token),
            company_id=company_id or _COMPANY,
            other_company_id=other_company_id,
            payment_terms=payment_terms,
            allowed_hosts=frozenset(allow_host or ()),
        ) as target:
            results = _watched(target, options, console)
            redaction = Redaction.of(target)
    except CannotRun as error:
        return _complain(error)
    write_report(results, report_dir)  # first, so that nothing that is shown can keep it from being written
    if leak := remove_leaks(report_dir, redaction):
        results.problem = "; ".join(filter(None, [results.problem, leak]))
    print_report(results, console)
    console.print(Text(f"report: {report_dir / 'index.html'}"))
    print_bug(results, redaction)
    return _complain(results.problem) if results.problem else results.exit_status


@cli.command
def compare(old: Path, new: Path) -> int:
    """
    Say what broke, what was mended and what is new from one report to another.

    Exit status 0 when nothing got worse, 1 when something did, 2 when a report cannot be read, or when the later run
    did not get to its end or has no verdict on what the earlier one had checked.

    Args:
        old: The folder of the earlier report, or its results.json.
        new: That of the later one.
    """
    try:
        comparison = compared(read(old), read(new))
    except CannotRead as error:
        return _complain(error)
    print_comparison(comparison, Console(soft_wrap=True))
    return comparison.exit_status


def _check_live(
    target: Target, flags: LiveFlags, allowed_hosts: frozenset[str], report_dir: Path, console: Console
) -> int:
    try:
        check_folder(report_dir)
        return check_live(target, flags, allowed_hosts=allowed_hosts, report_dir=report_dir, console=console)
    except CannotRun as error:
        return _complain(Redaction.of(target).hide(str(error)))


def _target(
    base_url: str,
    store: Credentials,
    other: Credentials,
    *,
    company_id: str,
    other_company_id: str,
    payment_terms: int | None,
    allowed_hosts: frozenset[str],
) -> AbstractContextManager[Target]:
    if not base_url:
        return embedded_mock()
    check_allowed(base_url, allowed_hosts)
    if not (store.store_hash and store.access_token):
        raise CannotRun(
            "a server needs credentials: give --store-hash and --access-token, "
            "or set B2B_STORE_HASH and B2B_ACCESS_TOKEN"
        )
    second = other if other.store_hash and other.access_token else None
    for credentials in (store, other):
        check_credentials(credentials)
    return nullcontext(
        Target(
            base_url.rstrip("/"),
            store,
            second,
            company_id,
            other_company_id or None,
            payment_terms=payment_terms,
        )
    )


def _watched(target: Target, options: Options, console: Console) -> Results:
    with console.status(Text(f"checking {target.base_url}, seed {options.seed}")) as status:

        def progress(result: Result) -> None:
            status.update(f"{result.promise.id}: {result.verdict}")

        return run(target, options, progress)


def _complain(problem: object) -> int:
    print(f"b2b-invoices-contract: {one_line(str(problem))}", file=sys.stderr)  # noqa: T201 - this is a command line
    return 2


def main() -> None:
    """
    Run the command line; a bad option ends it with exit status 2.
    """
    tolerate_failing_output()
    try:
        status = cli(sys.argv[1:], exit_on_error=False)
    except CycloptsError:
        sys.exit(2)
    sys.exit(status)
