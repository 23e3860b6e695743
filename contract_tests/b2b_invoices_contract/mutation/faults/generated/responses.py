"""
Faults in the shape of responses: a required key is missing, or a value has another type.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx

from b2b_invoices_contract.mutation.fault import Act, Fault
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Service
from b2b_invoices_spec.contract import Contract
from b2b_invoices_spec.document import Node, json_content

from .invoices import field_promises
from .places import ELEMENT, Place, change, places, promises_at, remove

_SHAPE = "responses-match-the-contract"

_INVOICE = "#/components/schemas/Invoice"

_IsMeant = Callable[[Request, Response], bool]


def response_faults(contract: Contract) -> Iterator[Fault]:
    """
    Yield the faults in the shape of each operation's success response, and of error responses.
    """
    for operation in contract.operations:
        success = operation.response_for(httpx.codes.OK)
        if success is not None:
            schema = json_content(contract.document, success.node)["schema"]
            yield from _faults(contract, schema, operation.id, _is_success(operation.id))
    yield from _faults(contract, {"$ref": "#/components/schemas/ErrorEnvelope"}, "error", _is_error)


def _is_success(operation: str) -> _IsMeant:
    return lambda request, response: request.operation == operation and response.is_success


def _is_error(_: Request, response: Response) -> bool:
    return response.status >= httpx.codes.BAD_REQUEST


def _faults(contract: Contract, schema: Node, owner: str, is_meant: _IsMeant) -> Iterator[Fault]:
    for place in places(contract, schema):
        if not place.path or ELEMENT in place.path:  # `list-loses` and `list-changes` are about the elements
            continue
        pointers = place.pointers if owner == "error" else place.pointers[:-1]  # without the envelope itself
        promises = promises_at(*(pointer for pointer in pointers if pointer != _INVOICE))
        breaks = tuple(dict.fromkeys((_SHAPE, *promises)))
        fault = partial(Fault, breaks=breaks, kind="shape", beside=_consequences(place, breaks))
        name = f"{owner}.{place.name}"
        if place.is_required:
            act = _changed(is_meant, partial(remove, path=place.path))
            yield fault(f"omits:{name}", says=f"A response lacks {name}.", act=act)
        for kind, make in _other_types(place):
            act = _changed(is_meant, partial(change, path=place.path, make=make))
            yield fault(f"returns-{kind}:{name}", says=f"{name} is of the type {kind}.", act=act)


def _changed(is_meant: _IsMeant, apply: Callable[[Any], None]) -> Act:
    def act(request: Request, service: Service) -> Response:
        response = service.send(request)
        body = response.json
        if is_meant(request, response) and isinstance(body, dict):
            apply(body)
            response.json = body
        return response

    return act


def _other_types(place: Place) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    if "null" not in place.types:
        yield "null", lambda _: None
    if "string" not in place.types:
        yield "string", lambda value: value if value is None else str(value)
    elif "number" not in place.types:
        yield "number", lambda value: value if value is None else 7
    if "integer" in place.types:
        yield "fraction", lambda value: value if value is None else value + 0.5


def _consequences(place: Place, breaks: tuple[str, ...]) -> tuple[str, ...]:
    if _INVOICE not in place.pointers or len(place.path) == 1:
        return ()
    return tuple(promise for promise in field_promises(place.path[1]) if promise not in breaks)
