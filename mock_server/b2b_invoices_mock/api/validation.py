"""
Validation: violations by field, in the words of the vendor's framework, and what a dialect accepts besides.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from itertools import islice
from math import isfinite
from typing import Any

from jsonschema_rs import Draft202012Validator, ValidationError

from b2b_invoices_mock.invoices import Draft

from .dialect import Dialect

Violations = dict[str, list[str]]
"""Path of a field, dotted (`details.header.costLines.0.amount`) -> its messages."""

WHOLE_BODY = "non_field_errors"
"""Path of a value that has no name."""

_MOST_VIOLATIONS = 1000  # reported of one body, so that a large one neither blocks the mock nor fills its memory
_BALANCES = ("originalBalance", "openBalance")
_NOT_EMPTY = ("invoiceNumber", "customerId")
_DECIMAL = re.compile(r"-?[0-9]{1,400}(\.[0-9]{1,400})?([eE][-+]?[0-9]{1,4})?")

_BLANK = "This field may not be blank."
_INVALID_INTEGER = "A valid integer is required."
_WRONG_TYPE = {
    "string": "Not a valid string.",
    "integer": _INVALID_INTEGER,
    "number": "A valid number is required.",
    "boolean": "Must be a valid boolean.",
    "object": "Invalid data. Expected a dictionary.",
    "array": "Expected a list of items.",
}
_OUT_OF_RANGE = {
    "minimum": "Ensure this value is greater than or equal to {}.",
    "maximum": "Ensure this value is less than or equal to {}.",
    "minLength": "Ensure this field has at least {} characters.",
    "maxLength": "Ensure this field has no more than {} characters.",
}


def accepted(body: Any, required: Collection[str], dialect: Dialect) -> Any:
    """
    Return *body* in the form that the schema validates.

    A dialect may accept null in fields that are not *required*, and balances sent as text.
    """
    if not isinstance(body, dict):
        return body
    if dialect.null_fields == "unset":
        body = {name: value for name, value in body.items() if value is not None or name in required}
    if dialect.text_balances == "taken":
        body = body | {name: _with_number(body[name]) for name in _BALANCES if name in body}
    return body


def violations(validator: Draft202012Validator, value: Any) -> Violations:
    """
    Return the violations of *value*, a thousand at most; empty when it is valid.

    A value of the wrong type is reported once, without the violations that follow from its type.
    """
    if validator.is_valid(value):  # much faster than the iteration below
        return {}
    found: Violations = {}
    mistyped: set[str] = set()
    for error in islice(validator.iter_errors(value), _MOST_VIOLATIONS):
        path, message = _explain(error)
        if path in mistyped:
            continue
        if error.kind.name == "type":
            mistyped.add(path)
            found[path] = []
        found.setdefault(path, []).append(message)
    return found


def merge(parts: Iterable[tuple[str, Violations]]) -> Violations:
    """
    Return the violations of several values as one, each under the name of its value.
    """
    return {
        name if path == WHOLE_BODY else f"{name}.{path}": messages
        for name, found in parts
        for path, messages in found.items()
    }


def joined(found: Violations) -> str:
    """
    Return *found* as one line, in the style of the vendor's older operations: `path: message; path: message; `.
    """
    return "".join(f"{path}: {message}; " for path, messages in found.items() for message in messages)


def dialect_violations(draft: Draft, dialect: Dialect) -> Violations:
    """
    Return the violations of the rules that *dialect* adds to the schema, by which *draft* is valid.
    """
    found: Violations = {}
    if dialect.empty_texts == "refused":
        found |= {name: [_BLANK] for name in _NOT_EMPTY if not draft[name]}
        found |= {f"{name}.code": [_BLANK] for name in _BALANCES if not draft[name]["code"]}
    number = draft.get("orderNumber", "")
    if dialect.order_numbers == "digits" and number and not (number.isascii() and number.isdigit()):
        found["orderNumber"] = [_INVALID_INTEGER]
    return found


def _with_number(balance: Any) -> Any:
    text = balance.get("value") if isinstance(balance, dict) else None
    if isinstance(text, str) and _DECIMAL.fullmatch(text) and isfinite(float(text)):
        return {**balance, "value": Decimal(text)}
    return balance


def _explain(error: ValidationError) -> tuple[str, str]:
    path = [str(part) for part in error.instance_path]
    if error.kind.name == "required":
        return _dotted([*path, error.kind.as_dict()["property"]]), "This field is required."
    return _dotted(path), _message(error)


def _message(error: ValidationError) -> str:
    keyword = error.kind.name
    details: Mapping[str, Any] = error.kind.as_dict()
    if keyword == "type" and error.instance is None:
        return "This field may not be null."
    if keyword == "type":
        return _WRONG_TYPE[details["types"][0]] if len(details["types"]) == 1 else "A string or number is required."
    if keyword == "enum":
        return f'"{error.instance}" is not a valid choice.'
    if keyword in _OUT_OF_RANGE:
        return _OUT_OF_RANGE[keyword].format(details["limit"])
    return error.message


def _dotted(path: list[str]) -> str:
    return ".".join(path) or WHOLE_BODY
