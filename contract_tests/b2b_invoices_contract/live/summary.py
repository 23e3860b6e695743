"""
Summary of a live run: what is printed at its end, the nightly report, and a message to the vendor about changes.
"""

from collections.abc import Iterator

from .cleanup import Cleaned
from .drift import Change
from .fidelity import table
from .observations import Observations
from .probes import POOL
from .run import Outcome

KEPT = "kept: the invoices of the run are left in the store (--keep)"
"""Printed instead of the result of the cleanup."""

_LONGEST = 200  # characters of a value
_STATES = {0: "kept", 1: "broken", 2: "could not run", 3: "could not check all"}


def as_lines(outcome: Outcome) -> Iterator[str]:
    """
    Yield the lines below the table of promises.
    """
    if outcome.observations:
        deviations = len(outcome.observations.otherwise)
        yield f"observed: {len(outcome.observations.answers)} responses, {deviations} deviations; {outcome.file}"
    for promise, why in outcome.accidents.items():
        yield f"could not check {promise}: {why}"
    if outcome.before and outcome.observations:
        yield f"since {outcome.before.at}: {f'{len(outcome.drift)} changes' if outcome.drift else 'nothing changed'}"
        yield from (f"  {change}" for change in outcome.drift)
    yield f"cleanup: {_result(outcome.cleaned)}" if outcome.cleaned else KEPT
    yield f"rate limit: {outcome.limited} responses 429, waited {outcome.waited:.0f} s"


def as_line(cleaned: Cleaned) -> str:
    """
    Return the result of a cleanup.
    """
    problem = f"; {cleaned.problem}; run the command again" if cleaned.problem else ""
    return f"run {cleaned.run.name}: {_result(cleaned)}{problem}"


def _result(cleaned: Cleaned) -> str:
    if cleaned.problem and not cleaned.left:
        return f"{cleaned.deleted} deleted, invoices may be left"
    untraced = f" (creates without a response and an invoice: {cleaned.untraced})" if cleaned.untraced else ""
    return f"{cleaned.deleted} deleted, {len(cleaned.left)} invoices left{untraced}"


def as_message(before: Observations, after: Observations, drift: list[Change]) -> str:
    """
    Return a message to the vendor about the changes from *before* to *after*; empty when there are none.
    """
    if not drift:
        return ""
    columns = ["what", "request", "was", "is"]
    lines = [
        f"Between {before.at} and {after.at}, responses of {after.host} to invoice operations changed.",
        "We know of no announcement in the documentation. Which behaviour is intended?",
        "",
        *table(columns, [_cells(change) for change in drift]),
        "",
    ]
    return "\n".join(lines)


def _cells(change: Change) -> list[str]:
    probe = next((probe for probe in POOL if probe.name == change.subject), None)
    request = f"{probe.method} {probe.path}" if probe else ""
    return [f"{change.subject}: {change.aspect}", request, change.was or "nothing", change.is_now or "nothing"]


def as_markdown(outcome: Outcome) -> str:
    """
    Return the report of a nightly run, for its issue.
    """
    results = outcome.results
    promises = f"{len(results.broken)} promises broken, {len(results.unchecked)} not checked"
    counts = f"{promises}, {results.requests} requests"
    problem = f" {results.problem}." if results.problem else ""
    lines = [
        "# Contract of Create Invoice on the live store",
        "",
        f"**{_STATES[outcome.exit_status]}**: {counts}, {results.left_behind} invoices left behind.{problem}",
        "",
    ]
    for result in results.broken:
        for failure in result.failures:
            actual, expected = _one_line(failure.received), _one_line(failure.expected)
            lines.append(f"- `{result.promise.id}` broken: received {actual}, expected {expected}")
    lines += [f"- `{promise}` could not be checked: {why}" for promise, why in outcome.accidents.items()]
    if outcome.before and outcome.observations:
        message = as_message(outcome.before, outcome.observations, outcome.drift)
        lines += ["", "## Since the last run", "", message or f"Nothing changed since {outcome.before.at}.", ""]
    return "\n".join(lines)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST]
