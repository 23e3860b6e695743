"""
The contract as the client is to see it, and what the generator would drop from it without a word.
"""

import copy
from collections.abc import Iterator
from typing import Any

import attrs
from openapi_python_client.strings import snake_case

__all__ = [
    "Example",
    "Operation",
    "Paged",
    "client_view",
    "descriptions",
    "examples",
    "model_names",
    "money",
    "operations",
    "pages",
    "parameter_rules",
    "rules",
    "unsupported",
]

Json = dict[str, Any]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
UNREAD_FORMATS = ("binary", "date", "date-time", "uuid")
RULES = ("minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum", "pattern")
OURS = ("client", "body", "timeout", "headers")


@attrs.frozen
class Operation:
    """
    One method of one path.

    Attributes:
        name: Its operationId in snake case, which is its module in the client; empty if it has none.
        title: Method and path, for messages.
        tag: Its first tag.
        parameters: Those of the operation and of its path.
        body: The request body, empty if there is none.
        success: The content of its answer when all is well, empty if there is none.
    """

    name: str
    title: str
    tag: str
    parameters: list[Json]
    body: Json
    success: Json


@attrs.frozen
class Example:
    """
    A call for a docstring, which a test runs.

    Attributes:
        arguments: What it is called with.
        sight: What of the result is looked at.
        printed: What is seen.
        ids: For a list, the ids in it.
    """

    arguments: str
    sight: str
    printed: str
    ids: str


@attrs.frozen
class Paged:
    """
    An operation that lists things a page at a time.

    Attributes:
        name: Of the things, such as `invoices`.
        item: The class of one.
        home: The module of the operation below `api`.
    """

    name: str
    item: str
    home: str

    @property
    def module(self) -> str:
        """
        The module of the class below `models`.
        """
        return snake_case(self.item)


def operations(contract: Json) -> list[Operation]:
    """
    Every operation of the *contract*, in its order.
    """
    return [
        Operation(
            name=snake_case(item[method].get("operationId", "")),
            title=f"{method.upper()} {path}",
            tag=snake_case(item[method].get("tags", ["default"])[0]),
            parameters=item.get("parameters", []) + item[method].get("parameters", []),
            body=item[method].get("requestBody", {}),
            success=item[method]["responses"].get("200", {}).get("content", {}).get("application/json", {}),
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


def money(contract: Json) -> dict[str, dict[str, str]]:
    """
    Schema -> property -> how its money goes over the wire, of the schemas that are marked with `x-python-type`.
    """
    found: dict[str, dict[str, str]] = {}
    for schema, definition in _named_schemas(contract).items():
        marked = {name: node for name, node in definition.get("properties", {}).items() if "x-python-type" in node}
        wires = {name: _wire(node) for name, node in marked.items()}
        if "Verbatim" in wires.values():
            wires = {name: wire.replace("Currency", "VerbatimCurrency") for name, wire in wires.items()}
        if wires:
            found[schema] = wires
    return found


def _wire(node: Json) -> str:
    if node["x-python-type"] == "Currency":
        return "Currency"
    if isinstance(node["type"], list):
        return "Verbatim"
    return "Number" if node["type"] == "number" else "Text"


def rules(contract: Json) -> dict[str, dict[str, Json]]:
    """
    Schema -> property -> what the contract asks of it besides its type, where it does.
    """
    found: dict[str, dict[str, Json]] = {}
    for schema, definition in _named_schemas(contract).items():
        for name, node in definition.get("properties", {}).items():
            if asked := _asked(contract, node):
                found.setdefault(schema, {})[name] = asked
    return found


def parameter_rules(contract: Json) -> dict[tuple[str, str], Json]:
    """
    (operation, parameter) -> what the contract asks of it besides its type, where it does.
    """
    found = {}
    for operation in operations(contract):
        for parameter in operation.parameters:
            if asked := _asked(contract, parameter["schema"]):
                found[operation.name, parameter["name"]] = asked
    return found


def _asked(contract: Json, node: Json) -> Json:
    plain = _resolved(contract, node)
    return {rule: plain[rule] for rule in RULES if rule in plain}


def examples(contract: Json) -> dict[str, Example]:
    """
    Operation -> a call of it, with the examples of the contract.
    """
    found = {}
    for operation in operations(contract):
        named = "".join(f", {snake_case(text['name'])}={text['example']!r}" for text in _told(operation.parameters))
        path = [str(parameter.get("example", 1)) for parameter in operation.parameters if parameter.get("in") == "path"]
        arguments = ", ".join([*path, f"client=client{', body=draft' if operation.body else ''}{named}"])
        found[operation.name] = Example(arguments, *_seen(contract, operation))
    return found


def _told(parameters: list[Json]) -> list[Json]:
    """
    The first of the *parameters* that a query can have as text.
    """
    return [
        parameter
        for parameter in parameters
        if parameter.get("in") == "query" and parameter["schema"].get("type") == "string" and "example" in parameter
    ][:1]


def _seen(contract: Json, operation: Operation) -> tuple[str, str, str]:
    """
    What is looked at in the first example of the answer, what is seen, and the ids in it.
    """
    first: Json = next(iter(operation.success.get("examples", {}).values()), {})
    data = _resolved(contract, first).get("value", {}).get("data", {})
    if isinstance(data, list):
        return ".meta.pagination.total_count", str(len(data)), repr([item["id"] for item in data])
    return (".data.id", repr(data["id"]), "") if "id" in data else (".code", "200", "")


def pages(contract: Json) -> dict[str, Paged]:
    """
    Operation -> what it lists, of the operations that take an offset and a limit.
    """
    found = {}
    for operation in operations(contract):
        if {"offset", "limit"} <= {parameter["name"] for parameter in operation.parameters}:
            answer = _resolved(contract, operation.success["schema"])
            item = answer["properties"]["data"]["items"]["$ref"].rpartition("/")[2]
            name = operation.name.removeprefix("list_")
            found[operation.name] = Paged(name, item, f"{operation.tag}.{operation.name}")
    return found


def _resolved(contract: Json, node: Json) -> Json:
    """
    What the *node* refers to, or the node itself.
    """
    while node.get("$ref", "").startswith("#/"):
        found: Json = contract
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


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
        *_unsupported_rules(contract),
    ]


def _unsupported_rules(contract: Json) -> Iterator[str]:
    """
    Rules of what is no property of a model, and money that may be left out: the models have no place for either.
    """
    for name, definition in _named_schemas(contract).items():
        properties = definition.get("properties", {})
        for part in _with_parts(definition):
            if part is not definition and not any(part is node for node in properties.values()):
                for rule in set(RULES) & part.keys():
                    yield f"The schema {name} has {rule} outside its properties, where nothing would check it."
        for key, node in properties.items():
            if "x-python-type" in node and key not in definition.get("required", []):
                yield f"The schema {name} has the money {key!r}, which may be absent; only required money is written."


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
            elif snake_case(parameter["name"]) in OURS:
                yield f"{operation.title} has the parameter {parameter['name']!r}, which every operation has already."
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
