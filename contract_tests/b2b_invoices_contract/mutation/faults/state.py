"""
Servers that lose track of ids, deleted invoices and time, or return stale data.
"""

from collections.abc import Callable
from typing import Any

import attrs

from b2b_invoices_contract.mutation.fault import Act, invoices, returning
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Invoice, Service

from .table import CREATE, DELETE, LIST, READ, data, errors, on, reread, table

_GONE, _UNKNOWN, _SHAPE = "deleted-invoice-is-gone", "unknown-id-is-404", "responses-match-the-contract"
_READABLE, _IDS, _STORED = "created-id-is-readable", "ids-are-unique", "stored-as-sent"
_UNCHANGED, _AGREES, _NOW = "reads-change-nothing", "list-matches-reads", "updated-at-is-now"
_NEWEST = ("list-total-count", "list-default-order", "list-default-page", _STORED, "list-filters")
_NOT_FOUND = (404, "Invoice does not exist", "Not Found Error")


def _other_ids(choose: Callable[[int, Service], int]) -> Act:
    """Return other ids than the server's own: those that *choose* returns."""

    def act(request: Request, service: Service) -> Response:
        own: dict[int, int] = service.memory.notes.setdefault("own ids", {})
        if request.invoice_id is not None and request.path.startswith("/invoices/"):
            request = attrs.evolve(request, path=f"/invoices/{own.get(request.invoice_id, request.invoice_id)}")
        response = service.send(request)
        parts = response.data if response.is_success and request.operation else None
        for part in parts if isinstance(parts, list) else [parts] if parts else []:
            if request.operation == CREATE:
                own[choose(part["id"], service)] = part["id"]
            part["id"] = next((given for given, kept in own.items() if kept == part["id"]), part["id"])
        return response.update(data=parts) if parts else response

    return act


def _last_deleted(invoice_id: int, service: Service) -> int:
    return service.memory.deleted[-1][1] if service.memory.deleted else invoice_id


def _after_largest(_: int, service: Service) -> int:
    return max((given for store in service.stores for given in service.memory.living(store)), default=0) + 1


def _seventh_id(created: Any, _: Request, service: Service) -> Any:
    first = service.memory.notes.setdefault("first", created)
    return first if service.memory.count("creates") % 7 == 0 else created


def _last_id(created: Any, _: Request, service: Service) -> Any:
    last = service.memory.notes.get("last", created)
    service.memory.notes["last"] = created
    return last


def _lose_tenth(created: Any, request: Request, service: Service) -> Any:
    if created["id"] % 10 == 0:
        service.send(request.to("DELETE", f"/invoices/{created['id']}"))
    return created


IDS = (
    *table(
        _IDS,
        ("The id of a deleted invoice is used again.", _other_ids(_last_deleted)),
        ("The next id is one above the largest in use.", _other_ids(_after_largest)),
        ("Every seventh create returns the first id.", data(CREATE, _seventh_id)),
    ),
    *table(
        (_READABLE, _IDS, _STORED, _GONE),
        ("A create returns the id of the invoice before.", data(CREATE, _last_id)),
        ("Every tenth invoice is not stored.", data(CREATE, _lose_tenth)),
    ),
)


def _delete_nothing(request: Request, service: Service) -> Response:
    if request.operation != DELETE or request.invoice_id is None:
        return service.send(request)
    response = service.send(attrs.evolve(request, method="GET"))
    return Response.success({"id": request.invoice_id}) if response.is_success else response


def _keeping(show: Callable[[Request, Response, list[Invoice]], Response | None]) -> Act:
    """Keep the invoices that are deleted; *show* gets those of the store, and may return them."""

    def act(request: Request, service: Service) -> Response:
        kept: list[Invoice] = service.memory.notes.setdefault(f"kept {request.store}", [])
        if request.operation == DELETE and request.invoice_id is not None:
            kept += filter(None, [service.invoice(request, request.invoice_id)])
        response = service.send(request)
        return show(request, response, kept) or response

    return act


def _read_kept(request: Request, response: Response, kept: list[Invoice]) -> Response | None:
    is_meant = request.operation == READ and response.status == 404
    found = [invoice for invoice in kept if is_meant and invoice["id"] == request.invoice_id]
    return Response.success(found[0]) if found else None


def _list_kept(request: Request, response: Response, kept: list[Invoice]) -> Response | None:
    found = [invoice for invoice in kept if (request.asked("q") or "") in invoice["invoiceNumber"]]
    is_meant = request.operation == LIST and response.is_success
    return response.update(data=response.data + found) if is_meant else None


def _deleted(request: Request, _: Response, __: Service) -> Response | None:
    return None if request.invoice_id is None else Response.success({"id": request.invoice_id})


def _deleted_unknown(request: Request, response: Response, service: Service) -> Response | None:
    is_known = (request.store, request.invoice_id) in service.memory.drafts
    return None if is_known else _deleted(request, response, service)


def _deleting_too(choose: Callable[[int, list[int]], int]) -> Act:
    def delete(deleted: Any, request: Request, service: Service) -> Any:
        living = [other for other in service.memory.living(request.store) if other != request.invoice_id]
        if (other := choose(deleted["id"], living)) in living:
            service.send(request.to("DELETE", f"/invoices/{other}"))
        return deleted

    return data(DELETE, delete)


def _move_due_dates(request: Request, response: Response, service: Service) -> Response | None:
    notes = service.memory.notes
    notes["deletes"] = notes.get("deletes", 0) + (request.operation == DELETE and response.is_success)
    return reread(request, response, lambda it: {"dueDate": it["dueDate"] + notes["deletes"]})


def _is_gone(request: Request, response: Response, service: Service) -> bool:
    return response.status == 404 and (request.store, request.invoice_id) in service.memory.deleted


DELETES = (
    *table(
        _GONE,
        ("A delete succeeds but deletes nothing.", _delete_nothing),
        ("A deleted invoice can be read.", _keeping(_read_kept)),
        ("A second delete succeeds.", on(DELETE, 404, _deleted)),
        ("A delete changes due dates of other invoices.", returning(_move_due_dates)),
        ("A delete deletes the next invoice too.", _deleting_too(lambda it, _: it + 1)),
        ("A delete deletes the invoice before too.", _deleting_too(lambda it, _: it - 1)),
        ("A delete deletes the oldest invoice too.", _deleting_too(lambda _, living: min(living, default=0))),
        ("A delete deletes the newest invoice too.", _deleting_too(lambda _, living: max(living, default=0))),
    ),
    *table(("list-default-page", _GONE, "list-filters"), ("A deleted invoice is listed.", _keeping(_list_kept))),
    *table(
        (_UNKNOWN, _GONE, "invalid-requests-rejected"),
        ("A delete of an unknown id succeeds.", on(DELETE, 404, _deleted_unknown)),
    ),
    *table((_GONE, _READABLE), ("A delete returns another id.", data(DELETE, lambda it, *_: {"id": it["id"] + 1}))),
    *table((_GONE, _SHAPE), ("A deleted invoice is 410.", errors(_is_gone, 410, "Invoice does not exist"))),
)
UPDATED = table(
    _NOW,
    ("The update time is the issue time.", lambda it: it["createdAt"]),
    ("The update time is 1970.", lambda _: 0),
    ("The update time is in milliseconds.", lambda it: it["updatedAt"] * 1000),
    ("The update time is the due date.", lambda it: it["dueDate"]),
    of=lambda make: invoices(lambda it, _: it.update(updatedAt=make(it))),
)


def _newest(request: Request, service: Service) -> int:
    return next(reversed(service.memory.living(request.store)), 0)


def _newest_instead(invoice: Any, request: Request, service: Service) -> Any:
    return {**(service.invoice(request, _newest(request, service)) or invoice), "id": invoice["id"]}


UNKNOWN = table(
    (_UNKNOWN, _GONE, _SHAPE),
    (
        "A read of an unknown id returns the newest invoice.",
        on(READ, 404, lambda it, _, service: service.send(it.to("GET", f"/invoices/{_newest(it, service)}"))),
    ),
    ("An unknown id is 400.", errors(lambda _, it, __: it.reason == _NOT_FOUND[1], 400, _NOT_FOUND[1])),
    ("A read of an unknown id returns null.", on(READ, 404, lambda *_: Response.success(None))),
)


def _cached(operation: str) -> Act:
    def act(request: Request, service: Service) -> Response:
        key = f"{request.store} {request.token} {request.path} {request.query}"
        cached: Response | None = service.memory.notes.get(key)
        if request.operation != operation:
            return service.send(request)
        response = cached or service.send(request)
        service.memory.notes[key] = response if response.is_success else None
        return attrs.evolve(response)

    return act


def _moving(name: str, operation: str) -> Act:
    """Add one to *name* of an invoice after each response to *operation* that holds it."""

    def move(request: Request, response: Response, service: Service) -> Response | None:
        def changes(invoice: Invoice) -> dict[str, Any]:
            key = f"{request.store} {invoice['id']}"
            moved = service.memory.notes.setdefault(key, 0)
            service.memory.notes[key] += request.operation == operation
            return {name: invoice[name] + moved}

        return reread(request, response, changes)

    return returning(move)


def _is_seventh(request: Request, _: Response, __: Service) -> bool:
    return request.operation == READ and (request.invoice_id or 1) % 7 == 0


def _is_read_again(request: Request, response: Response, service: Service) -> bool:
    is_read = request.operation == READ and response.is_success
    return is_read and service.memory.count(f"{request.store} {request.invoice_id}") > 1


def _without_newest(listed: Any, request: Request, service: Service) -> Any:
    return [invoice for invoice in listed if invoice["id"] != _newest(request, service)]


CACHES = (
    *table(_GONE, ("Reads are cached for ever.", _cached(READ))),
    *table(
        (*_NEWEST, _GONE, "list-paging", "rejected-create-changes-nothing"),
        ("Lists are cached for ever.", _cached(LIST)),
    ),
    *table((_READABLE, _STORED, _GONE), ("Every seventh id is 404.", errors(_is_seventh, *_NOT_FOUND))),
    *table(
        (*_NEWEST, "valid-requests-accepted"),
        ("The newest invoice is not listed.", data(LIST, _without_newest)),
    ),
    *table(
        (_READABLE, _UNCHANGED, _AGREES, _STORED, _GONE, "published-bodies-accepted"),
        ("A read returns the newest invoice with the id of an older one.", data(READ, _newest_instead)),
    ),
    *table(_UNCHANGED, ("A read changes the update time.", _moving("updatedAt", READ))),
    *table((_UNCHANGED, _AGREES, _NOW), ("A list changes the due dates of its invoices.", _moving("dueDate", LIST))),
    *table((_UNCHANGED, _STORED, _GONE), ("A second read is 404.", errors(_is_read_again, *_NOT_FOUND))),
)
