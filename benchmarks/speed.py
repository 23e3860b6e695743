"""
Throughput and latency of creates: the mock in a file and in memory, Prism, and uvicorn alone, under the same load.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from statistics import median

import attrs

from . import servers
from .figures import Figure
from .load import Load, full_body, send_creates

DURABLE, MEMORY, LIMIT, PRISM = "file", "memory", "uvicorn alone", "Prism"


@attrs.frozen
class Speeds:
    """
    The results of every server in every round.

    Attributes:
        loads: Server name -> its result in each round.
    """

    loads: Mapping[str, list[Load]]

    def throughput(self, ours: str, theirs: str) -> float:
        """
        Return the throughput of *ours* divided by that of *theirs*: the median of the rounds.
        """
        pairs = zip(self.loads[ours], self.loads[theirs], strict=True)
        return median(one.per_second / other.per_second for one, other in pairs)

    def latency(self, ours: str, theirs: str, *, p99: bool = False) -> float:
        """
        Return the p50 or p99 of *ours* divided by the p50 of *theirs*: the median of the rounds.
        """
        pairs = zip(self.loads[ours], self.loads[theirs], strict=True)
        return median((one.p99 if p99 else one.p50) / other.p50 for one, other in pairs)


def measure_speeds(prism: Path, *, rounds: int, seconds: int) -> Speeds:
    """
    Load each server once per round.

    Args:
        prism: Folder where npm installed Prism; skipped if it does not exist.
        rounds: Number of rounds.
        seconds: Seconds of load per server and round.
    """
    loads: dict[str, list[Load]] = {}
    numbers = count(1, 10**7)  # the first invoice number of each load
    with ExitStack() as stack:
        running = {
            DURABLE: stack.enter_context(servers.durable()),
            MEMORY: stack.enter_context(servers.in_memory()),
            LIMIT: stack.enter_context(servers.constant()),
        }
        if prism.exists():
            running[PRISM] = stack.enter_context(servers.prism(prism))
        for server in running.values():  # warm up
            send_creates(server.base_url, servers.STORE, full_body(), seconds=1, first=next(numbers))
        for _ in range(rounds):
            for name, server in running.items():
                load = send_creates(server.base_url, servers.STORE, full_body(), seconds=seconds, first=next(numbers))
                loads.setdefault(name, []).append(load)
    return Speeds(loads)


def figures_of(speeds: Speeds) -> Iterator[Figure]:
    """
    Yield the figures that have a target.
    """
    if PRISM in speeds.loads:
        yield Figure("throughput: durable creates / Prism", speeds.throughput(DURABLE, PRISM), 6.0, more=True)
