"""
Checks shared out to processes by pytest-xdist: what each worker is told, and what becomes of its findings.

Each of them loads this module as a pytest plugin.
"""

import pickle
import time
from collections.abc import Generator, Mapping
from typing import Any

import attrs
import pytest

from .plugin import PLUGIN, ContractPlugin
from .profiles import PROFILES, Pace, ProfileName
from .results import Result
from .session import Session
from .targets import Target
from .traffic import Exchange, Lost

_KEY = "contract"


@attrs.frozen
class Job:
    """
    What a worker is told.

    Attributes:
        target: What is under test.
        seed: What chance depends on.
        run: What every number of the run begins with.
        profile: How thorough to be.
        shrink: Whether to look for the smallest example.
        only: Ids of the promises to check; empty for all.
        seconds_left: After which no new case is drawn; None for as long as it takes.
    """

    target: Target
    seed: int
    run: str
    profile: ProfileName
    shrink: bool
    only: frozenset[str]
    seconds_left: float | None


@attrs.frozen
class Findings:
    """
    What a worker has found out so far.

    Attributes:
        promises: The result for each promise, by id.
        exchanges: What it sent since it last said so, and what was answered.
        lost: What it sent since then that was not answered.
        digests: Names the requests of each check, by the check.
        problem: Why it could not go on; empty when it could.
    """

    promises: Mapping[str, Result]
    exchanges: list[Exchange]
    lost: list[Lost]
    digests: Mapping[str, str]
    problem: str


class Foreman:
    """
    The plugin of the process that shares the checks out: tells each worker its job, and takes in what it finds out.
    """

    def __init__(self, plugin: ContractPlugin, job: Job) -> None:
        self._plugin = plugin
        self._job = job
        self._latest: dict[str, Findings] = {}

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """
        Tell a worker its job, before it starts.
        """
        node.workerinput[_KEY] = pickle.dumps(self._job)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """
        Take in what a worker has found out so far, after each check.
        """
        for name, found in report.user_properties:
            if name == _KEY and isinstance(found, bytes):
                self._hear(report.node, found)  # xdist says whose report it is

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """
        Take in what a worker has found out, at its end.
        """
        if found := getattr(node, "workeroutput", {}).get(_KEY):
            self._hear(node, found)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """
        Add up what all of them have found out, whether or not they came to their end.
        """
        for found in self._latest.values():
            self._plugin.take_in(found.promises, found.problem)

    def _hear(self, node: Any, found: bytes) -> None:
        findings: Findings = pickle.loads(found)  # noqa: S301 - our own process wrote it
        self._plugin.session.traffic.merge(findings.exchanges, findings.digests, findings.lost)
        self._latest[node.gateway.id] = findings


class Reporter:
    """
    The plugin of a worker that tells what it finds out: after each check, so that no more than one is ever lost.
    """

    def __init__(self, plugin: ContractPlugin) -> None:
        self._plugin = plugin
        self._told = self._told_lost = 0

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """
        Send along what was found out so far, when a check is done.
        """
        report = yield
        if report.when == "teardown":
            report.user_properties.append((_KEY, self._findings()))
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """
        Send along what was found out since the last check.
        """
        session.config.workeroutput[_KEY] = self._findings()  # type: ignore[attr-defined]  # xdist's

    def _findings(self) -> bytes:
        traffic, results = self._plugin.session.traffic, self._plugin.results
        exchanges, lost = traffic.since(self._told), traffic.lost[self._told_lost :]
        self._told, self._told_lost = len(traffic), len(traffic.lost)
        return pickle.dumps(Findings(results.promises, exchanges, lost, traffic.digests, results.problem))


def pytest_configure(config: pytest.Config) -> None:
    """
    In a worker, become what its job says.
    """
    if _KEY not in getattr(config, "workerinput", {}):
        return
    job: Job = pickle.loads(config.workerinput[_KEY])  # type: ignore[attr-defined]  # noqa: S301 - as above; xdist's
    session = Session.start(job.target, job.seed, job.run)
    deadline = None if job.seconds_left is None else time.monotonic() + job.seconds_left
    plugin = ContractPlugin(session, Pace(PROFILES[job.profile], job.seed, deadline), shrink=job.shrink, only=job.only)
    config.pluginmanager.register(plugin, PLUGIN)
    config.pluginmanager.register(Reporter(plugin))


def sharing_arguments(workers: int) -> list[str]:
    """
    Return the arguments that have pytest share the checks out to so many *workers*, file by file.
    """
    return ["-p", "xdist.plugin", "-p", __name__, f"--numprocesses={workers}", "--dist=loadfile"]
