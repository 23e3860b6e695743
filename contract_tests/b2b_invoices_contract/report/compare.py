"""
Comparison of two reports.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import attrs
from rich.console import Console
from rich.table import Table
from rich.text import Text

from b2b_invoices_spec.promises import current_id

from .text import printable

Change = Literal["broke", "broken in a new way", "mended", "no longer checked", "now checked", "new", "gone"]

_WORSE = frozenset({"broke", "broken in a new way"})
_LOST = frozenset({"no longer checked", "gone"})
_CHANGES: Mapping[tuple[str, str], Change] = {("broken", "kept"): "mended", ("not checked", "kept"): "now checked"}
_LOOPBACK = re.compile(r"^https?://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?(?=/|$)")
_STYLES = {"mended": "green", "new": "cyan", "now checked": "cyan"} | dict.fromkeys(_WORSE, "bold red")
_Promise = Mapping[str, Any]


@attrs.frozen
class Difference:
    """
    A change of one promise.

    Attributes:
        change: The kind of change.
        promise: Id of the promise.
        note: Details, for people.
        was: The earlier verdict; empty if the promise is new.
    """

    change: Change
    promise: str
    note: str
    was: str = ""

    @property
    def is_regression(self) -> bool:
        """Whether the promise is broken and was not, or is broken in a new way."""
        return self.change in _WORSE

    @property
    def is_loss(self) -> bool:
        """Whether the promise had a verdict and has none any more."""
        return self.change in _LOST and self.was != "not checked"


@attrs.frozen
class Comparison:
    """
    The changes from one report to another.

    Attributes:
        differences: Every change, regressions first.
        unchanged: How many promises did not change.
        problem: Why the later run did not finish; empty if it did.
        warnings: Reasons why the reports are not fully comparable.
    """

    differences: list[Difference]
    unchanged: int
    problem: str = ""
    warnings: list[str] = attrs.field(factory=list)

    @property
    def exit_status(self) -> int:
        """1 if there is a regression, 2 if a promise that had a verdict has none or the later run failed, else 0."""
        if any(one.is_regression for one in self.differences):
            return 1
        return 2 if self.problem or any(one.is_loss for one in self.differences) else 0


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> Comparison:
    """
    Return the changes from *old* to *new*, both as `results_file.read` returns them.
    """
    before = {current_id(promise["id"]): promise for promise in old["promises"]}  # ids may be from before 0.1.0
    after = {current_id(promise["id"]): promise for promise in new["promises"]}
    names = list(dict.fromkeys([*before, *after]))
    found = [one for name in names for one in _differences(name, before.get(name), after.get(name))]
    found.sort(key=lambda one: not one.is_regression)
    unchanged = len(names) - len({one.promise for one in found})
    return Comparison(found, unchanged, new["problem"], list(_warnings(old, new)))


def print_comparison(comparison: Comparison, console: Console) -> None:
    """
    Print the changes, the warnings and the totals.
    """
    table = Table("change", "promise", "details", title="What changed", title_justify="left")
    for one in comparison.differences:
        change = Text(one.change, style=_STYLES.get(one.change, "yellow"), no_wrap=True)
        table.add_row(change, Text(one.promise, no_wrap=True), Text(printable(one.note), overflow="fold"))
    if comparison.differences:
        console.print(table)
    for warning in comparison.warnings:
        console.print(Text(printable(warning), style="yellow"))
    worse = sum(one.is_regression for one in comparison.differences)
    mended = sum(one.change == "mended" for one in comparison.differences)
    lost = sum(one.is_loss for one in comparison.differences)
    totals = f"{worse} worse, {mended} mended, " + (f"{lost} no longer checked, " if lost else "")
    style = "red" if comparison.exit_status else "green"
    console.print(Text(f"{totals}{comparison.unchanged} promises as before", style=style))


def _warnings(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    if new["problem"]:
        yield f"the later run did not finish: {new['problem']}"
    if _without_port(old["target"]) != _without_port(new["target"]):
        yield f"the later run had another target: {new['target']}, not {old['target']}"
    if old["profile"] != new["profile"]:
        yield f"the later run had another profile: {new['profile']}, not {old['profile']}"
    versions = old["versions"]["contract"], new["versions"]["contract"]
    if "" in versions:
        yield "one report has the former format, so the ways in which a promise is broken are not compared"
    elif len(set(versions)) > 1:
        yield f"the later run had another version of the contract: {versions[1]}, not {versions[0]}"


def _without_port(target: str) -> str:
    # The embedded mock has another port each time.
    return _LOOPBACK.sub("http://loopback", target)


def _differences(name: str, old: _Promise | None, new: _Promise | None) -> Iterator[Difference]:
    if new is None:
        was = old["verdict"] if old else ""
        yield Difference("gone", name, f"was {was}; the later report does not have it", was)
    elif old is None:
        yield Difference("new", name, new["verdict"])
        yield from (Difference("broke", name, _note(failure)) for failure in new["failures"])
    elif new["verdict"] == "broken":
        change: Change = "broken in a new way" if old["verdict"] == "broken" else "broke"
        yield from (Difference(change, name, _note(failure)) for failure in _new_failures(old, new))
    elif old["verdict"] != new["verdict"]:
        was = old["verdict"]
        change = _CHANGES.get((was, new["verdict"]), "no longer checked")
        yield Difference(change, name, new["reason"] or f"was {was}", was)


def _new_failures(old: _Promise, new: _Promise) -> Iterator[Mapping[str, Any]]:
    """
    Yield the failures of *new* with another identity than those of *old*, or with other cases.
    """
    known = {failure["identity"]: set(failure["places"]) for failure in old["failures"]}
    if old["verdict"] == "broken" and not known:  # in the former format
        return
    for failure in new["failures"]:
        if failure["identity"] not in known or set(failure["places"]) - known[failure["identity"]]:
            yield failure


def _note(failure: Mapping[str, Any]) -> str:
    cause = f", a consequence of {failure['consequence_of']}" if failure["consequence_of"] else ""
    return f"received {failure['received']}, expected {failure['expected']}{cause}"
