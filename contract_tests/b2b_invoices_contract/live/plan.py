"""
The plan of a live run: which probes it sends.
"""

from collections.abc import Mapping

import attrs

from .guard import Budget
from .probes import POOL, Probe

CLEANING = 1
"""Requests of the cleanup besides the deletes: a last look whether anything is left."""

_RETRIES = 3  # requests that spare probes leave for what has to be sent twice

NOT_CHECKED: Mapping[str, str] = {
    "invoice-numbers-are-per-store": "it takes a second store, and a run works in one",
    "stores-are-isolated": "it takes a second store, and a run works in one",
    "unsupported-method-is-405": "the service may execute what the contract does not know, such as an update",
    "published-bodies-accepted": "they name orders and channels that a store may have",
}
"""Promises that cannot be checked safely on a live store, with the reason."""


@attrs.frozen
class Plan:
    """
    What a run sends.

    Attributes:
        probes: The requests, in order.
    """

    probes: tuple[Probe, ...]

    @property
    def creations(self) -> int:
        """The most creates that can be accepted."""
        return sum(probe.may_create for probe in self.probes)

    @property
    def most_left(self) -> int:
        """The most invoices that exist at the end of the probes."""
        return self.creations - sum(probe.name == "delete settled" for probe in self.probes)

    @property
    def requests(self) -> int:
        """The most requests, cleanup included, if nothing has to be sent twice."""
        return len(self.probes) + self.most_left + CLEANING

    def fits(self, budget: Budget) -> bool:
        """
        Return whether it keeps to *budget*.
        """
        return self.requests <= budget.requests and self.creations <= budget.creations


def plan_within(budget: Budget, pool: tuple[Probe, ...] = POOL) -> Plan:
    """
    Return the plan that takes one probe of *pool* after another, as far as *budget* allows; spare ones come last.
    """
    chosen: set[str] = set()
    for probe in sorted(pool, key=lambda probe: probe.is_spare):
        with_it = Plan(tuple(one for one in pool if one.name in {*chosen, probe.name}))
        left = attrs.evolve(budget, requests=budget.requests - _RETRIES) if probe.is_spare else budget
        if chosen.issuperset(probe.needs) and with_it.fits(left):
            chosen.add(probe.name)
    return Plan(tuple(probe for probe in pool if probe.name in chosen))
