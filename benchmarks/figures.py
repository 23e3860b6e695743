"""
Figures: ratios of two things measured in turns.
"""

from collections.abc import Callable, Iterable
from statistics import median

import attrs
import msgspec
from rich.table import Table


@attrs.frozen
class Figure:
    """
    One result of a benchmark.

    Attributes:
        name: Numerator and denominator, such as `import: b2b_invoices / httpx`.
        ratio: The quotient.
        target: The largest acceptable ratio, or the smallest if `more`.
        more: Whether more is better.
    """

    name: str
    ratio: float
    target: float
    more: bool = False

    @property
    def met(self) -> bool:
        """Whether the ratio meets its target."""
        return self.ratio >= self.target if self.more else self.ratio <= self.target


def compare(ours: Callable[[], float], theirs: Callable[[], float], *, rounds: int) -> float:
    """
    Return the result of *ours* divided by that of *theirs*: the median of *rounds*.

    The two run back to back, alternating which is first, so that a busy machine slows both.
    """
    ours(), theirs()  # warm up
    return median(_ratio(ours, theirs) if turn % 2 else 1 / _ratio(theirs, ours) for turn in range(rounds))


def as_json(figures: Iterable[Figure]) -> str:
    """
    Return *figures* as JSON.
    """
    rows = [{"name": f.name, "ratio": round(f.ratio, 3), "target": f.target, "met": f.met} for f in figures]
    return msgspec.json.format(msgspec.json.encode(rows)).decode() + "\n"


def as_table(figures: Iterable[Figure]) -> Table:
    """
    Return *figures* as a table for a terminal.
    """
    table = Table("Figure", "Target", "Ratio", "")
    for column in table.columns[1:3]:
        column.justify = "right"
    for figure in figures:
        verdict = "[green]met" if figure.met else "[red]missed"
        bound = "at least" if figure.more else "at most"
        table.add_row(figure.name, f"{bound} {figure.target:.2f}", f"{figure.ratio:.2f}", verdict)
    return table


def _ratio(first: Callable[[], float], second: Callable[[], float]) -> float:
    dividend = first()
    return dividend / second()
