"""
The contract for the generator: a copy for openapi-python-client, and facts that it drops, for the templates.
"""

import copy
from collections.abc import Iterator, Sequence
from typing import Any

import attrs
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import Property
from openapi_python_client.strings import snake_case

from b2b_invoices_spec.document import json_content, raw_operations, raw_parameters, resolve, schemas

Json = dict[str, Any]

RULES = ("minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum", "pattern")
"""Keywords that the client validates besides types."""


@attrs.frozen
class Operation:
    """
    One method of one path.
    """

    name: str  # operationId in snake case, the name of its module; empty if it has none
    title: str  # method and path, for messages
    parameters: Sequence[Json]  # those of its path first
    content_types: Sequence[str]  # of the request bodies that it takes
    success: Json  # the JSON content of its response 200, or empty


@attrs.frozen
class Example:
    """
    A call for a docstring; a test runs it.
    """

    arguments: str
    attribute: str  # the attribute of the result that is shown, such as `.data.id`
    printed: str  # the value of that attribute
    ids: str  # the ids in the result, if it is a list


@attrs.frozen
class Paged:
    """
    What an operation lists page by page.
    """

    name: str  # plural name of the items, such as `invoices`
    item: str
    module: str  # module of that class, below `models`


def named_schemas(document: Json) -> Json:
    """
    Return the component schemas, by name.
    """
    found: Json = document.get("components", {}).get("schemas", {})
    return found


def operations(document: Json) -> list[Operation]:
    """
    Return every operation, in document order.
    """
    return [
        Operation(
            name=snake_case(node.get("operationId", "")),
            title=f"{method.upper()} {path}",
            parameters=[dict(parameter) for _, parameter in raw_parameters(document, path, method)],
            content_types=list(resolve(document, node.get("requestBody", {})).get("content", {})),
            success=dict(json_content(document, node["responses"].get("200", {}))),
        )
        for path, method, node in raw_operations(document)
    ]


def client_view(document: Json) -> Json:
    """
    Return a copy of the contract for openapi-python-client.

    It has no defaults, because the client would send them although the user did not set them. Text enumerations get
    names, because openapi-python-client does not separate the words in its own.
    """
    view = copy.deepcopy(document)
    for _, schema in schemas(view):
        assert isinstance(schema, dict)  # noqa: S101  for the type checker
        schema.pop("default", None)
        if schema.get("type") == "string" and "enum" in schema:
            schema.setdefault("x-enum-varnames", [snake_case(value).upper() for value in schema["enum"]])
    return view


@attrs.frozen
class Facts:
    """
    Facts of the contract that openapi-python-client drops.
    """

    document: Json = attrs.field(repr=False)

    def describe(self, owner: str, part: Property) -> str:
        """
        Return the description of *part*, a property of the schema or a parameter of the operation *owner*.
        """
        description = part.description.get_untrusted_value() if part.description else ""
        return " ".join(self._node(owner, part).get("description", description).split())

    def money(self, schema: str, properties: Sequence[Property]) -> dict[str, str]:
        """
        Return how the amounts and currencies among *properties* are sent, by Python name.
        """
        nodes = {str(part.python_name): self._node(schema, part) for part in properties}
        wires = {name: _wire(node) for name, node in nodes.items() if "x-python-type" in node}
        if "Verbatim" in wires.values():
            return {name: wire.replace("Currency", "VerbatimCurrency") for name, wire in wires.items()}
        return wires

    def rules(self, owner: str, properties: Sequence[Property]) -> dict[str, Json]:
        """
        Return the rules of those *properties* or parameters of *owner* that have any, by Python name.
        """
        nodes = {str(part.python_name): self._node(owner, part) for part in properties}
        found = {name: self._rules(node.get("schema", node)) for name, node in nodes.items()}
        return {name: rules for name, rules in found.items() if rules}

    def pages(self, endpoint: Endpoint) -> Paged | None:
        """
        Return what *endpoint* lists page by page; None if it has no offset and limit.
        """
        operation = self._operation(endpoint.name)
        if not {"offset", "limit"} <= {parameter["name"] for parameter in operation.parameters}:
            return None
        body = resolve(self.document, operation.success["schema"])
        item = body["properties"]["data"]["items"]["$ref"].rpartition("/")[2]
        return Paged(operation.name.removeprefix("list_"), item, snake_case(item))

    def example(self, name: str) -> Example:
        """
        Return a call of the operation *name*, with examples of the contract.
        """
        operation = self._operation(name)
        path = [str(part.get("example", 1)) for part in operation.parameters if part["in"] == "path"]
        body = ["body=draft"] if operation.content_types else []
        arguments = ", ".join([*path, "client=client", *body, *_query_argument(operation)])
        return Example(arguments, *self._result(operation))

    def _node(self, owner: str, part: Property) -> Json:
        name = part.name.get_untrusted_value()
        if owner in named_schemas(self.document):
            properties: Json = named_schemas(self.document)[owner].get("properties", {})
            return dict(properties.get(name, {}))
        parameters = {parameter["name"]: parameter for parameter in self._operation(owner).parameters}
        return parameters.get(name, {})

    def _operation(self, name: str) -> Operation:
        return next(operation for operation in operations(self.document) if operation.name == name)

    def _rules(self, schema: Json) -> Json:
        resolved = resolve(self.document, schema)
        return {rule: resolved[rule] for rule in RULES if rule in resolved}

    def _result(self, operation: Operation) -> tuple[str, str, str]:
        first: Json = next(iter(operation.success.get("examples", {}).values()), {})
        data = resolve(self.document, first).get("value", {}).get("data", {})
        if isinstance(data, list):
            return ".meta.pagination.total_count", str(len(data)), repr([item["id"] for item in data])
        return (".data.id", repr(data["id"]), "") if "id" in data else (".code", "200", "")


def _query_argument(operation: Operation) -> Iterator[str]:
    for parameter in operation.parameters:
        if parameter["in"] == "query" and parameter["schema"].get("type") == "string" and "example" in parameter:
            yield f"{snake_case(parameter['name'])}={parameter['example']!r}"
            return


def _wire(node: Json) -> str:
    if node["x-python-type"] == "Currency":
        return "Currency"
    if isinstance(node["type"], list):
        return "Verbatim"
    return "Number" if node["type"] == "number" else "Text"
