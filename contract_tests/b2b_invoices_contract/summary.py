"""
`summary.md`: what a reviewer reads in a pull request.
"""

import re

from .failures import Failure
from .plain import printable
from .results import Result, Results

_LONGEST = 300


def summary_line(results: Results) -> str:
    """
    Return the sum of a run in one line.
    """
    problem = f"; {one_line(results.problem)}" if results.problem else ""
    return f"{_sum(results)}{problem}"


def _sum(results: Results) -> str:
    kept = f"{len(results.kept)} promise{'' if len(results.kept) == 1 else 's'} kept"
    counts = f"{kept}, {len(results.broken)} broken, {len(results.unchecked)} not checked"
    left = f"; {results.left_behind} invoices left behind" if results.left_behind else ""
    early = f"; {results.ended_early}" if results.ended_early else ""
    return f"{counts}; {results.requests} requests in {results.seconds:.1f} s, seed {results.seed}{left}{early}"


def as_markdown(results: Results) -> str:
    """
    Return *results* as Markdown: the sum, what was broken, and the rest folded away.
    """
    parts = [f"**{_sum(results)}**", f"Target `{_code(results.target)}`, profile {results.profile}."]
    if results.problem:
        parts.append(f"It did not get to its end: `{_code(results.problem)}`")
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
    code = _code(result.reason).replace("|", "\\|")  # a table takes a bar for the end of a cell, in code too
    return f" `{code}`" if code else ""


def one_line(text: str) -> str:
    """
    Return *text* in one line, fit to be shown.
    """
    return printable(re.sub(r"\s+", " ", text))


def _code(text: str) -> str:
    """
    *text* in one line, and with nothing that would end the code it stands in.
    """
    line = one_line(text).replace("`", "'")
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
