"""
Asking a store until it answers, for what must not be given up at the first trouble.
"""

from collections.abc import Iterator, Mapping

import httpx

from b2b_invoices_contract.exchanges import Exchange

from .obstacles import obstacle
from .wire import Wire

TRIES = 4
"""How often a request is sent before it is given up."""

PAGE = 250
"""Invoices on a page of a list: as many as the service gives."""

PAGES = 40
"""How many pages of a list are asked for at most."""

_OK = 200
_PAUSE = 2.0  # seconds; twice as many each time


class NoAnswer(Exception):  # noqa: N818 - it is why nobody can be sure, not an error of ours
    """The store does not answer, or not so that it tells what was asked."""


def ask(wire: Wire, method: str, path: str, query: Mapping[str, str] | None = None) -> Exchange:
    """
    Send a request until it is answered, and return the exchange.

    Raises:
        NoAnswer: When it is not, though it was sent `TRIES` times.
        CannotRun: When it may not be sent, or not any more.
    """
    trouble = ""
    for attempt in range(TRIES):
        request = wire.client.build_request(method, path, params=query, headers=wire.target.store.headers)
        try:
            exchange = wire.send(request)
        except httpx.RequestError as error:
            trouble = f"there was no answer ({type(error).__name__})"
        else:
            trouble = obstacle(exchange.status, exchange.headers, exchange.body)
            if not trouble:
                return exchange
        pause(wire, attempt)
    raise NoAnswer(f"{method} {path} failed {TRIES} times: {trouble}")


def pause(wire: Wire, attempt: int) -> None:
    """
    Wait, the longer the more attempts there were.
    """
    wire.around.sleep(_PAUSE * 2**attempt)


def page(wire: Wire, query: Mapping[str, str]) -> tuple[list[object], object]:
    """
    Return a page of the list, and how many invoices there are on all, as far as that is told.

    Raises:
        NoAnswer: When the store does not give it.
        CannotRun: When it may not be asked for.
    """
    exchange = ask(wire, "GET", "/invoices", query)
    found = exchange.get("data")
    if exchange.status != _OK or not isinstance(found, list):
        raise NoAnswer(f"the list of invoices was answered {exchange.status}, without a list")
    return found, exchange.get("meta", "pagination", "totalCount")


def search(wire: Wire, words: str) -> Iterator[object]:
    """
    Yield all invoices that the service's search finds *words* in.

    Raises:
        NoAnswer: When the store does not list them, or does not come to an end.
        CannotRun: When it may not be asked.
    """
    offset = 0
    for _ in range(PAGES):
        found, total = page(wire, {"q": words, "limit": str(PAGE), "offset": str(offset)})
        yield from found
        offset += len(found)
        if not found or (isinstance(total, int) and offset >= total):
            return
    raise NoAnswer(f"the list did not end within {PAGES * PAGE} invoices")
