"""
`summary.md`: the report as a comment on a pull request; and the totals of a run in one line.
"""

from collections.abc import Iterable

from b2b_invoices_contract.failures import Failure
from b2b_invoices_contract.results import Result, Results

from .facts import facts, gaps, warnings
from .order import by_verdict, causes, own_failures
from .text import one_line

_LONGEST = 300


def summary_line(results: Results) -> str:
    """
    Return the totals of a run, and its problem, in one line.
    """
    problem = f"; {one_line(results.problem)}" if results.problem else ""
    return f"{_totals(results)}{problem}"


def as_markdown(results: Results) -> str:
    """
    Return *results* as Markdown: the totals and what is broken, with the rest in sections to open.
    """
    ordered = by_verdict(results)
    parts = [
        f"**{_totals(results)}**",
        " · ".join(f"{name} `{_code(value)}`" for name, value in facts(results).items()),
    ]
    if results.problem:
        parts.append(f"The run did not finish: `{_code(results.problem)}`")
    if ordered["broken"]:
        parts.append("\n".join(["### Broken", "", *(line for result in ordered["broken"] for line in _broken(result))]))
    parts += [f"**Warning**: `{_code(sentence)}`" for sentence in warnings(results)]
    if ordered["not checked"]:
        parts.append(_section("Not checked", ordered["not checked"]))
    if ordered["kept"]:
        parts.append(_section("Kept", ordered["kept"]))
    if lines := gaps(results):
        parts.append("\n".join(f"- {line}" for line in lines))
    if results.command:
        parts.append(f"Run again: `{_code(results.command)}`")
    return "\n\n".join([*parts, ""])


def _totals(results: Results) -> str:
    kept = f"{len(results.kept)} promise{'' if len(results.kept) == 1 else 's'} kept"
    counts = f"{kept}, {len(results.broken)} broken, {len(results.unchecked)} not checked"
    left = f"; {results.left_behind} invoices left behind" if results.left_behind else ""
    early = f"; {results.ended_early}" if results.ended_early else ""
    return f"{counts}; {results.requests} requests in {results.seconds:.1f} s, seed {results.seed}{left}{early}"


def _section(title: str, group: list[Result]) -> str:
    rows = [f"| `{one.promise.id}` | {one.promise.statement}{_reason(one)} |" for one in group]
    head = f"<details><summary>{title}: {len(group)}</summary>"
    return "\n".join([head, "", "| promise | |", "|---|---|", *rows, "", "</details>"])


def _broken(result: Result) -> Iterable[str]:
    promise = result.promise
    source = f"_{promise.source} ({promise.provenance})_"
    yield f"- **`{promise.id}`** ({promise.operation}): {promise.statement} {source}"
    failures = own_failures(result)
    yield from (f"  - {_failure(failure)}" for failure in failures)
    if ids := causes(result):
        yield f"  - {'also ' if failures else ''}a consequence of `{ids}`"


def _failure(failure: Failure) -> str:
    count = f", {failure.count} times" if failure.count > 1 else ""
    where = f" in `{_code(failure.operation)}`" if failure.operation not in {"", failure.promise.operation} else ""
    return f"received `{_code(failure.received)}`{where}, expected `{_code(failure.expected)}`{count}"


def _reason(result: Result) -> str:
    code = _code(result.reason).replace("|", "\\|")  # a bar ends the cell of a table, in code too
    return f" `{code}`" if code else ""


def _code(text: str) -> str:
    """
    Return *text* in one line, without the character that ends code in Markdown.
    """
    line = one_line(text).replace("`", "'")
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
