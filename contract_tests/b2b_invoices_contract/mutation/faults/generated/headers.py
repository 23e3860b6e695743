"""
Faults in the credentials: a server that does not need one of the security headers, or not in one operation.
"""

from collections.abc import Callable, Iterator

from b2b_invoices_contract.mutation.fault import Act, Fault
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Service
from b2b_invoices_spec.contract import Contract

_REQUIRED = ("both-credentials-required",)


def header_faults(contract: Contract) -> Iterator[Fault]:
    """Yield the faults in each security header of *contract*."""
    for scheme in contract.document["components"]["securitySchemes"].values():
        header = scheme["name"]
        for what, is_meant in _wrong(header).items():
            says = f"A request whose {header} is {what} is accepted."
            yield Fault(f"accepts-{what}:{header}", _REQUIRED, says, _accepting(header, is_meant), "credentials")
        for operation in contract.operations:
            name = f"accepts-missing:{header}:{operation.id}"
            says = f"{operation.id} does not need {header}."
            act = _accepting(header, _missing(header, operation.id))
            yield Fault(name, _REQUIRED, says, act, "credentials")


def _wrong(header: str) -> dict[str, Callable[[Request], bool]]:
    return {
        "missing": lambda request: header not in request.headers,
        "empty": lambda request: request.headers.get(header) == "",
        "unknown": lambda request: bool(request.headers.get(header)),
    }


def _missing(header: str, operation: str) -> Callable[[Request], bool]:
    return lambda request: request.operation == operation and header not in request.headers


def _accepting(header: str, is_meant: Callable[[Request], bool]) -> Act:
    def act(request: Request, service: Service) -> Response:
        if request.headers.get(header, "") in service.credentials or not is_meant(request):
            return service.send(request)
        store = service.store_without(header, request)
        return service.send(request if store is None else service.let_in(request, store))

    return act
