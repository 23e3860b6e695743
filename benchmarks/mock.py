"""
How fast the mock is, and what a large ledger costs it: `python -m benchmarks.mock`.

Every figure is a ratio of two things that were measured in turns on this machine.
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

cli = App(name="python -m benchmarks.mock", help="How fast the mock is, as ratios.", version_flags=[])
notes = Console(stderr=True)

_BEGIN, _END = "<!-- performance: written by make bench -->", "<!-- end of performance -->"
_NAMES = {
    LIMIT: "uvicorn alone, which reads the body and answers a constant",
    MEMORY: "this mock, in memory",
    DURABLE: "this mock, in a file: synced to the disk before it answers",
    PRISM: "Prism, which validates and keeps nothing",
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
    Measure the mock, and print how it compares.

    Args:
        prism: Where npm installed @stoplight/prism-cli.
        rounds: How many times each server has its turn.
        seconds: How long a turn is.
        invoices: Also measure a ledger with so many invoices; 1,000,000 takes a few minutes.
        readme: Write the speeds into this file, where it has a place for them, when Prism was measured too.
        check: End with exit status 1 when a figure misses its target, and with 2 when none can be measured.
    """
    try:
        check_wrk()
        speeds = measure_speeds(prism, rounds=rounds, seconds=seconds)
        figures = []
        for figure in _figures(speeds, invoices):
            notes.print(f"{figure.name}: {figure.ratio:.2f}")
            figures.append(figure)
    except NoWrk as reason:
        notes.print(f"the mock is not measured: {reason}")
        sys.exit(2 if check else 0)  # so that make goes on with what takes no wrk
    except (CannotLoad, NoServer) as reason:
        notes.print(f"benchmarks: {reason}")
        sys.exit(2)
    Console().print(as_table(figures))
    if PRISM not in speeds.loads:
        notes.print(
            f"not measured against Prism: there is none in {prism}; make bench-peer installs it, which needs npm"
        )
    elif readme:
        write_table(readme, speeds)
    sys.exit(check and not all(figure.kept for figure in figures))


def write_table(readme: Path, speeds: Speeds) -> None:
    """
    Write what *speeds* say into the file *readme*, in place of what is between its two marks.
    """
    text = readme.read_text(encoding="utf-8")
    table = "\n".join([_BEGIN, *_rows(speeds), "", _machine(), _END])
    readme.write_text(re.sub(f"{_BEGIN}.*{_END}", lambda _: table, text, flags=re.DOTALL), encoding="utf-8")


def _figures(speeds: Speeds, invoices: int) -> Iterator[Figure]:
    yield from figures_of(speeds)
    if invoices:
        yield from measure_scale(large=min(invoices, LARGE), say=notes.print)


def _rows(speeds: Speeds) -> Iterator[str]:
    yield f"| Creates, {CONNECTIONS} callers at a time | as many as {PRISM} | half wait | 99 of 100 wait |"
    yield "| --- | ---: | ---: | ---: |"
    for name, described in _NAMES.items():
        much, half, most = speeds.ratio(name, PRISM), speeds.wait(name, PRISM), speeds.wait(name, PRISM, p99=True)
        yield f"| {described} | {much:.1f} x | {half:.2f} | {most:.2f} |"


def _machine() -> str:
    tools = ", ".join(f"{name} {version(name)}" for name in ("uvicorn", "starlette", "jsonschema-rs"))
    return (
        f"Waits are in times Prism's median. Measured on {os.cpu_count()} cores ({platform.machine()}, "
        f"{platform.system()}), {platform.python_implementation()} {platform.python_version()}, {tools}."
    )


if __name__ == "__main__":
    cli()
