"""
Services that fail, hang or lose their response over odd requests.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from b2b_invoices_contract.mutation.fault import Fault, fault
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Service

from .readings import nodes_in, texts_in

_NEVER = "no-server-errors"
_SLOW = 6.0


def _fails(name: str, is_odd: Callable[[Request], Any], *, says: str, status: int = 500) -> Fault:
    def act(request: Request, service: Service) -> Response:
        if is_odd(request):
            return Response.of(status, {"code": status, "data": {}, "meta": {"message": "Server Error"}})
        return service.send(request)

    return Fault(name, (_NEVER,), says, act)


def _draft(is_odd: Callable[[dict[str, Any]], Any]) -> Callable[[Request], bool]:
    return lambda request: bool(request.draft) and bool(is_odd(request.draft))


def _in_texts(pattern: str) -> Callable[[Request], bool]:
    return _draft(lambda draft: any(re.search(pattern, text) for text in texts_in(draft)))


def _depth(value: Any) -> int:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, parts), default=0)


def _numbers(draft: dict[str, Any]) -> list[Any]:
    return [node for node in nodes_in(draft) if isinstance(node, int | Decimal) and not isinstance(node, bool)]


FAILS = (
    _fails(
        "fails-on-emoji",
        _in_texts(r"[\U00010000-\U0010ffff]"),
        says="Letters beyond the first 65,536, such as emoji, make it fail.",
    ),
    _fails("fails-beyond-latin-1", _in_texts(r"[^\x00-\xff]"), says="Letters beyond Latin-1 make it fail."),
    _fails("fails-on-nul", _in_texts(r"\x00"), says="NUL in text makes it fail, as it does databases."),
    _fails("fails-on-control-characters", _in_texts(r"[\x01-\x1f]"), says="Control characters make it fail."),
    _fails("fails-on-quotes", _in_texts(r"'"), says="A single quote makes it fail."),
    _fails("fails-on-percent", _in_texts(r"%"), says="A percent sign makes it fail."),
    _fails(
        "fails-on-right-to-left",
        _in_texts(r"[\u0590-\u08ff\u200f\u202e]"),
        says="Text from right to left makes it fail.",
    ),
    _fails(
        "fails-on-long-number",
        _draft(lambda it: len(str(it.get("invoiceNumber"))) > 255),
        says="A number of more than 255 letters makes it fail.",
    ),
    _fails(
        "fails-on-long-text",
        _draft(lambda it: any(len(text) > 5_000 for text in texts_in(it))),
        says="Text of more than 5,000 letters makes it fail.",
    ),
    _fails(
        "fails-on-empty-number", _draft(lambda it: it.get("invoiceNumber") == ""), says="An empty number makes it fail."
    ),
    _fails(
        "fails-on-huge-money",
        _draft(lambda it: any(abs(number) > 10**15 for number in _numbers(it))),
        says="Numbers above a thousand million million make it fail.",
    ),
    _fails(
        "fails-on-tiny-money",
        _draft(lambda it: any(0 < abs(number) < Decimal("1e-6") for number in _numbers(it))),
        says="Numbers near zero make it fail.",
    ),
    _fails(
        "fails-on-infinity",
        lambda it: it.operation == "createInvoice" and re.search(rb"\de\+?[0-9]{3}", it.body),
        says="Numbers beyond a double make it fail.",
    ),
    _fails(
        "fails-on-negative-money",
        _draft(
            lambda it: (
                isinstance(it.get("openBalance"), dict)
                and isinstance(it["openBalance"].get("value"), int | Decimal)
                and it["openBalance"]["value"] < 0
            )
        ),
        says="A negative open balance makes it fail.",
    ),
    _fails(
        "fails-on-many-items",
        _draft(lambda it: any(len(node) > 100 for node in nodes_in(it) if isinstance(node, list))),
        says="More than 100 elements in a list make it fail.",
    ),
    _fails(
        "fails-on-empty-list",
        _draft(lambda it: any(node == [] for node in nodes_in(it))),
        says="An empty list makes it fail.",
    ),
    _fails("fails-on-empty-details", _draft(lambda it: it.get("details") == {}), says="Empty details make it fail."),
    _fails(
        "fails-without-header",
        _draft(lambda it: isinstance(it.get("details"), dict) and "header" not in it["details"]),
        says="Details without a header make it fail.",
    ),
    _fails(
        "fails-on-deep-nesting",
        lambda it: it.operation == "createInvoice" and it.body.count(b"[") > 100,
        says="Deep nesting makes it fail.",
    ),
    _fails(
        "fails-on-unknown-keys",
        _draft(
            lambda it: any(name.startswith("x-") for node in nodes_in(it) if isinstance(node, dict) for name in node)
        ),
        says="Keys that nobody knows make it fail.",
    ),
    _fails("fails-on-null", _draft(lambda it: any(node is None for node in nodes_in(it))), says="Null makes it fail."),
    _fails("fails-on-list-body", lambda it: isinstance(it.json, list), says="A body that is a list makes it fail."),
    _fails(
        "fails-on-scalar-body",
        lambda it: it.operation == "createInvoice" and isinstance(it.json, str | int | bool),
        says="A body that is a number or text makes it fail.",
    ),
    _fails(
        "fails-on-empty-body",
        lambda it: it.operation == "createInvoice" and not it.body,
        says="An empty body makes it fail.",
    ),
    _fails(
        "fails-on-malformed",
        lambda it: it.operation == "createInvoice" and it.body and it.json is None and it.body != b"null",
        says="A body that is not JSON makes it fail.",
    ),
    _fails(
        "fails-on-bad-utf-8",
        lambda it: it.operation == "createInvoice" and b"\xff" in it.body,
        says="Bytes that are no UTF-8 make it fail.",
    ),
    _fails(
        "fails-on-wrong-type",
        _draft(lambda it: not isinstance(it.get("originalBalance", {}), dict)),
        says="A balance that is no object makes it fail.",
    ),
    _fails(
        "fails-on-missing-balance",
        _draft(lambda it: "openBalance" not in it),
        says="A missing open balance makes it fail.",
    ),
    _fails(
        "fails-on-odd-order",
        _draft(lambda it: isinstance(it.get("orderNumber"), str) and not it["orderNumber"].isdigit()),
        says="An order number that is no number makes it fail.",
    ),
    _fails(
        "fails-on-odd-id",
        lambda it: it.path.startswith("/invoices/") and it.invoice_id is None,
        says="An id that is no number makes it fail.",
    ),
    _fails("fails-on-negative-id", lambda it: it.path.startswith("/invoices/-"), says="A negative id makes it fail."),
    _fails(
        "fails-on-huge-id",
        lambda it: (it.invoice_id or 0) > 2**31 or re.fullmatch(r"/invoices/[0-9]{19,}", it.path),
        says="An id of more than 32 bits makes it fail.",
    ),
    _fails("fails-on-id-0", lambda it: it.invoice_id == 0, says="The id 0 makes it fail."),
    _fails(
        "fails-on-bad-limit",
        lambda it: it.operation == "listInvoices" and not (it.asked("limit") or "1").isdigit(),
        says="A limit that is no number makes it fail.",
    ),
    _fails(
        "fails-on-huge-offset",
        lambda it: (
            it.operation == "listInvoices"
            and (it.asked("offset") or "").isdigit()
            and int(it.asked("offset") or 0) > 2**31
        ),
        says="An offset of more than 32 bits makes it fail.",
    ),
    _fails(
        "fails-on-odd-search",
        lambda it: it.operation == "listInvoices" and re.search(r"%(25|27|5C|5F|5B|28)", it.query, re.IGNORECASE),
        says="A search for a percent sign, a quote, or the like makes it fail.",
    ),
    _fails(
        "fails-on-empty-search",
        lambda it: it.operation == "listInvoices" and it.asked("q") == "",
        says="A search for nothing makes it fail.",
    ),
    _fails(
        "fails-on-odd-sort",
        lambda it: it.operation == "listInvoices" and it.asked("sortBy") in {"isPendingPayment", "openBalance"},
        says="One of the documented fields to sort by makes it fail.",
    ),
    _fails(
        "fails-on-huge-date",
        lambda it: (
            it.operation == "listInvoices"
            and any(
                abs(int(text)) > 10**12
                for text in (it.asked("beginDateAt"), it.asked("endDateAt"))
                if text and text.lstrip("-").isdigit()
            )
        ),
        says="A far time to list from or to makes it fail.",
    ),
    _fails(
        "fails-without-token",
        lambda it: "X-Auth-Token" not in it.headers,
        says="A request without a token makes it fail.",
    ),
    _fails(
        "fails-without-store-hash",
        lambda it: "X-Store-Hash" not in it.headers,
        says="A request without a store hash makes it fail.",
    ),
    _fails(
        "fails-on-unknown-method",
        lambda it: it.method in {"PATCH", "PUT", "TRACE", "OPTIONS"},
        says="A method that it does not have makes it fail.",
    ),
    _fails(
        "fails-on-other-media-type",
        lambda it: it.operation == "createInvoice" and "json" not in it.headers.get("Content-Type", "json"),
        says="A body of another media type makes it fail.",
    ),
    _fails(
        "bad-gateway-on-large-body",
        lambda it: len(it.body) > 20_000,
        status=502,
        says="A body of more than 20 kB is a bad gateway.",
    ),
)


def _after(
    name: str, is_odd: Callable[[Request, Response, Service], Any], *, says: str, breaks: tuple[str, ...] = (_NEVER,)
) -> Fault:
    def act(request: Request, service: Service) -> Response:
        response = service.send(request)
        if is_odd(request, response, service):
            return Response.of(500, {"code": 500, "data": {}, "meta": {"message": "Server Error"}})
        return response

    return Fault(name, breaks, says, act)


AFTER = (
    _after(
        "fails-on-taken-number",
        lambda _, response, __: response.reason == "The invoice number already exists.",
        says="A number that is taken makes it fail, as a broken key does databases.",
        breaks=(_NEVER, "invoice-numbers-are-unique"),
    ),
    _after(
        "fails-on-taken-order",
        lambda _, response, __: response.reason == "The invoice exists for this order",
        says="An order that is taken makes it fail.",
        breaks=(_NEVER, "one-invoice-per-order"),
    ),
    _after(
        "fails-on-read-of-deleted",
        lambda request, response, service: (
            request.operation == "getInvoice"
            and response.status == 404
            and (request.store, request.invoice_id) in service.memory.deleted
        ),
        says="A read of a deleted invoice makes it fail.",
        breaks=(_NEVER, "deleted-invoice-is-gone"),
    ),
    _after(
        "fails-on-second-delete",
        lambda request, response, _: request.operation == "deleteInvoice" and response.status == 404,
        says="A delete of what is gone makes it fail.",
        breaks=(_NEVER, "deleted-invoice-is-gone"),
    ),
    _after(
        "fails-on-violations",
        lambda _, response, __: response.status == 422,
        says="Invalid bodies make it fail.",
        breaks=(_NEVER, "invalid-requests-rejected", "violations-are-listed"),
    ),
    _after(
        "fails-on-empty-page",
        lambda request, response, _: (
            request.operation == "listInvoices" and response.is_success and not response.json["data"]
        ),
        says="A page without invoices makes it fail.",
    ),
    _after(
        "fails-after-create",
        lambda request, response, _: (
            request.operation == "createInvoice" and response.is_success and response.json["data"]["id"] % 5 == 0
        ),
        says="Every fifth create is recorded, and answered with an error.",
    ),
)


def _hangs(name: str, is_odd: Callable[[Request], Any], *, says: str) -> Fault:
    def act(request: Request, service: Service) -> Response:
        response = service.send(request)
        first_time = is_odd(request) and not service.memory.notes.get("slow")
        if first_time and response.is_success:
            service.memory.notes["slow"] = True
            response.delay = _SLOW
        return response

    return Fault(name, ("responses-within-five-seconds",), says, act)


SLOW = (
    _hangs("create-is-slow", lambda it: it.operation == "createInvoice", says="A create takes many seconds."),
    _hangs(
        "list-is-slow",
        lambda it: it.operation == "listInvoices" and it.asked("limit") not in {"1", None},
        says="A list takes many seconds.",
    ),
    _hangs("delete-is-slow", lambda it: it.operation == "deleteInvoice", says="A delete takes many seconds."),
)


@fault(
    "names-first-violation-only",
    breaks="violations-are-listed",
    says="Of several violations, the first alone is named.",
)
def names_first_violation_only(request: Request, service: Service) -> Response:
    response = service.send(request)
    if isinstance(response.reason, dict) and response.status == 422:
        return Response.error(422, dict([*response.reason.items()][:1]), "Parameter Error")
    return response


def _named(name: str, change: Callable[[str], str | None], *, says: str) -> Fault:
    def act(request: Request, service: Service) -> Response:
        response = service.send(request)
        if response.status != 422 or not isinstance(response.reason, dict):
            return response
        named = {change(path): messages for path, messages in response.reason.items()}
        return Response.error(
            422, {path: messages for path, messages in named.items() if path is not None}, "Parameter Error"
        )

    return Fault(name, ("violations-are-listed",), says, act)


NAMED = (
    _named(
        "violations-by-top-level",
        lambda path: path.partition(".")[0],
        says="Violations are named by the field at the top.",
    ),
    _named(
        "violations-by-last-name",
        lambda path: path.rpartition(".")[2],
        says="Violations are named by the last part of their path.",
    ),
    _named(
        "violations-without-index",
        lambda path: re.sub(r"\.\d+", "", path),
        says="Paths of violations leave the index out.",
    ),
    _named(
        "violations-index-from-one",
        lambda path: re.sub(r"\.(\d+)", lambda match: f".{int(match[1]) + 1}", path),
        says="Paths of violations count elements from one.",
    ),
    _named(
        "violations-in-pointers",
        lambda path: "/" + path.replace(".", "/"),
        says="Violations are named by JSON pointers.",
    ),
    _named(
        "violations-in-snake-case",
        lambda path: re.sub(r"[A-Z]", lambda match: "_" + match[0].lower(), path),
        says="Violations are named in snake case.",
    ),
    _named(
        "nested-violations-unnamed",
        lambda path: path if "." not in path else None,
        says="Only violations at the top level are named.",
    ),
    _named("violations-unnamed", lambda _: "non_field_errors", says="No violation is named by its field."),
)


@fault(
    "violations-name-others",
    breaks="violations-are-listed",
    says="With a violation, a field that is right is named too.",
)
def violations_name_others(request: Request, service: Service) -> Response:
    response = service.send(request)
    if isinstance(response.reason, dict) and response.status == 422:
        return Response.error(422, {"type": ["Not valid."], **response.reason}, "Parameter Error")
    return response


@fault("violations-in-a-sentence", breaks="violations-are-listed", says="Violations are named in one sentence.")
def violations_in_a_sentence(request: Request, service: Service) -> Response:
    response = service.send(request)
    if isinstance(response.reason, dict) and response.status == 422:
        return Response.error(422, "; ".join(response.reason), "Parameter Error")
    return response


@fault(
    "invalid-is-400",
    breaks=("violations-are-listed", "invalid-requests-rejected"),
    says="An invalid body is answered with 400.",
)
def invalid_is_400(request: Request, service: Service) -> Response:
    response = service.send(request)
    return Response.error(400, response.reason, "Bad Requests Error") if response.status == 422 else response
