"""
The fields of the body of a create, at every depth, with their schemas.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import attrs

from b2b_invoices_contract.drafts import Draft, Schema
from b2b_invoices_spec.document import resolve_merged

Path = tuple[str | int, ...]
"""Keys and indexes that lead to a value in a body."""

REQUEST = "#/components/schemas/CreateInvoiceRequest"


@attrs.frozen
class Field:
    """
    A field of the body, or the body itself.

    Attributes:
        path: Keys and indexes that lead to it; empty for the body.
        pointer: JSON pointer into `openapi.yaml`, to its description.
        schema: Its schema.
        is_required: Whether the object that it is part of requires it.
    """

    path: Path
    pointer: str
    schema: Schema = attrs.field(repr=False)
    is_required: bool

    @property
    def dotted(self) -> str:
        """Its path as error responses write it, such as `details.header.costLines.1.amount`."""
        return ".".join(map(str, self.path))

    @property
    def types(self) -> frozenset[str]:
        """The JSON types of its values."""
        types = self.schema["type"]
        return frozenset(types if isinstance(types, list) else [types])


def fields(document: Mapping[str, Any]) -> list[Field]:
    """
    Return every field of the body of a create by *document*, the body itself first.

    Of a list, they are those of its second element.
    """
    return list(_fields(document, {"$ref": REQUEST}, (), "", is_required=True))


def _fields(
    document: Mapping[str, Any], schema: Schema, path: Path, pointer: str, *, is_required: bool
) -> Iterator[Field]:
    if "$ref" in schema:
        pointer = schema["$ref"]
    whole = resolve_merged(document, schema)
    yield Field(path, pointer, whole, is_required)
    for name, part in whole.get("properties", {}).items():
        yield from _fields(
            document,
            part,
            (*path, name),
            f"{pointer}/properties/{name}",
            is_required=name in whole.get("required", ()),
        )
    if "items" in whole:
        yield from _fields(document, whole["items"], (*path, 1), f"{pointer}/items", is_required=False)


def value_at(body: Any, path: Path) -> Any:
    """
    Return the value that *path* leads to in *body*; None if there is none.
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
    Return a copy of *body* without the value at *path*.
    """
    copy = deepcopy(body)
    del value_at(copy, path[:-1])[path[-1]]
    return copy
