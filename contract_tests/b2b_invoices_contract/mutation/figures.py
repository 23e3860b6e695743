"""
Mutation results: lines and a table for the terminal, and `results.json`.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .fault import Fault
from .measure import Outcome

_STYLES = {"caught": "green", "misattributed": "yellow", "missed": "bold red"}
_SCHEMA_VERSION = 1


def outcome_line(outcome: Outcome, fault: Fault) -> Text:
    """Return one line with the verdict, the fault and the promises that were named."""
    right = [promise for promise in outcome.named if promise in fault.breaks]
    others = len(outcome.named) - len(right)
    named = ", ".join(right or outcome.named) or "nothing"
    more = f" and {others} more" if right and others else ""
    peer = {None: "", True: "; also found by schemathesis", False: "; not found by schemathesis"}[outcome.peer]
    return Text.assemble(
        (f"{outcome.verdict:13}", _STYLES[outcome.verdict]),
        f" {fault.name}: {named}{more} ",
        (f"({outcome.profile}, {outcome.requests} requests{peer})", "dim"),
    )


def print_figures(outcomes: Sequence[Outcome], catalogue: Mapping[str, Fault], console: Console) -> None:
    """Print how many faults of each kind were caught, and the details of those that were not."""
    with_peer = any(outcome.peer is not None for outcome in outcomes)
    table = Table("kind", "faults", "caught", "by quick", *(["by schemathesis"] if with_peer else []))
    for kind in dict.fromkeys(catalogue[outcome.fault].kind for outcome in outcomes):
        table.add_row(kind, *_row([it for it in outcomes if catalogue[it.fault].kind == kind], with_peer=with_peer))
    table.add_section()
    table.add_row("all", *_row(outcomes, with_peer=with_peer))
    console.print(table)
    for outcome in outcomes:
        if outcome.verdict != "caught":
            console.print(_details(outcome, catalogue[outcome.fault]), highlight=False)


def write_figures(
    outcomes: Sequence[Outcome], control: Sequence[Outcome], catalogue: Mapping[str, Fault], path: Path
) -> None:
    """Write all outcomes to *path*, as JSON."""
    figures = {
        "schema_version": _SCHEMA_VERSION,
        "caught": sum(outcome.verdict == "caught" for outcome in outcomes),
        "faults": [_described(outcome, catalogue[outcome.fault]) for outcome in outcomes],
        "control": [attrs.asdict(outcome, filter=attrs.filters.exclude("fault", "peer")) for outcome in control],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _described(outcome: Outcome, fault: Fault) -> dict[str, Any]:
    about = {"kind": fault.kind, "says": fault.says, "breaks": fault.breaks, "beside": fault.beside}
    return about | attrs.asdict(outcome)


def _row(outcomes: Sequence[Outcome], *, with_peer: bool) -> list[str]:
    caught = [outcome for outcome in outcomes if outcome.verdict == "caught"]
    counts = [len(caught), sum(outcome.profile == "quick" for outcome in caught)]
    counts += [sum(bool(outcome.peer) for outcome in outcomes)] if with_peer else []
    return [str(len(outcomes)), *(f"{count} ({count / len(outcomes):.1%})" for count in counts)]


def _details(outcome: Outcome, fault: Fault) -> Text:
    text = Text.assemble((outcome.verdict, _STYLES[outcome.verdict]), f": {fault.name}: {fault.says}\n")
    text.append(f"  named:    {', '.join(outcome.named) or 'nothing'}\n  expected: {' or '.join(fault.breaks)}")
    if wrong := [name for name in outcome.named if name not in {*fault.breaks, *fault.beside}]:
        text.append(f"\n  wrong:    {', '.join(wrong)}")
    if outcome.problem:
        text.append(f"\n  problem:  {outcome.problem}")
    return text
