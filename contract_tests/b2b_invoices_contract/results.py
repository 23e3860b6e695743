"""
What a run found out: for each promise, whether it was kept.
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
    What a run found out about one promise.

    Attributes:
        promise: The promise.
        checks: How many checks of it were made.
        requests: How many requests they took.
        cases: How many cases they tried: drawn by chance, or written down.
        seconds: How long they took.
        tried: What the checks say they check, a sentence each.
        failures: The ways in which it was broken.
        reason: Why it was not checked; empty when it was.
        halt: What a check of it came to a halt over before it was done; empty when none did.
    """

    promise: Promise
    checks: int = 0
    requests: int = 0
    cases: int = 0
    seconds: float = 0.0
    tried: list[str] = attrs.field(factory=list)
    failures: list[Failure] = attrs.field(factory=list)
    reason: str = ""
    halt: str = ""

    def add(self, failure: Failure) -> None:
        """
        Note *failure*; the same defect met again is counted, and shown by the smaller example.
        """
        for index, known in enumerate(self.failures):
            if known.identity == failure.identity:
                self.failures[index] = known.and_also(failure)
                return
        self.failures.append(failure)

    def note(self, sentence: str, cases: int) -> None:
        """
        Note that a check, which says in *sentence* what it checks, has tried *cases*.
        """
        self.cases += cases
        if sentence not in self.tried:
            self.tried.append(sentence)

    @property
    def looks_back(self) -> bool:
        """Whether its checks sent nothing themselves, and looked at the answers to all that was sent."""
        return bool(self.tried) and not self.requests

    @property
    def asked(self) -> str:
        """How many requests its checks took, as it is shown: a number, or `all`."""
        return "all" if self.looks_back else str(self.requests)

    @property
    def verdict(self) -> Verdict:
        """Whether the promise was kept."""
        if self.failures:
            return "broken"
        return "kept" if self.checks else "not checked"


@attrs.frozen
class Score:
    """
    How like a live store the mock answered.

    Attributes:
        at: When the store was seen, in UTC.
        host: Where its API is.
        agreeing: How many answers agreed in everything.
        compared: How many were compared.
    """

    at: str
    host: str
    agreeing: int
    compared: int

    @property
    def share(self) -> float:
        """The share of the answers that agreed in everything."""
        return self.agreeing / self.compared


@attrs.define
class Results:
    """
    What a run found out.

    Attributes:
        target: Base URL of what was under test.
        seed: What chance depended on.
        profile: How thorough it was.
        promises: The result for each promise, by id.
        requests: How many requests were sent altogether.
        digest: Names the sequence of requests; equal for runs that sent the same.
        seconds: How long it took.
        left_behind: Invoices that were created and could not be deleted.
        problem: Why the run could not be made or finished; empty when it was.
        ended_early: Why the rest of the run was left out, since nearly every response breaks a promise.
        coverage: What the run touched of the contract; None before its end.
        command: What repeats the run, with the credentials left to the environment.
        is_partial: Whether some promises could not be checked by no fault of the target, so that another run may do so.
        fidelity: How like the store the mock answered each time it was compared, oldest first; empty when it was not.
    """

    target: str
    seed: int
    profile: str
    promises: dict[str, Result]
    requests: int = 0
    digest: str = ""
    seconds: float = 0.0
    left_behind: int = 0
    problem: str = ""
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
