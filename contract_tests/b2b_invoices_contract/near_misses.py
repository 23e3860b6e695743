"""
Bodies that are perfect but for one thing, at every place of the contract: each must be refused.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
from jsonschema_rs import Draft202012Validator

from .failures import same
from .nodes import Node, changed, nodes, without
from .strategies import Draft

_MISTYPED: Mapping[str, tuple[Any, ...]] = {
    "string": (7, True, ["7"]),
    "integer": ("7", "", 7.5, True, [7]),
    "number": ("7", "", True, {}),
    "array": ({}, "", 7),
    "object": ([], "", 7),
}
"""For each type, values of others that are as near to it as they get: text of digits for a number, and so on."""

_MISSING = object()


@attrs.frozen
class NearMiss:
    """
    One violation of the contract.

    Attributes:
        promise: Id of the promise that it is refused.
        node: Where it is.
        what: What is wrong there, in a few words.
        value: What to put there; absent when the violation is that nothing is there.
    """

    promise: str
    node: Node
    what: str
    value: Any = attrs.field(default=_MISSING, repr=False)

    def of(self, draft: Draft) -> Any:
        """
        Return *draft*, which has something at every place, with this one thing wrong.
        """
        if self.value is _MISSING:
            return without(draft, self.node.path)
        return changed(draft, self.node.path, self.value)

    def __str__(self) -> str:
        return f"{self.node.dotted or 'the body'} {self.what}"


def near_misses(document: Mapping[str, Any]) -> list[NearMiss]:
    """
    Return every violation of *document* that a single place of a body can show.
    """
    return [miss for node in nodes(document) for miss in (*_absent(node), *_mistyped(node), *_out_of_bounds(node))]


def _absent(node: Node) -> Iterator[NearMiss]:
    if node.is_required and node.path:
        promise = "required-fields" if len(node.path) == 1 else "nested-required-fields"
        yield NearMiss(promise, node, "is missing")


def _mistyped(node: Node) -> Iterator[NearMiss]:
    if "null" not in node.types:
        yield NearMiss("null-is-rejected", node, "is null", None)
    for value in _of_no_type(node):
        yield NearMiss("types-are-enforced", node, f"is {json.dumps(value)}", value)


def _of_no_type(node: Node) -> Iterator[Any]:
    values = [value for kind in sorted(node.types) if kind in _MISTYPED for value in _MISTYPED[kind]]
    validator = Draft202012Validator({"type": sorted(node.types)})
    for index, value in enumerate(values):
        if not validator.is_valid(value) and not any(same(value, known) for known in values[:index]):
            yield value


def _out_of_bounds(node: Node) -> Iterator[NearMiss]:
    schema = node.schema
    for value in _beyond(schema):
        yield NearMiss(
            "enums-are-enforced" if "enum" in schema else "invalid-requests-rejected",
            node,
            f"is {json.dumps(value)}"[:60],
            value,
        )


def _beyond(schema: Mapping[str, Any]) -> Iterator[Any]:
    if "enum" in schema:
        yield from (max(schema["enum"]) + 1, min(schema["enum"]) - 1, 10 * max(schema["enum"]) + 9)
    if "minimum" in schema:
        yield schema["minimum"] - 1
    if "maximum" in schema:
        yield schema["maximum"] + 1
    if schema.get("minLength"):
        yield "x" * (schema["minLength"] - 1)
    if "maxLength" in schema:
        yield "x" * (schema["maxLength"] + 1)
    if schema.get("minItems"):
        yield []
