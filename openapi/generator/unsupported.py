"""
Parts of a contract that the templates cannot write, each as one sentence.
"""

from collections.abc import Iterator
from typing import Any

from client_view import RULES, Operation, named_schemas, operations
from openapi_python_client.strings import snake_case

from b2b_invoices_spec.document import schemas, with_parts

_FORMATS = ("binary", "date", "date-time", "uuid")
_OWN_ARGUMENTS = ("client", "body", "timeout", "headers")


def unsupported(document: dict[str, Any]) -> list[str]:
    """
    Return what *document* uses and the client cannot support.
    """
    problems = [*_operation_names(document)]
    for operation in operations(document):
        problems += _parameters(operation)
        problems += [
            f"{operation.title} takes {content_type!r}; only application/json can be written."
            for content_type in operation.content_types
            if content_type != "application/json"
        ]
    for _, schema in schemas(document):
        if schema.get("format") in _FORMATS:
            problems.append(f"A schema has the format {schema['format']!r}, which the runtime cannot read.")
    for name, schema in named_schemas(document).items():
        problems += [*_optional_money(name, schema), *_misplaced_rules(name, schema)]
    return problems


def _operation_names(document: dict[str, Any]) -> Iterator[str]:
    names = [operation.name for operation in operations(document)]
    for operation in operations(document):
        if not operation.name:
            yield f"{operation.title} has no operationId, so its module has no name."
        elif names.count(operation.name) > 1:
            yield f"{operation.title} shares the module {operation.name} with another operation."


def _parameters(operation: Operation) -> Iterator[str]:
    for parameter in operation.parameters:
        name, place = parameter["name"], parameter["in"]
        if place not in ("path", "query"):
            yield f"{operation.title} has the parameter {name!r} in {place!r}; only path and query can be written."
        elif snake_case(name) in _OWN_ARGUMENTS:
            yield f"{operation.title} has the parameter {name!r}, which every operation has already."


def _optional_money(name: str, schema: dict[str, Any]) -> Iterator[str]:
    for key, node in schema.get("properties", {}).items():
        if "x-python-type" in node and key not in schema.get("required", []):
            yield f"The schema {name} has the money {key!r}, which may be absent; only required money is written."


def _misplaced_rules(name: str, schema: dict[str, Any]) -> Iterator[str]:
    """
    Yield the rules that are not directly on a property: a model has no place for them.
    """
    properties = schema.get("properties", {}).values()
    for _, part in with_parts(schema):
        if part is not schema and not any(part is node for node in properties):
            for rule in sorted(set(RULES) & part.keys()):
                yield f"The schema {name} has {rule} outside its properties, where nothing would check it."
