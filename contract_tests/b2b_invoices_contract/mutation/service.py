"""
The correct server behind a fault, and what a fault remembers of it.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs

from .messages import Request, Response

Invoice = dict[str, Any]
Draft = dict[str, Any]

_LARGEST_PAGE = 250


@attrs.define
class Memory:
    """
    What went through, for faults whose meaning shows only later.

    Attributes:
        drafts: Store and id -> the draft of each invoice that was created, as it was sent, in order.
        deleted: Store and id of each invoice that was deleted, in order.
        notes: Whatever a fault wants to remember besides.
    """

    drafts: dict[tuple[str, int], Draft] = attrs.field(factory=dict)
    deleted: list[tuple[str, int]] = attrs.field(factory=list)
    notes: dict[str, Any] = attrs.field(factory=dict)

    def note(self, request: Request, response: Response) -> None:
        """
        Remember what came of *request*.
        """
        data = (response.json or {}).get("data") if response.is_success and isinstance(response.json, dict) else None
        invoice_id = data.get("id") if isinstance(data, dict) else None
        if request.operation == "createInvoice" and isinstance(invoice_id, int):
            self.drafts[request.store, invoice_id] = request.draft
        if request.operation == "deleteInvoice" and response.is_success and request.invoice_id is not None:
            self.deleted.append((request.store, request.invoice_id))

    def living(self, store: str) -> dict[int, Draft]:
        """
        Return the drafts of the invoices that *store* has now, by id.
        """
        gone = set(self.deleted)
        return {key[1]: draft for key, draft in self.drafts.items() if key[0] == store and key not in gone}


@attrs.frozen
class Service:
    """
    A correct server, as a fault uses it: for nothing, once, or several times for one request.

    Attributes:
        stores: Hash of each store that it knows -> its access token.
        memory: What went through so far.
        transmit: Sends a request to the server, and returns its response.
    """

    stores: Mapping[str, str] = attrs.field(repr=False)
    memory: Memory = attrs.field(factory=Memory)
    transmit: Callable[[Request], Response] = attrs.field(kw_only=True, repr=False)

    def send(self, request: Request) -> Response:
        """
        Pass *request* on, and return the response.
        """
        return self.transmit(request)

    def let_in(self, request: Request, store: str | None = None) -> Request:
        """
        Return *request* with the right credentials of *store*, or of the store that it says it is for.
        """
        chosen = request.store if store is None else store
        return request.with_headers(X_Store_Hash=chosen, X_Auth_Token=self.stores.get(chosen))

    def invoice(self, request: Request, invoice_id: int) -> Invoice | None:
        """
        Return an invoice of the caller's store as it is now, or None when there is none.
        """
        response = self.transmit(request.to("GET", f"/invoices/{invoice_id}"))
        return response.json["data"] if response.is_success else None

    def matching(self, request: Request) -> list[Invoice]:
        """
        Return all that a list matches, whatever page it asks for.
        """
        return list(self._pages(request))

    def _pages(self, request: Request) -> Iterator[Invoice]:
        for offset in range(0, 10_000, _LARGEST_PAGE):
            page = self.transmit(request.with_query({"offset": str(offset), "limit": str(_LARGEST_PAGE)}))
            if not page.is_success:
                return
            yield from page.json["data"]
            if len(page.json["data"]) < _LARGEST_PAGE:
                return
