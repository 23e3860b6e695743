"""
Raw OpenAPI documents: the contract's files, references, JSON pointers, and iteration over operations and schemas.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

Node = Mapping[str, Any]
"""An object in an OpenAPI document: a schema, an operation, a response, or the document itself."""

_HERE = Path(__file__).parent
_FOLDER = _HERE if (_HERE / "openapi.yaml").exists() else _HERE.parent  # in a wheel, the files are in the package

OPENAPI = _FOLDER / "openapi.yaml"
"""Path of the OpenAPI document."""

PROMISES = _FOLDER / "promises.yaml"
"""Path of the promises."""

PAGE = _FOLDER / "page.yaml"
"""Path of the statements of the vendor's documentation page."""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the compiled loader is ten times as fast
_COMBINATIONS = ("allOf", "anyOf", "oneOf")


class ContractError(Exception):
    """The contract is invalid or uses something unsupported; the message names it and its location."""


def load_yaml(path: Path) -> Any:
    """
    Return the content of the YAML file at *path*.

    Raises:
        ContractError: If it is not YAML.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - both are safe loaders
    except yaml.YAMLError as error:
        raise ContractError(f"The contract {path} is not YAML: {error}") from error


def pointer_to(*steps: str | int) -> str:
    """
    Return the JSON pointer made of *steps*, such as `#/paths/~1invoices/post`.
    """
    return "/".join(["#", *(str(step).replace("~", "~0").replace("/", "~1") for step in steps)])


def steps_of(pointer: str) -> list[str]:
    """
    Return the steps of *pointer*, unescaped: the inverse of `pointer_to`.
    """
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def value_at(document: Any, pointer: str) -> Any:
    """
    Return the value in *document* at *pointer*.

    Raises:
        ContractError: If *pointer* leads nowhere.
    """
    value = document
    try:
        for step in steps_of(pointer):
            value = value[int(step)] if isinstance(value, list) else value[step]
    except (KeyError, IndexError, TypeError, ValueError):
        raise ContractError(f"The pointer {pointer!r} leads nowhere in the document.") from None
    return value


def resolve(document: Node, node: Node) -> Node:
    """
    Return the component that *node* refers to, following chains of `$ref`; *node* itself if it has no `$ref`.

    Raises:
        ContractError: If the component does not exist, or is in another document.
    """
    while "$ref" in node:
        if not node["$ref"].startswith("#/"):
            raise ContractError(f"Unsupported reference {node['$ref']!r}: expected '#/...', within the document.")
        node = value_at(document, node["$ref"])
    return node


def resolve_merged(document: Node, node: Node) -> Node:
    """
    Return the component that *node* refers to, with the keys beside `$ref` added or replaced.
    """
    return {**resolve(document, node), **{key: value for key, value in node.items() if key != "$ref"}}


def json_content(document: Node, node: Node) -> Node:
    """
    Return the `application/json` part of a request body or response; empty if it has none.
    """
    content: Node = resolve(document, node).get("content", {}).get("application/json", {})
    return content


def parts(schema: Node) -> Iterator[tuple[str, Node]]:
    """
    Yield the schemas directly in *schema*, as (pointer relative to it, such as `properties/code`, schema).
    """
    for name, part in schema.get("properties", {}).items():
        yield pointer_to("properties", name)[2:], part
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), dict):
            yield keyword, schema[keyword]
    for keyword in _COMBINATIONS:
        for index, part in enumerate(schema.get(keyword, ())):
            yield f"{keyword}/{index}", part


def schemas(node: Any, pointer: str = "#") -> Iterator[tuple[str, Node]]:
    """
    Yield every schema in *node*, nested ones included, as (pointer, schema). Examples are not searched.
    """
    if isinstance(node, list):
        for index, element in enumerate(node):
            yield from schemas(element, f"{pointer}/{index}")
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        below = f"{pointer}/{pointer_to(key)[2:]}"
        if key == "schema":
            yield from with_parts(value, below)
        elif below == "#/components/schemas":
            for name, schema in value.items():
                yield from with_parts(schema, f"{below}/{name}")
        elif key not in {"example", "examples"}:
            yield from schemas(value, below)


def with_parts(schema: Node, pointer: str = "#") -> Iterator[tuple[str, Node]]:
    """
    Yield *schema* and every schema nested in it, as (pointer, schema). References are not followed.
    """
    yield pointer, schema
    for step, part in parts(schema):
        yield from with_parts(part, f"{pointer}/{step}")
