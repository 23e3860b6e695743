"""
Servers that lose track of the invoice numbers and orders in use, or of rejected creates.
"""

from collections.abc import Callable, Iterable
from typing import Any

from b2b_invoices_contract.mutation.fault import Act, returning
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Draft, Service

from .table import errors, reread, table

_NUMBER, _ORDER = "invoiceNumber", "orderNumber"
_REASONS = {_NUMBER: "The invoice number already exists.", _ORDER: "The invoice exists for this order"}
_UNIQUE, _ONCE = "invoice-numbers-are-unique", "one-invoice-per-order"
_VALID, _GONE, _TRACE = "valid-requests-accepted", "deleted-invoice-is-gone", "rejected-create-changes-nothing"


def _accept(name: str, request: Request, service: Service) -> Response:
    draft = request.draft
    draft[name] = f"{draft.get(name, '')}9{len(service.memory.drafts)}"
    return service.send(request.with_json(draft))


def _in_use(name: str, is_accepted: Callable[[Draft, Draft, list[Draft]], Any]) -> Act:
    """Accept a *name* in use by the draft, the invoice that has the name, and every invoice of the store."""

    def accept(request: Request, response: Response, service: Service) -> Response | None:
        if response.reason != _REASONS[name]:
            return None
        living = list(service.memory.living(request.store).values())
        holder = next((draft for draft in living if draft.get(name) == request.draft.get(name)), {})
        return _accept(name, request, service) if is_accepted(request.draft, holder, living) else None

    return returning(accept)


def _per(name: str) -> Callable[[Draft, Draft, list[Draft]], bool]:
    return lambda draft, holder, _: draft.get(name) != holder.get(name)


def _per_currency(draft: Draft, holder: Draft, _: list[Draft]) -> bool:
    return bool(draft["openBalance"]["code"] != holder.get("openBalance", {}).get("code"))


def _if_settled(_: Draft, holder: Draft, __: list[Draft]) -> bool:
    return bool(holder.get("openBalance", {}).get("value", 1) <= 0)


def _accept_later(request: Request, response: Response, service: Service) -> Response | None:
    if response.reason != _REASONS[_NUMBER] or service.memory.count(f"{request.store} {request.draft[_NUMBER]}") == 1:
        return None
    return _accept(_NUMBER, request, service)


def _first_id(request: Request, response: Response, service: Service) -> Response | None:
    drafts = reversed(service.memory.drafts.items())
    ids = [key[1] for key, draft in drafts if draft.get(_NUMBER) == request.draft.get(_NUMBER)]
    return Response.success({"id": ids[0]}) if response.reason == _REASONS[_NUMBER] else None


def _reworded(reason: str, status: int, text: str) -> Act:
    return errors(lambda _, response, __: response.reason == reason, status, text, "Bad Requests Error")


IN_USE = (
    *table(
        _UNIQUE,
        ("A number can be used twice.", _in_use(_NUMBER, lambda *_: True)),
        ("A number can be used once for each type.", _in_use(_NUMBER, _per("type"))),
        ("A number can be used once in each channel.", _in_use(_NUMBER, _per("channelId"))),
        ("A number can be used once by each customer.", _in_use(_NUMBER, _per("customerId"))),
        ("A number can be used once from each source.", _in_use(_NUMBER, _per("source"))),
        ("A number can be used once in each currency.", _in_use(_NUMBER, _per_currency)),
        ("The number of a completed invoice can be used again.", _in_use(_NUMBER, _if_settled)),
        ("Only the last number is compared.", _in_use(_NUMBER, lambda it, _, all_: it[_NUMBER] != all_[-1][_NUMBER])),
        ("Only numbers with an order are compared.", _in_use(_NUMBER, lambda it, *_: _ORDER not in it)),
        ("A number in use is rejected only once.", returning(_accept_later)),
        ("A number in use returns the id that has it.", returning(_first_id)),
        ("A number in use has another message.", _reworded(_REASONS[_NUMBER], 400, "Invoice number must be unique.")),
        ("A number in use is 422.", _reworded(_REASONS[_NUMBER], 422, _REASONS[_NUMBER])),
    ),
    *table(
        _ONCE,
        ("An order can be invoiced twice.", _in_use(_ORDER, lambda *_: True)),
        ("An order can be invoiced once for each customer.", _in_use(_ORDER, _per("customerId"))),
        ("An order can be invoiced once for each type.", _in_use(_ORDER, _per("type"))),
        ("An order with a completed invoice can be invoiced again.", _in_use(_ORDER, _if_settled)),
        ("Orders differ in leading zeros.", _in_use(_ORDER, lambda it, had, _: not had and it[_ORDER][0] == "0")),
        ("Only the last order is compared.", _in_use(_ORDER, lambda it, _, all_: it[_ORDER] != all_[-1].get(_ORDER))),
        ("An order in use has the message of a number.", _reworded(_REASONS[_ORDER], 400, _REASONS[_NUMBER])),
        ("An order in use is 404.", _reworded(_REASONS[_ORDER], 404, _REASONS[_ORDER])),
    ),
    *table(
        ("unknown-id-is-404", _GONE),
        ("An unknown id has another message.", _reworded("Invoice does not exist", 404, "Not found.")),
    ),
)


def _rejecting(is_meant: Callable[[Request, Service], Any], name: str = _NUMBER) -> Act:
    def act(request: Request, service: Service) -> Response:
        is_rejected = request.draft and is_meant(request, service)
        return Response.error(400, _REASONS[name], "Bad Requests Error") if is_rejected else service.send(request)

    return act


def _same(name: str, key: Callable[[str], str] = str) -> Act:
    """Reject a create if *name* has the same *key* in another invoice of the store."""

    def is_meant(request: Request, service: Service) -> bool:
        sent, living = request.draft.get(name), service.memory.living(request.store).values()
        return isinstance(sent, str) and key(sent) in [key(draft[name]) for draft in living if name in draft]

    return _rejecting(is_meant)


def _held(name: str, others: Callable[[Request, Service], Iterable[Draft]], holder: str = "") -> Act:
    """Reject a create whose *name* is the value of *name* or *holder* in one of *others*."""

    def is_meant(request: Request, service: Service) -> bool:
        sent = request.draft.get(name)
        return sent is not None and sent in [draft.get(holder or name) for draft in others(request, service)]

    return _rejecting(is_meant, holder or name)


def _gone(request: Request, service: Service) -> Iterable[Draft]:
    return service.memory.gone(request.store)


def _elsewhere(request: Request, service: Service) -> Iterable[Draft]:
    return service.memory.elsewhere(request.store).values()


NOT_IN_USE = (
    *table(
        ("invoice-numbers-are-exact", _VALID),
        ("Numbers that differ in case are the same.", _same(_NUMBER, str.casefold)),
        ("Numbers that differ in spaces are the same.", _same(_NUMBER, str.strip)),
        ("Numbers that differ in leading zeros are the same.", _same(_NUMBER, lambda it: it.lstrip("0"))),
        ("Only 20 characters of a number are compared.", _same(_NUMBER, lambda it: it[:20])),
    ),
    *table((_VALID, _ONCE), ("An external id can be used once.", _same("externalId"))),
    *table(_VALID, ("A purchase order number can be used once.", _same("purchaseOrderNumber"))),
    *table(
        (_VALID, _ONCE, "published-bodies-accepted"),
        (
            "An external id that is an order in use is rejected.",
            _held("externalId", lambda it, service: service.memory.living(it.store).values(), _ORDER),
        ),
    ),
    *table(
        ("deleted-number-is-reusable", _UNIQUE, _ONCE, _GONE, _VALID),
        ("The number of a deleted invoice stays in use.", _held(_NUMBER, _gone)),
        ("The order of a deleted invoice stays in use.", _held(_ORDER, _gone)),
    ),
    *table(
        ("invoice-numbers-are-per-store", "stores-are-isolated", _UNIQUE, _ONCE),
        ("A number of another store is in use.", _held(_NUMBER, _elsewhere)),
        ("An order of another store is in use.", _held(_ORDER, _elsewhere)),
    ),
)


def _overwriting(name: str, *fields: str) -> Act:
    """Give an invoice the *fields* of a rejected create that had the same *name*."""

    def overwrite(request: Request, response: Response, service: Service) -> Response | None:
        notes, draft = service.memory.notes, request.draft
        if response.reason == _REASONS[name]:
            notes[f"{request.store} {draft[name]}"] = {field: draft.get(field) or "(none)" for field in fields}
        return reread(request, response, lambda it: notes.get(f"{request.store} {it[name]}", {}))

    return returning(overwrite)


def _touch(request: Request, response: Response, service: Service) -> Response | None:
    touched = service.memory.notes.setdefault(f"touched {request.store}", set())
    touched |= {request.draft[_NUMBER]} if response.reason == _REASONS[_NUMBER] else set()
    return reread(request, response, lambda it: {"updatedAt": it["updatedAt"] + (it[_NUMBER] in touched)})


def _delete(request: Request, response: Response, service: Service) -> None:
    for invoice_id, draft in service.memory.living(request.store).items():
        if response.reason == _REASONS[_NUMBER] and draft.get(_NUMBER) == request.draft.get(_NUMBER):
            service.send(request.to("DELETE", f"/invoices/{invoice_id}"))
            service.memory.deleted.append((request.store, invoice_id))


def _creating(is_meant: Callable[[Response], Any]) -> Act:
    def create(request: Request, response: Response, service: Service) -> None:
        if request.operation == "createInvoice" and is_meant(response):
            balance = {"code": "USD", "value": 1}
            number = f"{request.draft.get(_NUMBER)} ({len(service.memory.drafts)})"
            draft = {_NUMBER: number, "customerId": "12345", "originalBalance": balance, "openBalance": balance}
            service.send(request.with_json(draft))

    return returning(create)


def _using_up(is_meant: Callable[[Response], Any]) -> Act:
    """Keep the number of a rejected create in use."""

    def act(request: Request, service: Service) -> Response:
        number, used_up = request.draft.get(_NUMBER), service.memory.notes.setdefault(f"used up {request.store}", [])
        if number is not None and number in used_up:
            return Response.error(400, _REASONS[_NUMBER], "Bad Requests Error")
        response = service.send(request)
        used_up += [number] if isinstance(number, str) and is_meant(response) else []
        return response

    return act


REJECTED = (
    *table(
        (_TRACE, "updated-at-is-now"),
        ("A rejected number overwrites the invoice that has it.", _overwriting(_NUMBER, "type", "customerId")),
        ("A rejected order overwrites the invoice for it.", _overwriting(_ORDER, "type", "purchaseOrderNumber")),
        ("A rejected number changes an update time.", returning(_touch)),
        ("A rejected number deletes the invoice that has it.", returning(_delete)),
        ("A rejected number creates an invoice.", _creating(lambda it: it.reason == _REASONS[_NUMBER])),
        ("A rejected order creates an invoice.", _creating(lambda it: it.reason == _REASONS[_ORDER])),
        ("An invalid body creates an invoice.", _creating(lambda it: it.status == 422)),
    ),
    *table(
        (_TRACE, _VALID),
        ("The number of an invalid body stays in use.", _using_up(lambda it: it.status == 422)),
        ("The number of a rejected order stays in use.", _using_up(lambda it: it.reason == _REASONS[_ORDER])),
    ),
)
