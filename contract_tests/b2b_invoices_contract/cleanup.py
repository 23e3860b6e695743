"""
Cleanup: every invoice of a run is deleted at its end, also those whose responses were lost.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import httpx

from .exchanges import Exchange
from .live.rate_limiter import RateLimitHeaders
from .session import Session
from .store import Store

_GONE = {200, 204, 404}
_PAGE = 250
_TOO_MANY = 429
_ATTEMPTS = 5
_PAUSE, _LONGEST = 5.0, 120.0  # seconds to wait if the headers say nothing, and at most

Sleep = Callable[[float], None]


def clean_up(session: Session, sleep: Sleep = time.sleep) -> int:
    """
    Delete what the run created, and return how many invoices are known to be left.

    Where requests are limited, wait with *sleep* as the responses say, a few times for each.
    """
    return sum(_clean_up(store, sleep) for store in session.stores)


def _clean_up(store: Store, sleep: Sleep) -> int:
    created = set(store.created_ids())
    with suppress(httpx.HTTPError):  # the ids in the responses are known anyway
        created |= set(_listed(store, sleep))
    return sum(not _delete(store, invoice_id, sleep) for invoice_id in sorted(created))


def _delete(store: Store, invoice_id: int, sleep: Sleep) -> bool:
    try:
        return _send(store, "DELETE", f"/invoices/{invoice_id}", sleep).status in _GONE
    except httpx.HTTPError:
        return False


def _send(store: Store, method: str, path: str, sleep: Sleep) -> Exchange:
    exchange = store.send(method, path)
    for _ in range(_ATTEMPTS - 1):
        if exchange.status != _TOO_MANY:
            break
        told = RateLimitHeaders.parse(exchange.headers)
        sleep(min(told.resets_after if told else _PAUSE, _LONGEST))
        exchange = store.send(method, path)
    return exchange


def _listed(store: Store, sleep: Sleep) -> Iterator[int]:
    """
    Yield the ids of all invoices whose number is of this run, of which there are no more than creates were sent.

    A server without pages or filters returns the same invoices again and again, or those of
    others: that ends it too.
    """
    prefix = f"{store.drafts.run}-"
    offset, seen = 0, set[int]()
    for _ in range(1 + sum(exchange.method == "POST" for exchange in store.exchanges)):
        query = httpx.QueryParams({"q": prefix, "searchBy": "invoiceNumber", "limit": _PAGE, "offset": offset})
        page = _send(store, "GET", f"/invoices?{query}", sleep).json
        data = page.get("data") if isinstance(page, dict) else None
        invoices = [invoice for invoice in data if isinstance(invoice, dict)] if isinstance(data, list) else []
        ids = {invoice["id"]: invoice for invoice in invoices if isinstance(invoice.get("id"), int)}
        own = {known for known, invoice in ids.items() if str(invoice.get("invoiceNumber", "")).startswith(prefix)}
        if not own - seen:
            return
        seen |= own
        yield from own
        offset += len(invoices)
