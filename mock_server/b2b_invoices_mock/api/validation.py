"""
What is wrong with a value, field by field, in the words of the framework that the service is built on.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from jsonschema_rs import Draft202012Validator, ValidationError

Violations = dict[str, list[str]]
"""Path of a field, dotted (`details.header.costLines.0.amount`) -> what is wrong with it, a sentence each."""

WHOLE_BODY = "non_field_errors"

_WRONG_TYPE = {
    "string": "Not a valid string.",
    "integer": "A valid integer is required.",
    "number": "A valid number is required.",
    "boolean": "Must be a valid boolean.",
    "object": "Invalid data. Expected a dictionary.",
    "array": "Expected a list of items.",
}


def violations(validator: Draft202012Validator, value: Any) -> Violations:
    """
    Return every violation of *value*; empty when it is valid.

    A value of the wrong type is reported once, not again for each value that it fails to be.
    """
    if validator.is_valid(value):  # as nearly always, and sooner known
        return {}
    found: Violations = {}
    mistyped: set[str] = set()
    for error in validator.iter_errors(value):
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
    Return *found* as one line, in the family's older style: each sentence closed with a semicolon.
    """
    return "".join(f"{path}: {message}; " for path, messages in found.items() for message in messages)


def _explain(error: ValidationError) -> tuple[str, str]:
    path = [str(part) for part in error.instance_path]
    details: Mapping[str, Any] = error.kind.as_dict()
    if error.kind.name == "required":
        return _dotted([*path, details["property"]]), "This field is required."
    return _dotted(path), _message(error, details)


def _message(error: ValidationError, details: Mapping[str, Any]) -> str:  # noqa: PLR0911 - one for each keyword
    match error.kind.name:
        case "type" if error.instance is None:
            return "This field may not be null."
        case "type":
            return _WRONG_TYPE[details["types"][0]] if len(details["types"]) == 1 else "A string or number is required."
        case "enum":
            return f'"{error.instance}" is not a valid choice.'
        case "minimum":
            return f"Ensure this value is greater than or equal to {details['limit']}."
        case "maximum":
            return f"Ensure this value is less than or equal to {details['limit']}."
        case "minLength":
            return f"Ensure this field has at least {details['limit']} characters."
        case "maxLength":
            return f"Ensure this field has no more than {details['limit']} characters."
        case _:
            return error.message


def _dotted(path: list[str]) -> str:
    return ".".join(path) or WHOLE_BODY
