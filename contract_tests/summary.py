"""
`summary.md`: what a reviewer reads in a pull request.
"""

import re

from .failures import Failure
from .results import Result, Results

_LONGEST = 300


def summary_line(results: Results) -> str:
    """
    Return the sum of a run in one line.
    """
    counts = f"{len(results.kept)} promises kept, {len(results.broken)} broken, {len(results.unchecked)} not checked"
    problem = f"; {results.problem}" if results.problem else ""
    left = f"; {results.left_behind} invoices left behind" if results.left_behind else ""
    return f"{counts}; {results.requests} requests in {results.seconds:.1f} s, seed {results.seed}{left}{problem}"


def as_markdown(results: Results) -> str:
    """
    Return *results* as Markdown: the sum, what was broken, and the rest folded away.
    """
    parts = [f"**{summary_line(results)}**", f"Target `{_code(results.target)}`, profile {results.profile}."]
    if results.broken:
        parts.append("\n".join(["### Broken", "", *(line for result in results.broken for line in _broken(result))]))
    for title, found in {"Not checked": results.unchecked, "Kept": results.kept}.items():
        if found:
            rows = [f"| `{one.promise.id}` | {one.promise.statement}{_reason(one)} |" for one in found]
            table = ["| promise | |", "|---|---|", *rows]
            head = f"<details><summary>{title}: {len(found)}</summary>"
            parts.append("\n".join([head, "", *table, "", "</details>"]))
    if results.command:
        parts.append(f"Again: `{_code(results.command)}`")
    return "\n\n".join([*parts, ""])


def _broken(result: Result) -> list[str]:
    promise = result.promise
    head = f"- **`{promise.id}`** ({promise.operation}): {promise.statement} _{promise.source} ({promise.provenance})_"
    return [head, *(f"  - {_failure(failure)}" for failure in result.failures)]


def _failure(failure: Failure) -> str:
    often = f", met {failure.count} times" if failure.count > 1 else ""
    return f"received `{_code(failure.received)}`, expected `{_code(failure.expected)}`{often}"


def _reason(result: Result) -> str:
    return f" _{result.reason}_" if result.reason else ""


def _code(text: str) -> str:
    """
    *text* in one line, and with nothing that would end the code it stands in.
    """
    line = re.sub(r"\s+", " ", text).replace("`", "'")
    line = "".join(letter if letter.isprintable() else "�" for letter in line)
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
