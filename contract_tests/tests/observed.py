"""
Observations made up for tests of the checks.
"""

import json
from typing import Any

from b2b_invoices_contract.exchanges import Exchange
from b2b_invoices_contract.observations import Case, Conflict, Created, Draft, Invoice, Listed, Rejected
from b2b_invoices_contract.queries import Query
from b2b_invoices_contract.readings import reading, unsent
from b2b_invoices_spec import load_contract

from .example import exchange

ID = 7
DAY = 24 * 60 * 60
NOW = 20_000 * DAY + 5_000
TERMS = 30
PLAIN: Draft = {
    "invoiceNumber": "N",
    "customerId": "1",
    "originalBalance": {"code": "USD", "value": 5},
    "openBalance": {"code": "USD", "value": 5},
}


def usd(value: Any) -> dict[str, Any]:
    """
    Return a balance in US dollars.
    """
    return {"code": "USD", "value": value}


def response(
    status: int = 200, data: Any = None, *, method: str = "GET", path: str = "/invoices", **meta: Any
) -> Exchange:
    """
    Return an exchange whose response is an envelope with *data*.
    """
    message = "Success" if status < 300 else "Some Error"
    envelope = {"code": status, "data": data or {}, "meta": {"message": message, **meta}}
    return exchange(method, path, status=status, answered=json.dumps(envelope).encode())


def error(status: int, reason: Any, *, method: str = "POST", path: str = "/invoices") -> Exchange:
    """
    Return an exchange whose response is an error envelope with a *reason*.
    """
    return response(status, {"errMsg": reason}, method=method, path=path)


def invoice_of(draft: Draft, **changes: Any) -> Invoice:
    """
    Return the invoice that a correct server makes of *draft*, with *changes*.
    """
    defaults = {"id": ID, "type": "Invoice", "status": 0, "source": 0, "customerName": "Acme"}
    times = {"createdAt": NOW, "updatedAt": NOW, "dueDate": NOW + TERMS * DAY}
    return {**unsent(draft), **defaults, **times, **reading(draft), **changes}


def created(draft: Draft | None = None, case: Case = Case(), **changes: Any) -> Created:  # noqa: B008 - it is frozen
    """
    Return a create of the plain draft with the fields of *draft*, read back with *changes*.
    """
    body = PLAIN | (draft or {})
    invoice = invoice_of(body, **changes)
    return Created(
        exchange=response(data={"id": ID}, method="POST"),
        case=case,
        draft=body,
        invoice=invoice,
        shown=response(data=invoice, path=f"/invoices/{ID}"),
        times=(NOW - 1, NOW + 1),
        terms=TERMS,
    )


def not_created(promise: str) -> Created:
    """
    Return a valid create that tries *promise*, and was rejected.
    """
    return Created(exchange=error(422, {"type": ["Invalid."]}), case=Case(promise), draft=PLAIN)


def rejected(promise: str = "", *, status: int = 422, listed: tuple[str, ...] = ("type",)) -> Rejected:
    """
    Return a create with an invalid type that tries *promise*, and the response that lists these fields.
    """
    exchange = (
        error(status, {name: ["Invalid."] for name in listed})
        if status >= 400
        else response(data={"id": ID}, method="POST")
    )
    return Rejected(exchange=exchange, case=Case(promise), paths=["type"])


def conflict(field: Any, example: str, *, status: int = 400) -> Conflict:
    """
    Return a create with a number or an order in use, rejected with the message of an *example* of the contract.
    """
    reason = load_contract().example(example)["data"]["errMsg"]
    return Conflict(exchange=error(status, reason) if status >= 400 else response(method="POST"), field=field)


def listed(
    *invoices: Invoice,
    known: list[Invoice] | None = None,
    total: int | None = None,
    only_known: bool = True,
    pagination: dict[str, Any] | None = None,
    query: dict[str, Any] | None = None,
    **judged_by: Any,
) -> Listed:
    """
    Return a page with *invoices* of the *known* ones, which are the same unless they are given.
    """
    asked = Query.of(**(query or {}))
    count = len(invoices) if total is None else total
    meta = {"limit": asked.limit, "offset": asked.offset, "totalCount": count} | (pagination or {})
    return Listed(
        exchange=response(data=list(invoices), path=f"/invoices?{asked}", pagination=meta),
        query=asked,
        known=list(invoices) if known is None else known,
        only_known=only_known,
        **judged_by,
    )
