"""
A figure: two things measured in turns, and how many times the one goes into the other.
"""

from collections.abc import Callable, Iterable
from statistics import median

import attrs
import msgspec
from rich.table import Table


@attrs.frozen
class Figure:
    """
    What a benchmark found out.

    Attributes:
        name: What was divided by what.
        ratio: The quotient.
        target: The most it should be, or the least.
        more: Whether more is better.
    """

    name: str
    ratio: float
    target: float
    more: bool = False

    @property
    def kept(self) -> bool:
        """Whether the target is kept."""
        return self.ratio >= self.target if self.more else self.ratio <= self.target


def compare(ours: Callable[[], float], theirs: Callable[[], float], *, rounds: int) -> float:
    """
    Return what *ours* returns, divided by what *theirs* does: the median of so many *rounds*.

    In a round they go one right after the other, each first every other time, so that a machine that is busy for a
    while is busy for both.
    """
    ours(), theirs()  # so that neither pays for a first time
    return median(_ratio(ours, theirs) if turn % 2 else 1 / _ratio(theirs, ours) for turn in range(rounds))


def as_json(figures: Iterable[Figure]) -> str:
    """
    Return *figures* as JSON.
    """
    rows = [{"name": f.name, "ratio": round(f.ratio, 3), "target": f.target, "kept": f.kept} for f in figures]
    return msgspec.json.format(msgspec.json.encode(rows)).decode() + "\n"


def as_table(figures: Iterable[Figure]) -> Table:
    """
    Return *figures* as a table for a terminal.
    """
    table = Table("Figure", "Target", "Ratio", "")
    for column in table.columns[1:3]:
        column.justify = "right"
    for figure in figures:
        verdict = "[green]kept" if figure.kept else "[red]missed"
        bound = "at least" if figure.more else "at most"
        table.add_row(figure.name, f"{bound} {figure.target:.2f}", f"{figure.ratio:.2f}", verdict)
    return table


def _ratio(first: Callable[[], float], second: Callable[[], float]) -> float:
    dividend = first()
    return dividend / second()
