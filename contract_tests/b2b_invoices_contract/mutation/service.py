"""
The correct server behind a fault, and the memory of what went through it.
"""

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from .messages import Request, Response

Invoice = dict[str, Any]
Draft = dict[str, Any]


@attrs.define
class Memory:
    """
    Earlier requests, for faults that depend on them.

    Attributes:
        drafts: Store and id -> the draft of each created invoice, as it was sent, in order.
        deleted: Store and id of each deleted invoice, in order.
        notes: Anything else that a fault stores.
    """

    drafts: dict[tuple[str, int], Draft] = attrs.field(factory=dict)
    deleted: list[tuple[str, int]] = attrs.field(factory=list)
    notes: dict[str, Any] = attrs.field(factory=dict)

    def note(self, request: Request, response: Response) -> None:
        """Store the draft or the id of an invoice that *request* created or deleted."""
        data = (response.json or {}).get("data") if response.is_success and isinstance(response.json, dict) else None
        invoice_id = data.get("id") if isinstance(data, dict) else None
        if request.operation == "createInvoice" and isinstance(invoice_id, int):
            self.drafts[request.store, invoice_id] = request.draft
        if request.operation == "deleteInvoice" and response.is_success and request.invoice_id is not None:
            self.deleted.append((request.store, request.invoice_id))

    def count(self, name: str) -> int:
        """Return how often this was called with *name*, this call included."""
        self.notes[name] = self.notes.get(name, 0) + 1
        return int(self.notes[name])

    def living(self, store: str) -> dict[int, Draft]:
        """Return the drafts of the invoices that *store* has now, by id."""
        gone = set(self.deleted)
        return {key[1]: draft for key, draft in self.drafts.items() if key[0] == store and key not in gone}

    def gone(self, store: str) -> list[Draft]:
        """Return the drafts of the invoices of *store* that were deleted."""
        return [self.drafts[key] for key in self.deleted if key in self.drafts and key[0] == store]

    def elsewhere(self, store: str) -> dict[int, Draft]:
        """Return the drafts of all invoices of other stores than *store*, by id."""
        return {key[1]: draft for key, draft in self.drafts.items() if key[0] != store}


@attrs.frozen
class Service:
    """
    A correct server. A fault can use it not at all, once, or several times for one request.

    Attributes:
        stores: Hash of each store that it knows -> its access token.
        memory: Earlier requests.
        transmit: Sends a request to the server, and returns its response.
    """

    stores: Mapping[str, str] = attrs.field(repr=False)
    memory: Memory = attrs.field(factory=Memory)
    transmit: Callable[[Request], Response] = attrs.field(kw_only=True, repr=False)

    @property
    def credentials(self) -> frozenset[str]:
        """Every store hash and access token that the server knows."""
        return frozenset({*self.stores, *self.stores.values()})

    def send(self, request: Request) -> Response:
        """Send *request* to the server, and return the response."""
        return self.transmit(request)

    def let_in(self, request: Request, store: str | None = None) -> Request:
        """Return *request* with the right credentials of *store*, or of the store that its header names."""
        chosen = request.store if store is None else store
        return request.with_headers(X_Store_Hash=chosen, X_Auth_Token=self.stores.get(chosen))

    def store_without(self, header: str, request: Request) -> str | None:
        """Return the store that the credentials of *request* other than *header* belong to, or None."""
        if header == "X-Auth-Token":
            return request.store if request.store in self.stores else None
        return next((store for store, token in self.stores.items() if token == request.token), None)

    def other_store(self, request: Request) -> Request:
        """Return *request* as another store's caller would send it."""
        other = next((store for store in self.stores if store != request.store), request.store)
        return self.let_in(request, other)

    def invoice(self, request: Request, invoice_id: int) -> Invoice | None:
        """Return an invoice of the caller's store as it is now, or None if it does not exist."""
        response = self.transmit(request.to("GET", f"/invoices/{invoice_id}"))
        return response.json["data"] if response.is_success else None
