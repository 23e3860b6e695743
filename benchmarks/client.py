"""
Benchmarks of the client and the test fixture: `python -m benchmarks.client`.

Every figure is a ratio of two measurements that alternate on one machine, so that figures of different machines can be
compared.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console

from b2b_invoices_contract.targets import embedded_mock

from .creates import measure_creates
from .figures import Figure, as_table
from .figures import as_json as json_of
from .fixture import measure_fixture
from .imports import measure_imports
from .peer import NoPeer, measure_peer

cli = App(name="python -m benchmarks.client", help="What the client and the fixture cost, as ratios.", version_flags=[])
notes = Console(stderr=True)


@cli.default
def bench(
    *,
    peer: Path = Path(".venv-peer"),
    rounds: int = 40,
    as_json: Annotated[bool, Parameter("--json", negative=())] = False,
    check: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """
    Measure the client and the fixture, and print how they compare.

    Args:
        peer: A virtual environment with openapi-generator-cli and what its Python clients need.
        rounds: How many times to measure each thing.
        as_json: Print JSON instead of a table.
        check: End with exit status 1 when a figure misses its target.
    """
    figures = []
    for figure in _figures(peer, rounds):
        notes.print(f"{figure.name}: {figure.ratio:.2f}")
        figures.append(figure)
    if as_json:
        sys.stdout.write(json_of(figures))
    else:
        Console().print(as_table(figures))
    sys.exit(check and not all(figure.met for figure in figures))


def _figures(peer: Path, rounds: int) -> Iterator[Figure]:
    with embedded_mock() as target:
        yield from measure_creates(target, rounds=rounds)
    yield from measure_fixture(rounds=rounds)
    yield from measure_imports(rounds=rounds)
    try:
        yield from measure_peer(peer, rounds=max(rounds // 4, 1))
    except NoPeer as reason:
        notes.print(f"not measured against openapi-generator: {reason}")


if __name__ == "__main__":
    cli()
