"""
Places of a schema: every value that a JSON document of that schema can have, by path.
"""

from collections.abc import Callable, Iterator
from typing import Any

import attrs

from b2b_invoices_spec.contract import Contract
from b2b_invoices_spec.document import Node
from b2b_invoices_spec.promises import load_promises

Path = tuple[str, ...]
"""Keys from the document to a value; `[]` stands for every element of a list."""

ELEMENT = "[]"


@attrs.frozen
class Place:
    """
    One place of a schema.

    Attributes:
        path: How to get there from the document.
        schema: Its schema, with references resolved.
        types: The JSON types that it can have.
        is_required: Whether the object around it must have it.
        pointers: JSON pointers to it and to every component around it, which promises may point to.
    """

    path: Path
    schema: Node = attrs.field(repr=False)
    types: frozenset[str]
    is_required: bool
    pointers: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its path with dots, such as `details.header.costLines[].amount`."""
        return ".".join(self.path).replace(f".{ELEMENT}", ELEMENT)


def places(
    contract: Contract, schema: Node, path: Path = (), *, is_required: bool = True, pointers: tuple[str, ...] = ()
) -> Iterator[Place]:
    """Yield the place of *schema* itself, then every place in it, in document order."""
    resolved = _merged(contract, schema)
    references = _references(schema)
    pointers = (*references, *pointers)
    yield Place(path, resolved, _types(resolved), is_required, pointers)
    for name, part in resolved.get("properties", {}).items():
        owned = tuple(f"{reference}/properties/{name}" for reference in references)
        is_needed = name in resolved.get("required", ())
        yield from places(contract, part, (*path, name), is_required=is_needed, pointers=(*owned, *pointers))
    if "items" in resolved:
        yield from places(contract, resolved["items"], (*path, ELEMENT), pointers=pointers)


def promises_at(*pointers: str) -> tuple[str, ...]:
    """Return the ids of the promises that point to one of *pointers*, in the order of the pointers."""
    known = load_promises().values()
    return tuple(dict.fromkeys(it.id for pointer in pointers for it in known if it.pointer == pointer))


def slots(value: Any, path: Path) -> Iterator[tuple[Any, Any]]:
    """Yield each object or list in *value* that *path* leads into, with the key there; the object may lack that key."""
    step, *rest = path
    keys: Any = ()
    if isinstance(value, dict) and step != ELEMENT:
        keys = (step,)
    elif isinstance(value, list) and step == ELEMENT:
        keys = range(len(value))
    for key in keys:
        if not rest:
            yield value, key
        elif isinstance(value, list) or key in value:
            yield from slots(value[key], tuple(rest))


def values(document: Any, path: Path) -> list[Any]:
    """Return all values that *document* has at *path*."""
    if not path:
        return [document]
    return [value[key] for value, key in slots(document, path) if isinstance(value, list) or key in value]


def change(document: Any, path: Path, make: Callable[[Any], Any]) -> None:
    """Replace each value that *document* has at *path* by what *make* returns for it."""
    for value, key in slots(document, path):
        if isinstance(value, list) or key in value:
            value[key] = make(value[key])


def remove(document: Any, path: Path) -> None:
    """Remove the key at the end of *path*, wherever *document* has it."""
    for value, key in slots(document, path):
        value.pop(key, None)


def sample(contract: Contract, schema: Node, number: int) -> Any:
    """Return a valid value of *schema* that differs from its default; texts and numbers are *number*."""
    resolved = _merged(contract, schema)
    if "enum" in resolved:
        return next(value for value in resolved["enum"] if value != resolved.get("default"))
    match min(_types(resolved)):
        case "array":
            return [sample(contract, resolved["items"], number)]
        case "object":
            required = {name: resolved["properties"][name] for name in resolved.get("required", ())}
            return {name: sample(contract, part, number) for name, part in required.items()}
        case "boolean":
            return not resolved.get("default", False)
        case "string":
            return str(number)
        case _:
            return number


def _references(schema: Node) -> tuple[str, ...]:
    return tuple(choice["$ref"] for choice in (schema, *schema.get("anyOf", ())) if "$ref" in choice)


def _merged(contract: Contract, schema: Node) -> Node:
    resolved: dict[str, Any] = {
        **contract.resolve(schema),
        **{key: value for key, value in schema.items() if key != "$ref"},
    }
    if "anyOf" in resolved:
        choices = [_merged(contract, choice) for choice in resolved["anyOf"]]
        resolved["type"] = sorted(set().union(*map(_types, choices)))
    return resolved


def _types(schema: Node) -> frozenset[str]:
    kind = schema.get("type", "object")
    return frozenset([kind] if isinstance(kind, str) else kind)
