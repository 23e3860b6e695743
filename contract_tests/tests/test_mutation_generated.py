"""
Generated faults: each one makes a server accept a body that the contract rejects, or reject one that it accepts.
"""

import copy
import json
from typing import Any

import httpx
import pytest

from b2b_invoices_contract.mutation import Fault, Memory, Request, Response, Service
from b2b_invoices_contract.mutation.faults import generated_faults
from b2b_invoices_contract.mutation.faults.generated.places import change, places, remove, slots
from b2b_invoices_spec import load_contract

CONTRACT = load_contract()
BODY = CONTRACT.operation("createInvoice").body
PLACES = {place.name: place for place in places(CONTRACT, CONTRACT.schema("CreateInvoiceRequest"))}
FAULTS = [fault for fault in generated_faults(CONTRACT) if fault.kind in {"leniency", "strictness"}]
WRONG: dict[str, Any] = {
    "null": None,
    "number": 7,
    "string": "7",
    "fraction": 7.5,
    "boolean": True,
    "array": [],
    "object": {},
}


def _named(prefix: str) -> list[Any]:
    found = [fault for fault in FAULTS if fault.name.startswith(prefix) and ":query." not in fault.name]
    return [pytest.param(fault, id=fault.name) for fault in found]


def _full(schema: Any) -> Any:
    """A valid value that has every place of *schema*."""
    resolved = CONTRACT.resolve(schema)
    if "enum" in resolved:
        return resolved["enum"][0]
    match resolved["type"]:
        case "object":
            return {name: _full(part) for name, part in resolved["properties"].items()}
        case "array":
            return [_full(resolved["items"]), _full(resolved["items"])]
        case "string" | ["string", "number"]:
            return "1"
        case _:
            return 1


def _server(request: Request) -> Response:
    """A correct server: it validates bodies, and nothing else."""
    is_valid = request.method == "DELETE" or BODY.is_valid(json.loads(request.body))
    return Response.success({"id": 1}) if is_valid else Response.error(422, {"body": ["Not valid."]})


def _status(fault: Fault, body: Any) -> int:
    service = Service({}, Memory(), transmit=_server)
    return fault.act(Request("POST", "/invoices", "", httpx.Headers(), json.dumps(body).encode()), service).status


def _invalid(fault: Fault) -> Any:
    what, _, name = fault.name.removeprefix("accepts-").partition(":")
    body = _full(CONTRACT.schema("CreateInvoiceRequest"))
    if what == "missing":
        remove(body, PLACES[name].path)
    elif what == "unlisted":
        change(body, PLACES[name].path, lambda _: 99)
    else:
        change(body, PLACES[name].path, lambda _: WRONG[what])
    return body


def _valid(fault: Fault) -> Any:
    what, _, name = fault.name.removeprefix("rejects-").partition(":")
    body = _full(CONTRACT.schema("CreateInvoiceRequest"))
    if what == "unknown-keys":
        for parent, key in slots({"body": body}, ("body", *(PLACES[name].path if name != "body" else ()))):
            target = parent[key]
            target["x-unknown"] = 1
        return body
    path = PLACES[name].path
    if what == "missing":
        remove(body, path)
    elif what == "empty":
        change(body, path, lambda value: [] if isinstance(value, list) else "")
    else:
        change(body, path, lambda _: {"string": "1", "number": 1}.get(what, what if what.isalpha() else int(what)))
    return body


@pytest.mark.parametrize("fault", _named("accepts-"))
def test_lenient_fault_accepts_an_invalid_body(fault: Fault) -> None:
    """
    A server with a lenient fault accepts the violation in its name, but no other one.
    """
    body = _invalid(fault)
    with_another = {**copy.deepcopy(body), "invoiceNumber": {}, "customerId": {}}

    assert not BODY.is_valid(body)
    assert _status(fault, body) == 200
    assert _status(fault, with_another) == 422


@pytest.mark.parametrize("fault", _named("rejects-"))
def test_strict_fault_rejects_a_valid_body(fault: Fault) -> None:
    """
    A server with a strict fault rejects the valid value in its name.
    """
    body = _valid(fault)

    assert BODY.is_valid(body)
    assert _status(fault, body) == 422
