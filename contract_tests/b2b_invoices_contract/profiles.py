"""
Profiles: how many cases and examples a run tries, and until when.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Literal, TypeVar

import attrs

ProfileName = Literal["full", "quick"]

Case = TypeVar("Case")


@attrs.frozen
class Effort:
    """
    How much Schemathesis tries.

    Attributes:
        examples: Generated requests for each operation.
        scenarios: Sequences of linked requests; without any, it sends no examples of the contract either.
        steps: The longest such sequence.
    """

    examples: int
    scenarios: int
    steps: int = 6


@attrs.frozen
class Profile:
    """
    The amount of traffic of a run.

    Attributes:
        name: Its name.
        examples: How many examples of a property to draw.
        runs: How many times to walk through the state machine.
        steps: The longest such walk.
        sampled: Whether it takes a few of the cases of a table, instead of all.
        shrinks: Whether there are requests to spare for a smaller example of what is broken.
        effort: How much Schemathesis is to try.
        requests: About how many requests a run takes.
    """

    name: str
    examples: int
    runs: int
    steps: int
    sampled: bool
    shrinks: bool
    effort: Effort
    requests: int


PROFILES: Mapping[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile(
            "full",
            12,
            runs=4,
            steps=16,
            sampled=False,
            shrinks=True,
            effort=Effort(examples=12, scenarios=6),
            requests=1450,
        ),
        Profile(
            "quick",
            2,
            runs=1,
            steps=5,
            sampled=True,
            shrinks=False,
            effort=Effort(examples=1, scenarios=0),
            requests=145,
        ),
    )
}
"""Each profile by its name."""


@attrs.frozen
class Pace:
    """
    Which cases a run takes, and until when.

    Attributes:
        profile: How thorough to be.
        seed: What chance depends on.
        shrinks: Whether to look for the smallest example of what is broken.
        deadline: When to draw no more, by *clock*; None for no limit.
        clock: Returns seconds that only go forward.
    """

    profile: Profile
    seed: int
    shrinks: bool = False
    deadline: float | None = None
    clock: Callable[[], float] = time.monotonic

    def some(self, cases: Sequence[Case], few: int) -> Iterator[Case]:
        """
        Yield the *cases* that a run takes, in order: all of them, or as *few* as are given, by chance.

        Once the time is over there are no more, but there is always one.
        """
        chosen: Sequence[int] = range(len(cases))
        if self.profile.sampled and few < len(cases):
            chosen = sorted(Random(f"{self.seed} {len(cases)}").sample(chosen, few))  # noqa: S311 - nothing is secret
        for index in chosen:
            yield cases[index]
            if self.is_over:
                return

    @property
    def is_over(self) -> bool:
        """Whether there is no time left."""
        return self.deadline is not None and self.clock() >= self.deadline
