"""
What the checks make of one fault at a time, each in front of a server of its own.
"""

import multiprocessing
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Literal

import attrs

from b2b_invoices_contract.profiles import ProfileName
from b2b_invoices_contract.run import Options, run
from b2b_invoices_contract.targets import CannotRun, embedded_mock

from .catalogue import load_catalogue
from .fault import Fault
from .peer import peer_catches
from .proxy import broken, faultless

_TRIALS = 40  # of one process, which is the faster the more it has imported, before another takes its place

Verdict = Literal["caught", "misattributed", "missed"]


@attrs.frozen
class Trial:
    """
    One fault to try, or none.

    Attributes:
        fault: Name of the fault; empty for the control, which has none.
        profiles: The profiles to check with, one after another until one catches it.
        seed: What chance depends on.
        users: The module of the user's faults, if there is one.
        whole: Whether to check all promises at once, not first those that the fault breaks, which is faster, and to
            take it strictly.
        peer: Whether to see what the peer makes of it too.
    """

    fault: str
    profiles: tuple[ProfileName, ...]
    seed: int
    users: Path | None = None
    whole: bool = False
    peer: bool = False


@attrs.frozen
class Outcome:
    """
    What the checks made of a fault.

    Attributes:
        fault: Name of the fault; empty for the control.
        verdict: Whether the checks named a promise that it breaks, another one, or none; when they were made all at
            once, another one beside a right one counts too.
        named: Ids of the promises that were found broken.
        profile: The profile that it was last checked with.
        seed: What chance depended on.
        requests: How many requests that profile sent.
        seconds: How long that took.
        problem: Why the checks could not go on; empty when they could.
        peer: Whether the peer found anything wrong; None when it was not asked.
    """

    fault: str
    verdict: Verdict
    named: tuple[str, ...]
    profile: ProfileName
    seed: int
    requests: int
    seconds: float
    problem: str = ""
    peer: bool | None = None


def measure(trials: Sequence[Trial], *, jobs: int) -> Iterator[Outcome]:
    """
    Try all of *trials*, *jobs* at a time, and return what came of each, in their order.
    """
    # A server process that has everything imported, and has done nothing yet, makes the others.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with context.Pool(jobs, maxtasksperchild=_TRIALS) as pool:
        yield from pool.imap(attempt, trials)


def attempt(trial: Trial) -> Outcome:
    """
    Try one fault in one way after another until it is caught, the fastest way first.
    """
    fault = load_catalogue(trial.users)[trial.fault] if trial.fault else None
    for profile, only in _ways(trial, fault):
        outcome = _checked(trial, fault, profile, only)
        if outcome.verdict == "caught":
            break
    return _with_peer(outcome, trial) if trial.peer else outcome


def _with_peer(outcome: Outcome, trial: Trial) -> Outcome:
    try:
        return attrs.evolve(outcome, peer=peer_catches(trial.fault, trial.seed, trial.users))
    except CannotRun as error:
        return attrs.evolve(outcome, problem=f"the peer could not run: {error}")


def _ways(trial: Trial, fault: Fault | None) -> Iterator[tuple[ProfileName, frozenset[str]]]:
    # Those that look back at all responses, and those that go wrong elsewhere, show when everything is checked.
    for profile in trial.profiles:
        if fault and not trial.whole:
            yield profile, frozenset(fault.breaks)
        yield profile, frozenset()


def _checked(trial: Trial, fault: Fault | None, profile: ProfileName, only: frozenset[str]) -> Outcome:
    options = Options(profile, trial.seed, shrink=False, only=only)
    try:
        with embedded_mock() as mock, broken(mock, fault.act if fault else faultless) as target:
            results = run(target, options)
    except CannotRun as error:
        return Outcome(trial.fault, "missed", (), profile, trial.seed, 0, 0.0, str(error))
    named = tuple(result.promise.id for result in results.broken)
    figures = (results.requests, results.seconds, results.problem)
    return Outcome(trial.fault, verdict_on(named, fault, strict=trial.whole), named, profile, trial.seed, *figures)


def verdict_on(named: Collection[str], fault: Fault | None, *, strict: bool) -> Verdict:
    """
    Return what it means for *fault* that the promises *named* were found broken.

    One of those that it is about has to be named. A *strict* verdict has none named that it does not break at all.
    """
    if not named:
        return "missed"
    if fault is None or not set(named) & set(fault.breaks):
        return "misattributed"
    wrong = set(named) - {*fault.breaks, *fault.beside}
    return "misattributed" if strict and wrong else "caught"
