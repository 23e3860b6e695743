"""
Raw documents: references, JSON pointers, operations and schemas.
"""

from typing import Any

import pytest

from b2b_invoices_spec import OPENAPI, PAGE, PROMISES, ContractError
from b2b_invoices_spec.document import (
    load_yaml,
    pointer_to,
    resolve,
    resolve_merged,
    schemas,
    steps_of,
    value_at,
)

DOCUMENT: dict[str, Any] = {
    "paths": {
        "/a/{id}": {
            "parameters": [{"$ref": "#/components/parameters/Id"}],
            "get": {"parameters": [{"name": "q", "schema": {"type": "string"}}]},
            "post": {},
        },
    },
    "components": {
        "parameters": {"Id": {"name": "id", "schema": {"$ref": "#/components/schemas/Alias"}}},
        "schemas": {
            "Alias": {"$ref": "#/components/schemas/Number"},
            "Number": {"type": "integer", "description": "A number."},
            "List": {"items": {"anyOf": [{"type": "string"}, {"properties": {"a/b": {"type": "null"}}}]}},
        },
    },
}


def test_files_exist() -> None:
    """
    The three YAML files are found, in a checkout as in a wheel.
    """
    assert [path.name for path in (OPENAPI, PROMISES, PAGE)] == ["openapi.yaml", "promises.yaml", "page.yaml"]
    assert all(load_yaml(path) for path in (OPENAPI, PROMISES, PAGE))


def test_chains_of_references_are_followed() -> None:
    """
    A reference to a reference leads to the component at the end of the chain.
    """
    assert resolve(DOCUMENT, {"$ref": "#/components/schemas/Alias"}) is DOCUMENT["components"]["schemas"]["Number"]
    assert resolve(DOCUMENT, {"type": "string"}) == {"type": "string"}


def test_keys_beside_a_reference_win() -> None:
    """
    A description beside `$ref` replaces the one of the component.
    """
    merged = resolve_merged(DOCUMENT, {"$ref": "#/components/schemas/Number", "description": "Mine."})

    assert merged == {"type": "integer", "description": "Mine."}


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("#/components/schemas/None", "^The pointer '#/components/schemas/None' leads nowhere in the document.$"),
        ("#/paths/x/0", "^The pointer '#/paths/x/0' leads nowhere in the document.$"),
        ("other.yaml#/A", "^Unsupported reference 'other.yaml#/A': expected '#/...', within the document.$"),
    ],
)
def test_dead_references_are_named(reference: str, message: str) -> None:
    """
    A reference that leads nowhere, or into another file, is an error that names it.
    """
    with pytest.raises(ContractError, match=message):
        resolve(DOCUMENT, {"$ref": reference})


def test_pointers_escape_their_steps() -> None:
    """
    A JSON pointer escapes `/` and `~`, and reads back as the same steps, list indexes as text.
    """
    pointer = pointer_to("paths", "/a~b", "parameters", 0)

    assert pointer == "#/paths/~1a~0b/parameters/0"
    assert steps_of(pointer) == ["paths", "/a~b", "parameters", "0"]
    assert value_at({"paths": {"/a~b": {"parameters": ["x"]}}}, pointer) == "x"


def test_every_schema_is_visited_once() -> None:
    """
    All schemas are visited, at every depth, each with its pointer.
    """
    assert [pointer for pointer, _ in schemas(DOCUMENT)] == [
        "#/paths/~1a~1{id}/get/parameters/0/schema",
        "#/components/parameters/Id/schema",
        "#/components/schemas/Alias",
        "#/components/schemas/Number",
        "#/components/schemas/List",
        "#/components/schemas/List/items",
        "#/components/schemas/List/items/anyOf/0",
        "#/components/schemas/List/items/anyOf/1",
        "#/components/schemas/List/items/anyOf/1/properties/a~1b",
    ]
