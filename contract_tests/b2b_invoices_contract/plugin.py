"""
The pytest plugin that runs the checks: pytest makes each of them, here they become results by promise.
"""

import re
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack
from math import ceil
from typing import Any

import pytest

from b2b_invoices_spec.promises import load_promises

from .blame import is_absence, is_broken_promise, is_halt, is_lack_of_answer, is_late, leaves, no_answer, promise_of
from .coverage import Coverage
from .early_end import EarlyEnd
from .evidence import shown
from .failures import Failure
from .fuzzing import only_drawn_values
from .profiles import Pace, load_profile
from .results import Result, Results
from .session import Session
from .targets import CannotRun, check_reachable

PLUGIN = "contract"
"""The name that pytest knows the plugin by."""

LAST = "test_every_answer.py"
"""The checks that look back at all that the others sent."""

TIME_IS_UP = "the time was up before its turn"
"""Why a promise was not checked when the run had only so much time."""

LIMITED = "the target limits requests (429); raise its limit, or check it with --profile live, which keeps to it"
"""Why a run was ended by a target that takes only so many requests in a time."""

_CHECKS = f"{__package__}.test_"
_TOO_MANY = 429
_LONGEST = 200  # letters of what a check came to a halt over
_PATIENCE = 3  # requests without an answer in time, after which it is no use to go on


class ContractPlugin:
    """
    Gives the checks their session, and gathers what they find out.
    """

    def __init__(
        self,
        session: Session,
        pace: Pace,
        *,
        shrink: bool = True,
        only: frozenset[str] = frozenset(),
        progress: Callable[[Result], None] | None = None,
    ) -> None:
        self.__name__ = PLUGIN  # what pytest calls it by
        self.session = session
        self.pace = pace
        self.results = Results(
            target=session.redaction.hide(session.target.base_url),
            seed=session.seed,
            profile=pace.profile.name,
            promises={name: Result(promise) for name, promise in load_promises().items() if name in (only or {name})},
        )
        self.interrupted = False
        self._shrink = shrink
        self._only = only
        self._progress = progress
        self._stack = ExitStack()
        self._before = 0
        self._late = 0
        self._started = time.monotonic()

    def pytest_configure(self) -> None:
        """
        Set Hypothesis up before the checks are imported, since they take their settings from it then.

        Those that an earlier run in this process has imported are forgotten: they have its settings.
        """
        for name in [name for name in sys.modules if name.startswith(_CHECKS)]:
            del sys.modules[name]
        load_profile(self.pace.profile.name, shrink=self._shrink)
        self._stack.enter_context(only_drawn_values())

    def pytest_unconfigure(self) -> None:
        """
        Leave Hypothesis as it was.
        """
        self._stack.close()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """
        Keep the checks of the promises that are asked for, as far as the profile takes them.
        """
        items[:] = selected(items, self._only, quick=self.pace.profile.sampled)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """
        Leave out what there is no time for; to look back takes none.
        """
        if self.pace.is_over and item.path.name != LAST:
            pytest.skip(TIME_IS_UP)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """
        Count the requests of each check.
        """
        self._before = len(self.session.traffic)
        started = time.monotonic()
        outcome = yield
        for result in self._results_of(item):
            result.requests += len(self.session.traffic) - self._before
            result.seconds += time.monotonic() - started
            if self._progress:
                self._progress(result)
        return outcome

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """
        Note what a check found out about its promises.
        """
        report = yield
        own = self._results_of(item)
        if self._is_limited(item):
            return report
        if report.skipped:
            for result in own:
                result.reason = result.reason if result.halt or result.checks else _skip_reason(report)
        elif report.failed and call.excinfo is not None:
            self._note_failure(item, call.excinfo.value)
        elif report.when == "call":
            for result in own:
                result.checks += 1
        if report.when == "call" and not report.skipped:
            for result in own:
                result.note(_sentence_of(item), _cases_of(item))
        return report

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """
        Note that the checks themselves could not be read.
        """
        if report.failed:
            self.results.problem = f"the checks cannot be read: {report.longreprtext.splitlines()[-1]}"

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """
        Note that somebody interrupted the run, which is not the same as that it stopped itself.
        """
        self.interrupted = not isinstance(excinfo.value, pytest.Session.Interrupted)

    def pytest_sessionfinish(self) -> None:
        """
        Note what the whole run came to.
        """
        self.results.requests = len(self.session.traffic)
        self.results.digest = self.session.traffic.digest
        self.results.coverage = Coverage.of(self.session.traffic)
        self.results.seconds = time.monotonic() - self._started

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """
        Show how far the workers are, where the checks are shared out; what they found out comes at their end.
        """
        if self._progress and hasattr(report, "node") and report.when == "call":
            for result in self.results.promises.values():
                if result.promise.id in report.nodeid:
                    self._progress(result)

    def take_in(self, promises: Mapping[str, Result], problem: str) -> None:
        """
        Add the results that a worker has for *promises*, and the *problem* it had, to those known here.
        """
        for name, found in promises.items():
            result = self.results.promises[name]
            result.checks += found.checks
            result.requests += found.requests
            result.cases += found.cases
            result.seconds += found.seconds
            result.tried += [sentence for sentence in found.tried if sentence not in result.tried]
            result.reason = found.reason if found.halt else result.reason or found.reason
            result.halt = result.halt or found.halt
            for failure in found.failures:
                result.add(failure)
        self.results.problem = self.results.problem or problem

    def _results_of(self, item: pytest.Item) -> list[Result]:
        return [self.results.promises[name] for name in promises_of(item) if name in self.results.promises]

    def _note_failure(self, item: pytest.Item, error: BaseException) -> None:
        """
        Note that a check failed: of the promises that *error* names, or else of all that it is about.

        Of the others that it is about it says something only when it was done all the same.
        """
        if self._ends_the_run(item, error):
            return
        own = self._results_of(item)
        exchanges = self.session.traffic.since(self._before)
        broken = set()
        for leaf in leaves(error):
            names = [promise_of(leaf)] if promise_of(leaf) else promises_of(item) if is_broken_promise(leaf) else []
            for result in (self.results.promises[name] for name in names if name in self.results.promises):
                result.add(Failure.of(result.promise, self._told(leaf), exchanges, self.session.redaction))
            broken |= set(names) or {type(leaf).__name__}
        unseen = broken - self.results.promises.keys()
        is_done = broken <= set(promises_of(item)) and not any(is_halt(leaf) for leaf in leaves(error))
        for result in own:
            if result.promise.id in broken or (is_done and not unseen):
                result.checks += 1
            else:
                result.halt = ", ".join(sorted(unseen or broken))
                told = shown(str(error), self.session.redaction, _LONGEST)
                result.reason = f"its check came to a halt over {result.halt}: {told}"

    def _told(self, error: BaseException) -> BaseException:
        """
        Return *error*, or when there was no answer the broken promise that this is, with the request.
        """
        lost = self.session.traffic.lost
        return no_answer(lost[-1]) if lost and is_lack_of_answer(error) else error

    def _is_limited(self, item: pytest.Item) -> bool:
        """
        Stop the run when the target takes no more requests for now, which says nothing of any promise.
        """
        limited = any(exchange.status == _TOO_MANY for exchange in self.session.traffic.since(self._before))
        if limited:
            self.results.problem = item.session.shouldstop = LIMITED
        return limited

    def _ends_the_run(self, item: pytest.Item, error: BaseException) -> bool:
        """
        Stop the run when nothing more can be found out, and return whether *error* itself says nothing of a promise.
        """
        if early := next((leaf for leaf in leaves(error) if isinstance(leaf, EarlyEnd)), None):
            self._end_early(item, early)
            return True
        lost = next((leaf for leaf in leaves(error) if is_absence(leaf)), None)
        unanswered = next((leaf for leaf in leaves(error) if is_lack_of_answer(leaf)), None)
        if unanswered and is_late(unanswered):
            self._late += 1
            if self._late == _PATIENCE:
                self._stop(item, unanswered)
        elif unanswered and not lost:
            try:
                check_reachable(self.session.target)
            except CannotRun:
                lost = unanswered
        if lost:
            self._stop(item, lost)
        return lost is not None

    def _end_early(self, item: pytest.Item, early: EarlyEnd) -> None:
        """
        End the run with the one promise that nearly every response breaks; nothing is known of the others.
        """
        result = self.results.promises[early.broken.promise]
        result.add(Failure.of(result.promise, early.broken, [], self.session.redaction))
        minutes = ceil(self.pace.profile.requests * early.seconds / 60)
        text = f"{early.reason}; a whole run would have taken about {minutes} minute{'' if minutes == 1 else 's'}"
        self.results.ended_early = item.session.shouldstop = text
        for other in self.results.promises.values():
            if not other.checks and not other.failures:
                other.reason = other.reason or text

    def _stop(self, item: pytest.Item, error: BaseException) -> None:
        text = self.session.redaction.hide(f"{type(error).__name__}: {error}")
        self.results.problem = item.session.shouldstop = f"the target cannot be checked any further: {text}"


def selected(items: Sequence[pytest.Item], only: frozenset[str], *, quick: bool) -> list[pytest.Item]:
    """
    Return those of *items* that check a promise of *only*, or any when it is empty.

    A *quick* run takes a thorough one when nothing else checks what was asked for.
    """
    asked = [item for item in items if not only or only & set(promises_of(item))]
    brief = [item for item in asked if not item.get_closest_marker("thorough")]
    covered = {promise for item in brief for promise in promises_of(item)}
    return [
        item
        for item in asked
        if not quick or item in brief or (only or set(promises_of(item))) & set(promises_of(item)) - covered
    ]


def promises_of(item: pytest.Item) -> list[str]:
    """
    Return the ids of the promises that *item* checks.
    """
    return [marker.args[0] for marker in item.iter_markers("promise")]


def _cases_of(item: pytest.Item) -> int:
    """
    How many cases a check has tried: as many as Hypothesis says that it drew, or the one that is written down.
    """
    drawn = re.findall(r"(\d+) passing, (\d+) failing", getattr(item, "hypothesis_statistics", ""))
    return sum(int(count) for counts in drawn for count in counts) or 1


def _sentence_of(item: pytest.Item) -> str:
    function = getattr(item, "function", None)
    return " ".join((function.__doc__ or "").split()) or item.name


def _skip_reason(report: pytest.TestReport) -> str:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return reason.removeprefix("Skipped: ")
