"""
What a run on a live store says at its end, and what changed since the last, ready to be sent to the vendor.
"""

from collections.abc import Iterator

from .cleaning import Cleaned
from .drift import Change
from .observations import Observations
from .probes import POOL
from .run import Outcome

_TITLE = "Contract of Create Invoice: what the live store does"

KEPT = "kept: the invoices of the run are left in the store, as --keep says"
"""What is said instead of what was deleted."""


def as_lines(outcome: Outcome) -> Iterator[str]:
    """
    Yield the end of the run, line by line, after the table of promises.
    """
    if outcome.observations:
        count = len(outcome.observations.otherwise)
        yield f"observed: {len(outcome.observations.answers)} answers, {count} promises kept otherwise; {outcome.file}"
    for promise, why in outcome.accidents.items():
        yield f"could not check {promise}: {why}"
    if outcome.before and outcome.observations:
        changed = outcome.drift
        yield f"since {outcome.before.at}: " + ("nothing changed" if not changed else f"{len(changed)} changes")
        yield from (f"  {change}" for change in changed)
    if outcome.cleaned:
        yield f"cleaned: {outcome.cleaned.deleted} deleted at the end, {_left(outcome.cleaned)}"
    else:
        yield KEPT
    yield f"quota: {outcome.limited} answers 429, {outcome.waited:.0f} s waited for it"


def as_line(cleaned: Cleaned) -> str:
    """
    Return what became of the invoices of a run.
    """
    told = f"run {cleaned.run.name}: {cleaned.deleted} deleted, {_left(cleaned)}"
    return told + (f"; {cleaned.problem}; run it again" if cleaned.problem else "")


def _left(cleaned: Cleaned) -> str:
    if cleaned.problem and not cleaned.left:
        return "and nobody can be sure that none is left"
    untraced = f" (creates that nobody answered, without a trace: {cleaned.untraced})" if cleaned.untraced else ""
    return f"{len(cleaned.left)} invoices left{untraced}"


def as_message(before: Observations, after: Observations, drift: list[Change]) -> str:
    """
    Return what changed from *before* to *after*, in a form ready to be sent to the vendor; empty when nothing did.
    """
    if not drift:
        return ""
    return "\n".join(
        [
            f"Between {before.at} and {after.at}, answers of {after.host} to the operations on invoices changed.",
            "No change of the documentation that we know of announced it. Which of the two is meant to be?",
            "",
            "| what | how it is asked | was | is |",
            "|---|---|---|---|",
            *(_row(change) for change in drift),
            "",
        ]
    )


def as_markdown(outcome: Outcome) -> str:
    """
    Return the summary of a nightly run, which its tracking issue shows.
    """
    results = outcome.results
    states = {0: "kept", 1: "broken", 2: "could not run", 3: "could not check all"}
    lines = [
        f"# {_TITLE}",
        "",
        f"**{states[outcome.exit_status]}**: {len(results.broken)} promises broken, {len(results.unchecked)} "
        f"not checked, "
        f"{results.requests} requests, {results.left_behind} invoices left behind."
        + (f" {results.problem}." if results.problem else ""),
        "",
    ]
    for result in results.broken:
        lines += [f"- `{result.promise.id}` broken: {_one_line(failure.received)}, promised "
                  f"{_one_line(failure.expected)}" for failure in result.failures]  # fmt: skip
    lines += [f"- `{promise}` could not be checked: {why}" for promise, why in outcome.accidents.items()]
    if outcome.before and outcome.observations:
        message = as_message(outcome.before, outcome.observations, outcome.drift)
        lines += ["", "## Since the last run", "", message or f"Nothing changed since {outcome.before.at}.", ""]
    return "\n".join(lines)


def _row(change: Change) -> str:
    probe = next((probe for probe in POOL if probe.name == change.subject), None)
    asked = f"{probe.method} {probe.path}" if probe else ""
    cells = [f"{change.subject}: {change.aspect}", asked, change.was or "nothing", change.is_now or "nothing"]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]
