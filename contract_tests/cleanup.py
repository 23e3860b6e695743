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
    """
    prefix = f"{api.drafts.run}-"
    offset = 0
    while True:
        query = httpx.QueryParams({"q": prefix, "searchBy": "invoiceNumber", "limit": _PAGE, "offset": offset})
        page = api.send("GET", f"/invoices?{query}").json
        invoices = page.get("data") if isinstance(page, dict) else None
        if not isinstance(invoices, list) or not invoices:
            return
        for invoice in invoices:
            if isinstance(invoice, dict) and str(invoice.get("invoiceNumber", "")).startswith(prefix):
                yield invoice["id"]
        offset += len(invoices)
