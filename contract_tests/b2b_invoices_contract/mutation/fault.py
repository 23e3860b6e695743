"""
A way in which a service can break, and shorter ways to write one down.

A fault is a function from a request and the correct service to an response. Most change one thing on the way, so there
are decorators for functions that change an invoice that is read, a draft that is recorded, a query, or any response:

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
"""What a broken service does with a request."""


@attrs.frozen
class Fault:
    """
    One way to break.

    Attributes:
        name: What results call it.
        breaks: Ids of the promises that it is about; one of them has to be named.
        says: What goes wrong, in one sentence.
        act: What the broken service does with a request.
        kind: What kind it is of, such as meaning; the modules of a kind say so.
        beside: Ids of the promises that it breaks on the way, which may be named too.
    """

    name: str
    breaks: tuple[str, ...]
    says: str
    act: Act = attrs.field(repr=False)
    kind: str = ""
    beside: tuple[str, ...] = ()


def fault(
    name: str, *, breaks: str | tuple[str, ...], says: str, beside: tuple[str, ...] = ()
) -> Callable[[Act], Fault]:
    """
    Return what makes a function a fault.
    """
    return lambda act: Fault(name, (breaks,) if isinstance(breaks, str) else breaks, says, act, beside=beside)


def invoices(change: Callable[[Invoice, Draft], None]) -> Act:
    """
    Let *change* have each invoice that is read or listed, with the draft it was made from, empty when unknown.
    """

    def act(request: Request, service: Service) -> Response:
        response = service.send(request)
        if request.operation in {"getInvoice", "listInvoices"} and response.is_success and response.body:
            envelope = response.json
            data = envelope["data"]
            for invoice in data if isinstance(data, list) else [data]:
                change(invoice, service.memory.drafts.get((request.store, invoice["id"]), {}))
            response.json = envelope
        return response

    return act


def drafts(change: Callable[[Draft], None]) -> Act:
    """
    Let *change* have each draft before it is recorded, if it is a JSON object.
    """

    def act(request: Request, service: Service) -> Response:
        draft = request.draft
        if not draft:
            return service.send(request)
        change(draft)
        return service.send(request.with_json(draft))

    return act


def queries(change: Callable[[Request], dict[str, str | None]]) -> Act:
    """
    Let *change* say which parameters of a list are looked up with other values, or with none.
    """

    def act(request: Request, service: Service) -> Response:
        if request.operation != "listInvoices":
            return service.send(request)
        return service.send(request.with_query(change(request)))

    return act


def pages(change: Callable[[list[Invoice], dict[str, Any], Request], list[Invoice]]) -> Act:
    """
    Let *change* have each page of a list with its pagination, and return the invoices that are listed instead.
    """

    def act(request: Request, service: Service) -> Response:
        response = service.send(request)
        if request.operation == "listInvoices" and response.is_success and response.body:
            envelope = response.json
            envelope["data"] = change(envelope["data"], envelope["meta"]["pagination"], request)
            response.json = envelope
        return response

    return act


def responses(change: Callable[[Response, Request], None]) -> Act:
    """
    Let *change* have every response.
    """

    def act(request: Request, service: Service) -> Response:
        response = service.send(request)
        change(response, request)
        return response

    return act


def envelopes(change: Callable[[dict[str, Any], Request], None]) -> Act:
    """
    Let *change* have the body of every response that is a JSON object.
    """

    def act(request: Request, service: Service) -> Response:
        response = service.send(request)
        envelope = response.json
        if isinstance(envelope, dict):
            change(envelope, request)
            response.json = envelope
        return response

    return act


def lenient(*paths: str, because: str = "*", value: Callable[[Any], bool] = lambda _: True) -> Act:
    """
    Accept a body whose only violations are in fields that *paths* match, worded like *because*, with such a *value*.

    The whole field that something is wrong in is left out, or becomes one that is right where it must be there.
    """

    def forgives(draft: Draft, path: str, messages: list[str]) -> bool:
        is_meant = any(fnmatchcase(path, pattern) for pattern in paths)
        return is_meant and all(fnmatchcase(text, because) for text in messages) and value(_at(draft, path))

    def act(request: Request, service: Service) -> Response:
        response = service.send(request)
        wrong, draft = response.reason, request.draft
        if not (draft and isinstance(wrong, dict) and all(forgives(draft, *violation) for violation in wrong.items())):
            return response
        number = f"repaired {len(service.memory.drafts)}"
        return service.send(request.with_json(_repaired(draft, list(wrong), number)))

    return act


def lenient_query(*names: str) -> Act:
    """
    Take no notice of values that the query parameters *names* cannot have.
    """

    def act(request: Request, service: Service) -> Response:
        response = service.send(request)
        wrong = response.reason
        if request.operation != "listInvoices" or not isinstance(wrong, dict) or not set(wrong) <= set(names):
            return response
        return service.send(request.with_query(dict.fromkeys(wrong)))

    return act


def strict(is_wrong: Callable[[Draft], bool], *, status: int = 422) -> Act:
    """
    Refuse each draft that *is_wrong*, though the contract allows it.
    """

    def act(request: Request, service: Service) -> Response:
        response = service.send(request)
        if request.operation == "createInvoice" and response.is_success and is_wrong(request.draft):
            service.send(request.to("DELETE", f"/invoices/{response.json['data']['id']}"))
            return Response.error(status, {"non_field_errors": ["Not valid."]}, "Parameter Error")
        return response

    return act


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
    needed: Draft = {
        "invoiceNumber": number,
        "customerId": "12345",
        "originalBalance": balance,
        "openBalance": balance,
    }
    wrong = {path.partition(".")[0] for path in violations}
    return {name: value for name, value in draft.items() if name not in wrong} | {
        name: value for name, value in needed.items() if name in wrong
    }
