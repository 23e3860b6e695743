"""
Mutation trials: run the checks against a server with one fault, and compare the promises they name with the fault's.
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

_TRIALS_PER_PROCESS = 40

Verdict = Literal["caught", "misattributed", "missed"]


@attrs.frozen
class Trial:
    """
    One fault to try.

    Attributes:
        fault: Name of the fault; empty for a control run, without a fault.
        profiles: Profiles to run, in order, until one catches the fault.
        seed: Seed of the runs.
        users: Module of the user's faults.
        whole: Whether each run makes all checks and gets a strict verdict. By default a run makes only the checks of
            the promises that the fault breaks, which is faster, then all checks.
        peer: Whether to run `schemathesis run` too.
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
    The result of a trial; profile, requests and seconds are those of its last run.

    Attributes:
        fault: Name of the fault; empty for a control run.
        verdict: Whether the checks named a promise that the fault breaks, another promise, or none.
        named: Ids of the broken promises.
        problem: Why the checks could not complete; empty if they did.
        peer: Whether `schemathesis run` found a failure; None if it did not run.
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
    """Run *trials*, *jobs* at a time, and yield their outcomes in order."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])  # so that new processes have everything imported
    with context.Pool(jobs, maxtasksperchild=_TRIALS_PER_PROCESS) as pool:
        yield from pool.imap(attempt, trials)


def attempt(trial: Trial) -> Outcome:
    """Run the profiles of *trial* until one catches the fault."""
    fault = load_catalogue(trial.users)[trial.fault] if trial.fault else None
    for profile, only in _runs(trial, fault):
        outcome = _run(trial, fault, profile, only)
        if outcome.verdict == "caught":
            break
    if not trial.peer:
        return outcome
    try:
        return attrs.evolve(outcome, peer=peer_catches(fault.act if fault else faultless, trial.seed))
    except CannotRun as error:
        return attrs.evolve(outcome, problem=f"Schemathesis could not run: {error}")


def _runs(trial: Trial, fault: Fault | None) -> Iterator[tuple[ProfileName, frozenset[str]]]:
    for profile in trial.profiles:
        if fault and not trial.whole:
            yield profile, frozenset(fault.breaks)
        yield profile, frozenset()


def _run(trial: Trial, fault: Fault | None, profile: ProfileName, only: frozenset[str]) -> Outcome:
    try:
        with embedded_mock() as mock, broken(mock, fault.act if fault else faultless) as target:
            results = run(target, Options(profile, trial.seed, shrink=False, only=only))
    except CannotRun as error:
        return Outcome(trial.fault, "missed", (), profile, trial.seed, 0, 0.0, str(error))
    named = tuple(result.promise.id for result in results.broken if not result.is_consequence)
    figures = (results.requests, results.seconds, results.problem)
    return Outcome(trial.fault, verdict_on(named, fault, strict=trial.whole), named, profile, trial.seed, *figures)


def verdict_on(named: Collection[str], fault: Fault | None, *, strict: bool) -> Verdict:
    """
    Return the verdict for *fault* if the checks name the promises *named*.

    A *strict* verdict allows only promises that the fault breaks, directly or as a consequence.
    """
    if not named:
        return "missed"
    if fault is None or not set(named) & set(fault.breaks):
        return "misattributed"
    wrong = set(named) - {*fault.breaks, *fault.beside}
    return "misattributed" if strict and wrong else "caught"
