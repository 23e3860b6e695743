"""
The part of the contract that a request is about.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from b2b_invoices_mock.api.validation import WHOLE_BODY
from b2b_invoices_mock.request_log import LoggedRequest
from b2b_invoices_spec.contract import Contract

Node = Mapping[str, Any]


@attrs.frozen
class Part:
    """
    A piece of the contract.

    Attributes:
        title: What it is about, such as `openBalance.value`.
        pointer: Where it is in `openapi.yaml`.
        content: What it says.
    """

    title: str
    pointer: str
    content: Node


def parts_for(seen: LoggedRequest, contract: Contract) -> list[Part]:
    """
    Return what the contract says of each field or parameter that was wrong, or else of the operation as a whole.
    """
    pointer, operation = _operation(contract, seen.operation)
    if operation is None:
        return [_paths(contract)]
    parts = [_part(contract, pointer, operation, path) for path in seen.violations] or [_whole(pointer, operation)]
    return list({part.title: part for part in parts}.values())


def _operation(contract: Contract, operation_id: str | None) -> tuple[str, Node | None]:
    for path, item in contract.document["paths"].items():
        for method, operation in item.items():
            if operation_id and isinstance(operation, dict) and operation.get("operationId") == operation_id:
                return f"#/paths/{path.replace('/', '~1')}/{method}", operation
    return "#/paths", None


def _paths(contract: Contract) -> Part:
    methods = {
        contract.base_path + path: ", ".join(method.upper() for method in item if method != "parameters")
        for path, item in contract.document["paths"].items()
    }
    return Part("The paths of the API", "#/paths", methods)


def _whole(pointer: str, operation: Node) -> Part:
    told = {name: operation[name] for name in ("operationId", "summary", "description") if name in operation}
    return Part(operation["operationId"], pointer, told)


def _part(contract: Contract, pointer: str, operation: Node, path: str) -> Part:
    if "requestBody" in operation:
        below = "requestBody/content/application~1json/schema"
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        return _of_field(contract, f"{pointer}/{below}", schema, path)
    for place, parameter in enumerate(operation.get("parameters", ())):
        if parameter.get("name") == path:
            return Part(path, f"{pointer}/parameters/{place}", parameter)
    return _whole(pointer, operation)


def _of_field(contract: Contract, pointer: str, schema: Node, path: str) -> Part:
    pointer, schema = _resolved(contract, pointer, schema)
    known: list[str] = []
    for step in [] if path == WHOLE_BODY else path.split("."):
        below = next(_steps(schema, step), None)
        if below is None:
            break
        pointer, schema = _resolved(contract, f"{pointer}/{below[0]}", below[1])
        known.append(step)
    return Part(".".join(known) or "The whole body", pointer, _shortened(schema))


def _steps(schema: Node, step: str) -> Iterator[tuple[str, Node]]:
    if step in schema.get("properties", {}):
        yield f"properties/{step}", schema["properties"][step]
    if step.isdigit() and "items" in schema:
        yield "items", schema["items"]


def _resolved(contract: Contract, pointer: str, schema: Node) -> tuple[str, Node]:
    if "$ref" not in schema:
        return pointer, schema
    beside = {name: value for name, value in schema.items() if name != "$ref"}
    return schema["$ref"], {**contract.resolve(schema), **beside}


def _shortened(schema: Node) -> Node:
    # The fields of an object by their names alone: each has a part of its own where it matters. What is for the
    # generator of the client says nothing of the wire.
    told = {name: value for name, value in schema.items() if name != "x-python-type"}
    return {**told, "properties": ", ".join(schema["properties"])} if "properties" in schema else told
