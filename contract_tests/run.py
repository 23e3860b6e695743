"""
One run of the checks, from a target to results.
"""

import os
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import attrs
import pytest

from .cleanup import clean_up
from .plugin import ContractPlugin, ProfileName
from .promises import load_promises
from .results import Result, Results
from .session import Session
from .targets import CannotRun, Target, check_reachable

_CHECKS = Path(__file__).parent
_ENVIRONMENT = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}  # the surroundings have no say
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
        with patch.dict(os.environ, _ENVIRONMENT):
            status = pytest.main(_arguments(options), plugins=[plugin])
    finally:
        plugin.results.left_behind = 0 if target.embedded else clean_up(session)
    plugin.results.problem = plugin.results.problem or _problem(status, plugin.results, options)
    return plugin.results


def _problem(status: int, results: Results, options: Options) -> str:
    """
    Return why the run did not do what it was for; empty when it did.
    """
    if status == pytest.ExitCode.INTERRUPTED:
        return "interrupted; the promises without a verdict were not checked"
    if status not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        return f"the checks did not run to their end (pytest: {pytest.ExitCode(status).name})"
    unexplained = [result.promise.id for result in results.unchecked if not result.reason]
    if unexplained and not (options.fail_fast and results.broken):
        return f"nothing checked {', '.join(unexplained)}"
    if len(results.unchecked) == len(results.promises):
        return f"nothing was checked: {results.unchecked[0].reason}"
    return ""


def _arguments(options: Options) -> list[str]:
    checks = sorted(_CHECKS.glob("test_*.py"), key=lambda path: (path.name == _LAST, path.name))
    return [
        *map(str, checks),
        f"--hypothesis-seed={options.seed}",
        f"--config-file={os.devnull}",
        f"--rootdir={_CHECKS.parent}",
        "--strict-markers",
        *("-p", "_hypothesis_pytestplugin"),  # the one plugin that is wanted, of whichever are installed
        *("-p", "no:terminal"),  # the report speaks instead
        *("-p", "no:cacheprovider"),
        *(["--exitfirst"] if options.fail_fast else []),
    ]
