"""
The API reference: operations, parameters, fields, examples and promises, taken from the contract.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from b2b_invoices_spec import Contract, Operation, Parameter, Promise, load_promises
from b2b_invoices_spec.document import Node, json_content, resolve_merged

_MAX_DEPTH = 6


@attrs.frozen
class Field:
    """
    A field of a body, or a parameter.

    Attributes:
        path: Its name, after the names of the objects around it.
        kind: Its type, such as `string` or `list of integer`.
        is_required: Whether it is required.
        description: Its meaning.
        default: Its value if it is missing; None for none.
        provenance: Source of the rule; empty if that of the object around it applies.
    """

    path: str
    kind: str
    is_required: bool
    description: str
    default: Any
    provenance: str


@attrs.frozen
class OperationReference:
    """
    The reference of an operation.

    Attributes:
        operation: The operation.
        parameters: Its parameters.
        fields: The fields of its body.
        body_examples: Name of an example of its body -> the example, as in the contract.
        response_examples: Label of a response, such as `200` or `5XX` -> examples of it, in the same way.
        promises: Its promises.
    """

    operation: Operation
    parameters: tuple[Field, ...]
    fields: tuple[Field, ...]
    body_examples: Mapping[str, Node]
    response_examples: Mapping[str, Mapping[str, Node]]
    promises: tuple[Promise, ...]


def reference_of(contract: Contract, operation: Operation) -> OperationReference:
    """
    Return the reference of *operation*.
    """
    content = json_content(contract.document, operation.node.get("requestBody", {}))
    return OperationReference(
        operation=operation,
        parameters=tuple(_parameter(contract, parameter) for parameter in operation.parameters),
        fields=tuple(_fields(contract, content.get("schema", {}), "", _MAX_DEPTH)),
        body_examples=_examples(contract, content),
        response_examples={
            response.label: _examples(contract, json_content(contract.document, response.node))
            for response in operation.responses
        },
        promises=promises_of(operation.id),
    )


def promises_of(operation: str) -> tuple[Promise, ...]:
    """
    Return the promises of the operation with this id; `every` has those that hold for each operation.
    """
    return tuple(promise for promise in load_promises().values() if promise.operation == operation)


def _parameter(contract: Contract, parameter: Parameter) -> Field:
    node = parameter.node
    return Field(
        path=parameter.name,
        kind=_kind(contract, node["schema"]),
        is_required=node.get("required", False),
        description=node["description"],
        default=parameter.default,
        provenance=node.get("x-provenance", ""),
    )


def _fields(contract: Contract, schema: Node, above: str, levels: int) -> Iterator[Field]:
    resolved = contract.resolve(schema)
    for name, part in resolved.get("properties", {}).items():
        whole = resolve_merged(contract.document, part)
        path = f"{above}{name}"
        yield Field(
            path=path,
            kind=_kind(contract, part),
            is_required=name in resolved.get("required", ()),
            description=whole.get("description", ""),
            default=whole.get("default"),
            provenance=part.get("x-provenance", ""),
        )
        if levels:
            item = contract.resolve(part.get("items", part))
            is_list = "items" in part
            yield from _fields(contract, item, f"{path}[]." if is_list else f"{path}.", levels - 1)


def _kind(contract: Contract, schema: Node) -> str:
    resolved = contract.resolve(schema)
    if "anyOf" in resolved:
        return " or ".join(_kind(contract, option) for option in resolved["anyOf"])
    if resolved.get("type") == "array":
        return f"list of {_kind(contract, resolved['items'])}"
    if "enum" in resolved:
        return " | ".join(map(str, resolved["enum"]))
    kind = resolved.get("type", "anything")
    return kind if isinstance(kind, str) else " or ".join(kind)


def _examples(contract: Contract, content: Node) -> Mapping[str, Node]:
    return {name: contract.resolve(example) for name, example in content.get("examples", {}).items()}
