"""
Faults in the validation of request bodies: a server that accepts what the schema forbids, or rejects what it allows.
"""

import json
from collections.abc import Callable, Iterator
from functools import partial
from operator import eq
from typing import Any

import attrs
import httpx

from b2b_invoices_contract.mutation.fault import Act, Fault, reject, returning
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Service
from b2b_invoices_spec.contract import Contract, Operation
from b2b_invoices_spec.document import Node, json_content

from .places import ELEMENT, Path, Place, places, sample, slots, values

_INVALID = "invalid-requests-rejected"
_VALID = ("valid-requests-accepted", "published-bodies-accepted")

_CONSEQUENCES = (
    *("any-text-is-unchanged", "content-type-is-enforced", "empty-values-accepted", "enum-values-accepted"),
    *("large-values-accepted", "optional-fields", "unknown-fields-accepted", "details-are-unchanged", "stored-as-sent"),
    *("one-invoice-per-order", "invoice-numbers-are-unique"),
)
"""Promises whose checks cannot create their invoices if valid values are rejected."""

_OTHERS = {
    "string": ("number",),
    "number": ("string",),
    "integer": ("string", "fraction"),
    "boolean": ("string",),
    "object": ("array",),
    "array": ("object",),
}
"""Type of a value -> the types of values that a careless server may accept in its place."""

_BOUNDS = ("minimum", "maximum", "minLength", "maxLength", "pattern")


@attrs.frozen
class _Violation:
    path: Path
    keyword: str
    value: Any


@attrs.frozen
class _Body:
    """The request body of an operation."""

    contract: Contract
    operation: Operation
    schema: Node

    def read(self, request: Request) -> dict[str, Any]:
        body = request.json if request.operation == self.operation.id else None
        return body if isinstance(body, dict) else {}

    def accepts(self, is_meant: Callable[[_Violation], bool]) -> Act:
        """
        Accept a body all of whose violations are meant; each invalid field is left out, or replaced if it is required.
        """

        def accept(request: Request, response: Response, service: Service) -> Response | None:
            if response.status != httpx.codes.UNPROCESSABLE_ENTITY or not self.read(request):
                return None
            found = self._violations(request)
            is_accepted = found and all(map(is_meant, found))
            return service.send(request.with_json(self._repaired(request, found, service))) if is_accepted else None

        return returning(accept)

    def rejects(self, is_meant: Callable[[Any], bool]) -> Act:
        """Reject a valid body that *is_meant*."""

        def rejected(request: Request, response: Response, service: Service) -> Response | None:
            is_rejected = response.is_success and self.read(request) and is_meant(self.read(request))
            return reject(request, service, response) if is_rejected else None

        return returning(rejected)

    def _violations(self, request: Request) -> list[_Violation]:
        found = []
        for error in self.operation.body.iter_errors(json.loads(request.body)):
            steps = [ELEMENT if isinstance(step, int) else step for step in error.instance_path]
            missing = [error.kind.as_dict()["property"]] if error.kind.name == "required" else []
            found.append(_Violation((*steps, *missing), error.kind.name, error.instance))
        mistyped = {it.path for it in found if it.keyword == "type"}  # other violations there follow from the type
        return [it for it in found if it.keyword == "type" or it.path not in mistyped]

    def _repaired(self, request: Request, found: list[_Violation], service: Service) -> dict[str, Any]:
        wrong = {violation.path[0] for violation in found}
        properties, required = self.schema["properties"], self.schema.get("required", ())
        number = 700_000_000 + service.memory.count("repaired")
        body = {name: value for name, value in self.read(request).items() if name not in wrong}
        return body | {name: sample(self.contract, properties[name], number) for name in wrong if name in required}


def body_faults(contract: Contract) -> Iterator[Fault]:
    """Yield the faults in the validation of each request body of *contract*."""
    for operation in contract.operations:
        schema = json_content(contract.document, operation.node.get("requestBody", {})).get("schema")
        if schema is None:
            continue
        body = _Body(contract, operation, contract.resolve(schema))
        owner = [] if operation.id == "createInvoice" else [operation.id]
        for place in places(contract, schema):
            name = ".".join([*owner, *filter(None, [place.name])]) or "body"
            if place.path:
                yield from _lenient(body, place, name)
                yield from _strict(body, place, name)
            if "properties" in place.schema:
                yield _rejects_unknown_keys(body, place, name)


def _lenient(body: _Body, place: Place, name: str) -> Iterator[Fault]:
    def accepts(what: str, promise: str, says: str, keyword: str, kind: str = "") -> Fault:
        act = body.accepts(
            lambda it: it.path == place.path and it.keyword == keyword and kind in {"", _type_of(it.value)}
        )
        return Fault(f"accepts-{what}:{name}", (promise, _INVALID), f"{says} is accepted at {name}.", act, "leniency")

    if place.is_required and place.path[-1] != ELEMENT:
        promise = "required-fields" if len(place.path) == 1 else "nested-required-fields"
        yield accepts("missing", promise, "A missing value", "required")
    if "null" not in place.types:
        yield accepts("null", "null-is-rejected", "Null", "type", "null")
    for kind in _others(place.types):
        yield accepts(kind, "types-are-enforced", f"A value of the type {kind}", "type", kind)
    if "enum" in place.schema:
        yield accepts("unlisted", "enums-are-enforced", "An unlisted value", "enum")
    for bound in _BOUNDS:
        if bound in place.schema:
            yield accepts(f"beyond-{bound}", _INVALID, f"A value beyond {bound}", bound)


def _others(types: frozenset[str]) -> list[str]:
    allowed = types | ({"integer", "fraction"} if "number" in types else set())
    return sorted({other for kind in types for other in _OTHERS.get(kind, ())} - allowed) or ["boolean"]


def _strict(body: _Body, place: Place, name: str) -> Iterator[Fault]:
    def rejects(what: str, says: str, is_meant: Callable[[Any], Any], *promises: str) -> Fault:
        act = body.rejects(lambda it: any(map(is_meant, values(it, place.path))))
        return _rejecting(f"rejects-{what}:{name}", f"{says} is rejected at {name}.", act, *promises)

    if not place.is_required:
        act = body.rejects(lambda it: _lacks(it, place.path))
        yield _rejecting(f"rejects-missing:{name}", f"A body without {name} is rejected.", act, "optional-fields")
    if place.types & {"string", "array"} and "x-python-type" not in place.schema:
        yield rejects("empty", "An empty value", lambda it: it in ("", []), "empty-values-accepted")
    for choice in place.schema.get("enum", ()):
        yield rejects(f"{choice}", f"The value {choice}", partial(eq, choice), "enum-values-accepted")
    for kind in sorted(place.types) if len(place.types) > 1 else ():
        yield rejects(kind, f"A value of the type {kind}", partial(_has_type, kind))


def _rejects_unknown_keys(body: _Body, place: Place, name: str) -> Fault:
    known = place.schema["properties"].keys()
    act = body.rejects(lambda it: any(value.keys() - known for value in values(it, place.path)))
    return _rejecting(
        f"rejects-unknown-keys:{name}", f"An unknown key is rejected in {name}.", act, "unknown-fields-accepted"
    )


def _rejecting(name: str, says: str, act: Act, *promises: str) -> Fault:
    return Fault(name, (*_VALID, *promises), says, act, "strictness", _CONSEQUENCES)


def _lacks(body: Any, path: Path) -> bool:
    return any(isinstance(value, dict) and key not in value for value, key in slots(body, path))


def _has_type(kind: str, value: Any) -> bool:
    return _type_of(value).replace("fraction", "number") == kind


def _type_of(value: Any) -> str:
    names = {bool: "boolean", str: "string", list: "array", dict: "object", int: "number", type(None): "null"}
    return names.get(type(value), "fraction")
