"""
What changed from one report to another.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import attrs
from rich.console import Console
from rich.table import Table
from rich.text import Text

Change = Literal["broke", "broken in a new way", "mended", "no longer checked", "now checked", "new", "gone"]

_WORSE = frozenset({"broke", "broken in a new way"})
_STYLES = {"mended": "green", "new": "cyan", "now checked": "cyan"} | dict.fromkeys(_WORSE, "bold red")
_Promise = Mapping[str, Any]


@attrs.frozen
class Difference:
    """
    What changed about one promise.

    Attributes:
        change: How it changed.
        promise: Id of the promise.
        note: What there is to know of it.
    """

    change: Change
    promise: str
    note: str

    @property
    def is_regression(self) -> bool:
        """Whether a promise is broken that was not, or in a way that it was not."""
        return self.change in _WORSE


@attrs.frozen
class Comparison:
    """
    What changed from one report to another.

    Attributes:
        differences: What changed, what got worse first.
        unchanged: How many promises are as they were.
        warning: Why the later report says less than it could; empty when it does not.
    """

    differences: list[Difference]
    unchanged: int
    warning: str = ""

    @property
    def exit_status(self) -> int:
        """1 when something got worse, else 0."""
        return int(any(difference.is_regression for difference in self.differences))


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> Comparison:
    """
    Return what changed from the results *old* to *new*, both as `results.json` has them.
    """
    before = {promise["id"]: promise for promise in old["promises"]}
    after = {promise["id"]: promise for promise in new["promises"]}
    names = [*before, *(name for name in after if name not in before)]
    found = [one for name in names for one in _differences(before.get(name), after.get(name))]
    changed = {one.promise for one in found}
    found.sort(key=lambda one: not one.is_regression)
    warning = f"the later run did not get to its end: {new['problem']}" if new["problem"] else ""
    return Comparison(found, len(names) - len(changed), warning)


def print_comparison(comparison: Comparison, console: Console) -> None:
    """
    Print what changed, and the sum of it.
    """
    if comparison.differences:
        table = Table(title="What changed", title_justify="left")
        table.add_column("change", no_wrap=True)
        table.add_column("promise", no_wrap=True)
        table.add_column("what there is to know", overflow="fold")
        for one in comparison.differences:
            table.add_row(Text(one.change, style=_STYLES.get(one.change, "yellow")), one.promise, Text(one.note))
        console.print(table)
    if comparison.warning:
        console.print(comparison.warning, style="yellow", highlight=False, markup=False)
    worse = sum(one.is_regression for one in comparison.differences)
    mended = sum(one.change == "mended" for one in comparison.differences)
    counts = f"{worse} worse, {mended} mended, {comparison.unchanged} promises as before"
    console.print(counts, style="red" if worse else "green", highlight=False)


def _differences(old: _Promise | None, new: _Promise | None) -> Iterator[Difference]:
    if new is None:
        if old is not None:
            yield Difference("gone", old["id"], f"was {old['verdict']}; the later report does not have it")
        return
    if old is None:
        yield Difference("new", new["id"], new["verdict"])
    was, is_now = old["verdict"] if old else "", new["verdict"]
    if is_now == "broken":
        known = {failure["identity"]: failure["places"] for failure in old["failures"]} if old else {}
        change: Change = "broken in a new way" if was == "broken" else "broke"
        for failure in new["failures"]:
            if failure["identity"] not in known or set(failure["places"]) - set(known[failure["identity"]]):
                yield Difference(change, new["id"], f"received {failure['received']}, expected {failure['expected']}")
    elif old and was != is_now:
        changes: Mapping[tuple[str, str], Change] = {
            ("broken", "kept"): "mended",
            ("not checked", "kept"): "now checked",
        }
        yield Difference(changes.get((was, is_now), "no longer checked"), new["id"], new["reason"] or f"was {was}")
