"""
Servers that reject valid requests: the faults that the contract's schemas do not generate.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from b2b_invoices_contract.mutation.fault import Act, strict
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Draft, Service
from b2b_invoices_spec import load_contract

from .table import errors, nodes_in, table, texts_in

_VALID = ("valid-requests-accepted", "published-bodies-accepted")
_LATER = 2_000_000_000  # in 2033
_USUAL = {"USD", "EUR", "GBP", "CNY", "CAD", "JPY", "CHF"}
_KNOWN = {it.name for it in load_contract().operation("listInvoices").query_parameters} | {"", "externalId%5B%5D"}


def _balances(is_meant: Callable[[Any, Any], Any]) -> Act:
    return strict(lambda it: is_meant(it["originalBalance"]["value"], it["openBalance"]["value"]))


def _currencies(is_meant: Callable[[set[str]], Any]) -> Act:
    return strict(lambda it: is_meant({it["originalBalance"]["code"], it["openBalance"]["code"]}))


def _texts(pattern: str) -> Act:
    return strict(lambda it: any(re.search(pattern, text) for text in texts_in(it)))


def _has_long_list(draft: Draft) -> bool:
    return any(len(node) > 1 for node in nodes_in(draft) if isinstance(node, list))


def _is_completed_but_open(draft: Draft) -> bool:
    return draft.get("status") == 2 and draft["openBalance"]["value"] > 0


DRAFTS = (
    *table(
        _VALID,
        ("An open balance above the original is rejected.", _balances(lambda total, still_open: still_open > total)),
        ("A negative original balance is rejected.", _balances(lambda total, _: total < 0)),
        ("An original balance of zero is rejected.", _balances(lambda total, _: total == 0)),
        ("An unusual currency is rejected.", _currencies(lambda it: it - _USUAL)),
        ("Balances in two currencies are rejected.", _currencies(lambda it: len(it) > 1)),
        ("A due date before 2020 is rejected.", strict(lambda it: it.get("dueDate", _LATER) < 1_577_836_800)),
        ("An issue time in the future is rejected.", strict(lambda it: it.get("issuedAt", 0) > _LATER)),
        ("A PDF without a URL is rejected.", strict(lambda it: it.get("externalPdfUrl", "http")[:4] != "http")),
        ("Due before issue is rejected.", strict(lambda it: it.get("dueDate", _LATER * 9) < it.get("issuedAt", 0))),
    ),
    *table(
        (*_VALID, "balances-are-exact"),
        ("A third decimal is rejected.", _balances(lambda *them: any(it * 100 % 1 for it in them))),
    ),
    *table(
        (*_VALID, "large-values-accepted"),
        ("A list of two elements is rejected.", strict(_has_long_list)),
        ("Text of more than 50 characters is rejected.", _texts(r"(?s).{51}")),
        ("A second extra field is rejected.", strict(lambda it: len(it.get("extraFields", ())) > 1)),
    ),
    *table(
        (*_VALID, "any-text-is-unchanged"),
        ("Text beyond ASCII is rejected.", _texts(r"[^\x00-\x7f]")),
        ("Control characters are rejected.", _texts(r"[\x00-\x1f]")),
        ("Characters beyond U+FFFF are rejected.", _texts(r"[^\x00-\uffff]")),
        ("Letters in an order number are rejected.", strict(lambda it: not it.get("orderNumber", "1").isdigit())),
    ),
    *table(
        (*_VALID, "issued-at-reads-as-created-at"),
        ("A fraction in the issue time is rejected.", strict(lambda it: isinstance(it.get("issuedAt"), Decimal))),
    ),
    *table(
        (*_VALID, "optional-fields"),
        ("Details with one part are rejected.", strict(lambda it: len(it.get("details", "no")) == 1)),
    ),
    *table(
        (*_VALID, "enum-values-accepted"),
        ("Completed but open is rejected.", strict(_is_completed_but_open)),
    ),
)


def _lists(is_meant: Callable[[Request], Any]) -> Act:
    def is_wrong(request: Request, response: Response, _: Service) -> bool:
        return bool(request.operation == "listInvoices" and response.is_success and is_meant(request))

    return errors(is_wrong, 400, {"query": ["Not valid."]}, "Bad Requests Error")


LISTS = table(
    "valid-requests-accepted",
    ("A search for empty text is rejected.", lambda it: it.asked("q") == ""),
    ("A search field without a text is rejected.", lambda it: it.asked("searchBy") and it.asked("q") is None),
    ("A direction without a sort field is rejected.", lambda it: it.asked("orderBy") and it.asked("sortBy") is None),
    ("An offset above 1000 is rejected.", lambda it: int(it.asked("offset") or 0) > 1000),
    of=_lists,
) + table(
    "unknown-query-parameters-ignored",
    ("An unknown parameter is rejected.", lambda it: {part.partition("=")[0] for part in it.query.split("&")} - _KNOWN),
    of=_lists,
)


def _media_types(is_meant: Callable[[str], Any]) -> Act:
    def act(request: Request, service: Service) -> Response:
        if request.operation == "createInvoice" and is_meant(request.headers.get("Content-Type", "")):
            return Response.error(415, "Unsupported media type.", "Unsupported Media Type")
        return service.send(request)

    return act


MEDIA_TYPES = table(
    ("valid-requests-accepted", "content-type-is-enforced"),
    ("A media type with a charset is rejected.", lambda it: ";" in it),
    ("A media type in capitals is rejected.", lambda it: re.match("[^;]*[A-Z]", it)),
    of=_media_types,
)


def _empty(is_meant: Callable[[Request, Response, Service], Any]) -> Act:
    def is_wrong(request: Request, response: Response, service: Service) -> bool:
        is_empty = request.operation == "listInvoices" and response.is_success and not response.data
        return bool(is_empty and is_meant(request, response, service))

    return errors(is_wrong, 404, "No invoices found.", "Not Found Error")


def _has_no_match(_: Request, response: Response, service: Service) -> bool:
    # Before its first create, a run lists an empty store to find out whether the server is up.
    return bool(service.memory.drafts) and not response.json["meta"]["pagination"]["totalCount"]


EMPTY = table(
    ("valid-requests-accepted", "responses-match-the-contract", "success-is-200", "list-paging", "list-filters"),
    ("A page after the last is 404.", lambda it, *_: int(it.asked("offset") or 0)),
    ("A list without matches is 404.", _has_no_match),
    of=_empty,
)
