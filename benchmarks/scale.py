"""
What a large ledger costs: memory, creates and lists with a million invoices, against those with a thousand.
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
"""How many invoices the two ledgers have."""

_CREATE, _FILTER = 1.2, 50.0  # as many times as long, at most
_MEMORY = 1.1
_SETTLED = 50_000  # creates after which the record of requests is full, five times over
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


def measure_scale(*, large: int = LARGE, say: Callable[[str], None]) -> Iterator[Figure]:
    """
    Fill a ledger with so many invoices, and measure what it costs.

    Args:
        large: How many invoices to fill it with.
        say: Tells how far it is.
    """
    with servers.durable() as big, servers.durable() as small:
        numbers = count(1, 10**6)
        for server in (big, small):
            _list_by_all(server)  # so that both have their indexes from the start
        settled = _fill(big, numbers, min(_SETTLED, large), say)
        _fill(small, numbers, SMALL, say)
        full = _fill(big, numbers, large, say)
        yield Figure(f"memory: after {large:,} creates / after {_SETTLED:,}", full / settled, _MEMORY)
        yield Figure(f"create: with {large:,} invoices / with {SMALL:,}", _creates(big, small, numbers), _CREATE)
        with httpx.Client(base_url=big.base_url, headers=servers.STORE.headers, timeout=60) as http:
            for name, query in _FILTERS.items():
                created, deleted = _pages(http, query, numbers)
                page = f"first page by {name}, of {large:,}"
                yield Figure(f"{page} / one get; asked again after a create", created, _FILTER)
                yield Figure(f"{page} / one get; after a delete, as if for the first time", deleted, _FILTER)


def _fill(server: servers.Server, numbers: Iterator[int], wanted: int, say: Callable[[str], None]) -> int:
    while (total := _total(server)) < wanted:
        say(f"{total:,} of {wanted:,} invoices")
        send_creates(server.base_url, servers.STORE, _BODY, seconds=_TURN if wanted > SMALL else 1, first=next(numbers))
    return server.memory


def _total(server: servers.Server) -> int:
    answer = httpx.get(f"{server.base_url}/invoices", params={"limit": 1}, headers=servers.STORE.headers, timeout=60)
    total: int = answer.json()["meta"]["pagination"]["totalCount"]
    return total


def _list_by_all(server: servers.Server) -> None:
    for query in _FILTERS.values():
        httpx.get(f"{server.base_url}/invoices", params=query, headers=servers.STORE.headers).raise_for_status()


def _creates(big: servers.Server, small: servers.Server, numbers: Iterator[int]) -> float:
    def per_second(server: servers.Server) -> float:
        load = send_creates(server.base_url, servers.STORE, _BODY, seconds=1, first=next(numbers))
        return load.per_second

    return median(per_second(small) / per_second(big) for _ in range(_ROUNDS))


def _pages(http: httpx.Client, query: Mapping[str, Any], numbers: Iterator[int]) -> tuple[float, float]:
    def ratio(invoice_id: int) -> float:
        page = _seconds(lambda: http.get("invoices", params=query))
        return page / _seconds(lambda: http.get(f"invoices/{invoice_id}"))

    def ratios() -> tuple[float, float]:
        kept, deleted = _create(http, numbers), _create(http, numbers)
        after_create = ratio(kept)
        http.delete(f"invoices/{deleted}").raise_for_status()  # so that nothing that was counted before holds
        return after_create, ratio(kept)

    http.get("invoices", params=query).raise_for_status()  # which makes an index, or looks at every invoice's text
    after_create, after_delete = zip(*(ratios() for _ in range(_ROUNDS)), strict=True)
    return median(after_create), median(after_delete)


def _create(http: httpx.Client, numbers: Iterator[int]) -> int:
    body = _BODY.replace("@number@", str(next(numbers))).replace("@number%1000@", "17")
    created = http.post("invoices", content=body, headers={"Content-Type": "application/json"}).raise_for_status()
    invoice_id: int = created.json()["data"]["id"]
    return invoice_id


def _seconds(ask: Callable[[], httpx.Response]) -> float:
    start = time.perf_counter()
    ask().raise_for_status()
    return time.perf_counter() - start
