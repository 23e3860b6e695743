"""
The contract, read once at the start: which operations there are, and validators for what they take.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import attrs
import yaml
from jsonschema_rs import Draft202012Validator

from .promises import CONTRACT as FOLDER

CONTRACT = FOLDER / "openapi.yaml"
"""Path of the OpenAPI document."""

_FIRST_ERROR = 400
_METHODS = frozenset({"get", "put", "post", "delete", "patch"})
_UNDERSTOOD = frozenset(
    {
        *("$ref", "type", "enum", "required", "properties", "additionalProperties", "items", "anyOf"),
        *("minimum", "maximum", "minLength", "maxLength", "pattern"),
        *("default", "description", "example", "examples", "format", "title"),
    }
)


class ContractError(Exception):
    """The contract says something that the mock does not understand; the message names it and where it stands."""


@attrs.frozen
class Parameter:
    """
    A query parameter of an operation.

    Attributes:
        name: Its name on the wire.
        is_list: Whether it may be repeated.
        type: JSON type of a value: `string` or `integer`.
        default: Its value when it is not given.
        validator: Checks one value.
    """

    name: str
    is_list: bool
    type: str
    default: Any
    validator: Draft202012Validator


@attrs.frozen
class DocumentedAnswer:
    """
    An answer that an operation documents, as an example shows it.

    Attributes:
        name: Name of the example, such as `number-taken`.
        label: Its status as the contract writes it, such as `400` or `5XX`.
        statuses: The statuses it can have.
        body: The envelope.
    """

    name: str
    label: str
    statuses: range
    body: Mapping[str, Any]

    @property
    def status(self) -> int:
        """The status it has when nobody says otherwise."""
        code: int = self.body["code"]
        return code

    @property
    def is_error(self) -> bool:
        """Whether it is an error."""
        return self.status >= _FIRST_ERROR


@attrs.frozen
class Operation:
    """
    An operation of the API.

    Attributes:
        id: Its operationId, such as `createInvoice`.
        method: HTTP method in capitals.
        path: Path template below the base path, such as `/invoices/{invoiceId}`.
        parameters: Its query parameters.
        body: Checks its body; lets anything through when it takes none.
        answers: The answers it documents, in document order.
    """

    id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    body: Draft202012Validator
    answers: tuple[DocumentedAnswer, ...]

    @property
    def errors(self) -> tuple[DocumentedAnswer, ...]:
        """The errors it documents, in document order."""
        return tuple(answer for answer in self.answers if answer.is_error)


@attrs.frozen
class Contract:
    """
    The contract, ready for use.

    Attributes:
        base_path: Path of the server that the contract names, such as `/api/v3/io/ip`.
        operations: Every operation, in document order.
        document: The OpenAPI document itself.
    """

    base_path: str
    operations: tuple[Operation, ...]
    document: Mapping[str, Any] = attrs.field(repr=False)

    @classmethod
    def load(cls, path: Path = CONTRACT) -> Self:
        """
        Read the contract at *path*.

        Raises:
            ContractError: When a schema uses a keyword that the mock does not understand.
        """
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        for pointer, schema in _schemas(document, "#"):
            _refuse_unknown_keywords(pointer, schema)
        return cls(
            base_path=urlsplit(document["servers"][0]["url"]).path,
            operations=tuple(_operations(document)),
            document=document,
        )

    def properties(self, schema: str) -> Mapping[str, Any]:
        """
        Return the properties of the component *schema*, by name.
        """
        properties: Mapping[str, Any] = self.document["components"]["schemas"][schema]["properties"]
        return properties

    def resolve(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """
        Return the component that *schema* refers to, or *schema* itself when it refers to none.
        """
        return _resolve(self.document, schema)


def _operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method not in _METHODS:
                continue
            body = operation.get("requestBody", {"content": {"application/json": {"schema": {}}}})
            yield Operation(
                id=operation["operationId"],
                method=method.upper(),
                path=path,
                parameters=tuple(
                    _parameter(document, p) for p in operation.get("parameters", ()) if p["in"] == "query"
                ),
                body=_validator(document, body["content"]["application/json"]["schema"]),
                answers=tuple(_answers(document, operation["responses"])),
            )


def _parameter(document: Mapping[str, Any], parameter: Mapping[str, Any]) -> Parameter:
    schema = parameter["schema"]
    is_list = schema.get("type") == "array"
    item = schema["items"] if is_list else schema
    if (kind := _resolve(document, item).get("type")) not in {"string", "integer"}:
        raise ContractError(
            f"the query parameter {parameter['name']!r} has the type {kind!r}, which the mock cannot read; "
            "teach it in b2b_invoices_mock/api/requests.py, or make it a string or an integer"
        )
    return Parameter(
        name=parameter["name"],
        is_list=is_list,
        type=_resolve(document, item)["type"],
        default=schema.get("default"),
        validator=_validator(document, item),
    )


def _answers(document: Mapping[str, Any], responses: Mapping[str, Any]) -> Iterator[DocumentedAnswer]:
    for status, response in responses.items():
        content = _resolve(document, response).get("content", {})
        for name, example in content.get("application/json", {}).get("examples", {}).items():
            yield DocumentedAnswer(name, status, _statuses(status), _resolve(document, example)["value"])


def _statuses(key: str) -> range:
    # `404` is one status, `5XX` a hundred.
    return range(int(key.replace("X", "0")), int(key.replace("X", "9")) + 1)


def _validator(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": {"schemas": document["components"]["schemas"]}})


def _resolve(document: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in node:
        return node
    _, kind, name = node["$ref"].rsplit("/", 2)
    resolved: Mapping[str, Any] = document["components"][kind][name]
    return resolved


def _schemas(node: Any, pointer: str, *, is_schema: bool = False) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """
    Yield every schema in *node* with its pointer; examples and defaults are values, so they are passed over.
    """
    if isinstance(node, list):
        for index, element in enumerate(node):
            yield from _schemas(element, f"{pointer}/{index}", is_schema=is_schema)
    if not isinstance(node, dict):
        return
    if is_schema:
        yield pointer, node
    for key, value in node.items():
        below = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
        match key:
            case "properties" | "schemas":
                for name, schema in value.items():
                    yield from _schemas(schema, f"{below}/{name}", is_schema=True)
            case "schema" | "items" | "anyOf" | "additionalProperties":
                yield from _schemas(value, below, is_schema=True)
            case "example" | "examples" | "default" | "enum":
                continue
            case _:
                yield from _schemas(value, below)


def _refuse_unknown_keywords(pointer: str, schema: Mapping[str, Any]) -> None:
    for keyword in schema:
        if keyword not in _UNDERSTOOD and not keyword.startswith("x-"):
            raise ContractError(
                f"{pointer} uses the keyword {keyword!r}, which the mock does not understand; "
                "teach it in b2b_invoices_spec/contract.py, or say it otherwise"
            )
