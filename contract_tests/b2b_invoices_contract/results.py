"""
Results of a run: for each promise, whether it was kept.
"""

from typing import Literal

import attrs

from b2b_invoices_spec.promises import Promise

from .coverage import Coverage
from .failures import Failure

Verdict = Literal["kept", "broken", "not checked"]


@attrs.define
class Result:
    """
    The result of a run for one promise.

    Attributes:
        promise: The promise.
        checks: How many observations were judged by it.
        requests: How many requests the sources of traffic sent that made them.
        seconds: How long that took.
        tried: What was sent, a sentence for each source of traffic.
        failures: The ways in which it was broken.
        reason: Why it was not checked; empty if it was.
        halt: Why a source of traffic ended before the promise was checked; empty if none did.
    """

    promise: Promise
    checks: int = 0
    requests: int = 0
    seconds: float = 0.0
    tried: list[str] = attrs.field(factory=list)
    failures: list[Failure] = attrs.field(factory=list)
    reason: str = ""
    halt: str = ""

    def failure(self, identity: str) -> Failure | None:
        """
        Return the failure with this identity; None if there is none.
        """
        return next((known for known in self.failures if known.identity == identity), None)

    def replace(self, known: Failure, failure: Failure) -> None:
        """
        Put *failure* in the place of a *known* one.
        """
        self.failures[self.failures.index(known)] = failure

    def add(self, failure: Failure) -> None:
        """
        Add *failure*; of the same defect, the count rises and the shorter reproduction stays.
        """
        if known := self.failure(failure.identity):
            self.replace(known, known.and_also(failure))
        else:
            self.failures.append(failure)

    def merge(self, other: "Result") -> None:
        """
        Add what a worker has found out about the same promise.
        """
        self.checks += other.checks
        self.requests += other.requests
        self.seconds += other.seconds
        self.reason = self.reason or other.reason
        self.halt = self.halt or other.halt
        for sentence in other.tried:
            self.note(sentence)
        for failure in other.failures:
            self.add(failure)

    def note(self, sentence: str) -> None:
        """
        Note what was sent, in a *sentence*.
        """
        if sentence not in self.tried:
            self.tried.append(sentence)

    @property
    def is_consequence(self) -> bool:
        """Whether it was broken only where a more specific promise was broken too."""
        return bool(self.failures) and all(failure.consequence_of for failure in self.failures)

    @property
    def verdict(self) -> Verdict:
        """Whether the promise was kept."""
        if self.failures:
            return "broken"
        return "kept" if self.checks else "not checked"


@attrs.frozen
class Score:
    """
    Fidelity of the mock: how many of its responses equal those of a store.

    Attributes:
        at: When the store was seen, in UTC.
        host: Where its API is.
        agreeing: How many responses agreed in everything.
        compared: How many were compared.
    """

    at: str
    host: str
    agreeing: int
    compared: int

    @property
    def share(self) -> float:
        """The share of the responses that agreed in everything."""
        return self.agreeing / self.compared


@attrs.define
class Results:
    """
    The results of a run.

    Attributes:
        target: Base URL of what was under test.
        seed: What chance depended on.
        profile: How thorough it was.
        promises: The result for each promise, by id.
        at: When it began, in UTC, such as `2026-11-22T09:30:00Z`; empty if unknown.
        requests: How many requests were sent altogether.
        digest: Names the sequence of requests; equal for runs that sent the same.
        seconds: How long it took.
        left_behind: Invoices that were created and could not be deleted.
        problem: Why the run could not be made or finished; empty when it was.
        not_tried: What the target lacks, and what was not tried for it, a sentence each.
        bug: A bug of this tool that ended the run; None if there was none.
        ended_early: Why the rest of the run was left out, since nearly every response breaks a promise.
        coverage: What the run touched of the contract; None before its end.
        command: What repeats the run, with the credentials left to the environment.
        is_partial: Whether some promises could not be checked by no fault of the target, so that another run may do so.
        fidelity: The scores of the mock against this store, oldest first; empty if it was never compared.
    """

    target: str
    seed: int
    profile: str
    promises: dict[str, Result]
    at: str = ""
    requests: int = 0
    digest: str = ""
    seconds: float = 0.0
    left_behind: int = 0
    problem: str = ""
    not_tried: list[str] = attrs.field(factory=list)
    bug: BaseException | None = attrs.field(default=None, repr=False)
    ended_early: str = ""
    coverage: Coverage | None = None
    command: str = ""
    is_partial: bool = False
    fidelity: tuple[Score, ...] = ()

    @property
    def kept(self) -> list[Result]:
        """The promises that were kept."""
        return [result for result in self.promises.values() if result.verdict == "kept"]

    @property
    def broken(self) -> list[Result]:
        """The promises that were not kept."""
        return [result for result in self.promises.values() if result.verdict == "broken"]

    @property
    def unchecked(self) -> list[Result]:
        """The promises that nothing was found out about."""
        return [result for result in self.promises.values() if result.verdict == "not checked"]

    @property
    def exit_status(self) -> int:
        """0 when no promise was broken, 1 when one was, 2 when the run could not be made or finished, 3: partial."""
        if self.problem:
            return 2
        return 1 if self.broken else 3 if self.is_partial else 0
