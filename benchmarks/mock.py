"""
Throughput and latency of the mock, and the cost of a large ledger: `python -m benchmarks.mock`.

Every figure is a ratio of two things measured in turns on this machine.
"""

import os
import platform
import re
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console

from .figures import Figure, as_table
from .load import CONNECTIONS, CannotLoad, NoWrk, check_wrk
from .scale import LARGE, measure_scale
from .servers import NoServer
from .speed import DURABLE, LIMIT, MEMORY, PRISM, Speeds, figures_of, measure_speeds

cli = App(name="python -m benchmarks.mock", help="Measure the mock; every figure is a ratio.", version_flags=[])
notes = Console(stderr=True)

_BEGIN, _END = "<!-- performance: written by make bench -->", "<!-- end of performance -->"
_NAMES = {
    LIMIT: "uvicorn alone: reads the body, returns a constant",
    MEMORY: "this mock, in memory",
    DURABLE: "this mock, in a file: synced to disk before each response",
    PRISM: "Prism: validates, stores nothing",
}


@cli.default
def bench(
    *,
    prism: Path = Path(".peer-prism"),
    rounds: int = 5,
    seconds: int = 3,
    invoices: int = 0,
    readme: Path | None = None,
    check: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """
    Measure the mock and print a table of ratios.

    Args:
        prism: Folder where npm installed @stoplight/prism-cli.
        rounds: Rounds in which each server is loaded once.
        seconds: Seconds of load per server and round.
        invoices: Also measure a ledger with this many invoices; 1,000,000 takes a few minutes.
        readme: File to update with the table of speeds, between its two marks; needs Prism.
        check: Exit with 1 if a figure misses its target, and with 2 if nothing can be measured.
    """
    try:
        check_wrk()
        speeds = measure_speeds(prism, rounds=rounds, seconds=seconds)
        figures = []
        for figure in _figures(speeds, invoices):
            notes.print(f"{figure.name}: {figure.ratio:.2f}")
            figures.append(figure)
    except NoWrk as reason:
        notes.print(f"mock not measured: {reason}")
        sys.exit(2 if check else 0)  # make then runs the benchmarks that need no wrk
    except (CannotLoad, NoServer) as reason:
        notes.print(f"benchmarks: {reason}")
        sys.exit(2)
    Console().print(as_table(figures))
    if PRISM not in speeds.loads:
        notes.print(f"Prism not measured: not installed in {prism}; run make bench-peer, which needs npm")
    elif readme:
        write_table(readme, speeds)
    sys.exit(check and not all(figure.met for figure in figures))


def write_table(readme: Path, speeds: Speeds) -> None:
    """
    Replace the text between the two marks of *readme* with a table of *speeds*.
    """
    text = readme.read_text(encoding="utf-8")
    table = "\n".join([_BEGIN, *_rows(speeds), "", _machine(), _END])
    readme.write_text(re.sub(f"{_BEGIN}.*{_END}", lambda _: table, text, flags=re.DOTALL), encoding="utf-8")


def _figures(speeds: Speeds, invoices: int) -> Iterator[Figure]:
    yield from figures_of(speeds)
    if invoices:
        yield from measure_scale(large=min(invoices, LARGE), report=notes.print)


def _rows(speeds: Speeds) -> Iterator[str]:
    yield f"| Creates, {CONNECTIONS} concurrent callers | throughput | p50 | p99 |"
    yield "| --- | ---: | ---: | ---: |"
    for name, described in _NAMES.items():
        throughput = speeds.throughput(name, PRISM)
        p50, p99 = speeds.latency(name, PRISM), speeds.latency(name, PRISM, p99=True)
        yield f"| {described} | {throughput:.1f} x | {p50:.2f} | {p99:.2f} |"


def _machine() -> str:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    tools = ", ".join([python, *(f"{name} {version(name)}" for name in ("uvicorn", "starlette", "jsonschema-rs"))])
    return (
        f"Throughput relative to Prism; latency relative to Prism's p50. Measured on {os.cpu_count()} cores "
        f"({platform.machine()}, {platform.system()}), {tools}."
    )


if __name__ == "__main__":
    cli()
