"""
A figure: two things measured in turns, and how many times the one goes into the other.
"""

from collections.abc import Callable
from statistics import median

import attrs


@attrs.frozen
class Figure:
    """
    What a benchmark found out.

    Attributes:
        name: What was divided by what.
        ratio: The quotient.
        target: The most it should be.
    """

    name: str
    ratio: float
    target: float

    @property
    def kept(self) -> bool:
        """Whether the target is kept."""
        return self.ratio <= self.target


def compare(ours: Callable[[], float], theirs: Callable[[], float], *, rounds: int) -> float:
    """
    Return what *ours* returns, divided by what *theirs* does: the median of so many *rounds*.

    In a round they go one right after the other, each first every other time, so that a machine that is busy for a
    while is busy for both.
    """
    ours(), theirs()  # so that neither pays for a first time
    return median(_ratio(ours, theirs) if turn % 2 else 1 / _ratio(theirs, ours) for turn in range(rounds))


def _ratio(first: Callable[[], float], second: Callable[[], float]) -> float:
    dividend = first()
    return dividend / second()
