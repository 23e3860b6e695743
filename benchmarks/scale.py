"""
Cost of a large ledger: memory, creates and lists with a million invoices, relative to a thousand.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from statistics import median
from typing import Any

import httpx

from . import servers
from .figures import Figure
from .load import full_body, send_creates

LARGE, SMALL = 1_000_000, 1_000
"""Number of invoices in the two ledgers."""

_CREATE, _FILTER = 1.2, 100.0  # largest acceptable ratios
_MEMORY = 1.1
_SETTLED = 50_000  # creates after which the request log is full, five times over
_TURN = 2  # seconds
_ROUNDS = 9
_BODY = full_body(customerId="@number%1000@", externalId="erp-@number@", channelId=1, status=0)

_FILTERS: Mapping[str, Mapping[str, Any]] = {
    "none": {},
    "customerId": {"customerId": "17"},
    "status": {"status": 0},
    "beginDateAt, endDateAt": {"beginDateAt": 1, "endDateAt": 2_000_000_000},
    "externalId[]": {"externalId[]": ["erp-17", "erp-18"]},
    "channelIds": {"channelIds": 1},
    "sortBy": {"sortBy": "dueDate"},
    "customerName": {"customerName": "company 17"},
    "q": {"q": "load-17"},
}


def measure_scale(*, large: int = LARGE, report: Callable[[str], None]) -> Iterator[Figure]:
    """
    Fill a ledger and measure what its size costs.

    Args:
        large: Number of invoices.
        report: Receives a line of progress.
    """
    with servers.durable() as big, servers.durable() as small:
        numbers = count(1, 10**6)
        settled = _fill(big, numbers, min(_SETTLED, large), report)
        _fill(small, numbers, SMALL, report)
        full = _fill(big, numbers, large, report)
        yield Figure(f"memory: after {large:,} creates / after {_SETTLED:,}", full / settled, _MEMORY)
        yield Figure(f"create: with {large:,} invoices / with {SMALL:,}", _creates(big, small, numbers), _CREATE)
        with httpx.Client(base_url=big.base_url, headers=servers.STORE.headers, timeout=60) as http:
            for name, query in _FILTERS.items():
                yield Figure(f"list by {name}, of {large:,} / get", _page(http, query, numbers), _FILTER)


def _fill(server: servers.Server, numbers: Iterator[int], wanted: int, report: Callable[[str], None]) -> int:
    while (total := _total(server)) < wanted:
        report(f"{total:,} of {wanted:,} invoices")
        send_creates(server.base_url, servers.STORE, _BODY, seconds=_TURN if wanted > SMALL else 1, first=next(numbers))
    return server.memory


def _total(server: servers.Server) -> int:
    response = httpx.get(f"{server.base_url}/invoices", params={"limit": 1}, headers=servers.STORE.headers, timeout=60)
    total: int = response.json()["meta"]["pagination"]["totalCount"]
    return total


def _creates(big: servers.Server, small: servers.Server, numbers: Iterator[int]) -> float:
    def per_second(server: servers.Server) -> float:
        load = send_creates(server.base_url, servers.STORE, _BODY, seconds=1, first=next(numbers))
        return load.per_second

    return median(per_second(small) / per_second(big) for _ in range(_ROUNDS))


def _page(http: httpx.Client, query: Mapping[str, Any], numbers: Iterator[int]) -> float:
    """
    Return the latency of the first page divided by that of one get; each round stores another invoice first.
    """

    def ratio(invoice_id: int) -> float:
        page = _seconds(lambda: http.get("invoices", params=query))
        return page / _seconds(lambda: http.get(f"invoices/{invoice_id}"))

    return median(ratio(_create(http, numbers)) for _ in range(_ROUNDS))


def _create(http: httpx.Client, numbers: Iterator[int]) -> int:
    body = _BODY.replace("@number@", str(next(numbers))).replace("@number%1000@", "17")
    created = http.post("invoices", content=body, headers={"Content-Type": "application/json"}).raise_for_status()
    invoice_id: int = created.json()["data"]["id"]
    return invoice_id


def _seconds(send: Callable[[], httpx.Response]) -> float:
    start = time.perf_counter()
    send().raise_for_status()
    return time.perf_counter() - start
