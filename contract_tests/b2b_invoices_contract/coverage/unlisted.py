"""
Keys of responses that the contract does not list.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from b2b_invoices_spec.document import Node, resolve


class Shape:
    """
    The keys that a schema lists, at every level. An object without listed keys may have any.
    """

    def __init__(self, document: Node, *schemas: Node) -> None:
        self._document = document
        self._schemas = [part for schema in schemas for part in _alternatives(document, schema)]

    def unlisted(self, value: Any, path: str = "") -> Iterator[str]:
        """
        Yield the path of each key in *value* that is not listed, such as `data[].note`.
        """
        if isinstance(value, list) and self._elements:
            for element in value:
                yield from self._elements.unlisted(element, f"{path}[]")
        elif isinstance(value, dict) and self._keys:
            for key, inner in value.items():
                below = f"{path}.{key}" if path else key
                if key not in self._keys:
                    yield below
                elif isinstance(inner, dict | list):
                    yield from self._keys[key].unlisted(inner, below)

    @cached_property
    def _keys(self) -> dict[str, "Shape"]:
        objects = [schema["properties"] for schema in self._schemas if "properties" in schema]
        names = {name for listed in objects for name in listed}
        return {name: Shape(self._document, *(one[name] for one in objects if name in one)) for name in names}

    @cached_property
    def _elements(self) -> "Shape | None":
        schemas = [schema["items"] for schema in self._schemas if "items" in schema]
        return Shape(self._document, *schemas) if schemas else None


def _alternatives(document: Node, schema: Node) -> Iterator[Node]:
    """
    Yield *schema*, or the one it refers to, and the schemas that it combines.
    """
    schema = resolve(document, schema)
    yield schema
    for keyword in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(keyword, ()):
            yield from _alternatives(document, part)
