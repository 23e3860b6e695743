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

from b2b_invoices_spec import Contract, Operation, Response
from b2b_invoices_spec.document import Node, json_content, schemas

RULES = ("minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum", "pattern")
"""Keywords that the client validates besides types."""


@attrs.frozen
class ExampleCall:
    """
    A call for a docstring; a test runs it.
    """

    arguments: str
    attribute: str  # the attribute of the result that is shown, such as `.data.id`
    printed: str  # the value of that attribute
    ids: str  # the ids in the result, if it is a list


def client_view(contract: Contract) -> dict[str, Any]:
    """
    Return a copy of the contract for openapi-python-client.

    It has no defaults, because the client would send them although the user did not set them. Text enumerations get
    names, because openapi-python-client does not separate the words in its own.
    """
    view = copy.deepcopy(dict(contract.document))
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

    contract: Contract

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

    def rules(self, owner: str, properties: Sequence[Property]) -> dict[str, dict[str, Any]]:
        """
        Return the rules of those *properties* or parameters of *owner* that have any, by Python name.
        """
        found = {}
        for part in properties:
            node = self._node(owner, part)
            schema = self.contract.resolve(node.get("schema", node))
            found[str(part.python_name)] = {rule: schema[rule] for rule in RULES if rule in schema}
        return {name: rules for name, rules in found.items() if rules}

    def pages(self, endpoint: Endpoint) -> str | None:
        """
        Return the model of which *endpoint* lists pages; None if it has no offset and limit.
        """
        operation = self._operation(endpoint.name)
        if not {"offset", "limit"} <= {parameter.name for parameter in operation.parameters}:
            return None
        body = self.contract.resolve(json_content(self.contract.document, _success(operation).node)["schema"])
        return str(body["properties"]["data"]["items"]["$ref"].rpartition("/")[2])

    def example(self, name: str) -> ExampleCall:
        """
        Return a call of the operation *name*, with examples of the contract.
        """
        operation = self._operation(name)
        path = [str(part.node.get("example", 1)) for part in operation.parameters if part.place == "path"]
        body = ["body=draft"] if "requestBody" in operation.node else []
        arguments = ", ".join([*path, "client=client", *body, *_query_argument(operation)])
        return ExampleCall(arguments, *_result(operation))

    def _node(self, owner: str, part: Property) -> Node:
        name = part.name.get_untrusted_value()
        if owner in self.contract.document["components"]["schemas"]:
            properties: Node = self.contract.schema(owner).get("properties", {})
        else:
            properties = {parameter.name: parameter.node for parameter in self._operation(owner).parameters}
        node: Node = properties.get(name, {})
        return node

    def _operation(self, name: str) -> Operation:
        return next(operation for operation in self.contract.operations if snake_case(operation.id) == name)


def _success(operation: Operation) -> Response:
    return next(response for response in operation.responses if response.label == "200")


def _result(operation: Operation) -> tuple[str, str, str]:
    data = _success(operation).examples[0].body["data"]
    if isinstance(data, list):
        return ".meta.pagination.total_count", str(len(data)), repr([item["id"] for item in data])
    return (".data.id", repr(data["id"]), "") if "id" in data else (".code", "200", "")


def _query_argument(operation: Operation) -> Iterator[str]:
    for parameter in operation.query_parameters:
        if parameter.node["schema"].get("type") == "string" and "example" in parameter.node:
            yield f"{snake_case(parameter.name)}={parameter.node['example']!r}"
            return


def _wire(node: Node) -> str:
    if node["x-python-type"] == "Currency":
        return "Currency"
    if isinstance(node["type"], list):
        return "Verbatim"
    return "Number" if node["type"] == "number" else "Text"
