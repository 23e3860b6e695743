"""
Faults in the shape of responses: a required key is missing, or a value has another type.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx

from b2b_invoices_contract.mutation.fault import Act, Fault
from b2b_invoices_contract.mutation.faults.table import on
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Service
from b2b_invoices_spec.contract import Contract
from b2b_invoices_spec.document import Node, json_content

from .invoices import field_promises
from .places import ELEMENT, Place, change, places, promises_at, remove

_SHAPE = "responses-match-the-contract"

_INVOICE = "#/components/schemas/Invoice"

_LISTS = ("list-filters", "list-total-count", "list-default-page", "list-paging", "stores-are-isolated")
_ENVELOPE = "#/components/schemas/ErrorEnvelope"


def response_faults(contract: Contract) -> Iterator[Fault]:
    """Yield the faults in the shape of each operation's success response, and of error responses."""
    for operation in contract.operations:
        success = operation.response_for(httpx.codes.OK)
        if success is not None:
            schema = json_content(contract.document, success.node)["schema"]
            yield from _faults(contract, schema, operation.id, partial(on, operation.id, httpx.codes.OK))
    yield from _faults(contract, {"$ref": _ENVELOPE}, "error", partial(on, "", tuple(range(400, 600))))


def _faults(contract: Contract, schema: Node, owner: str, where: Callable[..., Act]) -> Iterator[Fault]:
    for place in places(contract, schema):
        if not place.path or ELEMENT in place.path:  # `list-loses` and `list-changes` are about the elements
            continue
        pointers = place.pointers if owner == "error" else place.pointers[:-1]  # without the envelope itself
        breaks = (_SHAPE, *promises_at(*(pointer for pointer in pointers if pointer != _INVOICE)))
        consequences = field_promises(place.path[1]) if _INVOICE in place.pointers and len(place.path) > 1 else _LISTS
        fault = partial(Fault, breaks=breaks, kind="shape", beside=consequences)
        name = f"{owner}.{place.name}"
        if place.is_required:
            act = where(_changed(partial(remove, path=place.path)))
            yield fault(f"omits:{name}", says=f"A response lacks {name}.", act=act)
        for kind, make in _other_types(place):
            act = where(_changed(partial(change, path=place.path, make=make)))
            yield fault(f"returns-{kind}:{name}", says=f"{name} is of the type {kind}.", act=act)


def _changed(apply: Callable[[Any], None]) -> Callable[[Request, Response, Service], None]:
    def changed(_: Request, response: Response, __: Service) -> None:
        if isinstance(body := response.json, dict):
            apply(body)
            response.json = body

    return changed


def _other_types(place: Place) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    if "null" not in place.types:
        yield "null", lambda _: None
    if "string" not in place.types:
        yield "string", lambda value: value if value is None else str(value)
    elif "number" not in place.types:
        yield "number", lambda value: value if value is None else 7
    if "integer" in place.types:
        yield "fraction", lambda value: value if value is None else value + 0.5
