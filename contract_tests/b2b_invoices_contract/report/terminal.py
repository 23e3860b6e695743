"""
The report in the terminal.
"""

import sys
import traceback
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from b2b_invoices_contract.failures import Failure
from b2b_invoices_contract.redaction import Redaction
from b2b_invoices_contract.results import Result, Results
from b2b_invoices_spec.promises import Promise

from .facts import KIT, gaps, versions, warnings
from .order import by_verdict, causes, own_failures
from .places import line_in_contract
from .summary import summary_line
from .text import one_line, printable

_STYLES = {"kept": "green", "broken": "bold red", "not checked": "yellow"}
_MOST_FAILURES = 3  # of one promise; the files have them all


def print_bug(results: Results, redaction: Redaction) -> None:
    """
    Print the traceback of the bug of this tool that ended the run to stderr, if there was one.
    """
    if results.bug:
        sys.stderr.write(redaction.hide("".join(traceback.format_exception(results.bug))))


def print_report(results: Results, console: Console) -> None:
    """
    Print the table of promises, what is broken and how to reproduce it, and the totals.
    """
    ordered = by_verdict(results)
    console.print(_table(results, [result for group in ordered.values() for result in group]))
    for result in ordered["broken"]:
        _print_broken(result, console)
    for result in ordered["not checked"]:
        reason = one_line(result.reason) or "the run ended before it was checked"
        console.print(Text(f"not checked: {result.promise.id}: {reason}", style="yellow"))
    for sentence in warnings(results):
        console.print(Text(f"warning: {sentence}", style="yellow"))
    for line in gaps(results):
        console.print(Text(line, style="dim"))
    console.print(Text(f"started {results.at}, contract {versions()['contract']}, {KIT} {versions()['kit']}", "dim"))
    console.print(Text(summary_line(results), style="red" if results.exit_status else "green"))


def print_promises(promises: Iterable[Promise], console: Console) -> None:
    """
    Print every promise with its statement and its source.
    """
    for promise in promises:
        console.print(Text.assemble((promise.id, "bold"), f" ({promise.operation}): {promise.statement}"))
        console.print(Text(f"    {promise.source} ({promise.provenance})", style="dim"))


def _table(results: Results, ordered: Iterable[Result]) -> Table:
    title = f"{one_line(results.target)}  (profile {results.profile}, seed {results.seed})"
    table = Table(title=Text(title, style="table.title"), title_justify="left")
    table.add_column("promise", no_wrap=True)
    table.add_column("operation", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("checks", justify="right")
    for result in ordered:
        verdict = Text(result.verdict, style=_STYLES[result.verdict])
        table.add_row(result.promise.id, result.promise.operation, verdict, str(result.checks))
    return table


def _print_broken(result: Result, console: Console) -> None:
    failures = own_failures(result)
    for failure in failures[:_MOST_FAILURES]:
        console.print(_failure(failure))
    if (more := len(failures) - _MOST_FAILURES) > 0:
        console.print(Text(f"{result.promise.id}: broken in {more} more ways, which the report lists\n"))
    if ids := causes(result):
        also = "also " if failures else ""
        console.print(Text.assemble((result.promise.id, "bold red"), f": {also}a consequence of {ids}"))


def _failure(failure: Failure) -> Text:
    promise = failure.promise
    lines = [Text.assemble((promise.id, "bold red"), ": ", promise.statement)]
    for label, value in {
        "Operation": failure.operation,
        "Received": failure.received,
        "Expected": failure.expected,
        "Source": f"{promise.source} ({promise.provenance})",
        "Contract": f"openapi/openapi.yaml:{line_in_contract(failure.pointer)} {failure.pointer}",
        "Cases": "; ".join(failure.places),
        "Seen": f"{failure.count} times" if failure.count > 1 else "",
        "Reproduce": failure.curl,
        "Response": failure.response,
    }.items():
        if value:
            lines.append(Text(f"  {label + ':':<10} {printable(value)}"))
    return Text("\n").join([*lines, Text()])
