"""
Faults in query parameters: a server that ignores one, accepts an invalid value of it, or rejects a valid one.
"""

from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl

import attrs
import httpx

from b2b_invoices_contract.mutation.fault import Act, Fault
from b2b_invoices_contract.mutation.faults.table import errors, sending
from b2b_invoices_contract.mutation.messages import Request
from b2b_invoices_spec.contract import Contract, Operation, Parameter

from .places import promises_at

_VALIDATED = ("query-parameters-are-validated", "invalid-requests-rejected")

_WHAT = {"type": "non-integer", "enum": "unlisted", "minimum": "too-small", "maximum": "too-large"}
"""Keyword of a schema -> how the name of a fault calls a value that violates it."""

_ALSO = {"q": ("list-filters", "list-search"), "searchBy": ("list-filters",), "orderBy": ("list-sorting",)}
"""Parameter -> promises about it that the contract does not point to it from."""


@attrs.frozen
class _Query:
    """A query parameter of an operation."""

    operation: Operation
    parameter: Parameter

    @property
    def name(self) -> str:
        prefix = "" if self.operation.id == "listInvoices" else f"{self.operation.id}."
        return f"{prefix}query.{self.parameter.name}"

    def sent(self, request: Request) -> list[str]:
        if request.operation != self.operation.id:
            return []
        pairs = parse_qsl(request.query, keep_blank_values=True)
        return [value for name, value in pairs if name == self.parameter.name]

    def ignores(self, is_meant: Callable[[str], bool] = lambda _: True) -> Act:
        without: dict[str, str | None] = {self.parameter.name: None}
        return sending(lambda it, _: it.with_query(without) if any(map(is_meant, self.sent(it))) else None)

    def rejects(self, value: str) -> Act:
        error = (httpx.codes.BAD_REQUEST, {self.parameter.name: ["Not valid."]}, "Bad Requests Error")
        # Before its first create, a run lists one invoice to find out whether the server is up.
        return errors(
            lambda it, found, service: found.is_success and service.memory.drafts and value in self.sent(it), *error
        )

    def violates(self, keyword: str) -> Callable[[str], bool]:
        def check(text: str) -> bool:
            value = int(text) if self.parameter.type == "integer" and text.lstrip("-").isdecimal() else text
            return keyword in {error.kind.name for error in self.parameter.validator.iter_errors(value)}

        return check


def parameter_faults(contract: Contract) -> Iterator[Fault]:
    """Yield the faults in each query parameter of *contract*."""
    for operation in contract.operations:
        for parameter in operation.query_parameters:
            yield from _faults(contract, _Query(operation, parameter))


def _faults(contract: Contract, query: _Query) -> Iterator[Fault]:
    schema = contract.resolve(query.parameter.node["schema"])
    name = query.name
    breaks = _promises(contract, query.parameter)
    yield Fault(f"ignores:{name}", breaks, f"The parameter {name} is ignored.", query.ignores(), "listing")
    for keyword, what in _WHAT.items():
        if keyword in schema and (keyword != "type" or query.parameter.type == "integer"):
            says = f"A value that is {what.replace('-', ' ')} is accepted for {name}."
            yield Fault(f"accepts-{what}:{name}", _VALIDATED, says, query.ignores(query.violates(keyword)), "leniency")
    bounds = [schema[bound] for bound in ("minimum", "maximum") if bound in schema]
    for value in (*bounds, *schema.get("enum", ())):
        says = f"The value {value} is rejected for {name}."
        act = query.rejects(str(value))
        yield Fault(f"rejects-{value}:{name}", ("valid-requests-accepted", *breaks), says, act, "strictness")


def _promises(contract: Contract, parameter: Parameter) -> tuple[str, ...]:
    pointers = [parameter.node["schema"].get("$ref", "")]
    if parameter.name in contract.properties("Pagination"):
        pointers += [f"#/components/schemas/Pagination/properties/{parameter.name}", "#/components/schemas/Pagination"]
    return (*promises_at(*pointers), *_ALSO.get(parameter.name, ())) or ("list-filters",)
