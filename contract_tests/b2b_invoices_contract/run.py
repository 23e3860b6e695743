"""
One run of the checks, from a target to results.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import attrs
import pytest

from b2b_invoices_spec.promises import load_promises

from .cleanup import clean_up
from .early_end import EarlyEndWatch
from .plugin import LAST, TIME_IS_UP, ContractPlugin
from .profiles import PROFILES, Pace, ProfileName
from .results import Result, Results
from .session import Session
from .targets import CannotRun, Target, check_reachable
from .workers import Foreman, Job, sharing_arguments

_ENDED = {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED}
_CHECKS = Path(__file__).parent
_ENVIRONMENT = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}  # the surroundings have no say
_LONG = ("test_near_misses.py", "test_oddities.py", "test_walks.py", "test_shape.py")
"""The checks with the most requests, which come after the others."""


@attrs.frozen
class Options:
    """
    How to run the checks.

    Attributes:
        profile: How thorough to be.
        seed: What chance depends on; the same seed sends the same requests.
        fail_fast: Whether to stop at the first broken promise.
        shrink: Whether the full profile is to look for the smallest example of what is broken, which takes many more
            requests; quick has none to spare.
        only: Ids of the promises to check; empty for all.
        max_time: Seconds after which no new case is drawn; None for as long as it takes.
        workers: How many processes to share the checks out to; 0 to make them all in this one.
    """

    profile: ProfileName = "full"
    seed: int = 0
    fail_fast: bool = False
    shrink: bool = True
    only: frozenset[str] = frozenset()
    max_time: float | None = None
    workers: int = 0


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
    watch = EarlyEndWatch(options.only or load_promises().keys(), at_the_first=options.fail_fast)
    session = Session.start(target, options.seed, see=watch.see)
    plugin = ContractPlugin(session, _pace(options), shrink=options.shrink, only=options.only, progress=progress)
    try:
        with patch.dict(os.environ, _ENVIRONMENT):
            status = _make_checks(plugin, options)
    finally:
        watch.stop()
        plugin.results.left_behind = 0 if target.embedded else clean_up(session)
    plugin.results.command = _command(plugin.results, options, embedded=target.embedded)
    # A mock of the run's own is interrupted with it, and is then found to be gone, which is no news.
    if plugin.results.ended_early:
        return plugin.results
    known = "" if plugin.interrupted else plugin.results.problem
    plugin.results.problem = known or _problem_of(status, plugin.results, options)
    return plugin.results


def _make_checks(plugin: ContractPlugin, options: Options) -> int:
    """
    Make the checks, in this process or shared out, and return how pytest ended.
    """
    checks = sorted(_CHECKS.glob("test_*.py"), key=_turn)
    if not options.workers:
        return int(pytest.main(_arguments(options, checks), plugins=[plugin]))
    shared = _arguments(options, checks[:-1]) + sharing_arguments(options.workers)
    status = int(pytest.main(shared, plugins=[plugin, Foreman(plugin, _job(plugin.session, options))]))
    if status in _ENDED and not plugin.results.problem:
        looked_back = int(pytest.main(_arguments(options, checks[-1:]), plugins=[plugin]))
        status = max(status, looked_back) if looked_back in _ENDED else looked_back
    return pytest.ExitCode.OK if status == pytest.ExitCode.NO_TESTS_COLLECTED else status


def _job(session: Session, options: Options) -> Job:
    return Job(
        session.target,
        session.seed,
        session.api.drafts.run,
        options.profile,
        options.shrink,
        options.only,
        options.max_time,
    )


def _pace(options: Options) -> Pace:
    deadline = None if options.max_time is None else time.monotonic() + options.max_time
    return Pace(PROFILES[options.profile], options.seed, deadline)


def _turn(path: Path) -> tuple[bool, int, str]:
    return path.name == LAST, _LONG.index(path.name) if path.name in _LONG else -1, path.name


def _problem_of(status: int, results: Results, options: Options) -> str:
    """
    Return why the run did not do what it was for; empty when it did.
    """
    if status == pytest.ExitCode.INTERRUPTED:
        return "interrupted; the promises without a verdict were not checked"
    if status not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        return f"the checks did not run to their end (pytest: {pytest.ExitCode(status).name})"
    return _gap(results, options)


def _gap(results: Results, options: Options) -> str:
    """
    Return what a run to the end could not find out although it was asked to; empty when nothing is missing.
    """
    late = [result.promise.id for result in results.unchecked if result.reason == TIME_IS_UP]
    if late and not results.broken:
        return f"the time was up before {len(late)} promises had been checked; give it more with --max-time"
    if halted := [result for result in results.promises.values() if result.halt and not results.broken]:
        return _halted(halted)
    unexplained = [result.promise.id for result in results.unchecked if not result.reason]
    if unexplained and not (options.fail_fast and results.broken):
        return f"nothing checked {', '.join(unexplained)}"
    if len(results.unchecked) == len(results.promises):
        return f"nothing was checked: {results.unchecked[0].reason}"
    return ""


def _halted(halted: list[Result]) -> str:
    """
    Return what to say when checks came to a halt, and nothing that was asked for was found broken.
    """
    over = sorted({name for result in halted for name in result.halt.split(", ")})
    promises = " ".join(f"--only {name}" for name in over if name in load_promises())
    advice = f"look closer with {promises}" if promises else "the reasons are in the report"
    names = ", ".join(sorted(result.promise.id for result in halted))
    return f"the checks of {names} came to a halt over {', '.join(over)}; {advice}"


def _command(results: Results, options: Options, *, embedded: bool) -> str:
    """
    Return what repeats the run; the credentials come from the environment then.
    """
    words = ["b2b-invoices-contract", *([] if embedded else ["--base-url", results.target])]
    words += ["--profile", options.profile, "--seed", str(options.seed)]
    return " ".join([*words, *(f"--only {name}" for name in sorted(options.only))])


def _arguments(options: Options, checks: list[Path]) -> list[str]:
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
