"""
Every place in the body of a create: where a value goes, and what the contract says of it.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import attrs

from b2b_invoices_spec.document import resolve_merged

from .strategies import Draft, Schema

Path = tuple[str | int, ...]
"""Keys and indexes that lead to a value in a body."""

REQUEST = "#/components/schemas/CreateInvoiceRequest"


@attrs.frozen
class Node:
    """
    A place in a body.

    Attributes:
        path: What leads there.
        pointer: Where in `openapi.yaml` it is described.
        schema: What it can hold.
        is_required: Whether what it is part of must have it.
    """

    path: Path
    pointer: str
    schema: Schema = attrs.field(repr=False)
    is_required: bool

    @property
    def dotted(self) -> str:
        """The path as the answers write it, such as `details.header.costLines.1.amount`."""
        return ".".join(map(str, self.path))

    @property
    def types(self) -> frozenset[str]:
        """The JSON types of its values."""
        types = self.schema["type"]
        return frozenset(types if isinstance(types, list) else [types])


def nodes(document: Mapping[str, Any]) -> list[Node]:
    """
    Return every place in the body of a create by *document*, the whole body first.

    A list has two elements, and the place is in the second.
    """
    return list(_nodes(document, {"$ref": REQUEST}, (), "", is_required=True))


def _nodes(
    document: Mapping[str, Any], schema: Schema, path: Path, pointer: str, *, is_required: bool
) -> Iterator[Node]:
    if "$ref" in schema:
        pointer = schema["$ref"]
    whole = resolve_merged(document, schema)
    yield Node(path, pointer, whole, is_required)
    for name, part in whole.get("properties", {}).items():
        yield from _nodes(
            document,
            part,
            (*path, name),
            f"{pointer}/properties/{name}",
            is_required=name in whole.get("required", ()),
        )
    if "items" in whole:
        yield from _nodes(document, whole["items"], (*path, 1), f"{pointer}/items", is_required=False)


def value_at(body: Any, path: Path) -> Any:
    """
    Return the value that *path* leads to in *body*; None when nothing is there.
    """
    for step in path:
        try:
            body = body[step]
        except (KeyError, IndexError, TypeError):
            return None
    return body


def changed(body: Draft, path: Path, value: Any) -> Any:
    """
    Return a copy of *body* with *value* at *path*.
    """
    if not path:
        return value
    copy = deepcopy(body)
    value_at(copy, path[:-1])[path[-1]] = value
    return copy


def without(body: Draft, path: Path) -> Draft:
    """
    Return a copy of *body* without what is at *path*.
    """
    copy = deepcopy(body)
    del value_at(copy, path[:-1])[path[-1]]
    return copy
