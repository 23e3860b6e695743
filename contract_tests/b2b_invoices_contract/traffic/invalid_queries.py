"""
Invalid queries: every parameter of a list with every kind of value that it cannot have; and unknown parameters.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from b2b_invoices_contract.observations import Case, InvalidQuery, UnknownParameter
from b2b_invoices_contract.queries import Query
from b2b_invoices_contract.session import Session
from b2b_invoices_spec import load_contract
from b2b_invoices_spec.document import resolve

from .edge_cases import whole
from .source import source

_WRONG_NUMBERS = ("none", "1.5", "1e2")


def invalid_values(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """
    Return every parameter of the list of *document* with the values that it cannot have.
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


_INVALID = invalid_values(load_contract().document)
_UNKNOWN = ["companyId=1", "orderNumber=none", "invoiceNumber=none", "foo[]=1&bar", "page=2"]


@source(makes=(InvalidQuery,))
def invalid_queries(session: Session) -> None:
    """
    Every parameter of a list with a value of an invalid type, range or choice.
    """
    for name, value in session.pace.some(_INVALID, 2):
        exchange = session.store.send("GET", f"/invoices?{name}={value}")
        session.judge.see(InvalidQuery(exchange=exchange, case=Case(name=f"{name}={value}"), parameter=name))


@source(makes=(UnknownParameter,))
def unknown_parameters(session: Session) -> None:
    """
    A list with an unknown parameter beside the others.
    """
    store = session.store
    number = store.drafts.number()
    store.created_id(whole(store.drafts) | {"invoiceNumber": number})
    query = Query.of(q=number)
    plain = store.send("GET", f"/invoices?{query}")
    for unknown in session.pace.some(_UNKNOWN, 1):
        exchange = store.send("GET", f"/invoices?{query}&{unknown}")
        session.judge.see(UnknownParameter(exchange=exchange, case=Case(name=unknown), plain=plain))
