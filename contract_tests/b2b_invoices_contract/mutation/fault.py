"""
Fault: one way in which a server can be broken, with short ways to write one.

A fault is a function from a request and the correct server to a response. Most faults change one thing, so there are
decorators for functions that change an invoice that is read, a draft that is stored, a query, or any response:

    @fault("partly-paid-is-open", breaks="open-status-is-kept", says="A partially paid invoice reads as open.")
    @invoices
    def partly_paid_is_open(invoice: Invoice, draft: Draft) -> None:
        invoice["status"] = 0 if invoice["status"] == 1 else invoice["status"]
"""

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

import attrs

from .messages import Request, Response
from .service import Draft, Invoice, Service

Act = Callable[[Request, Service], Response]
"""What a broken server does with a request."""

READS = frozenset({"getInvoice", "listInvoices"})
"""Operations that return invoices."""


def _as_tuple(breaks: str | tuple[str, ...]) -> tuple[str, ...]:
    return (breaks,) if isinstance(breaks, str) else breaks


@attrs.frozen
class Fault:
    """
    One way to break a server.

    Attributes:
        name: Name in results.
        breaks: Ids of the promises that it is about; the checks must name one of them.
        says: What the server does wrong, in one sentence.
        act: What the broken server does with a request.
        kind: Group of faults that it belongs to, such as `meaning`.
        beside: Ids of the promises that it breaks as a consequence; the checks may name them too.
    """

    name: str
    breaks: tuple[str, ...] = attrs.field(converter=_as_tuple)
    says: str
    act: Act = attrs.field(repr=False)
    kind: str = ""
    beside: tuple[str, ...] = ()


def fault(
    name: str, *, breaks: str | tuple[str, ...], says: str, beside: tuple[str, ...] = ()
) -> Callable[[Act], Fault]:
    """Return a decorator that makes a function a fault."""
    return lambda act: Fault(name, breaks, says, act, beside=beside)


def returning(change: Callable[[Request, Response, Service], Response | None]) -> Act:
    """Return what *change* returns for each response, or the response itself if that is None."""

    def act(request: Request, service: Service) -> Response:
        response = service.send(request)
        return change(request, response, service) or response

    return act


def invoices(change: Callable[[Invoice, Draft], Any]) -> Act:
    """Change each invoice that is read or listed; *change* gets the draft it was created from, empty if unknown."""

    def apply(request: Request, response: Response, service: Service) -> None:
        if request.operation in READS and response.is_success and response.body:
            data = response.data
            for invoice in data if isinstance(data, list) else [data]:
                change(invoice, service.memory.drafts.get((request.store, invoice["id"]), {}))
            response.update(data=data)

    return returning(apply)


def drafts(change: Callable[[Draft], Any]) -> Act:
    """Change each draft that is a JSON object before it is stored."""

    def act(request: Request, service: Service) -> Response:
        draft = request.draft
        if draft:
            change(draft)
            return service.send(request.with_json(draft))
        return service.send(request)

    return act


def queries(change: Callable[[Request], dict[str, str | None]]) -> Act:
    """Change the query parameters of a list; *change* returns new values, or None for a parameter to remove."""

    def act(request: Request, service: Service) -> Response:
        is_list = request.operation == "listInvoices"
        return service.send(request.with_query(change(request)) if is_list else request)

    return act


def pages(change: Callable[[list[Invoice], dict[str, Any], Request], list[Invoice]]) -> Act:
    """
    Change each page of a list; *change* gets its invoices and pagination, and returns the invoices to list instead.
    """

    def apply(request: Request, response: Response, _: Service) -> None:
        if request.operation == "listInvoices" and response.is_success and response.body:
            envelope = response.json
            envelope["data"] = change(envelope["data"], envelope["meta"]["pagination"], request)
            response.json = envelope

    return returning(apply)


def responses(change: Callable[[Response, Request], Any]) -> Act:
    """Change every response."""

    def apply(request: Request, response: Response, _: Service) -> None:
        change(response, request)

    return returning(apply)


def envelopes(change: Callable[[dict[str, Any], Request], Any]) -> Act:
    """Change the body of every response that is a JSON object."""

    def apply(request: Request, response: Response, _: Service) -> None:
        if isinstance(envelope := response.json, dict):
            change(envelope, request)
            response.json = envelope

    return returning(apply)


def lenient(*paths: str, because: str = "*", value: Callable[[Any], bool] = lambda _: True) -> Act:
    """
    Accept a body whose only violations are in fields that match *paths*, with messages like *because* and such values.

    The top-level field around a violation is left out, or replaced by a valid one if it is required.
    """

    def is_meant(draft: Draft, path: str, messages: list[str]) -> bool:
        is_listed = any(fnmatchcase(path, pattern) for pattern in paths)
        return is_listed and all(fnmatchcase(text, because) for text in messages) and value(_at(draft, path))

    def act(request: Request, service: Service) -> Response:
        response = service.send(request)
        wrong, draft = response.reason, request.draft
        if not (draft and isinstance(wrong, dict) and all(is_meant(draft, *violation) for violation in wrong.items())):
            return response
        number = f"repaired {len(service.memory.drafts)}"
        return service.send(request.with_json(_repaired(draft, list(wrong), number)))

    return act


def lenient_query(*names: str) -> Act:
    """Ignore invalid values of the query parameters *names*."""

    def act(request: Request, service: Service) -> Response:
        response = service.send(request)
        wrong = response.reason
        if request.operation != "listInvoices" or not isinstance(wrong, dict) or not set(wrong) <= set(names):
            return response
        return service.send(request.with_query(dict.fromkeys(wrong)))

    return act


def strict(is_wrong: Callable[[Draft], Any], *, status: int = 422) -> Act:
    """Reject each valid draft that *is_wrong*."""

    def act(request: Request, service: Service) -> Response:
        response = service.send(request)
        if request.operation == "createInvoice" and response.is_success and is_wrong(request.draft):
            return reject(request, service, response, status)
        return response

    return act


def reject(request: Request, service: Service, response: Response, status: int = 422) -> Response:
    """Return an error in place of *response*, and delete the invoice if it created one."""
    if request.operation == "createInvoice":
        service.send(request.to("DELETE", f"/invoices/{response.data['id']}"))
    return Response.error(status, {"non_field_errors": ["Not valid."]}, "Parameter Error")


def _at(draft: Draft, path: str) -> Any:
    node: Any = draft
    for step in path.split("."):
        try:
            node = node[int(step)] if isinstance(node, list) else node[step]
        except (KeyError, IndexError, TypeError, ValueError):
            return None
    return node


def _repaired(draft: Draft, violations: list[str], number: str) -> Draft:
    balance = {"code": "USD", "value": 1}
    needed = {"invoiceNumber": number, "customerId": "12345", "originalBalance": balance, "openBalance": balance}
    wrong = {path.partition(".")[0] for path in violations}
    kept = {name: value for name, value in draft.items() if name not in wrong}
    return kept | {name: value for name, value in needed.items() if name in wrong}
