"""
The contract: operations, parameters, documented responses and examples of `openapi.yaml`, with validators.
"""

import re
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import attrs
from jsonschema_rs import Draft202012Validator

from .document import (
    OPENAPI,
    ContractError,
    Node,
    json_content,
    load_yaml,
    pointer_to,
    resolve,
    schemas,
)

_FIRST_ERROR = 400
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_SUPPORTED_KEYWORDS = frozenset(
    {
        *("$ref", "type", "enum", "required", "properties", "additionalProperties", "items", "anyOf"),
        *("minimum", "maximum", "minLength", "maxLength", "pattern"),
        *("default", "description", "example", "examples", "format", "title"),
    }
)


@attrs.frozen
class Parameter:
    """
    A parameter of an operation.

    Attributes:
        name: Its name on the wire.
        place: `query` or `path`.
        is_list: True if it may be repeated.
        type: JSON type of one value: `string` or `integer`.
        default: Its value when it is absent.
        validator: Validates one value.
        pointer: JSON pointer to it.
        node: Its part of the document.
    """

    name: str
    place: str
    is_list: bool
    type: str
    default: Any
    validator: Draft202012Validator = attrs.field(repr=False)
    pointer: str
    node: Node = attrs.field(repr=False)


@attrs.frozen
class Example:
    """
    A documented response body.

    Attributes:
        name: Its name, such as `number-taken`.
        label: The status as the contract writes it, such as `400` or `5XX`.
        statuses: The statuses that the label covers.
        body: The envelope.
    """

    name: str
    label: str
    statuses: range
    body: Node

    @property
    def status(self) -> int:
        """The status in its body."""
        code: int = self.body["code"]
        return code


@attrs.frozen
class Response:
    """
    A documented response of an operation.

    Attributes:
        label: The status as the contract writes it, such as `400` or `5XX`.
        statuses: The statuses that the label covers.
        headers: Names of the required headers.
        examples: Bodies it can have.
        node: Its part of the document.
    """

    label: str
    statuses: range
    headers: tuple[str, ...]
    examples: tuple[Example, ...]
    node: Node = attrs.field(repr=False)
    _document: Node = attrs.field(repr=False)

    @cached_property
    def body(self) -> Draft202012Validator:
        """Validates the body. Compiled at first use, since most programs need few of them."""
        return _validator(self._document, json_content(self._document, self.node).get("schema", {}))


@attrs.frozen
class Operation:
    """
    An operation of the API.

    Attributes:
        id: Its operationId, such as `createInvoice`.
        method: HTTP method in capitals.
        path: Path template below the base path, such as `/invoices/{invoiceId}`.
        parameters: Its parameters, those of its path first.
        body: Validates the request body; accepts anything if the operation takes none.
        responses: Its documented responses, in document order.
        pointer: JSON pointer to it.
        node: Its part of the document.
    """

    id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    body: Draft202012Validator = attrs.field(repr=False)
    responses: tuple[Response, ...]
    pointer: str
    node: Node = attrs.field(repr=False)

    @property
    def query_parameters(self) -> tuple[Parameter, ...]:
        """Its query parameters."""
        return tuple(parameter for parameter in self.parameters if parameter.place == "query")

    @property
    def examples(self) -> tuple[Example, ...]:
        """The examples of all its responses, in document order."""
        return tuple(example for response in self.responses for example in response.examples)

    @property
    def errors(self) -> tuple[Example, ...]:
        """The examples that are error responses, in document order."""
        return tuple(example for example in self.examples if example.status >= _FIRST_ERROR)

    def response_for(self, status: int) -> Response | None:
        """
        Return the documented response for *status*: that of the status itself, or else of its class, such as `5XX`.
        """
        found = [response for response in self.responses if status in response.statuses]
        return min(found, key=lambda response: len(response.statuses), default=None)


@attrs.frozen
class Contract:
    """
    The contract: what `openapi.yaml` says, as Python objects.

    Attributes:
        base_path: Path of the server URL, such as `/api/v3/io/ip`.
        operations: Every operation, in document order.
        document: The OpenAPI document.
    """

    base_path: str
    operations: tuple[Operation, ...]
    document: Node = attrs.field(repr=False)

    @classmethod
    def load(cls, path: Path = OPENAPI) -> Self:
        """
        Read the contract at *path*; see `load_contract` for one that is read once.

        Raises:
            ContractError: If it is not an OpenAPI document, a schema uses an unsupported keyword, a reference leads
                nowhere, or an operation has no operationId.
        """
        document = load_yaml(path)
        if not isinstance(document, dict) or not {"info", "servers", "paths"} <= document.keys():
            raise ContractError(f"{path} is not a contract: expected an OpenAPI document with info, servers and paths.")
        for pointer, schema in schemas(document):
            _check_keywords(pointer, schema)
            resolve(document, schema)
        return cls(
            base_path=urlsplit(document["servers"][0]["url"]).path,
            operations=tuple(
                _operation(document, path, method)
                for path, item in document["paths"].items()
                for method in item
                if method in _METHODS
            ),
            document=document,
        )

    def operation(self, operation_id: str) -> Operation:
        """
        Return the operation with this operationId.

        Raises:
            KeyError: If the contract does not have it.
        """
        return {operation.id: operation for operation in self.operations}[operation_id]

    def operations_at(self, path: str) -> tuple[Operation, ...]:
        """
        Return the operations on *path*, a full path such as `/api/v3/io/ip/invoices/7`.
        """
        return tuple(operation for operation in self.operations if _pattern(operation.path).search(path))

    def operation_for(self, method: str, path: str) -> Operation | None:
        """
        Return the operation that *method*, in capitals, on *path* is; None if the contract does not have it.
        """
        return next((operation for operation in self.operations_at(path) if operation.method == method), None)

    def schema(self, name: str) -> Node:
        """
        Return the component schema *name*.
        """
        schema: Node = self.document["components"]["schemas"][name]
        return schema

    def properties(self, schema: str) -> Node:
        """
        Return the properties of a schema under `components/schemas`: name -> schema.
        """
        properties: Node = self.schema(schema)["properties"]
        return properties

    def example(self, name: str) -> Any:
        """
        Return the value of an example under `components/examples`, such as *name* `MinimalInvoice`.
        """
        return self.document["components"]["examples"][name]["value"]

    def resolve(self, node: Node) -> Node:
        """
        Return the component that *node* refers to, or *node* itself if it has no `$ref`.
        """
        return resolve(self.document, node)

    def validator(self, schema: Node) -> Draft202012Validator:
        """
        Return a validator for *schema*, whose references lead into this contract.
        """
        return _validator(self.document, schema)


@cache
def load_contract() -> Contract:
    """
    Return the contract of this package, read once per process; do not change its document.
    """
    return Contract.load()


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path) + "$")


def _operation(document: Node, path: str, method: str) -> Operation:
    item = document["paths"][path]
    node = item[method]
    if "operationId" not in node:
        raise ContractError(f"{method.upper()} {path} has no operationId.")
    pointer = pointer_to("paths", path, method)
    return Operation(
        id=node["operationId"],
        method=method.upper(),
        path=path,
        parameters=(
            *_parameters(document, item, pointer_to("paths", path)),
            *_parameters(document, node, pointer),
        ),
        body=_validator(document, json_content(document, node.get("requestBody", {})).get("schema", {})),
        responses=tuple(
            _response(document, label, resolve(document, response)) for label, response in node["responses"].items()
        ),
        pointer=pointer,
        node=node,
    )


def _parameters(document: Node, owner: Node, pointer: str) -> list[Parameter]:
    return [
        _parameter(document, f"{pointer}/parameters/{index}", resolve(document, node))
        for index, node in enumerate(owner.get("parameters", ()))
    ]


def _parameter(document: Node, pointer: str, node: Node) -> Parameter:
    schema = resolve(document, node["schema"])
    is_list = schema.get("type") == "array"
    item = schema["items"] if is_list else node["schema"]
    kind = resolve(document, item).get("type")
    if kind not in {"string", "integer"}:
        raise ContractError(
            f"The parameter {node['name']!r} has the unsupported type {kind!r}; expected a string or an integer."
        )
    return Parameter(
        name=node["name"],
        place=node["in"],
        is_list=is_list,
        type=kind,
        default=schema.get("default"),
        validator=_validator(document, item),
        pointer=pointer,
        node=node,
    )


def _response(document: Node, label: str, node: Node) -> Response:
    headers = {name: resolve(document, header) for name, header in node.get("headers", {}).items()}
    statuses = range(int(label.replace("X", "0")), int(label.replace("X", "9")) + 1)  # `5XX` is 500 to 599
    return Response(
        label=label,
        statuses=statuses,
        headers=tuple(name for name, header in headers.items() if header.get("required")),
        examples=tuple(
            Example(name, label, statuses, resolve(document, example)["value"])
            for name, example in json_content(document, node).get("examples", {}).items()
        ),
        node=node,
        document=document,
    )


def _validator(document: Node, schema: Node) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": {"schemas": document["components"]["schemas"]}})


def _check_keywords(pointer: str, schema: Node) -> None:
    for keyword in schema:
        if keyword not in _SUPPORTED_KEYWORDS and not keyword.startswith("x-"):
            raise ContractError(
                f"{pointer} uses the unsupported keyword {keyword!r}. "
                "Remove it, or add support for it in b2b_invoices_spec/contract.py."
            )
