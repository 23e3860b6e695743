"""
What changed from one report to another.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import attrs
from rich.console import Console
from rich.table import Table
from rich.text import Text

from b2b_invoices_spec.promises import current_id

from .plain import printable

Change = Literal["broke", "broken in a new way", "mended", "no longer checked", "now checked", "new", "gone"]

_WORSE = frozenset({"broke", "broken in a new way"})
_LOST = frozenset({"no longer checked", "gone"})
_LOOPBACK = re.compile(r"^https?://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?(?=/|$)")
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
        was: What was known of it before; empty when nothing was.
    """

    change: Change
    promise: str
    note: str
    was: str = ""

    @property
    def is_regression(self) -> bool:
        """Whether a promise is broken that was not, or in a way that it was not."""
        return self.change in _WORSE

    @property
    def is_loss(self) -> bool:
        """Whether nobody knows any more how it is with a promise that was checked."""
        return self.change in _LOST and self.was != "not checked"


@attrs.frozen
class Comparison:
    """
    What changed from one report to another.

    Attributes:
        differences: What changed, what got worse first.
        unchanged: How many promises are as they were.
        problem: Why the later run did not get to its end; empty when it did.
        warnings: Why the two say less of each other than they could.
    """

    differences: list[Difference]
    unchanged: int
    problem: str = ""
    warnings: list[str] = attrs.field(factory=list)

    @property
    def exit_status(self) -> int:
        """1 when something got worse, 2 when that is not known of all that was checked before, else 0."""
        if any(one.is_regression for one in self.differences):
            return 1
        return 2 if self.problem or any(one.is_loss for one in self.differences) else 0


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> Comparison:
    """
    Return what changed from the results *old* to *new*, both as `results.json` has them.
    """
    before = {promise["id"]: promise for promise in map(_renamed, old["promises"])}
    after = {promise["id"]: promise for promise in map(_renamed, new["promises"])}
    names = [*before, *(name for name in after if name not in before)]
    found = [one for name in names for one in _differences(before.get(name), after.get(name))]
    changed = {one.promise for one in found}
    found.sort(key=lambda one: not one.is_regression)
    return Comparison(found, len(names) - len(changed), new["problem"], list(_warnings(old, new)))


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
            change = Text(one.change, style=_STYLES.get(one.change, "yellow"))
            table.add_row(change, Text(one.promise), Text(printable(one.note)))
        console.print(table)
    for warning in comparison.warnings:
        console.print(Text(printable(warning), style="yellow"))
    worse = sum(one.is_regression for one in comparison.differences)
    mended = sum(one.change == "mended" for one in comparison.differences)
    lost = sum(one.is_loss for one in comparison.differences)
    told = f"{worse} worse, {mended} mended, " + (f"{lost} no longer checked, " if lost else "")
    console.print(
        Text(f"{told}{comparison.unchanged} promises as before", style="red" if comparison.exit_status else "green")
    )


def _renamed(promise: _Promise) -> _Promise:
    # Reports from before the promises were renamed; the identity of a failure begins with the id of its promise.
    former = promise["id"]
    name = current_id(former)
    failures = [
        failure | {"identity": name + failure["identity"].removeprefix(former)} for failure in promise["failures"]
    ]
    return {**promise, "id": name, "failures": failures}


def _warnings(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    if new["problem"]:
        yield f"the later run did not get to its end: {new['problem']}"
    if _place(old["target"]) != _place(new["target"]):
        yield f"the later run was on another target: {new['target']}, not {old['target']}"
    if old["profile"] != new["profile"]:
        yield f"the later run had another profile: {new['profile']}, not {old['profile']}"


def _place(target: str) -> str:
    # A mock of the run's own has another port each time.
    return _LOOPBACK.sub("http://loopback", target)


def _differences(old: _Promise | None, new: _Promise | None) -> Iterator[Difference]:
    if new is None:
        if old is not None:
            note = f"was {old['verdict']}; the later report does not have it"
            yield Difference("gone", old["id"], note, was=old["verdict"])
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
        change = changes.get((was, is_now), "no longer checked")
        yield Difference(change, new["id"], new["reason"] or f"was {was}", was=was)
