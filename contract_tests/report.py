"""
The report of a run: a table for the terminal, and files for people and machines.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import attrs
from jinja2 import Environment, PackageLoader, StrictUndefined
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .failures import Failure
from .promises import Promise
from .results import Result, Results

_STYLES = {"kept": "green", "broken": "bold red", "not checked": "yellow"}
_SCHEMA_VERSION = 1


def print_report(results: Results, console: Console) -> None:
    """
    Print the table of promises, what was broken and how to see it again, and the sum of it all.
    """
    console.print(_table(results))
    for result in results.broken:
        for failure in result.failures:
            console.print(_told(failure))
    for result in results.unchecked:
        console.print(Text(f"not checked: {result.promise.id}: {result.reason or 'nothing checks it'}", style="yellow"))
    console.print(summary_line(results), style="red" if results.exit_status else "green", highlight=False)


def print_promises(promises: Iterable[Promise], console: Console) -> None:
    """
    Print every promise with its sentence and where it comes from.
    """
    for promise in promises:
        console.print(Text.assemble((promise.id, "bold"), f" ({promise.operation}): {promise.statement}"))
        console.print(Text(f"    {promise.source} ({promise.provenance})", style="dim"))


def summary_line(results: Results) -> str:
    """
    Return the sum of a run in one line.
    """
    kept = len(results.promises) - len(results.broken) - len(results.unchecked)
    counts = f"{kept} promises kept, {len(results.broken)} broken, {len(results.unchecked)} not checked"
    problem = f"; {results.problem}" if results.problem else ""
    left = f"; {results.left_behind} invoices left behind" if results.left_behind else ""
    return f"{counts}; {results.requests} requests in {results.seconds:.1f} s, seed {results.seed}{left}{problem}"


def write_report(results: Results, folder: Path) -> None:
    """
    Write `results.json`, `junit.xml`, `summary.md` and `index.html` into *folder*, made when it is not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    environment = Environment(
        loader=PackageLoader("contract_tests"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    facts = {"results": results, "summary": summary_line(results)}
    texts = {
        "results.json": json.dumps(as_json(results), indent=2, ensure_ascii=False),
        "junit.xml": ET.tostring(_junit(results), encoding="unicode", xml_declaration=True),
        "summary.md": _markdown(results),
        "index.html": environment.get_template("index.html").render(facts),
    }
    for name, text in texts.items():
        # A server may have answered with lone surrogates, which no file can hold as they are.
        (folder / name).write_text(text, encoding="utf-8", errors="backslashreplace")


def as_json(results: Results) -> dict[str, Any]:
    """
    Return the results as `results.json` has them.
    """
    return {
        "version": _SCHEMA_VERSION,
        "target": results.target,
        "seed": results.seed,
        "profile": results.profile,
        "exit_status": results.exit_status,
        "problem": results.problem,
        "requests": results.requests,
        "requests_digest": results.digest,
        "seconds": round(results.seconds, 3),
        "left_behind": results.left_behind,
        "promises": [_promise_json(result) for result in results.promises.values()],
    }


def _promise_json(result: Result) -> dict[str, Any]:
    return {
        **attrs.asdict(result.promise),
        "verdict": result.verdict,
        "checks": result.checks,
        "requests": result.requests,
        "reason": result.reason,
        "failures": [
            attrs.asdict(failure, filter=lambda field, _: field.name != "promise") for failure in result.failures
        ],
    }


def _table(results: Results) -> Table:
    table = Table(title=f"{results.target}  (profile {results.profile}, seed {results.seed})", title_justify="left")
    table.add_column("promise", no_wrap=True)
    table.add_column("operation", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("requests", justify="right")
    for result in results.promises.values():
        verdict = Text(result.verdict, style=_STYLES[result.verdict])
        promise = result.promise
        table.add_row(promise.id, promise.operation, verdict, str(result.requests))
    return table


def _told(failure: Failure) -> Text:
    promise = failure.promise
    lines = [Text.assemble((promise.id, "bold red"), ": ", promise.statement)]
    for label, value in {
        "Received": failure.received,
        "Expected": failure.expected,
        "Source": f"{promise.source} ({promise.provenance})",
        "Contract": f"openapi/openapi.yaml{promise.pointer}",
        "Repeat": failure.curl,
        "Answer": failure.answer,
    }.items():
        if value:
            lines.append(Text(f"  {label + ':':<10} {value}"))
    return Text("\n").join([*lines, Text()])


def _junit(results: Results) -> ET.Element:
    counts = {"tests": len(results.promises), "failures": len(results.broken), "skipped": len(results.unchecked)}
    suite = ET.Element("testsuite", {"name": "contract"} | {name: str(count) for name, count in counts.items()})
    if results.problem:
        ET.SubElement(suite, "system-err").text = _printable(results.problem)
    for result in results.promises.values():
        case = ET.SubElement(suite, "testcase", {"classname": result.promise.operation, "name": result.promise.id})
        for failure in result.failures:
            told = ET.SubElement(case, "failure", {"message": _printable(failure.received)})
            told.text = _printable(f"expected {failure.expected}\n{failure.curl}\n{failure.answer}")
        if result.verdict == "not checked":
            ET.SubElement(case, "skipped", {"message": _printable(result.reason)})
    return suite


def _markdown(results: Results) -> str:
    rows = [
        f"| `{result.promise.id}` | {result.promise.statement} | {result.verdict} |"
        for result in results.promises.values()
    ]
    return "\n".join([f"**{summary_line(results)}**", "", "| promise | | verdict |", "|---|---|---|", *rows, ""])


def _printable(text: str) -> str:
    # XML has no way to write most control characters.
    return "".join(letter if letter.isprintable() or letter in "\n\t" else "�" for letter in text)
