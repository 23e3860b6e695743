"""
The contract as the client is to see it, and what the generator would drop from it without a word.
"""

import copy
from collections.abc import Iterator
from typing import Any

import attrs
from openapi_python_client.strings import snake_case

__all__ = ["Operation", "client_view", "descriptions", "model_names", "operations", "unsupported"]

Json = dict[str, Any]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
UNREAD_FORMATS = ("binary", "date", "date-time", "uuid")


@attrs.frozen
class Operation:
    """
    One method of one path.

    Attributes:
        name: Its operationId in snake case, which is its module in the client; empty if it has none.
        title: Method and path, for messages.
        parameters: Those of the operation and of its path.
        body: The request body, empty if there is none.
    """

    name: str
    title: str
    parameters: list[Json]
    body: Json


def operations(contract: Json) -> list[Operation]:
    """
    Every operation of the *contract*, in its order.
    """
    return [
        Operation(
            name=snake_case(item[method].get("operationId", "")),
            title=f"{method.upper()} {path}",
            parameters=item.get("parameters", []) + item[method].get("parameters", []),
            body=item[method].get("requestBody", {}),
        )
        for path, item in contract["paths"].items()
        for method in METHODS
        if method in item
    ]


def client_view(contract: Json) -> Json:
    """
    A copy of the *contract* for the generator.

    It has no defaults: the service owns them, and the generated client would send them although nobody set them.
    It has names for the members of text enumerations: the generator's own run the words together.
    """
    view = copy.deepcopy(contract)
    for schema in _schemas(view):
        schema.pop("default", None)
        if schema.get("type") == "string" and "enum" in schema:
            schema.setdefault("x-enum-varnames", [snake_case(value).upper() for value in schema["enum"]])
    return view


def descriptions(contract: Json) -> dict[tuple[str, str], str]:
    """
    (schema, property) or (operation, parameter) -> its description.

    The generator drops a description that stands beside a `$ref`, and those of all parameters.
    """
    found = {}
    for schema, definition in _named_schemas(contract).items():
        for name, node in definition.get("properties", {}).items():
            found[schema, name] = node.get("description", "")
    for operation in operations(contract):
        for parameter in operation.parameters:
            found[operation.name, parameter["name"]] = parameter.get("description", "")
    return {key: " ".join(text.split()) for key, text in found.items() if text}


def model_names(contract: Json) -> list[str]:
    """
    The schemas that become classes: objects and enumerations.
    """
    return [
        name
        for name, schema in _named_schemas(contract).items()
        if schema.get("type") == "object" or "enum" in schema or "allOf" in schema
    ]


def unsupported(contract: Json) -> list[str]:
    """
    What the *contract* uses and the templates cannot write, a sentence each.
    """
    return [
        *_unsupported_operations(contract),
        *(
            f"A schema has the format {schema['format']!r}, which the runtime cannot read."
            for schema in _schemas(contract)
            if schema.get("format") in UNREAD_FORMATS
        ),
    ]


def _unsupported_operations(contract: Json) -> Iterator[str]:
    names = [operation.name for operation in operations(contract)]
    for operation in operations(contract):
        if not operation.name:
            yield f"{operation.title} has no operationId, so its module has no name."
        elif names.count(operation.name) > 1:
            yield f"{operation.title} shares the module {operation.name} with another operation."
        for parameter in operation.parameters:
            if parameter.get("in") not in ("path", "query"):
                yield (
                    f"{operation.title} has the parameter {parameter.get('name')!r} in {parameter.get('in')!r}; "
                    "only path and query can be written."
                )
        for content_type in operation.body.get("content", {}):
            if content_type != "application/json":
                yield f"{operation.title} takes {content_type!r}; only application/json can be written."


def _named_schemas(contract: Json) -> Json:
    schemas: Json = contract.get("components", {}).get("schemas", {})
    return schemas


def _schemas(contract: Json) -> Iterator[Json]:
    """
    Every schema of what is sent, and of what is named under `components`.
    """
    for schema in _named_schemas(contract).values():
        yield from _with_parts(schema)
    for operation in operations(contract):
        for holder in (*operation.parameters, *operation.body.get("content", {}).values()):
            yield from _with_parts(holder.get("schema", {}))


def _with_parts(schema: Json) -> Iterator[Json]:
    yield schema
    parts = [schema.get("items"), schema.get("additionalProperties"), *schema.get("properties", {}).values()]
    for keyword in ("allOf", "anyOf", "oneOf"):
        parts += schema.get(keyword, [])
    for part in parts:
        if isinstance(part, dict):
            yield from _with_parts(part)
