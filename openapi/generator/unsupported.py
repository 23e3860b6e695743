"""
Parts of a contract that the templates cannot write, each as one sentence.
"""

from collections.abc import Iterator

from client_view import RULES
from openapi_python_client.strings import snake_case

from b2b_invoices_spec import Contract, Operation
from b2b_invoices_spec.document import Node, schemas, with_parts

_FORMATS = ("binary", "date", "date-time", "uuid")
_OWN_ARGUMENTS = ("client", "body", "timeout", "headers")


def unsupported(contract: Contract) -> Iterator[str]:
    """
    Yield what *contract* uses and the client cannot support.
    """
    names = [snake_case(operation.id) for operation in contract.operations]
    for operation, name in zip(contract.operations, names, strict=True):
        title = f"{operation.method} {operation.path}"
        if names.count(name) > 1:
            yield f"{title} shares the module {name} with another operation."
        yield from _parameters(title, operation)
        for content_type in contract.resolve(operation.node.get("requestBody", {})).get("content", {}):
            if content_type != "application/json":
                yield f"{title} takes {content_type!r}; only application/json can be written."
    for _, schema in schemas(contract.document):
        if schema.get("format") in _FORMATS:
            yield f"A schema has the format {schema['format']!r}, which the runtime cannot read."
    for name, schema in contract.document["components"]["schemas"].items():
        yield from _optional_money(name, schema)
        yield from _misplaced_rules(name, schema)


def _parameters(title: str, operation: Operation) -> Iterator[str]:
    for parameter in operation.parameters:
        name, place = parameter.name, parameter.place
        if place not in ("path", "query"):
            yield f"{title} has the parameter {name!r} in {place!r}; only path and query can be written."
        elif snake_case(name) in _OWN_ARGUMENTS:
            yield f"{title} has the parameter {name!r}, which every operation has already."


def _optional_money(name: str, schema: Node) -> Iterator[str]:
    for key, node in schema.get("properties", {}).items():
        if "x-python-type" in node and key not in schema.get("required", []):
            yield f"The schema {name} has the money {key!r}, which may be absent; only required money is written."


def _misplaced_rules(name: str, schema: Node) -> Iterator[str]:
    """
    Yield the rules that are not directly on a property: a model has no place for them.
    """
    properties = schema.get("properties", {}).values()
    for _, part in with_parts(schema):
        if part is not schema and not any(part is node for node in properties):
            for rule in sorted(set(RULES) & part.keys()):
                yield f"The schema {name} has {rule} outside its properties, where nothing would check it."
