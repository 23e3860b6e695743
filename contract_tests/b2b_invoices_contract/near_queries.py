"""
Queries of a list with one value that its parameter cannot have: each must be refused.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from b2b_invoices_spec.document import resolve

_WRONG_NUMBERS = ("none", "1.5", "1e2")


def bad_queries(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """
    Return every parameter of the list of *document* with values that it cannot have, one at a time.
    """
    parameters = document["paths"]["/invoices"]["get"]["parameters"]
    return [
        (parameter["name"], value)
        for parameter in parameters
        for value in _wrong(document, resolve(document, parameter["schema"]))
    ]


def _wrong(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    if schema["type"] == "array":
        yield from _wrong(document, resolve(document, schema["items"]))
    if "enum" in schema and schema["type"] == "string":
        yield from ("no-such-choice", schema["enum"][0].swapcase())
    if schema["type"] == "integer":
        yield from _WRONG_NUMBERS
    if "enum" in schema and schema["type"] == "integer":
        yield from (str(max(schema["enum"]) + 1), str(min(schema["enum"]) - 1))
    if "minimum" in schema:
        yield str(schema["minimum"] - 1)
    if "maximum" in schema:
        yield str(schema["maximum"] + 1)
