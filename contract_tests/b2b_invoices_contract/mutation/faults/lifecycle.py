"""
Services that lose track of ids, of what was deleted, and of time.
"""

from collections.abc import Callable
from typing import Any

import attrs

from b2b_invoices_contract.mutation.fault import Fault, fault, invoices
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Draft, Service

_TRACE = "rejected-create-changes-nothing"

_GONE = "deleted-invoice-is-gone"


def _renamed(name: str, alias: Callable[[int, Service], int], *, says: str) -> Fault:
    """
    Have the service give out other ids than its own: those that *alias* makes of them.
    """

    def act(request: Request, service: Service) -> Response:
        own: dict[int, int] = service.memory.notes.setdefault("own ids", {})
        if request.invoice_id is not None and request.path.startswith("/invoices/"):
            request = attrs.evolve(request, path=f"/invoices/{own.get(request.invoice_id, request.invoice_id)}")
        response = service.send(request)
        envelope = response.json
        if response.is_success and isinstance(envelope, dict) and request.operation:
            for part in envelope["data"] if isinstance(envelope["data"], list) else [envelope["data"]]:
                if request.operation == "createInvoice":
                    own[alias(part["id"], service)] = part["id"]
                part["id"] = next((given for given, kept in own.items() if kept == part["id"]), part["id"])
            response.json = envelope
        return response

    return Fault(name, ("ids-are-unique",), says, act)


def _last_deleted(invoice_id: int, service: Service) -> int:
    free: list[int] = [gone for _, gone in service.memory.deleted]
    return free[-1] if free else invoice_id


def _largest_and_one(_: int, service: Service) -> int:
    living = [given for store in service.stores for given in service.memory.living(store)]
    return max(living, default=0) + 1


IDS = (
    _renamed("id-of-deleted-again", _last_deleted, says="The id of a deleted invoice is given again."),
    _renamed(
        "id-after-largest",
        _largest_and_one,
        says="Ids go on from the largest in use, so that of the last one deleted comes again.",
    ),
)


@fault(
    "every-seventh-id-again",
    breaks=("ids-are-unique",),
    says="Every seventh create returns the id of an earlier invoice.",
)
def every_seventh_id_again(request: Request, service: Service) -> Response:
    response = service.send(request)
    if request.operation == "createInvoice" and response.is_success:
        ids = service.memory.notes.setdefault("ids", [])
        ids.append(response.json["data"]["id"])
        if len(ids) % 7 == 0:
            response.json = response.json | {"data": {"id": ids[0]}}
    return response


@fault(
    "created-id-of-the-one-before",
    breaks=("created-id-is-readable", "ids-are-unique", "stored-as-sent"),
    says="A create responses with the id of the invoice before.",
)
def created_id_of_the_one_before(request: Request, service: Service) -> Response:
    response = service.send(request)
    if request.operation == "createInvoice" and response.is_success:
        envelope = response.json
        envelope["data"]["id"] = service.memory.notes.get("last", envelope["data"]["id"])
        service.memory.notes["last"] = response.json["data"]["id"]
        response.json = envelope
    return response


@fault("delete-does-nothing", breaks=_GONE, says="A delete is answered, and nothing is deleted.")
def delete_does_nothing(request: Request, service: Service) -> Response:
    if request.operation != "deleteInvoice" or request.invoice_id is None:
        return service.send(request)
    response = service.send(attrs.evolve(request, method="GET"))
    if response.is_success:
        response.json = {"code": 200, "data": {"id": request.invoice_id}, "meta": {"message": "Success"}}
    return response


@fault("deleted-can-be-read", breaks=_GONE, says="A deleted invoice can still be read, though not listed.")
def deleted_can_be_read(request: Request, service: Service) -> Response:
    kept = service.memory.notes.setdefault("kept", {})
    key = (request.store, request.invoice_id)
    if request.operation == "deleteInvoice" and request.invoice_id is not None:
        kept[key] = service.send(attrs.evolve(request, method="GET"))
    response = service.send(request)
    return (
        attrs.evolve(kept[key])
        if request.operation == "getInvoice" and response.status == 404 and key in kept
        else response
    )


@fault(
    "deleted-is-listed",
    breaks=("list-default-page", _GONE, "list-filters"),
    says="A deleted invoice is still listed, though it cannot be read.",
)
def deleted_is_listed(request: Request, service: Service) -> Response:
    kept = service.memory.notes.setdefault("kept", [])
    if request.operation == "deleteInvoice" and request.invoice_id is not None:
        invoice = service.invoice(request, request.invoice_id)
        kept += [(request.store, invoice)] if invoice else []
    response = service.send(request)
    if request.operation == "listInvoices" and response.is_success:
        envelope = response.json
        wanted = request.asked("q") or ""
        envelope["data"] += [
            invoice for store, invoice in kept if store == request.store and wanted in invoice["invoiceNumber"]
        ]
        response.json = envelope
    return response


@fault("delete-again-is-fine", breaks=_GONE, says="A delete of what is gone, or never was, is a success.")
def delete_again_is_fine(request: Request, service: Service) -> Response:
    response = service.send(request)
    if request.operation == "deleteInvoice" and response.status == 404 and request.invoice_id is not None:
        return Response.of(200, {"code": 200, "data": {"id": request.invoice_id}, "meta": {"message": "Success"}})
    return response


@fault(
    "delete-of-unknown-is-fine",
    breaks=("unknown-id-is-404", _GONE, "invalid-requests-rejected"),
    says="A delete of an invoice that never was is a success.",
)
def delete_of_unknown_is_fine(request: Request, service: Service) -> Response:
    response = service.send(request)
    is_unknown = request.invoice_id is not None and (request.store, request.invoice_id) not in service.memory.drafts
    if request.operation == "deleteInvoice" and response.status == 404 and is_unknown:
        return Response.of(200, {"code": 200, "data": {"id": request.invoice_id}, "meta": {"message": "Success"}})
    return response


def _delete_too(name: str, which: Callable[[int, list[int]], int | None], *, says: str) -> Fault:
    def act(request: Request, service: Service) -> Response:
        response = service.send(request)
        if request.operation == "deleteInvoice" and response.is_success and request.invoice_id is not None:
            living = [other for other in service.memory.living(request.store) if other != request.invoice_id]
            if (other := which(request.invoice_id, living)) is not None:
                service.send(request.to("DELETE", f"/invoices/{other}"))
        return response

    return Fault(name, (_GONE,), says, act)


DELETES = (
    _delete_too(
        "delete-takes-the-next-too",
        lambda gone, living: gone + 1 if gone + 1 in living else None,
        says="A delete takes the next invoice too.",
    ),
    _delete_too(
        "delete-takes-the-one-before-too",
        lambda gone, living: gone - 1 if gone - 1 in living else None,
        says="A delete takes the invoice before too.",
    ),
    _delete_too(
        "delete-takes-the-oldest-too",
        lambda _, living: living[0] if living else None,
        says="A delete takes the oldest invoice too.",
    ),
    _delete_too(
        "delete-takes-the-newest-too",
        lambda _, living: living[-1] if living else None,
        says="A delete takes the newest invoice too.",
    ),
)


@fault("delete-touches-all", breaks=_GONE, says="A delete changes the due dates of the invoices that stay.")
def delete_touches_all(request: Request, service: Service) -> Response:
    response = service.send(request)
    if request.operation == "deleteInvoice" and response.is_success:
        service.memory.notes["deletes"] = service.memory.notes.get("deletes", 0) + 1
    if request.operation == "getInvoice" and response.is_success:
        envelope = response.json
        envelope["data"]["dueDate"] += service.memory.notes.get("deletes", 0)
        response.json = envelope
    return response


@fault(
    "delete-responses-other-id", breaks=(_GONE, "created-id-is-readable"), says="A delete responses with another id."
)
def delete_answers_other_id(request: Request, service: Service) -> Response:
    response = service.send(request)
    if request.operation == "deleteInvoice" and response.is_success:
        response.json = {"code": 200, "data": {"id": response.json["data"]["id"] + 1}, "meta": {"message": "Success"}}
    return response


@fault(
    "deleted-responses-410",
    breaks=(_GONE, "responses-match-the-contract"),
    says="A deleted invoice is answered with 410.",
)
def deleted_answers_410(request: Request, service: Service) -> Response:
    response = service.send(request)
    if response.status == 404 and (request.store, request.invoice_id) in service.memory.deleted:
        return Response.error(410, "Invoice does not exist", "Gone")
    return response


def _updated(name: str, make: Callable[[dict[str, Any]], Any], *, says: str) -> Fault:
    def change(invoice: dict[str, Any], _: Draft) -> None:
        invoice["updatedAt"] = make(invoice)

    return Fault(name, ("updated-at-is-now",), says, invoices(change))


UPDATED = (
    _updated("updated-when-issued", lambda it: it["createdAt"], says="The time of change is the time of issue."),
    _updated("updated-at-epoch", lambda _: 0, says="The time of change is 1970."),
    _updated(
        "updated-in-milliseconds", lambda it: it["updatedAt"] * 1000, says="The time of change is in milliseconds."
    ),
    _updated("updated-when-due", lambda it: it["dueDate"], says="The time of change is the due date."),
)


@fault(
    "unknown-id-gives-the-newest",
    breaks=("unknown-id-is-404", _GONE),
    says="A read of an id that no invoice has gives the newest one.",
)
def unknown_id_gives_the_newest(request: Request, service: Service) -> Response:
    response = service.send(request)
    newest = next(reversed(service.memory.living(request.store)), None)
    if request.operation != "getInvoice" or response.status != 404 or newest is None:
        return response
    return service.send(request.to("GET", f"/invoices/{newest}"))


@fault(
    "unknown-id-is-400",
    breaks=("unknown-id-is-404", _GONE, "responses-match-the-contract"),
    says="An id that no invoice has is answered with 400.",
)
def unknown_id_is_400(request: Request, service: Service) -> Response:
    response = service.send(request)
    return Response.error(400, "Invoice does not exist") if response.reason == "Invoice does not exist" else response


@fault(
    "unknown-id-is-empty",
    breaks=("unknown-id-is-404", _GONE, "responses-match-the-contract"),
    says="A read of an id that no invoice has is a success with null.",
)
def unknown_id_is_empty(request: Request, service: Service) -> Response:
    response = service.send(request)
    if request.operation == "getInvoice" and response.status == 404:
        return Response.of(200, {"code": 200, "data": None, "meta": {"message": "Success"}})
    return response
