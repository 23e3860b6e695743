"""
Tables of faults, and the parts that their rows share.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from b2b_invoices_contract.mutation.fault import READS, Act, Fault, invoices, pages, queries, returning
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Draft, Invoice, Service

CREATE, READ, LIST, DELETE = "createInvoice", "getInvoice", "listInvoices", "deleteInvoice"

_ARTICLE = re.compile(r"\b(a|an|the) ")
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


def table(
    breaks: str | tuple[str, ...],
    *rows: tuple[Any, ...],
    of: Callable[..., Act] = lambda act: act,
    beside: tuple[str, ...] = (),
) -> tuple[Fault, ...]:
    """
    Return a fault for each row: what it says, and the arguments of *of*, which makes its act.

    A fault is named for what it says, without articles: `deleted-invoice-can-be-read`.
    """
    return tuple(Fault(_name(says), breaks, says, of(*rest), beside=beside) for says, *rest in rows)


def _name(says: str) -> str:
    return _NOT_IN_NAMES.sub("-", _ARTICLE.sub("", says.lower())).strip("-")


def sending(change: Callable[[Request, Service], Request | None]) -> Act:
    """Send the request that *change* returns, or the request itself if it returns None."""
    return lambda request, service: service.send(change(request, service) or request)


def on(
    operation: str, status: int | tuple[int, ...], change: Callable[[Request, Response, Service], Response | None]
) -> Act:
    """Change the responses to *operation*, or to all if it is empty, that have *status*."""
    statuses = (status,) if isinstance(status, int) else status

    def changed(request: Request, response: Response, service: Service) -> Response | None:
        is_meant = operation in {"", request.operation} and response.status in statuses
        return change(request, response, service) if is_meant else None

    return returning(changed)


def errors(is_meant: Callable[[Request, Response, Service], Any], *error: Any) -> Act:
    """Return an error in place of each response that *is_meant*."""
    return returning(lambda *it: Response.error(*error) if is_meant(*it) else None)


def data(operation: str, change: Callable[[Any, Request, Service], Any]) -> Act:
    """Replace the data of success responses to *operation*."""

    def changed(request: Request, response: Response, service: Service) -> Response | None:
        is_meant = request.operation == operation and response.is_success and response.body
        return response.update(data=change(response.data, request, service)) if is_meant else None

    return returning(changed)


def reread(request: Request, response: Response, changes: Callable[[Invoice], dict[str, Any]]) -> Response | None:
    """Change each invoice in the response to a read or a list."""
    if not response.is_success or request.operation not in READS:
        return None
    found = response.data
    changed = [{**it, **changes(it)} for it in (found if isinstance(found, list) else [found])]
    return response.update(data=changed if isinstance(found, list) else changed[0])


def field(name: str, make: Callable[[Invoice, Draft], Any]) -> Act:
    """Give the field *name* of each invoice that has it the value that *make* returns."""
    return invoices(lambda invoice, draft: invoice.update({name: make(invoice, draft)}) if name in invoice else None)


def value(name: str, make: Callable[[Any], Any]) -> Act:
    """Change the value of the field *name* of each invoice that has it."""
    return field(name, lambda invoice, _: make(invoice[name]))


def unsent(name: str, make: Callable[[Invoice], Any], sent_as: str = "") -> Act:
    """Give the field *name* the value that *make* returns in each invoice that was created without it."""
    key = sent_as or name
    return field(name, lambda invoice, draft: invoice[name] if key in draft or not draft else make(invoice))


def parameter(name: str, change: Callable[[str], str | None]) -> Act:
    """Change the value of a query parameter where it is sent."""

    def changes(request: Request) -> dict[str, str | None]:
        asked = request.asked(name)
        return {} if asked is None else {name: change(asked)}

    return queries(changes)


def integer(name: str, change: Callable[[int], int]) -> Act:
    """Change the value of a query parameter where it is an integer."""
    return parameter(name, lambda text: str(change(int(text))) if text.lstrip("-").isdigit() else text)


def listed(keep: Callable[[Invoice, Request], Any]) -> Act:
    """List only the invoices that *keep* is true for."""
    return pages(lambda page, _, request: [invoice for invoice in page if keep(invoice, request)])


def nodes_in(value: Any) -> Iterator[Any]:
    """Yield *value* and every value in it."""
    yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes_in(part)


def texts_in(value: Any) -> Iterator[str]:
    """Yield every text in *value*."""
    return (node for node in nodes_in(value) if isinstance(node, str))
