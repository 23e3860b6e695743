"""
Leaving nothing behind: every invoice of a run is deleted at its end, also those whose answer was lost.
"""

from collections.abc import Iterator
from contextlib import suppress

import httpx

from .session import Api, Session

_GONE = {200, 404}
_PAGE = 250


def clean_up(session: Session) -> int:
    """
    Delete what the run created, and return how many invoices are known to be left.
    """
    return sum(_clean_up(api) for api in (session.api, session.other) if api is not None)


def _clean_up(api: Api) -> int:
    created = set(api.created_ids())
    with suppress(httpx.HTTPError):  # what the answers said is known all the same
        created |= set(_listed(api))
    return sum(not _delete(api, invoice_id) for invoice_id in sorted(created))


def _delete(api: Api, invoice_id: int) -> bool:
    try:
        return api.send("DELETE", f"/invoices/{invoice_id}").status in _GONE
    except httpx.HTTPError:
        return False


def _listed(api: Api) -> Iterator[int]:
    """
    Yield the ids of all invoices whose number is of this run.

    A server that has no pages, or knows no filters, answers with the same invoices again and again: that ends it too.
    """
    prefix = f"{api.drafts.run}-"
    offset, seen = 0, set[int]()
    while True:
        query = httpx.QueryParams({"q": prefix, "searchBy": "invoiceNumber", "limit": _PAGE, "offset": offset})
        page = api.send("GET", f"/invoices?{query}").json
        data = page.get("data") if isinstance(page, dict) else None
        invoices = [invoice for invoice in data if isinstance(invoice, dict)] if isinstance(data, list) else []
        ids = {invoice["id"]: invoice for invoice in invoices if isinstance(invoice.get("id"), int)}
        if not ids.keys() - seen:
            return
        seen |= ids.keys()
        yield from (known for known, invoice in ids.items() if str(invoice.get("invoiceNumber", "")).startswith(prefix))
        offset += len(invoices)
