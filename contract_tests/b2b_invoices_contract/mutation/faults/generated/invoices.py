"""
Faults in stored invoices: a field is lost, changed or given a wrong default, in reads and lists or in lists alone.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from b2b_invoices_contract.mutation.fault import Act, Fault, drafts, pages
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Invoice, Service
from b2b_invoices_spec.contract import Contract

from .places import ELEMENT, Place, change, places, promises_at, remove, sample

_INVOICE = "#/components/schemas/Invoice"
_DRAFT = "#/components/schemas/CreateInvoiceRequest"

_READ_AS = {"issuedAt": "createdAt"}
"""Field of a draft -> field of the invoice that holds its value, where the names differ."""

_ALSO = {"status": ("open-status-is-kept",)}
"""Field of a draft -> promises about how it reads that point elsewhere."""

_CONSEQUENCES = (
    *("stored-as-sent", "published-bodies-accepted", "large-values-accepted", "empty-values-accepted"),
    *("optional-fields", "enum-values-accepted", "unknown-fields-accepted", "list-filters", "list-search"),
    *("list-sorting", "list-extra-fields", "list-matches-reads"),
)
"""Promises that compare every field of an invoice."""


def invoice_faults(contract: Contract) -> Iterator[Fault]:
    """Yield the faults in each field of a draft, which the server stores, and of an invoice, which it lists."""
    fields = {place.path: place for place in places(contract, {"$ref": _INVOICE})}
    for place in places(contract, {"$ref": _DRAFT}):
        if place.path:
            field = _READ_AS.get(place.path[0], place.path[0])
            yield from _stored(contract, place, fields.get((field,), place))
    for place in fields.values():
        if place.path:
            yield from _listed(place)


def field_promises(field: str) -> tuple[str, ...]:
    """Return every promise that may be broken when *field* of an invoice is."""
    sent = next((name for name, read in _READ_AS.items() if read == field), field)
    by_id = ("deleted-invoice-is-gone", "stores-are-isolated", "ids-are-unique") if field == "id" else ()
    return (*promises_at(_INVOICE, f"{_DRAFT}/properties/{sent}"), *_CONSEQUENCES, *by_id)


def _stored(contract: Contract, place: Place, read: Place) -> Iterator[Fault]:
    field = place.path[0]
    own = promises_at(*(pointer for pointer in read.pointers if pointer not in {_INVOICE, _DRAFT}))
    breaks = ("stored-as-sent", *(own if read is not place else ()), *_ALSO.get(field, ()))
    fault = partial(Fault, kind="meaning", beside=field_promises(field))
    if not place.is_required:
        act = drafts(partial(remove, path=place.path))
        yield fault(f"forgets:{place.name}", breaks, f"{place.name} is never stored.", act)
    if not place.is_required and len(place.path) == 1:
        defaults = [promise for promise in promises_at(place.pointers[-2]) if promise.endswith("-default")]
        says = f"{place.name} gets a wrong default."
        promises = tuple(defaults) or ("unset-fields-read-as-null",)
        yield fault(f"defaults-wrongly:{place.name}", promises, says, _defaulting(contract, place))
    if (make := _changes(place)) is not None:
        act = drafts(partial(change, path=place.path, make=make))
        text = ("any-text-is-unchanged",) if "string" in place.types else ()
        yield fault(f"changes:{place.name}", (*breaks, *text), f"{place.name} is stored with another value.", act)


def _listed(place: Place) -> Iterator[Fault]:
    own = promises_at(*(pointer for pointer in place.pointers if pointer != _INVOICE))
    extra = ("list-extra-fields",) if place.path[0] == "extraFields" else ()
    breaks = ("list-matches-reads", "stored-as-sent", *own, *extra)
    fault = partial(Fault, kind="meaning", breaks=breaks, beside=field_promises(place.path[0]))
    if place.path[-1] != ELEMENT:
        lose = partial(change, make=lambda _: None) if "null" in place.types else remove
        act = _in_lists(partial(lose, path=place.path))
        yield fault(f"list-loses:{place.name}", says=f"A list lacks {place.name}.", act=act)
    if (make := _changes(place)) is not None:
        act = _in_lists(partial(change, path=place.path, make=make))
        yield fault(f"list-changes:{place.name}", says=f"A list shows another value of {place.name}.", act=act)


def _in_lists(apply: Callable[[Invoice], None]) -> Act:
    def change_page(listed: list[Invoice], _: dict[str, Any], __: Request) -> list[Invoice]:
        for invoice in listed:
            apply(invoice)
        return listed

    return pages(change_page)


def _defaulting(contract: Contract, place: Place) -> Act:
    def act(request: Request, service: Service) -> Response:
        draft = request.draft
        if not draft:
            return service.send(request)
        number = 800_000_000 + service.memory.count("defaults")  # some fields have to be unique in a store
        draft.setdefault(place.path[0], sample(contract, place.schema, number))
        return service.send(request.with_json(draft))

    return act


def _changes(place: Place) -> Callable[[Any], Any] | None:
    """Return how to change a value of *place* so that it stays valid; None for objects and lists."""
    if "enum" in place.schema:
        return partial(_next, place.schema["enum"])
    return None if place.types & {"object", "array"} else _another


def _next(choices: list[Any], value: Any) -> Any:
    return choices[(choices.index(value) + 1) % len(choices)] if value in choices else value


def _another(value: Any) -> Any:
    if isinstance(value, str):
        return re.sub(r"^-?", r"\g<0>1", value, count=1)
    if isinstance(value, bool):
        return not value
    return value if value is None or isinstance(value, list | dict) else value + 1
