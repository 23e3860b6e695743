"""
The report of a run: a table for the terminal, and files for people and machines.
"""

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from b2b_invoices_spec.promises import Promise

from . import results_file
from .failures import Failure
from .junit import as_junit
from .page import as_html
from .places import line_in_contract
from .plain import printable
from .redaction import Redaction
from .results import Results
from .sarif import as_sarif
from .summary import as_markdown, one_line, summary_line
from .targets import CannotRun

FILES = frozenset({results_file.NAME, "junit.xml", "summary.md", "contract.sarif", "index.html"})
"""What the report is made of."""

_STYLES = {"kept": "green", "broken": "bold red", "not checked": "yellow"}
_MOST_FAILURES = 3  # of one promise, in the terminal; the files have them all


def check_folder(folder: Path) -> None:
    """
    Let the run go on when a report can be written into *folder*, which may still have to be made.

    Raises:
        CannotRun: When it cannot.
    """
    whole = folder.absolute()
    try:
        there = next(path for path in (whole, *whole.parents) if path.exists())
        if not there.is_dir():
            raise CannotRun(f"{there} is a file; give a folder for the report, with --report-dir")
        tempfile.TemporaryFile(dir=there).close()
    except OSError as error:
        raise CannotRun(
            f"{folder} cannot be written to: {error.strerror}; give another folder for the report, with --report-dir"
        ) from error


def print_report(results: Results, console: Console) -> None:
    """
    Print the table of promises, what was broken and how to see it again, and the sum of it all.
    """
    console.print(_table(results))
    for result in results.broken:
        for failure in result.failures[:_MOST_FAILURES]:
            console.print(_told(failure))
        if (more := len(result.failures) - _MOST_FAILURES) > 0:
            console.print(Text(f"{result.promise.id}: broken in {more} more ways, which the report shows\n"))
    for result in results.unchecked:
        reason = one_line(result.reason) or "nothing checks it"
        console.print(Text(f"not checked: {result.promise.id}: {reason}", style="yellow"))
    console.print(Text(summary_line(results), style="red" if results.exit_status else "green"))


def print_promises(promises: Iterable[Promise], console: Console) -> None:
    """
    Print every promise with its sentence and where it comes from.
    """
    for promise in promises:
        console.print(Text.assemble((promise.id, "bold"), f" ({promise.operation}): {promise.statement}"))
        console.print(Text(f"    {promise.source} ({promise.provenance})", style="dim"))


def write_report(results: Results, folder: Path) -> None:
    """
    Write the files of the report into *folder*, made when it is not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        results_file.NAME: json.dumps(results_file.as_json(results), indent=2, ensure_ascii=False),
        "junit.xml": as_junit(results),
        "summary.md": as_markdown(results),
        "contract.sarif": json.dumps(as_sarif(results), indent=2, ensure_ascii=False),
        "index.html": as_html(results),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def remove_leaks(folder: Path, redaction: Redaction, own: frozenset[str] = FILES) -> str:
    """
    Search every file in *folder* for the credentials in use, and return what is wrong; empty when nothing is.

    A file of the run, whose name is among its *own*, is removed. Any other is left where it is.
    """
    leaks = [
        path
        for path in sorted(folder.iterdir())
        if path.is_file() and redaction.finds(path.read_bytes().decode("utf-8", "backslashreplace"))
    ]
    for path in leaks:
        if path.name in own:
            path.unlink()
    told = [f"{path} ({'removed' if path.name in own else 'not of this run, left as it is'})" for path in leaks]
    return f"a credential in use was found in {', '.join(told)}; do not publish this report" if told else ""


def _table(results: Results) -> Table:
    title = f"{one_line(results.target)}  (profile {results.profile}, seed {results.seed})"
    table = Table(title=Text(title, style="table.title"), title_justify="left")
    table.add_column("promise", no_wrap=True)
    table.add_column("operation", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("checks", justify="right")
    for result in results.promises.values():
        verdict = Text(result.verdict, style=_STYLES[result.verdict])
        promise = result.promise
        table.add_row(promise.id, promise.operation, verdict, str(result.checks))
    return table


def _told(failure: Failure) -> Text:
    promise = failure.promise
    lines = [Text.assemble((promise.id, "bold red"), ": ", promise.statement)]
    for label, value in {
        "Received": failure.received,
        "Expected": failure.expected,
        "Source": f"{promise.source} ({promise.provenance})",
        "Contract": f"openapi/openapi.yaml:{line_in_contract(failure.pointer)} {failure.pointer}",
        "Where": "; ".join(failure.places),
        "Met": f"{failure.count} times" if failure.count > 1 else "",
        "Repeat": failure.curl,
        "Answer": failure.answer,
    }.items():
        if value:
            lines.append(Text(f"  {label + ':':<10} {printable(value)}"))
    return Text("\n").join([*lines, Text()])
