"""
One run of the checks: its stores, its traffic, and the judge.
"""

import secrets
from typing import Any, Self

import attrs

from .drafts import Drafts
from .early_end import EarlyEndWatch
from .exchanges import Exchanges
from .judge import Judge
from .profiles import Pace
from .redaction import Redaction
from .results import Results
from .store import Store
from .targets import Target


@attrs.frozen
class Session:
    """
    One run of the checks.

    Attributes:
        target: What is under test.
        seed: What chance depends on.
        pace: How thorough the run is.
        exchanges: The exchanges of the run.
        redaction: Hides the credentials in use.
        judge: Judges what is observed.
        results: What was found out so far.
        store: The store to work in.
        other: A second store; None if the target has none.
        shared: What sources of traffic of one module share, by its name.
    """

    target: Target
    seed: int
    pace: Pace
    exchanges: Exchanges
    redaction: Redaction
    judge: Judge
    results: Results
    store: Store
    other: Store | None
    shared: dict[str, Any] = attrs.field(factory=dict)

    @classmethod
    def start(
        cls,
        target: Target,
        seed: int,
        pace: Pace,
        results: Results,
        *,
        run: str = "",
        watch: EarlyEndWatch | None = None,
    ) -> Self:
        """
        Return a run of the checks against *target*; the numbers of its invoices begin with *run*.
        """
        exchanges, redaction = Exchanges(), Redaction.of(target)
        judge = Judge(results, redaction, watch=watch)
        drafts = Drafts.of_contract(run or run_name(target, seed), target.company_id)
        store = Store.of(target, target.store, drafts, exchanges, judge)
        other = Store.of(target, target.other_store, drafts, exchanges, judge) if target.other_store else None
        return cls(target, seed, pace, exchanges, redaction, judge, results, store, other)

    def close(self) -> None:
        """
        Close the connections to the stores.
        """
        for store in self.stores:
            store.http.close()

    def wants(self, *promises: str) -> bool:
        """
        Return whether the run is to check any of *promises*, by their ids.
        """
        return not self.results.promises.keys().isdisjoint(promises)

    @property
    def stores(self) -> list[Store]:
        """The stores to work in: one or two."""
        return [store for store in (self.store, self.other) if store]

    def begin(self, source: str, index: int) -> None:
        """
        Count what follows as requests of *source*, and draw numbers of its own for it, the *index*-th.
        """
        self.exchanges.begin(source)
        self.store.drafts.begin(index)


def run_name(target: Target, seed: int) -> str:
    """
    Return what every number of a run begins with.

    Invoices of other runs may be left on a server that is not the run's own, so there each run has its own name.
    """
    return f"CT{seed}" if target.embedded else f"CT{seed}R{secrets.randbelow(10**6)}"
