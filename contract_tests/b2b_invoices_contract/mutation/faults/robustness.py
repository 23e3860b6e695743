"""
Servers that fail or are slow for unusual requests, or do not list violations.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from b2b_invoices_contract.mutation.fault import Act, returning
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Draft, Service

from .table import CREATE, DELETE, LIST, READ, nodes_in, on, table, texts_in

_FAILS, _LISTED, _GONE = "no-server-errors", "violations-are-listed", "deleted-invoice-is-gone"
_FAILED = (
    *("valid-requests-accepted", "any-text-is-unchanged", "large-values-accepted", "unknown-fields-accepted"),
    *("invoice-numbers-are-exact", "content-type-is-enforced", "authentication-comes-first", "empty-values-accepted"),
)
_ENDS = ("beginDateAt", "endDateAt")
_SLOW = 6.0


def _fails(is_meant: Callable[[Request], Any], status: int = 500) -> Act:
    return lambda request, service: Response.server_error(status) if is_meant(request) else service.send(request)


def _create(is_meant: Callable[[Request], Any]) -> Act:
    return _fails(lambda it: it.operation == CREATE and is_meant(it))


def _list(is_meant: Callable[[Request], Any]) -> Act:
    return _fails(lambda it: it.operation == LIST and is_meant(it))


def _draft(is_meant: Callable[[Draft], Any]) -> Act:
    return _fails(lambda it: it.draft and is_meant(it.draft))


def _text(pattern: str) -> Act:
    return _draft(lambda it: any(re.search(pattern, text) for text in texts_in(it)))


def _node(is_meant: Callable[[Any], Any]) -> Act:
    return _draft(lambda it: any(map(is_meant, nodes_in(it))))


def _number(is_meant: Callable[[Any], Any]) -> Act:
    return _node(lambda it: isinstance(it, int | Decimal) and not isinstance(it, bool) and is_meant(it))


def _has_number(text: str | None, lowest: int) -> bool:
    return text is not None and text.lstrip("-").isdigit() and abs(int(text)) > lowest


def _is_negative(draft: Draft) -> bool:
    value = draft["openBalance"].get("value") if isinstance(draft.get("openBalance"), dict) else None
    return isinstance(value, int | Decimal) and value < 0


def _lacks_header(draft: Draft) -> bool:
    return isinstance(draft.get("details"), dict) and "header" not in draft["details"]


def _has_id(request: Request) -> bool:
    return request.path.startswith("/invoices/")


def _has_unknown_key(node: Any) -> bool:
    return isinstance(node, dict) and any(name.startswith("x-") for name in node)


def _has_large_id(request: Request) -> bool:
    return (request.invoice_id or 0) > 2**31 or bool(re.fullmatch(r"/invoices/[0-9]{19,}", request.path))


FAILS = table(
    _FAILS,
    ("Characters beyond U+FFFF fail.", _text(r"[^\x00-\uffff]")),
    ("Characters beyond Latin-1 fail.", _text(r"[^\x00-\xff]")),
    ("NUL in text fails.", _text(r"\x00")),
    ("Control characters fail.", _text(r"[\x01-\x1f]")),
    ("Single quotes fail.", _text(r"'")),
    ("Percent signs fail.", _text(r"%")),
    ("Text from right to left fails.", _text(r"[\u0590-\u08ff\u200f\u202e]")),
    ("Numbers of more than 255 characters fail.", _draft(lambda it: len(str(it.get("invoiceNumber"))) > 255)),
    ("Text of more than 5000 characters fails.", _text(r"(?s).{5001}")),
    ("An empty invoice number fails.", _draft(lambda it: it.get("invoiceNumber") == "")),
    ("Amounts above 10**15 fail.", _number(lambda it: abs(it) > 10**15)),
    ("Amounts near zero fail.", _number(lambda it: 0 < abs(it) < Decimal("1e-6"))),
    ("Amounts beyond a double fail.", _create(lambda it: re.search(rb"\de\+?[0-9]{3}", it.body))),
    ("A negative open balance fails.", _draft(_is_negative)),
    ("A list of more than 100 elements fails.", _node(lambda it: isinstance(it, list) and len(it) > 100)),
    ("An empty list fails.", _node(lambda it: it == [])),
    ("Empty details fail.", _draft(lambda it: it.get("details") == {})),
    ("Details without a header fail.", _draft(_lacks_header)),
    ("Deep nesting fails.", _create(lambda it: it.body.count(b"[") > 100)),
    ("Unknown keys fail.", _node(_has_unknown_key)),
    ("Null fails.", _node(lambda it: it is None)),
    ("A body that is a list fails.", _fails(lambda it: isinstance(it.json, list))),
    ("A body that is a number or text fails.", _create(lambda it: isinstance(it.json, str | int | bool))),
    ("An empty body fails.", _create(lambda it: not it.body)),
    ("A body that is not JSON fails.", _create(lambda it: it.body not in {b"", b"null"} and it.json is None)),
    ("Invalid UTF-8 fails.", _create(lambda it: b"\xff" in it.body)),
    ("A balance that is not an object fails.", _draft(lambda it: not isinstance(it.get("originalBalance", {}), dict))),
    ("A missing open balance fails.", _draft(lambda it: "openBalance" not in it)),
    ("Letters in an order number fail.", _draft(lambda it: not str(it.get("orderNumber", "1")).isdigit())),
    ("An id that is not a number fails.", _fails(lambda it: _has_id(it) and it.invoice_id is None)),
    ("A negative id fails.", _fails(lambda it: it.path.startswith("/invoices/-"))),
    ("An id of more than 32 bits fails.", _fails(_has_large_id)),
    ("The id 0 fails.", _fails(lambda it: it.invoice_id == 0)),
    ("A limit that is not a number fails.", _list(lambda it: not (it.asked("limit") or "1").isdigit())),
    ("An offset of more than 32 bits fails.", _list(lambda it: _has_number(it.asked("offset"), 2**31))),
    ("Search for special characters fails.", _list(lambda it: re.search(r"(?i)%(25|27|5C|5F|5B|28)", it.query))),
    ("A search for empty text fails.", _list(lambda it: it.asked("q") == "")),
    ("Sorting by a balance fails.", _list(lambda it: it.asked("sortBy") in {"isPendingPayment", "openBalance"})),
    ("A far beginDateAt or endDateAt fails.", _list(lambda it: any(_has_number(it.asked(n), 10**12) for n in _ENDS))),
    ("A request without a token fails.", _fails(lambda it: "X-Auth-Token" not in it.headers)),
    ("A request without a store hash fails.", _fails(lambda it: "X-Store-Hash" not in it.headers)),
    ("An unknown method fails.", _fails(lambda it: it.method in {"PATCH", "PUT", "TRACE", "OPTIONS"})),
    ("Another media type fails.", _create(lambda it: "json" not in it.headers.get("Content-Type", "json"))),
    ("A body of more than 20 kB is a bad gateway.", _fails(lambda it: len(it.body) > 20_000, 502)),
    beside=_FAILED,
)


def _server_error(*_: Any) -> Response:
    return Response.server_error()


def _reason(text: str) -> Act:
    return returning(lambda _, response, __: Response.server_error() if response.reason == text else None)


def _if_deleted(request: Request, _: Response, service: Service) -> Response | None:
    is_meant = (request.store, request.invoice_id) in service.memory.deleted
    return Response.server_error() if is_meant else None


def _fifth(_: Request, response: Response, __: Service) -> Response | None:
    return None if response.data["id"] % 5 else Response.server_error()


LATER = (
    *table(
        (_FAILS, "invoice-numbers-are-unique", "one-invoice-per-order"),
        ("A number in use fails.", _reason("The invoice number already exists.")),
        ("An order in use fails.", _reason("The invoice exists for this order")),
    ),
    *table(
        (_FAILS, _GONE),
        ("A read of a deleted invoice fails.", on(READ, 404, _if_deleted)),
        ("A second delete fails.", on(DELETE, 404, _server_error)),
    ),
    *table((_FAILS, "invalid-requests-rejected", _LISTED), ("An invalid body fails.", on("", 422, _server_error))),
    *table(
        _FAILS,
        ("An empty page fails.", on(LIST, 200, lambda _, it, __: None if it.data else Response.server_error())),
        ("Every fifth create fails but is stored.", on(CREATE, 200, _fifth)),
    ),
)


def _slow(operation: str) -> Act:
    def delay(_: Request, response: Response, service: Service) -> None:
        if service.memory.drafts and service.memory.count("slow") == 1:
            response.delay = _SLOW

    return on(operation, 200, delay)


SLOW = table(
    "responses-within-five-seconds",
    ("A create takes six seconds.", CREATE),
    ("A list takes six seconds.", LIST),
    ("A delete takes six seconds.", DELETE),
    of=_slow,
)


def _violations(change: Callable[[dict[str, Any]], Any]) -> Act:
    def changed(_: Request, response: Response, __: Service) -> Response | None:
        is_meant = isinstance(response.reason, dict)
        return Response.error(422, change(response.reason), "Parameter Error") if is_meant else None

    return on("", 422, changed)


def _paths(change: Callable[[str], str]) -> Act:
    return _violations(lambda them: {change(path): messages for path, messages in them.items()})


def _next_index(match: re.Match[str]) -> str:
    return f".{int(match[1]) + 1}"


def _invalid_is_400(_: Request, response: Response, __: Service) -> Response:
    return Response.error(400, response.reason, "Bad Requests Error")


VIOLATIONS = table(
    _LISTED,
    ("Only the first violation is listed.", _violations(lambda them: dict([*them.items()][:1]))),
    ("Violations have top-level paths.", _paths(lambda it: it.partition(".")[0])),
    ("Violations have the last part of their path.", _paths(lambda it: it.rpartition(".")[2])),
    ("Violations have paths without indexes.", _paths(lambda it: re.sub(r"\.\d+", "", it))),
    ("Violations have indexes from 1.", _paths(lambda it: re.sub(r"\.(\d+)", _next_index, it))),
    ("Violations have JSON pointers.", _paths(lambda it: "/" + it.replace(".", "/"))),
    ("Violations have paths in snake case.", _paths(lambda it: re.sub(r"([A-Z])", r"_\1", it).lower())),
    ("Only top-level violations are listed.", _violations(lambda them: {it: them[it] for it in them if "." not in it})),
    ("Violations have no path.", _paths(lambda _: "non_field_errors")),
    ("A valid field is listed with the violations.", _violations(lambda them: {"type": ["Not valid."], **them})),
    ("Violations are a sentence.", _violations("; ".join)),
) + table(
    (_LISTED, "invalid-requests-rejected"),
    ("An invalid body is 400.", on("", 422, _invalid_is_400)),
)
