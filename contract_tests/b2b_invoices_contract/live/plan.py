"""
Which of the probes a run sends: as few as see every promise that can be seen, chosen greedily.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

import attrs

from .check import Check
from .checks import CHECKS, UNSEEN
from .guard import Budget
from .probes import POOL, Probe
from .questions import QUESTIONS

_CREATION = 3
"""How many requests a creation is worth: it stays in the store until it is deleted, which is a request too."""

CLEANING = 1
"""Requests that cleaning up takes besides the deletes: a look whether anything is left."""


@attrs.frozen
class Plan:
    """
    What a run sends and why.

    Attributes:
        probes: The requests, in their order.
        unseen: Why each promise or setting that the probes do not show is left out, by its name.
    """

    probes: tuple[Probe, ...]
    unseen: Mapping[str, str]

    @property
    def creations(self) -> int:
        """The most creates that can go well."""
        return sum(probe.may_create for probe in self.probes)

    @property
    def most_left(self) -> int:
        """The most invoices that are there at the end of the probes."""
        return self.creations - sum(probe.name == "delete settled" for probe in self.probes)

    @property
    def requests(self) -> int:
        """The most requests it takes when nothing has to be sent twice, cleaning up included."""
        return len(self.probes) + self.most_left + CLEANING

    def checks(self) -> Iterator[Check]:
        """
        Yield the checks that its probes allow.
        """
        names = {probe.name for probe in self.probes}
        return (check for check in CHECKS if names.issuperset(check.probes))


def choose(budget: Budget, promises: Iterable[str], pool: tuple[Probe, ...] = POOL) -> Plan:
    """
    Return the plan that sees as many of the *promises*, and then of the open questions, as the *budget* allows.

    In each step it takes the check, with all the probes that this needs, that shows the most for its requests.
    """
    probes = {probe.name: probe for probe in pool}
    chosen: set[str] = {"look around"}
    wanted = set(promises) - UNSEEN.keys()
    for ways in (_ways_to_promises(wanted), _ways_to_settings()):
        while ways := {goal: ways_to for goal, ways_to in ways.items() if not any(way <= chosen for way in ways_to)}:
            steps = {_closure(way, probes) - chosen for ways_to in ways.values() for way in ways_to}
            fitting = [step for step in steps if _fits(chosen | step, probes, budget)]
            if not fitting:
                break
            chosen |= max(fitting, key=lambda step: (_worth(step, chosen, ways, probes), sorted(step)))
    plan = tuple(probe for probe in pool if probe.name in chosen)
    return Plan(plan, dict(_unseen(promises, chosen)))


def _ways_to_promises(wanted: set[str]) -> dict[str, list[frozenset[str]]]:
    return _grouped((check.promise, check.probes) for check in CHECKS if check.promise in wanted)


def _ways_to_settings() -> dict[str, list[frozenset[str]]]:
    return _grouped((question.setting, question.probes) for question in QUESTIONS)


def _grouped(pairs: Iterable[tuple[str, tuple[str, ...]]]) -> dict[str, list[frozenset[str]]]:
    ways: dict[str, list[frozenset[str]]] = {}
    for goal, names in pairs:
        ways.setdefault(goal, []).append(frozenset(names))
    return ways


def _closure(names: Iterable[str], probes: Mapping[str, Probe]) -> frozenset[str]:
    found: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += probes[name].needs
    return frozenset(found)


def _cost(names: Iterable[str], probes: Mapping[str, Probe]) -> int:
    return sum(1 + _CREATION * probes[name].may_create for name in names)


def _worth(
    step: AbstractSet[str],
    chosen: set[str],
    ways: Mapping[str, list[frozenset[str]]],
    probes: Mapping[str, Probe],
) -> float:
    shown = sum(any(way <= chosen | step for way in ways_to) for ways_to in ways.values())
    return shown / _cost(step, probes)


def _fits(names: set[str], probes: Mapping[str, Probe], budget: Budget) -> bool:
    plan = Plan(tuple(probes[name] for name in names), {})
    return plan.requests <= budget.requests and plan.creations <= budget.creations


def _unseen(promises: Iterable[str], chosen: set[str]) -> Iterator[tuple[str, str]]:
    shown = {check.promise for check in CHECKS if chosen.issuperset(check.probes)}
    known = {check.promise for check in CHECKS}
    for promise in promises:
        if promise in UNSEEN:
            yield promise, UNSEEN[promise]
        elif promise in known - shown:
            yield (
                promise,
                "it does not fit into the budget; raise it with --beyond and --max-requests or --max-creations",
            )
    for question in QUESTIONS:
        if not chosen.issuperset(question.probes):
            yield (
                question.setting,
                "it does not fit into the budget; raise it with --beyond and --max-requests or --max-creations",
            )
