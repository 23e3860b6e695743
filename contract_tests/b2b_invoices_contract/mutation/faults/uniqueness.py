"""
Services that lose track of the numbers and orders that are taken.
"""

from collections.abc import Callable
from typing import Any

from b2b_invoices_contract.mutation.fault import Fault, fault
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Draft, Service

_NUMBER_TAKEN = "The invoice number already exists."

_ORDER_TAKEN = "The invoice exists for this order"

_UNIQUE = "invoice-numbers-are-unique"

_ONCE = "one-invoice-per-order"

_GONE = "deleted-invoice-is-gone"


def _created_despite(request: Request, service: Service, field: str) -> Response:
    """
    Create the invoice with another value of *field*, which is not taken.
    """
    draft = request.draft
    draft[field] = f"{draft.get(field, '')}9{len(service.memory.drafts)}"
    return service.send(request.with_json(draft))


def _holder(request: Request, service: Service, field: str) -> Draft:
    """
    Return the draft of the invoice that has the value of *field* already; empty when it is not known.
    """
    living = service.memory.living(request.store).values()
    return next((draft for draft in living if draft.get(field) == request.draft.get(field)), {})


def _taken_is_fine(
    name: str,
    field: str,
    is_fine: Callable[[Draft, Draft, list[Draft]], bool],
    *,
    says: str,
) -> Fault:
    reason, promise = (_NUMBER_TAKEN, _UNIQUE) if field == "invoiceNumber" else (_ORDER_TAKEN, _ONCE)

    def act(request: Request, service: Service) -> Response:
        response = service.send(request)
        if response.reason != reason:
            return response
        living = list(service.memory.living(request.store).values())
        if not is_fine(request.draft, _holder(request, service, field), living):
            return response
        return _created_despite(request, service, field)

    return Fault(name, (promise,), says, act)


def _differs(*fields: str) -> Callable[[Draft, Draft, list[Draft]], bool]:
    return lambda draft, holder, _: any(draft.get(field) != holder.get(field) for field in fields)


TAKEN = (
    _taken_is_fine("number-taken-is-fine", "invoiceNumber", lambda *_: True, says="A number can be used twice."),
    _taken_is_fine(
        "number-unique-per-type", "invoiceNumber", _differs("type"), says="A number can be used once for each type."
    ),
    _taken_is_fine(
        "number-unique-per-channel",
        "invoiceNumber",
        _differs("channelId"),
        says="A number can be used once in each channel.",
    ),
    _taken_is_fine(
        "number-unique-per-customer",
        "invoiceNumber",
        _differs("customerId"),
        says="A number can be used once by each customer.",
    ),
    _taken_is_fine(
        "number-unique-per-source",
        "invoiceNumber",
        _differs("source"),
        says="A number can be used once from each source.",
    ),
    _taken_is_fine(
        "number-unique-per-currency",
        "invoiceNumber",
        lambda draft, holder, _: draft["openBalance"]["code"] != holder.get("openBalance", {}).get("code"),
        says="A number can be used once in each currency.",
    ),
    _taken_is_fine(
        "number-unique-among-open",
        "invoiceNumber",
        lambda _, holder, __: holder.get("openBalance", {}).get("value", 1) <= 0,
        says="The number of a completed invoice can be used again.",
    ),
    _taken_is_fine(
        "only-last-number-checked",
        "invoiceNumber",
        lambda draft, _, living: draft["invoiceNumber"] != living[-1]["invoiceNumber"],
        says="Only the number of the last invoice is checked.",
    ),
    _taken_is_fine(
        "number-checked-with-order-only",
        "invoiceNumber",
        lambda draft, *_: "orderNumber" not in draft,
        says="Numbers are checked for invoices of orders alone.",
    ),
    _taken_is_fine("order-taken-is-fine", "orderNumber", lambda *_: True, says="An order can be invoiced twice."),
    _taken_is_fine(
        "order-once-per-customer",
        "orderNumber",
        _differs("customerId"),
        says="An order can be invoiced once for each customer.",
    ),
    _taken_is_fine(
        "order-once-per-type", "orderNumber", _differs("type"), says="An order can be invoiced once for each type."
    ),
    _taken_is_fine(
        "order-once-among-open",
        "orderNumber",
        lambda _, holder, __: holder.get("openBalance", {}).get("value", 1) <= 0,
        says="An order whose invoice is completed can be invoiced again.",
    ),
    _taken_is_fine(
        "order-zeros-distinguish",
        "orderNumber",
        lambda draft, holder, _: not holder and draft["orderNumber"].startswith("0"),
        says="Zeros in front make another order.",
    ),
    _taken_is_fine(
        "only-last-order-checked",
        "orderNumber",
        lambda draft, _, living: draft["orderNumber"] != living[-1].get("orderNumber"),
        says="Only the order of the last invoice is checked.",
    ),
)


@fault(
    "second-repeat-is-fine",
    breaks=_UNIQUE,
    says="A number is refused the first time it comes again, and taken the next.",
)
def second_repeat_is_fine(request: Request, service: Service) -> Response:
    response = service.send(request)
    if response.reason != _NUMBER_TAKEN:
        return response
    key = f"{request.store} {request.draft['invoiceNumber']}"
    service.memory.notes[key] = service.memory.notes.get(key, 0) + 1
    return response if service.memory.notes[key] == 1 else _created_despite(request, service, "invoiceNumber")


def _also_taken(
    name: str,
    key: Callable[[Draft], Any],
    *,
    says: str,
    promise: tuple[str, ...] = ("invoice-numbers-are-exact", "valid-requests-accepted"),
) -> Fault:
    def act(request: Request, service: Service) -> Response:
        draft = request.draft
        taken = [key(other) for other in service.memory.living(request.store).values()]
        if (
            request.operation == "createInvoice"
            and _is_usable(draft)
            and key(draft) is not None
            and key(draft) in taken
        ):
            return Response.error(400, _NUMBER_TAKEN, "Bad Requests Error")
        return service.send(request)

    return Fault(name, promise, says, act)


def _is_usable(draft: Draft) -> bool:
    return (
        isinstance(draft.get("invoiceNumber"), str)
        and isinstance(draft.get("externalId", ""), str)
        and isinstance(draft.get("purchaseOrderNumber", ""), str)
    )


TOO_STRICT = (
    _also_taken(
        "number-case-ignored",
        lambda it: it["invoiceNumber"].casefold(),
        says="Numbers that differ in case alone count as one.",
    ),
    _also_taken(
        "number-blanks-ignored",
        lambda it: it["invoiceNumber"].strip(),
        says="Numbers that differ in blanks around them count as one.",
    ),
    _also_taken(
        "number-zeros-ignored",
        lambda it: it["invoiceNumber"].lstrip("0"),
        says="Numbers that differ in zeros in front count as one.",
    ),
    _also_taken(
        "number-first-20-compared",
        lambda it: it["invoiceNumber"][:20],
        says="Numbers are compared by their first 20 letters.",
    ),
    _also_taken(
        "external-id-unique",
        lambda it: it.get("externalId"),
        says="An external id can be used once.",
        promise=("valid-requests-accepted", _ONCE),
    ),
    _also_taken(
        "purchase-order-unique",
        lambda it: it.get("purchaseOrderNumber"),
        says="A purchase order number can be used once.",
        promise=("valid-requests-accepted",),
    ),
)


@fault(
    "external-id-like-an-order-refused",
    breaks=("valid-requests-accepted", _ONCE, "published-bodies-accepted"),
    says="An external id that is an invoiced order is refused, as if it were the order.",
)
def external_id_like_an_order_refused(request: Request, service: Service) -> Response:
    orders = [draft.get("orderNumber") for draft in service.memory.living(request.store).values()]
    external_id = request.draft.get("externalId")
    if external_id is not None and external_id in orders:
        return Response.error(400, _ORDER_TAKEN, "Bad Requests Error")
    return service.send(request)


@fault(
    "number-never-free-again",
    breaks=("deleted-number-is-reusable", _UNIQUE, _GONE, "valid-requests-accepted"),
    says="The number of a deleted invoice stays taken.",
)
def number_never_free_again(request: Request, service: Service) -> Response:
    number = request.draft.get("invoiceNumber")
    gone = [
        service.memory.drafts[key].get("invoiceNumber")
        for key in service.memory.deleted
        if key in service.memory.drafts and key[0] == request.store
    ]
    if number is not None and number in gone:
        return Response.error(400, _NUMBER_TAKEN, "Bad Requests Error")
    return service.send(request)


@fault(
    "order-never-free-again",
    breaks=("deleted-number-is-reusable", _ONCE, _GONE, "valid-requests-accepted"),
    says="The order of a deleted invoice cannot be invoiced again.",
)
def order_never_free_again(request: Request, service: Service) -> Response:
    order = request.draft.get("orderNumber")
    gone = [
        service.memory.drafts[key].get("orderNumber")
        for key in service.memory.deleted
        if key in service.memory.drafts and key[0] == request.store
    ]
    if order is not None and order in gone:
        return Response.error(400, _ORDER_TAKEN, "Bad Requests Error")
    return service.send(request)


@fault(
    "numbers-taken-across-stores",
    breaks=("invoice-numbers-are-per-store", "stores-are-isolated", _UNIQUE),
    says="A number that another store uses is taken.",
)
def numbers_taken_across_stores(request: Request, service: Service) -> Response:
    number = request.draft.get("invoiceNumber")
    others = [draft["invoiceNumber"] for (store, _), draft in service.memory.drafts.items() if store != request.store]
    return (
        Response.error(400, _NUMBER_TAKEN, "Bad Requests Error")
        if number is not None and number in others
        else service.send(request)
    )


@fault(
    "orders-taken-across-stores",
    breaks=("invoice-numbers-are-per-store", "stores-are-isolated", _ONCE),
    says="An order that another store has invoiced is taken.",
)
def orders_taken_across_stores(request: Request, service: Service) -> Response:
    order = request.draft.get("orderNumber")
    others = [draft.get("orderNumber") for (store, _), draft in service.memory.drafts.items() if store != request.store]
    return (
        Response.error(400, _ORDER_TAKEN, "Bad Requests Error")
        if order is not None and order in others
        else service.send(request)
    )


def _words(name: str, reason: str, says_instead: str, status: int, promise: str, *, says: str) -> Fault:
    def act(request: Request, service: Service) -> Response:
        response = service.send(request)
        return Response.error(status, says_instead, "Bad Requests Error") if response.reason == reason else response

    return Fault(name, (promise, _GONE) if promise.startswith("unknown") else (promise,), says, act)


WORDS = (
    _words(
        "number-taken-in-other-words",
        _NUMBER_TAKEN,
        "Invoice number must be unique.",
        400,
        _UNIQUE,
        says="A number that is taken is refused in other words.",
    ),
    _words(
        "number-taken-is-422",
        _NUMBER_TAKEN,
        _NUMBER_TAKEN,
        422,
        _UNIQUE,
        says="A number that is taken is refused with 422.",
    ),
    _words(
        "order-taken-in-words-of-number",
        _ORDER_TAKEN,
        _NUMBER_TAKEN,
        400,
        _ONCE,
        says="An order that is taken is refused in the words for a number.",
    ),
    _words(
        "order-taken-is-404", _ORDER_TAKEN, _ORDER_TAKEN, 404, _ONCE, says="An order that is taken is refused with 404."
    ),
    _words(
        "gone-in-other-words",
        "Invoice does not exist",
        "Not found.",
        404,
        "unknown-id-is-404",
        says="A deleted invoice is not found in other words.",
    ),
)


@fault(
    "repeat-responses-first-id",
    breaks=_UNIQUE,
    says="A number that is taken is answered like a success, with the id that has it.",
)
def repeat_answers_first_id(request: Request, service: Service) -> Response:
    response = service.send(request)
    if response.reason != _NUMBER_TAKEN:
        return response
    number = request.draft["invoiceNumber"]
    holder = next(
        key[1] for key, draft in reversed(service.memory.drafts.items()) if draft.get("invoiceNumber") == number
    )
    return Response.of(200, {"code": 200, "data": {"id": holder}, "meta": {"message": "Success"}})
