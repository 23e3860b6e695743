"""
The pytest plugin that runs the checks: pytest makes each of them, here they become results by promise.
"""

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack
from typing import Any, Literal

import httpx
import pytest
from hypothesis import HealthCheck, Phase, settings

from b2b_invoices.errors import NotSent, OutcomeUnknown

from .failures import Failure
from .fuzzing import Effort, FuzzingError, only_drawn_values
from .promises import load_promises
from .results import Result, Results
from .session import Session

_CANNOT_CHECK = (httpx.TransportError, NotSent, OutcomeUnknown, FuzzingError)
"""Errors that say nothing of the target, but that it is not there."""

ProfileName = Literal["full", "quick"]

PLUGIN = "contract"
"""The name that pytest knows the plugin by."""

PROFILES: Mapping[str, tuple[int, Effort]] = {
    "full": (12, Effort(examples=25, scenarios=15)),
    "quick": (5, Effort(examples=3, scenarios=2, steps=3, edges=False)),
}
"""For each profile, the examples of a property and the effort of the fuzzing."""


def load_profile(name: str, *, shrink: bool = True) -> None:
    """
    Have Hypothesis draw as many examples as the profile says; nothing is remembered, and nothing goes by the clock.
    """
    phases = [Phase.explicit, Phase.generate, *([Phase.shrink] if shrink else [])]
    examples, _ = PROFILES[name]
    settings.register_profile(
        name,
        max_examples=examples,
        phases=phases,
        database=None,
        deadline=None,
        derandomize=False,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile(name)


class ContractPlugin:
    """
    Gives the checks their session, and gathers what they find out.
    """

    def __init__(
        self,
        session: Session,
        profile: str,
        *,
        shrink: bool = True,
        only: frozenset[str] = frozenset(),
        progress: Callable[[Result], None] | None = None,
    ) -> None:
        self.__name__ = PLUGIN  # what pytest calls it by
        self.session = session
        self.effort = PROFILES[profile][1]
        self.results = Results(
            target=session.target.base_url,
            seed=session.seed,
            profile=profile,
            promises={name: Result(promise) for name, promise in load_promises().items() if name in (only or {name})},
        )
        self._shrink = shrink
        self._only = only
        self._progress = progress
        self._stack = ExitStack()
        self._before = 0
        self._started = time.monotonic()

    def pytest_configure(self) -> None:
        """
        Set Hypothesis up before the checks are imported, since they take their settings from it then.
        """
        load_profile(self.results.profile, shrink=self._shrink)
        self._stack.enter_context(only_drawn_values())

    def pytest_unconfigure(self) -> None:
        """
        Leave Hypothesis as it was.
        """
        self._stack.close()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """
        Keep the checks of the promises that are asked for.
        """
        items[:] = [item for item in items if not self._only or self._only & set(_promises_of(item))]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """
        Count the requests of each check.
        """
        self._before = len(self.session.traffic)
        outcome = yield
        for result in self._results_of(item):
            result.requests += len(self.session.traffic) - self._before
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
        if report.when == "call" or not report.passed:
            for result in self._results_of(item):
                self._note(result, report, call, item)
        return report

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """
        Note that the checks themselves could not be read.
        """
        if report.failed:
            self.results.problem = f"the checks cannot be read: {report.longreprtext.splitlines()[-1]}"

    def pytest_sessionfinish(self) -> None:
        """
        Note what the whole run came to.
        """
        self.results.requests = len(self.session.traffic)
        self.results.digest = self.session.traffic.digest
        self.results.seconds = time.monotonic() - self._started

    def _results_of(self, item: pytest.Item) -> list[Result]:
        return [self.results.promises[name] for name in _promises_of(item) if name in self.results.promises]

    def _note(self, result: Result, report: pytest.TestReport, call: pytest.CallInfo[None], item: pytest.Item) -> None:
        if report.skipped:
            result.reason = _skip_reason(report)
            return
        result.checks += 1
        if report.failed and call.excinfo is not None:
            for error in _leaves(call.excinfo.value):
                self._note_error(result, error, item)

    def _note_error(self, result: Result, error: BaseException, item: pytest.Item) -> None:
        if isinstance(error, _CANNOT_CHECK):
            text = self.session.redaction.hide(f"{type(error).__name__}: {error}")
            self.results.problem = item.session.shouldstop = f"the target cannot be checked any further: {text}"
            result.checks -= 1
            return
        exchanges = self.session.traffic.since(self._before)
        result.add(Failure.of(result.promise, error, exchanges, self.session.redaction))


def _promises_of(item: pytest.Item) -> list[str]:
    return [marker.args[0] for marker in item.iter_markers("promise")]


def _skip_reason(report: pytest.TestReport) -> str:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return reason.removeprefix("Skipped: ")


def _leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for part in error.exceptions for leaf in _leaves(part)]
    return [error]
