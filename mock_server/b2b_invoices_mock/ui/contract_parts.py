"""
Parts of the contract that explain a logged request.
"""

from collections.abc import Iterator

import attrs

from b2b_invoices_mock.api.validation import WHOLE_BODY
from b2b_invoices_mock.request_log import LoggedRequest
from b2b_invoices_spec import Contract, Operation
from b2b_invoices_spec.document import Node, json_content, resolve_merged


@attrs.frozen
class Part:
    """
    A part of the contract.

    Attributes:
        title: Its field, parameter or operation, such as `openBalance.value`.
        pointer: JSON pointer to it in `openapi.yaml`.
        content: Its content.
    """

    title: str
    pointer: str
    content: Node


def parts_for(logged: LoggedRequest, contract: Contract) -> list[Part]:
    """
    Return the part for each invalid field or parameter of *logged*, or else its operation, or else the known paths.
    """
    operation = next((one for one in contract.operations if one.id == logged.operation), None)
    if operation is None:
        return [_paths(contract)]
    parts = [_part(contract, operation, path) for path in logged.violations] or [_whole(operation)]
    return list({part.title: part for part in parts}.values())


def _paths(contract: Contract) -> Part:
    methods: dict[str, str] = {}
    for operation in contract.operations:
        path = contract.base_path + operation.path
        methods[path] = f"{methods[path]}, {operation.method}" if path in methods else operation.method
    return Part("The paths of the API", "#/paths", methods)


def _whole(operation: Operation) -> Part:
    shown = ("operationId", "summary", "description")
    return Part(
        operation.id, operation.pointer, {name: operation.node[name] for name in shown if name in operation.node}
    )


def _part(contract: Contract, operation: Operation, path: str) -> Part:
    if "requestBody" in operation.node:
        pointer = f"{operation.pointer}/requestBody/content/application~1json/schema"
        schema = json_content(contract.document, operation.node["requestBody"])["schema"]
        return _of_field(contract, pointer, schema, path)
    for parameter in operation.parameters:
        if parameter.name == path:
            return Part(path, parameter.pointer, parameter.node)
    return _whole(operation)


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
    return schema.get("$ref", pointer), resolve_merged(contract.document, schema)


def _shortened(schema: Node) -> Node:
    # Only the names of properties: an invalid one has a part of its own. x-python-type is for the client only.
    shown = {name: value for name, value in schema.items() if name != "x-python-type"}
    return {**shown, "properties": ", ".join(schema["properties"])} if "properties" in schema else shown
