"""
The reference of the API, as the contract and its promises tell it.
"""

from collections.abc import Iterator
from typing import Any, Self

import attrs

from b2b_invoices_spec import Contract, Operation, Parameter, Promise, Response, load_promises
from b2b_invoices_spec.document import Node, json_content, resolve_merged

_DEEPEST = 6


@attrs.frozen
class Field:
    """
    A field of a body, or a parameter.

    Attributes:
        path: Its name, with those of the objects around it.
        kind: What it holds, such as `string` or `list of integer`.
        required: Whether it has to be there.
        description: What it means.
        default: What it is when it is not there; None when nothing.
        provenance: Where the rule comes from; empty where the nearest object above it says.
    """

    path: str
    kind: str
    required: bool
    description: str
    default: Any
    provenance: str


@attrs.frozen
class Example:
    """
    A body as an example shows it.

    Attributes:
        name: Its name.
        summary: What it shows.
        value: The body.
    """

    name: str
    summary: str
    value: Any


@attrs.frozen
class Answer:
    """
    An answer that an operation can give.

    Attributes:
        status: Its status, such as `200` or `5XX`.
        description: When it is given.
        examples: Bodies it can have.
    """

    status: str
    description: str
    examples: tuple[Example, ...]


@attrs.frozen
class OperationPage:
    """
    All there is to say of an operation.

    Attributes:
        id: Its operationId.
        method: HTTP method in capitals.
        path: Path template below the base path.
        summary: What it does, in a few words.
        description: What it does.
        provenance: Where that comes from.
        parameters: Its parameters in the path and in the query, by where they are.
        fields: The fields of its body.
        bodies: Examples of its body.
        answers: The answers it can give.
        promises: What is promised of it, besides.
    """

    id: str
    method: str
    path: str
    summary: str
    description: str
    provenance: str
    parameters: tuple[tuple[str, Field, str], ...]
    fields: tuple[Field, ...]
    bodies: tuple[Example, ...]
    answers: tuple[Answer, ...]
    promises: tuple[Promise, ...]


@attrs.frozen
class Reference:
    """
    The reference of the API.

    Attributes:
        info: What the contract says of itself.
        operations: Every operation, in document order.
        promises: What is promised of all of them.
    """

    info: Node
    operations: tuple[OperationPage, ...]
    promises: tuple[Promise, ...]

    @classmethod
    def of(cls, contract: Contract) -> Self:
        """
        Return the reference of *contract*, with the promises that lie beside it.
        """
        return cls(
            info=contract.document["info"],
            operations=tuple(_page(contract, operation) for operation in contract.operations),
            promises=_promises_of("every"),
        )


def _page(contract: Contract, operation: Operation) -> OperationPage:
    node = operation.node
    content = json_content(contract.document, node.get("requestBody", {}))
    return OperationPage(
        id=operation.id,
        method=operation.method,
        path=operation.path,
        summary=node["summary"],
        description=node["description"],
        provenance=node.get("x-provenance", ""),
        parameters=tuple(_parameter(contract, parameter) for parameter in operation.parameters),
        fields=tuple(_fields(contract, content.get("schema", {}), "", _DEEPEST)),
        bodies=tuple(_examples(contract, content)),
        answers=tuple(_answer(contract, response) for response in operation.responses),
        promises=_promises_of(operation.id),
    )


def _promises_of(operation: str) -> tuple[Promise, ...]:
    return tuple(promise for promise in load_promises().values() if promise.operation == operation)


def _parameter(contract: Contract, parameter: Parameter) -> tuple[str, Field, str]:
    node = parameter.node
    field = Field(
        path=parameter.name,
        kind=_kind(contract, node["schema"]),
        required=node.get("required", False),
        description=node["description"],
        default=parameter.default,
        provenance=node.get("x-provenance", ""),
    )
    example = node.get("example", "")
    return parameter.place, field, str(example[0] if isinstance(example, list) else example)


def _fields(contract: Contract, schema: Node, above: str, levels: int) -> Iterator[Field]:
    resolved = contract.resolve(schema)
    for name, part in resolved.get("properties", {}).items():
        whole = resolve_merged(contract.document, part)
        path = f"{above}{name}"
        yield Field(
            path=path,
            kind=_kind(contract, part),
            required=name in resolved.get("required", ()),
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


def _answer(contract: Contract, response: Response) -> Answer:
    content = json_content(contract.document, response.node)
    return Answer(response.label, response.node["description"], tuple(_examples(contract, content)))


def _examples(contract: Contract, content: Node) -> Iterator[Example]:
    for name, example in content.get("examples", {}).items():
        whole = contract.resolve(example)
        yield Example(name, whole.get("summary", name), whole["value"])
