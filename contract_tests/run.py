"""
One run of the checks, from a target to results.
"""

import os
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from .plugin import ContractPlugin, ProfileName
from .promises import load_promises
from .results import Result, Results
from .session import Api, Session
from .targets import CannotRun, Target, check_reachable

_CHECKS = Path(__file__).parent
_LAST = "test_every_answer.py"  # it looks back at all that the others sent


@attrs.frozen
class Options:
    """
    How to run the checks.

    Attributes:
        profile: How thorough to be.
        seed: What chance depends on; the same seed sends the same requests.
        fail_fast: Whether to stop at the first broken promise.
        shrink: Whether to look for the smallest example of what is broken, at the cost of many more requests.
        only: Ids of the promises to check; empty for all.
    """

    profile: ProfileName = "full"
    seed: int = 0
    fail_fast: bool = False
    shrink: bool = True
    only: frozenset[str] = frozenset()


def run(target: Target, options: Options, progress: Callable[[Result], None] | None = None) -> Results:
    """
    Check every promise on *target*, delete what was created there, and return what was found out.

    Args:
        target: What is under test.
        options: How to go about it.
        progress: Called with the result of a promise after each of its checks.

    Raises:
        CannotRun: When the target cannot be reached, does not let the credentials in, or a promise is unknown.
    """
    if unknown := options.only - load_promises().keys():
        raise CannotRun(f"there is no promise {', '.join(sorted(unknown))}; --list shows all")
    check_reachable(target)
    session = Session.start(target, options.seed)
    plugin = ContractPlugin(session, options.profile, shrink=options.shrink, only=options.only, progress=progress)
    try:
        status = pytest.main(_arguments(options), plugins=[plugin])
    finally:
        left_behind = 0 if target.embedded else _clean_up(session)
    plugin.results.left_behind = left_behind
    if status == pytest.ExitCode.INTERRUPTED and not plugin.results.problem:
        plugin.results.problem = "interrupted; the promises without a verdict were not checked"
    elif status not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED} and not plugin.results.problem:
        plugin.results.problem = f"the checks did not run to their end (pytest: {pytest.ExitCode(status).name})"
    return plugin.results


def _arguments(options: Options) -> list[str]:
    checks = sorted(_CHECKS.glob("test_*.py"), key=lambda path: (path.name == _LAST, path.name))
    return [
        *map(str, checks),
        f"--hypothesis-seed={options.seed}",
        f"--config-file={os.devnull}",
        f"--rootdir={_CHECKS.parent}",
        "--strict-markers",
        *("-p", "no:terminal"),  # the report speaks instead
        *("-p", "no:cacheprovider"),
        *(["--exitfirst"] if options.fail_fast else []),
    ]


def _clean_up(session: Session) -> int:
    """
    Delete what the run created, and return how many invoices could not be deleted.
    """
    return sum(_delete_all(api) for api in (session.api, session.other) if api is not None)


def _delete_all(api: Api) -> int:
    deletable = {200, 404}
    return sum(
        api.send("DELETE", f"/invoices/{invoice_id}").status not in deletable for invoice_id in api.created_ids()
    )
