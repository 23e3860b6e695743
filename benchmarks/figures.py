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
    Return the median of what *ours* returns, divided by the median of what *theirs* does.

    They take turns and each goes first every other time, so that a machine that slows down slows both.
    """
    sides = {ours: list[float](), theirs: list[float]()}
    ours(), theirs()  # so that neither pays for a first time
    for turn in range(rounds):
        for side in (ours, theirs) if turn % 2 else (theirs, ours):
            sides[side].append(side())
    return median(sides[ours]) / median(sides[theirs])
