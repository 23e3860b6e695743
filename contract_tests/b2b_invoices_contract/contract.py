"""
What is undocumented about a response.
"""

import re
from collections.abc import Iterator
from typing import Any

import attrs

from b2b_invoices_spec import Response, load_contract
from b2b_invoices_spec.document import json_content, pointer_to

from .coverage.unlisted import Shape
from .exchanges import Exchange
from .words import Words

_METHOD_NOT_ALLOWED = 405


@attrs.frozen
class Violation:
    """
    One thing that is undocumented about a response.

    Attributes:
        at: Where: `status`, a header, or a JSON pointer into the response.
        actual: What is there, or what is wrong with it in words.
        expected: What is documented.
        pointer: JSON pointer to the part of the contract that says so.
    """

    at: str
    actual: Any
    pointer: str
    expected: str = "as documented"


def operation_of(method: str, path: str) -> str:
    """
    Return the operationId of *method* on *path*, or a name for all methods that the path does not support.
    """
    operation = load_contract().operation_for(method, path)
    return operation.id if operation else f"unsupported method of {re.sub('[0-9]+', '#', path)}"


def is_documented(path: str) -> bool:
    """
    Return whether the contract has *path*.
    """
    return bool(load_contract().operations_at(path))


def violations(exchange: Exchange) -> Iterator[Violation]:
    """
    Yield everything that is undocumented about the response in *exchange*; nothing if its path is unknown.
    """
    # HEAD has no body, and the contract does not describe OPTIONS, which is for browsers.
    if not is_documented(exchange.path) or exchange.method in {"HEAD", "OPTIONS"}:
        return
    response, pointer = _documented(exchange)
    if response is None:
        yield Violation("status", exchange.status, pointer, "a documented status")
        return
    for name in response.headers:
        if name.lower() not in exchange.headers:
            yield Violation(f"header {name}", None, pointer, "the header")
    if exchange.media_type != "application/json":
        yield Violation("header Content-Type", exchange.headers.get("content-type"), pointer, "application/json")
        return
    for error in response.body.iter_errors(exchange.json):
        place = pointer_to(*error.instance_path).removeprefix("#")
        yield Violation(place, Words(error.message), pointer_to(*error.schema_path))


def unlisted_keys(exchange: Exchange) -> list[str]:
    """
    Return the keys in the response that the contract does not list, and allows, such as `data.storeHash`.
    """
    if not is_documented(exchange.path):
        return []
    response, _ = _documented(exchange)
    document = load_contract().document
    schema = json_content(document, response.node).get("schema", {}) if response else {}
    return list(dict.fromkeys(Shape(document, schema).unlisted(exchange.json)))


def _documented(exchange: Exchange) -> tuple[Response | None, str]:
    """
    Return the documented response for the status in *exchange*, and the pointer to where it is or would be.
    """
    operations = load_contract().operations_at(exchange.path)
    for operation in operations:
        if operation.method == exchange.method:
            return operation.response_for(exchange.status), f"{operation.pointer}/responses"
    # For a method that the path does not have, the 405 of its other methods is documented.
    is_405 = exchange.status == _METHOD_NOT_ALLOWED
    response = operations[0].response_for(_METHOD_NOT_ALLOWED) if is_405 else None
    return response, pointer_to("paths", operations[0].path)
