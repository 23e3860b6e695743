"""
Services that response from a cache, late, or differently each time.
"""

import attrs

from b2b_invoices_contract.mutation.fault import fault
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Service

_TRACE = "rejected-create-changes-nothing"

_GONE = "deleted-invoice-is-gone"


@fault("reads-come-from-a-cache", breaks=_GONE, says="A read that was answered once is answered so for good.")
def reads_come_from_a_cache(request: Request, service: Service) -> Response:
    key = f"{request.store} {request.path}"
    cache: dict[str, Response] = service.memory.notes
    if request.operation == "getInvoice" and key in cache:
        return attrs.evolve(cache[key])
    response = service.send(request)
    if request.operation == "getInvoice" and response.is_success:
        cache[key] = attrs.evolve(response)
    return response


@fault(
    "lists-come-from-a-cache",
    breaks=(
        "list-default-order",
        "list-total-count",
        "list-default-page",
        _GONE,
        "list-filters",
        "list-paging",
        "stored-as-sent",
        _TRACE,
    ),
    says="A list that was answered once is answered so for good.",
)
def lists_come_from_a_cache(request: Request, service: Service) -> Response:
    key = f"{request.store} {request.token} {request.query}"
    cache: dict[str, Response] = service.memory.notes
    if request.operation == "listInvoices" and key in cache:
        return attrs.evolve(cache[key])
    response = service.send(request)
    if request.operation == "listInvoices" and response.is_success:
        cache[key] = attrs.evolve(response)
    return response


@fault(
    "not-found-comes-from-a-cache",
    breaks=("created-id-is-readable", "stored-as-sent", _GONE),
    says="An id that was not found is not found for good.",
)
def not_found_comes_from_a_cache(request: Request, service: Service) -> Response:
    # The ids that come next were asked for before, by somebody else.
    if request.operation == "getInvoice" and request.invoice_id is not None and request.invoice_id % 7 == 0:
        return Response.error(404, "Invoice does not exist", "Not Found Error")
    return service.send(request)


@fault(
    "new-invoices-appear-late",
    breaks=(
        "list-total-count",
        "list-default-order",
        "list-default-page",
        "stored-as-sent",
        "valid-requests-accepted",
        "list-filters",
    ),
    says="A new invoice is listed only once another was created.",
)
def new_invoices_appear_late(request: Request, service: Service) -> Response:
    response = service.send(request)
    newest = next(reversed(service.memory.living(request.store)), None)
    if request.operation == "listInvoices" and response.is_success and newest is not None:
        envelope = response.json
        envelope["data"] = [invoice for invoice in envelope["data"] if invoice["id"] != newest]
        response.json = envelope
    return response


@fault(
    "every-tenth-create-is-lost",
    breaks=("created-id-is-readable", "stored-as-sent", "ids-are-unique", _GONE),
    says="Every tenth create is answered and not recorded.",
)
def every_tenth_create_is_lost(request: Request, service: Service) -> Response:
    response = service.send(request)
    if request.operation == "createInvoice" and response.is_success and response.json["data"]["id"] % 10 == 0:
        service.send(request.to("DELETE", f"/invoices/{response.json['data']['id']}"))
    return response


@fault(
    "reads-give-the-newest",
    breaks=(
        "created-id-is-readable",
        "reads-change-nothing",
        "list-matches-reads",
        "stored-as-sent",
        _GONE,
        "published-bodies-accepted",
    ),
    says="A read of an older invoice gives the newest one under its id.",
)
def reads_give_the_newest(request: Request, service: Service) -> Response:
    newest = next(reversed(service.memory.living(request.store)), None)
    response = service.send(request)
    if request.operation != "getInvoice" or not response.is_success or newest is None:
        return response
    response.json = {
        "code": 200,
        "data": (service.invoice(request, newest) or {}) | {"id": request.invoice_id},
        "meta": {"message": "Success"},
    }
    return response


@fault("reads-touch", breaks="reads-change-nothing", says="Each read changes the time of change.")
def reads_touch(request: Request, service: Service) -> Response:
    response = service.send(request)
    if request.operation == "getInvoice" and response.is_success:
        envelope, key = response.json, f"reads {request.store} {request.invoice_id}"
        envelope["data"]["updatedAt"] += service.memory.notes.setdefault(key, 0)
        service.memory.notes[key] += 1
        response.json = envelope
    return response


@fault(
    "lists-touch",
    breaks=("reads-change-nothing", "list-matches-reads", "updated-at-is-now"),
    says="Each list puts off the due dates of the invoices in it.",
)
def lists_touch(request: Request, service: Service) -> Response:
    response = service.send(request)
    moved = service.memory.notes
    if request.operation in {"getInvoice", "listInvoices"} and response.is_success:
        envelope = response.json
        for invoice in envelope["data"] if isinstance(envelope["data"], list) else [envelope["data"]]:
            invoice["dueDate"] += moved.setdefault(f"{request.store} {invoice['id']}", 0)
            moved[f"{request.store} {invoice['id']}"] += request.operation == "listInvoices"
        response.json = envelope
    return response


@fault(
    "read-once",
    breaks=("reads-change-nothing", "stored-as-sent", _GONE),
    says="A second read of an invoice finds nothing.",
)
def read_once(request: Request, service: Service) -> Response:
    response = service.send(request)
    key = f"{request.store} {request.invoice_id}"
    if request.operation == "getInvoice" and response.is_success and service.memory.notes.setdefault(key, 0) > 0:
        return Response.error(404, "Invoice does not exist", "Not Found Error")
    if request.operation == "getInvoice" and response.is_success:
        service.memory.notes[key] += 1
    return response
