"""
Servers that lose track of the invoice numbers and orders in use, or of rejected creates.
"""

from collections.abc import Callable, Iterable
from typing import Any

from b2b_invoices_contract.mutation.fault import READS, Act
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Draft, Invoice, Service

from .table import errors, returning, table

_NUMBER, _ORDER = "invoiceNumber", "orderNumber"
_REASONS = {_NUMBER: "The invoice number already exists.", _ORDER: "The invoice exists for this order"}
_UNIQUE, _ONCE = "invoice-numbers-are-unique", "one-invoice-per-order"
_VALID, _GONE, _UNKNOWN = "valid-requests-accepted", "deleted-invoice-is-gone", "unknown-id-is-404"
_TRACE = "rejected-create-changes-nothing"


def _create_anyway(request: Request, service: Service, name: str) -> Response:
    draft = request.draft
    draft[name] = f"{draft.get(name, '')}9{len(service.memory.drafts)}"
    return service.send(request.with_json(draft))


def _in_use(name: str, is_meant: Callable[[Draft, Draft, list[Draft]], Any]) -> Act:
    """Accept a *name* in use; *is_meant* gets the draft, the invoice that has the name, and every invoice."""

    def accept(request: Request, response: Response, service: Service) -> Response | None:
        if response.reason != _REASONS[name]:
            return None
        living = list(service.memory.living(request.store).values())
        holder = next((draft for draft in living if draft.get(name) == request.draft.get(name)), {})
        return _create_anyway(request, service, name) if is_meant(request.draft, holder, living) else None

    return returning(accept)


def _number(is_meant: Callable[[Draft, Draft, list[Draft]], Any]) -> Act:
    return _in_use(_NUMBER, is_meant)


def _order(is_meant: Callable[[Draft, Draft, list[Draft]], Any]) -> Act:
    return _in_use(_ORDER, is_meant)


def _per(name: str) -> Callable[[Draft, Draft, list[Draft]], bool]:
    return lambda draft, holder, _: draft.get(name) != holder.get(name)


def _is_settled(_: Draft, holder: Draft, __: list[Draft]) -> bool:
    return bool(holder.get("openBalance", {}).get("value", 1) <= 0)


def _is_other_currency(draft: Draft, holder: Draft, _: list[Draft]) -> bool:
    return bool(draft["openBalance"]["code"] != holder.get("openBalance", {}).get("code"))


def _second_repeat(request: Request, response: Response, service: Service) -> Response | None:
    if response.reason != _REASONS[_NUMBER] or service.memory.count(f"{request.store} {request.draft[_NUMBER]}") == 1:
        return None
    return _create_anyway(request, service, _NUMBER)


def _first_id(request: Request, response: Response, service: Service) -> Response | None:
    drafts = reversed(service.memory.drafts.items())
    ids = [key[1] for key, draft in drafts if draft.get(_NUMBER) == request.draft.get(_NUMBER)]
    return Response.success({"id": ids[0]}) if response.reason == _REASONS[_NUMBER] else None


def _reworded(name: str, status: int, text: str) -> Act:
    return errors(lambda _, it, __: it.reason == _REASONS.get(name, name), status, text, "Bad Requests Error")


IN_USE = (
    *table(
        _UNIQUE,
        ("A number can be used twice.", _number(lambda *_: True)),
        ("A number can be used once for each type.", _number(_per("type"))),
        ("A number can be used once in each channel.", _number(_per("channelId"))),
        ("A number can be used once by each customer.", _number(_per("customerId"))),
        ("A number can be used once from each source.", _number(_per("source"))),
        ("A number can be used once in each currency.", _number(_is_other_currency)),
        ("The number of a completed invoice can be used again.", _number(_is_settled)),
        ("Only the last number is compared.", _number(lambda it, _, living: it[_NUMBER] != living[-1][_NUMBER])),
        ("Only numbers with an order are compared.", _number(lambda it, *_: _ORDER not in it)),
        ("A number in use is rejected only once.", returning(_second_repeat)),
        ("A number in use returns the id that has it.", returning(_first_id)),
        ("A number in use has another message.", _reworded(_NUMBER, 400, "Invoice number must be unique.")),
        ("A number in use is 422.", _reworded(_NUMBER, 422, _REASONS[_NUMBER])),
    ),
    *table(
        _ONCE,
        ("An order can be invoiced twice.", _order(lambda *_: True)),
        ("An order can be invoiced once for each customer.", _order(_per("customerId"))),
        ("An order can be invoiced once for each type.", _order(_per("type"))),
        ("An order with a completed invoice can be invoiced again.", _order(_is_settled)),
        ("Orders differ in leading zeros.", _order(lambda it, holder, _: not holder and it[_ORDER].startswith("0"))),
        ("Only the last order is compared.", _order(lambda it, _, living: it[_ORDER] != living[-1].get(_ORDER))),
        ("An order in use has the message of a number.", _reworded(_ORDER, 400, _REASONS[_NUMBER])),
        ("An order in use is 404.", _reworded(_ORDER, 404, _REASONS[_ORDER])),
    ),
    *table(
        (_UNKNOWN, _GONE),
        ("An unknown id has another message.", _reworded("Invoice does not exist", 404, "Not found.")),
    ),
)


def _rejecting(is_meant: Callable[[Request, Service], Any], name: str = _NUMBER) -> Act:
    def act(request: Request, service: Service) -> Response:
        if is_meant(request, service):
            return Response.error(400, _REASONS[name], "Bad Requests Error")
        return service.send(request)

    return act


def _same(name: str, key: Callable[[str], str] = str) -> Act:
    """Reject a create if *name* has the same *key* in another invoice of the store."""

    def is_meant(request: Request, service: Service) -> bool:
        sent, living = request.draft.get(name), service.memory.living(request.store).values()
        return isinstance(sent, str) and key(sent) in [key(draft[name]) for draft in living if name in draft]

    return _rejecting(is_meant)


def _as_in(others: Callable[[Request, Service], Iterable[Draft]], name: str, holder: str) -> Act:
    """Reject a create whose *name* is the value of *holder* in one of *others*."""

    def is_meant(request: Request, service: Service) -> bool:
        sent = request.draft.get(name)
        return sent is not None and sent in [draft.get(holder) for draft in others(request, service)]

    return _rejecting(is_meant, holder)


def _living(request: Request, service: Service) -> Iterable[Draft]:
    return service.memory.living(request.store).values()


def _gone(request: Request, service: Service) -> Iterable[Draft]:
    return service.memory.gone(request.store)


def _elsewhere(request: Request, service: Service) -> Iterable[Draft]:
    return service.memory.elsewhere(request.store).values()


NOT_IN_USE = (
    *table(
        ("invoice-numbers-are-exact", _VALID),
        ("Numbers that differ in case are the same.", _NUMBER, str.casefold),
        ("Numbers that differ in spaces are the same.", _NUMBER, str.strip),
        ("Numbers that differ in leading zeros are the same.", _NUMBER, lambda it: it.lstrip("0")),
        ("Only 20 characters of a number are compared.", _NUMBER, lambda it: it[:20]),
        of=_same,
    ),
    *table((_VALID, _ONCE), ("An external id can be used once.", _same("externalId"))),
    *table(_VALID, ("A purchase order number can be used once.", _same("purchaseOrderNumber"))),
    *table(
        (_VALID, _ONCE, "published-bodies-accepted"),
        ("An external id that is an order in use is rejected.", _as_in(_living, "externalId", _ORDER)),
    ),
    *table(
        ("deleted-number-is-reusable", _UNIQUE, _ONCE, _GONE, _VALID),
        ("The number of a deleted invoice stays in use.", _as_in(_gone, _NUMBER, _NUMBER)),
        ("The order of a deleted invoice stays in use.", _as_in(_gone, _ORDER, _ORDER)),
    ),
    *table(
        ("invoice-numbers-are-per-store", "stores-are-isolated", _UNIQUE, _ONCE),
        ("A number of another store is in use.", _as_in(_elsewhere, _NUMBER, _NUMBER)),
        ("An order of another store is in use.", _as_in(_elsewhere, _ORDER, _ORDER)),
    ),
)


def reread(request: Request, response: Response, changes: Callable[[Invoice], dict[str, Any]]) -> Response | None:
    """Change each invoice in the response to a read or a list."""
    if not response.is_success or request.operation not in READS:
        return None
    data = response.data
    if isinstance(data, list):
        return response.update(data=[{**it, **changes(it)} for it in data])
    return response.update(data={**data, **changes(data)})


def _overwriting(name: str, *fields: str) -> Act:
    """Give an invoice the *fields* of a rejected create that had the same *name*."""

    def overwrite(request: Request, response: Response, service: Service) -> Response | None:
        notes, draft = service.memory.notes, request.draft
        if response.reason == _REASONS[name]:
            value = str(int(draft[name])) if name == _ORDER else draft[name]  # as an invoice reads
            notes[f"{request.store} {value}"] = {field: draft.get(field) or "(none)" for field in fields}
        return reread(request, response, lambda it: notes.get(f"{request.store} {it[name]}", {}))

    return returning(overwrite)


def _touch(request: Request, response: Response, service: Service) -> Response | None:
    touched = service.memory.notes.setdefault("touched", set())
    if response.reason == _REASONS[_NUMBER]:
        touched.add((request.store, request.draft[_NUMBER]))
    return reread(
        request, response, lambda it: {"updatedAt": it["updatedAt"] + ((request.store, it[_NUMBER]) in touched)}
    )


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


def _has_number_in_use(response: Response) -> bool:
    return bool(response.reason == _REASONS[_NUMBER])


def _has_order_in_use(response: Response) -> bool:
    return bool(response.reason == _REASONS[_ORDER])


def _is_invalid(response: Response) -> bool:
    return response.status == 422


REJECTED = (
    *table(
        (_TRACE, "updated-at-is-now"),
        ("A rejected number overwrites the invoice that has it.", _overwriting(_NUMBER, "type", "customerId")),
        ("A rejected order overwrites the invoice for it.", _overwriting(_ORDER, "type", "purchaseOrderNumber")),
        ("A rejected number changes an update time.", returning(_touch)),
        ("A rejected number deletes the invoice that has it.", returning(_delete)),
        ("A rejected number creates an invoice.", _creating(_has_number_in_use)),
        ("A rejected order creates an invoice.", _creating(_has_order_in_use)),
        ("An invalid body creates an invoice.", _creating(_is_invalid)),
    ),
    *table(
        (_TRACE, _VALID),
        ("The number of an invalid body stays in use.", _using_up(_is_invalid)),
        ("The number of a rejected order stays in use.", _using_up(_has_order_in_use)),
    ),
)
