"""
How fast creates are: the mock on a file and in memory, Prism, and the limit, put under the same load in turns.
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

DURABLE, MEMORY, LIMIT, PRISM = "file", "memory", "limit", "Prism"


@attrs.frozen
class Speeds:
    """
    What each server did in each round.

    Attributes:
        loads: Name of a server -> its load in each round.
    """

    loads: Mapping[str, list[Load]]

    def ratio(self, ours: str, theirs: str) -> float:
        """
        Return how many times as many creates one server answered as another: the median of the rounds.
        """
        pairs = zip(self.loads[ours], self.loads[theirs], strict=True)
        return median(one.per_second / other.per_second for one, other in pairs)

    def wait(self, ours: str, theirs: str, *, p99: bool = False) -> float:
        """
        Return how the wait for one server compares to the median wait for another: the median of the rounds.
        """
        pairs = zip(self.loads[ours], self.loads[theirs], strict=True)
        return median((one.p99 if p99 else one.median) / other.median for one, other in pairs)


def measure_speeds(prism: Path, *, rounds: int, seconds: int) -> Speeds:
    """
    Put each server under load for so many *seconds* in each of so many *rounds*.

    Args:
        prism: Where npm installed Prism; it is left out when it is not there.
        rounds: How many times each server has its turn.
        seconds: How long a turn is.
    """
    loads: dict[str, list[Load]] = {}
    numbers = count(1, 10**7)  # where each turn begins
    with ExitStack() as stack:
        running = {
            DURABLE: stack.enter_context(servers.durable()),
            MEMORY: stack.enter_context(servers.in_memory()),
            LIMIT: stack.enter_context(servers.constant()),
        }
        if prism.exists():
            running[PRISM] = stack.enter_context(servers.prism(prism))
        for server in running.values():  # so that none pays for a first time
            send_creates(server.base_url, servers.STORE, full_body(), seconds=1, first=next(numbers))
        for _ in range(rounds):
            for name, server in running.items():
                load = send_creates(server.base_url, servers.STORE, full_body(), seconds=seconds, first=next(numbers))
                loads.setdefault(name, []).append(load)
    return Speeds(loads)


def figures_of(speeds: Speeds) -> Iterator[Figure]:
    """
    Yield what is asked of the speed of the mock.
    """
    yield Figure("creates: durable / the limit", speeds.ratio(DURABLE, LIMIT), 0.5, more=True)
    if PRISM in speeds.loads:
        yield Figure("creates: durable / Prism", speeds.ratio(DURABLE, PRISM), 10.0, more=True)
        yield Figure("wait: durable, 99 of 100 / Prism, median", speeds.wait(DURABLE, PRISM, p99=True), 1.0)
