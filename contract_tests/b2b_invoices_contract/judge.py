"""
The judge: every check on every observation, and what that says of each promise.
"""

import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import attrs

from .checks import Check, checks_of
from .early_end import EarlyEndWatch
from .exchanges import Exchange, Lost
from .failures import Comparison, Failure, identity_of, size_of
from .observations import Observation
from .redaction import Redaction
from .results import Result, Results

Seen = Observation | Exchange | Lost


class CheckFailed(BaseException):
    """
    A check raised an exception, which is a bug of the check and says nothing of the promise.

    Attributes:
        promise: Id of the promise that it checks.
    """

    def __init__(self, promise: str) -> None:
        super().__init__(f"the check of {promise} has a bug")
        self.promise = promise

    def __reduce__(self) -> tuple[type["CheckFailed"], tuple[str]]:
        # A worker process sends it to the process that started it.
        return CheckFailed, (self.promise,)


class BrokenPromises(AssertionError):  # noqa: N818 - what the target did, for Hypothesis to shrink
    """
    An example broke promises.

    Attributes:
        broken: What it broke.
    """

    def __init__(self, broken: "list[Broken]") -> None:
        super().__init__(", ".join(sorted({one.check.promise for one in broken})))
        self.broken = broken


@attrs.frozen
class Broken:
    """
    A comparison that was not met.

    Attributes:
        check: The check that made it.
        comparison: The comparison.
        seen: What was observed.
        consequence_of: Id of a more specific promise that the same observation breaks; empty if there is none.
    """

    check: Check
    comparison: Comparison
    seen: Seen
    consequence_of: str = ""

    @property
    def evidence(self) -> list[Exchange]:
        """The exchanges that reproduce it; the last one shows it."""
        if isinstance(self.seen, Lost):
            return [self.seen.request]
        if isinstance(self.seen, Exchange):
            return [self.seen]
        last = self.comparison.exchange or self.seen.exchange
        if self.comparison.earlier:
            return [self.comparison.earlier, last]
        before = [*self.seen.earlier, self.seen.exchange] if last is not self.seen.exchange else [*self.seen.earlier]
        return [*before, last]


class Judge:
    """
    Judges observations, and records what they say in the results.

    *watch* ends a run that is of no use, and *excuse* says what is not to be held against the target.
    """

    def __init__(
        self,
        results: Results,
        redaction: Redaction,
        *,
        watch: EarlyEndWatch | None = None,
        excuse: "Callable[[Broken, Result], bool]" = lambda _, __: False,
    ) -> None:
        self._excuse = excuse
        self._results = results
        self._redaction = redaction
        self._watch = watch
        self._checks: dict[type, list[Check]] = {}
        self._example: list[Broken] | None = None
        self._is_closed = False

    def close(self) -> None:
        """
        Judge nothing more: what the cleanup sends says nothing of the promises.
        """
        self._is_closed = True

    def see(self, seen: Seen) -> list[Broken]:
        """
        Judge what was *seen* by every promise that is about it, record the outcome, and return what it breaks.

        Raises:
            CheckFailed: A check has a bug.
            EarlyEnd: The run is to end.
        """
        if self._is_closed:
            return []
        looks = [(check, self._look(check, seen)) for check in self._checks_of(type(seen))]
        for check, comparisons in looks:
            if comparisons:
                self._results.promises[check.promise].checks += 1
        broken = _with_consequences(
            [
                Broken(check, comparison, seen)
                for check, comparisons in looks
                for comparison in comparisons
                if not comparison.is_met
            ]
        )
        for one in broken:
            self.record(one)
        if self._watch and isinstance(seen, Exchange):
            self._watch.see(seen, {one.check.promise for one in broken})
        return broken

    def record(self, one: Broken) -> None:
        """
        Record a broken promise.
        """
        result = self._results.promises.get(one.check.promise)
        if result is None or self._excuse(one, result):
            return
        if self._example is not None and not isinstance(one.seen, Exchange | Lost):
            self._example.append(one)
        case = one.seen.case.name if isinstance(one.seen, Observation) else ""
        self._add(one, result, case)

    def _add(self, one: Broken, result: Result, case: str) -> None:
        promise, comparison, exchanges = result.promise, one.comparison, one.evidence
        known = result.failure(identity_of(promise, comparison, exchanges, self._redaction))
        if known and known.size <= size_of(exchanges) and not (known.consequence_of and not one.consequence_of):
            result.replace(known, known.seen_again(places=self._redaction.hide_all([case] if case else [])))
            return
        result.add(
            Failure.of(promise, comparison, exchanges, self._redaction, case=case, consequence_of=one.consequence_of)
        )

    def leave_out(self, promise: str, reason: str) -> None:
        """
        Note why *promise* is not checked, if nothing else says anything of it.
        """
        if promise in self._results.promises:
            self._results.promises[promise].reason = reason

    @contextmanager
    def example(self) -> Iterator[None]:
        """
        Raise at the end of the block if something within broke a promise, so that Hypothesis looks for less.

        Raises:
            BrokenPromises: A promise was broken.
        """
        outer, self._example = self._example, []
        try:
            yield
            broken = self._example
        finally:
            self._example = outer
        if broken:
            raise _shrinkable(broken)

    def _checks_of(self, kind: type) -> list[Check]:
        if kind not in self._checks:
            self._checks[kind] = [one for one in checks_of([kind]) if one.promise in self._results.promises]
        return self._checks[kind]

    def _look(self, check: Check, seen: Seen) -> list[Comparison]:
        try:
            return list(check.look(seen))
        except Exception as error:
            raise CheckFailed(check.promise) from error


def _with_consequences(broken: list[Broken]) -> list[Broken]:
    """
    Return *broken*, where a general promise is broken as a consequence of a specific one, if there is one.

    That is the promise that the request tried, or one that is broken at the same place.
    """
    specific = [one for one in broken if not one.check.is_general]
    return [attrs.evolve(one, consequence_of=_cause(one, specific)) if one.check.is_general else one for one in broken]


def _cause(general: Broken, specific: list[Broken]) -> str:
    tried = general.seen.case.promise if isinstance(general.seen, Observation) else ""
    promises = [one.check.promise for one in specific]
    here = [one.check.promise for one in specific if one.comparison.at == general.comparison.at]
    return tried if tried in promises else next(iter(here), "")


def _shrinkable(broken: list[Broken]) -> BrokenPromises:
    """
    Return the error for *broken*, of a type of its own for each set of promises: Hypothesis shrinks each type apart.
    """
    names = sorted({one.check.promise for one in broken})
    kind = _kinds.setdefault(tuple(names), types.new_class("BrokenPromises", (BrokenPromises,)))
    error: BrokenPromises = kind(broken)
    return error


_kinds: dict[tuple[str, ...], type[BrokenPromises]] = {}
