"""
Services that a create changes although it was refused.
"""

from b2b_invoices_contract.mutation.fault import Fault, fault
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Draft, Service

_NUMBER_TAKEN = "The invoice number already exists."

_ORDER_TAKEN = "The invoice exists for this order"

_TRACE = "rejected-create-changes-nothing"


def _replaced(request: Request, service: Service, invoice_id: int, draft: Draft) -> None:
    """
    Have reads of *invoice_id* show *draft* from now on.
    """
    service.memory.notes[f"{request.store} {invoice_id}"] = draft


def _overwriting(name: str, reason: str, field: str, fields: tuple[str, ...], *, says: str) -> Fault:
    def act(request: Request, service: Service) -> Response:
        response = service.send(request)
        if response.reason == reason:
            for invoice_id, draft in service.memory.living(request.store).items():
                if draft.get(field) == request.draft.get(field):
                    _replaced(request, service, invoice_id, request.draft)
        return _shown(request, service, response, fields)

    return Fault(name, (_TRACE,), says, act)


def _shown(request: Request, service: Service, response: Response, fields: tuple[str, ...]) -> Response:
    if not response.is_success or request.operation not in {"getInvoice", "listInvoices"}:
        return response
    envelope = response.json
    for invoice in envelope["data"] if isinstance(envelope["data"], list) else [envelope["data"]]:
        draft = service.memory.notes.get(f"{request.store} {invoice['id']}", {})
        invoice.update({name: draft.get(name) or "(none)" for name in fields if draft})
    response.json = envelope
    return response


OVERWRITING = (
    _overwriting(
        "refused-number-overwrites",
        _NUMBER_TAKEN,
        "invoiceNumber",
        ("type", "customerId"),
        says="A create that is refused for its number overwrites the invoice that has it.",
    ),
    _overwriting(
        "refused-order-overwrites",
        _ORDER_TAKEN,
        "orderNumber",
        ("type", "purchaseOrderNumber"),
        says="A create that is refused for its order overwrites the invoice that has it.",
    ),
)


@fault(
    "refused-number-touches",
    breaks=(_TRACE, "updated-at-is-now"),
    says="A create that is refused for its number changes the time of the invoice that has it.",
)
def refused_number_touches(request: Request, service: Service) -> Response:
    response = service.send(request)
    if response.reason == _NUMBER_TAKEN:
        service.memory.notes.setdefault("touched", set()).add((request.store, request.draft["invoiceNumber"]))
    if response.is_success and request.operation in {"getInvoice", "listInvoices"}:
        envelope = response.json
        for invoice in envelope["data"] if isinstance(envelope["data"], list) else [envelope["data"]]:
            invoice["updatedAt"] += (request.store, invoice["invoiceNumber"]) in service.memory.notes.get("touched", ())
        response.json = envelope
    return response


@fault(
    "refused-number-deletes",
    breaks=_TRACE,
    says="A create that is refused for its number takes away the invoice that has it.",
)
def refused_number_deletes(request: Request, service: Service) -> Response:
    response = service.send(request)
    if response.reason == _NUMBER_TAKEN:
        for invoice_id, draft in service.memory.living(request.store).items():
            if draft.get("invoiceNumber") == request.draft.get("invoiceNumber"):
                service.send(request.to("DELETE", f"/invoices/{invoice_id}"))
                service.memory.deleted.append((request.store, invoice_id))
    return response


def _creating_anyway(name: str, status: int, reason: str | None, *, says: str) -> Fault:
    def act(request: Request, service: Service) -> Response:
        response = service.send(request)
        is_meant = response.reason == reason if reason else isinstance(response.reason, dict)
        if request.operation == "createInvoice" and response.status == status and is_meant:
            balance = {"code": "USD", "value": 1}
            number = f"{request.draft.get('invoiceNumber')} ({len(service.memory.drafts)})"
            draft = {"invoiceNumber": number, "customerId": "12345", "originalBalance": balance, "openBalance": balance}
            service.send(request.with_json(draft))
        return response

    return Fault(name, (_TRACE,), says, act)


TRACES = (
    _creating_anyway(
        "refused-number-leaves-empty-invoice",
        400,
        _NUMBER_TAKEN,
        says="A create that is refused for its number leaves an invoice behind.",
    ),
    _creating_anyway(
        "refused-order-leaves-empty-invoice",
        400,
        _ORDER_TAKEN,
        says="A create that is refused for its order leaves an invoice behind.",
    ),
    _creating_anyway(
        "invalid-leaves-empty-invoice", 422, None, says="A create that is refused as invalid leaves an invoice behind."
    ),
)


@fault(
    "refused-number-is-used-up",
    breaks=(_TRACE, "valid-requests-accepted"),
    says="The number of a create that was refused as invalid is taken from then on.",
)
def refused_number_is_used_up(request: Request, service: Service) -> Response:
    number = request.draft.get("invoiceNumber")
    used_up = service.memory.notes.setdefault(f"used up {request.store}", [])
    if number is not None and number in used_up:
        return Response.error(400, _NUMBER_TAKEN, "Bad Requests Error")
    response = service.send(request)
    if isinstance(number, str) and response.status == 422:
        used_up.append(number)
    return response


@fault(
    "refused-order-uses-up-number",
    breaks=(_TRACE, "valid-requests-accepted"),
    says="The number of a create that was refused for its order is taken from then on.",
)
def refused_order_uses_up_number(request: Request, service: Service) -> Response:
    number = request.draft.get("invoiceNumber")
    used_up = service.memory.notes.setdefault(f"used up {request.store}", [])
    if number is not None and number in used_up:
        return Response.error(400, _NUMBER_TAKEN, "Bad Requests Error")
    response = service.send(request)
    if response.reason == _ORDER_TAKEN:
        used_up.append(number)
    return response
