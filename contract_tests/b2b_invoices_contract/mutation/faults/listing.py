"""
Servers whose lists are filtered, sorted, paged or counted wrongly.
"""

from collections.abc import Callable
from typing import Any

from b2b_invoices_contract.mutation.fault import Act, pages, queries
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Invoice, Service
from b2b_invoices_spec import load_contract

from .table import LIST, integer, listed, on, parameter, table

_FILTERS, _SEARCH, _SORTS, _PAGES = "list-filters", "list-search", "list-sorting", "list-paging"
_TOTAL, _STORED = "list-total-count", "stored-as-sent"
_SEARCHED = load_contract().schema("InvoiceSearchField")["enum"]
_DAY = 86_400


def _searching(find: Callable[[str, list[str], str], Any]) -> Act:
    """List the invoices in which *find* finds the text, in some values, for the field to search."""

    def keep(invoice: Invoice, request: Request) -> Any:
        text, name = request.asked("q"), request.asked("searchBy") or ""
        found = [str(invoice[field]) for field in ([name] if name in _SEARCHED else _SEARCHED)]
        return not text or find(text, found, name)

    return listed(keep)


def _skipping(index: int) -> Act:
    return _searching(lambda text, them, name: name or _contains(text, them[:index] + them[index + 1 :]))


def _contains(text: str, values: list[str]) -> bool:
    return any(text.casefold() in each.casefold() for each in values)


def _starts(text: str, values: list[str], _: str) -> bool:
    return any(each.casefold().startswith(text.casefold()) for each in values)


def _asking(**changes: Callable[[Request], str | None]) -> Act:
    """Change query parameters; an empty text leaves one as it is."""
    return queries(lambda it: {name: made for name, make in changes.items() if (made := make(it)) != ""})


def _none_with_customer(request: Request) -> str | None:
    return None if request.asked("customerId") else ""


def _as(name: str, known: str, **more: str) -> Act:
    """Read the unknown parameter *name* as *known*."""
    return queries(lambda it: {known: it.asked(name), **more} if it.asked(name) else {})


FILTERS = (
    *table(
        _FILTERS,
        ("A list begins after beginDateAt.", integer("beginDateAt", lambda it: it + 1)),
        ("A list ends before endDateAt.", integer("endDateAt", lambda it: it - 1)),
        (
            "The ends of a list are swapped.",
            _asking(beginDateAt=lambda it: it.asked("endDateAt"), endDateAt=lambda it: it.asked("beginDateAt")),
        ),
        ("beginDateAt is in milliseconds.", integer("beginDateAt", lambda it: it // 1000)),
        ("A list ends at midnight after endDateAt.", integer("endDateAt", lambda it: it // _DAY * _DAY + _DAY - 1)),
        ("A filter for status 0 is ignored.", parameter("status", lambda it: it if it != "0" else None)),
        ("A filter for a status finds another.", integer("status", lambda it: (it + 1) % 3)),
        ("With a customer status is ignored.", _asking(status=_none_with_customer)),
        ("With a customer channels are ignored.", _asking(channelIds=_none_with_customer)),
        ("Only the last external id counts.", parameter("externalId[]", str)),
        ("Only the last channel counts.", parameter("channelIds", str)),
    ),
    *table(
        (_FILTERS, _SEARCH),
        ("A search loses characters beyond ASCII.", parameter("q", lambda it: it.encode("ascii", "ignore").decode())),
        ("A search uses the first word only.", parameter("q", lambda it: it.split(" ")[0])),
        ("A search always uses the invoice number.", parameter("searchBy", lambda _: "invoiceNumber")),
        ("A search is case sensitive.", _searching(lambda text, them, _: any(text in each for each in them))),
        ("A search for a number finds whole numbers.", _searching(lambda text, them, name: not name or text in them)),
        ("A search finds the start of values only.", _searching(_starts)),
    ),
    *table(
        _SEARCH,
        *((f"A search without a field skips {it}.", _skipping(index)) for index, it in enumerate(_SEARCHED) if index),
    ),
    *table(
        (_FILTERS, _PAGES, _SORTS, _STORED),
        ("Completed invoices are not listed.", listed(lambda it, _: it["status"] != 2)),
        ("Negative balances are not listed.", listed(lambda it, _: not it["openBalance"]["value"].startswith("-"))),
        ("External invoices are not listed.", listed(lambda it, _: it["source"] == 0)),
        ("Invoices with a due date of 0 are not listed.", listed(lambda it, _: it["dueDate"] > 0)),
    ),
    *table(
        "unknown-query-parameters-ignored",
        ("The unknown parameter companyId is a customer.", _as("companyId", "customerId")),
        ("The unknown parameter page is used.", _asking(offset=lambda it: "10" if it.asked("page") == "2" else "")),
        ("The unknown parameter orderNumber is a filter.", _as("orderNumber", "q", searchBy="orderNumber")),
        ("The unknown parameter invoiceNumber is a filter.", _as("invoiceNumber", "q", searchBy="invoiceNumber")),
        ("With an unknown parameter a list is empty.", listed(lambda _, request: "foo" not in request.query)),
    ),
)


def _by(other: str, field: str) -> Act:
    return parameter("sortBy", lambda it: other if it == field else it)


def _sorted(key: Callable[[Any], Any], *fields: str) -> Act:
    def change(page: list[Invoice], _: dict[str, Any], request: Request) -> list[Invoice]:
        field = request.asked("sortBy")
        if field not in fields:
            return page
        shuffled = sorted(page, key=lambda it: str(it["id"])[::-1])
        return sorted(shuffled, key=lambda it: key(it[field]), reverse=request.asked("orderBy") != "ASC")

    return pages(change)


SORTING = (
    *table(
        _SORTS,
        ("A list is always ascending.", parameter("orderBy", lambda _: "ASC")),
        ("Sort directions are swapped.", parameter("orderBy", lambda it: {"ASC": "DESC", "DESC": "ASC"}.get(it, it))),
        ("A list is sorted by original for open balance.", _by("originalBalance", "openBalance")),
        ("A list is sorted by update for issue time.", _by("updatedAt", "createdAt")),
        ("A list is sorted by customer for external customer.", _by("customerId", "externalCustomerId")),
        ("A list is sorted by issue time for due date.", _by("createdAt", "dueDate")),
        ("Balances are sorted as text.", _sorted(lambda it: it["value"], "openBalance", "originalBalance")),
        ("Balances are sorted without sign.", _sorted(lambda it: abs(float(it["value"])), "openBalance")),
        ("Balances are sorted in whole units.", _sorted(lambda it: int(float(it["value"])), "openBalance")),
        ("Numbers are sorted by length.", _sorted(lambda it: (len(it), it), "invoiceNumber")),
        ("Numbers are sorted from the end.", _sorted(lambda it: it[::-1], "invoiceNumber")),
        ("Due dates are sorted by last digit.", _sorted(lambda it: str(it)[::-1], "dueDate")),
        ("Statuses are sorted by name.", _sorted(lambda it: ("Open", "Partially paid", "Completed")[it], "status")),
    ),
    *table(
        (_SORTS, "list-default-order"),
        (
            "The default order is oldest first.",
            _asking(orderBy=lambda it: "" if it.asked("sortBy") or it.asked("orderBy") else "ASC"),
        ),
    ),
)


def _page_to_offset(request: Request) -> str:
    offset, limit = request.asked("offset") or "0", request.asked("limit") or "10"
    return str(int(offset) * int(limit)) if (offset + limit).isdigit() else ""


def _reports(name: str, make: Callable[[dict[str, Any], list[Invoice]], int]) -> Act:
    def change(page: list[Invoice], pagination: dict[str, Any], _: Request) -> list[Invoice]:
        pagination[name] = make(pagination, page)
        return page

    return pages(change)


def _later(make: Callable[[list[Invoice], dict[str, Any]], list[Invoice]]) -> Act:
    return pages(lambda page, pagination, _: make(page, pagination) if pagination["offset"] and page else page)


def _without_last(page: list[Invoice], pagination: dict[str, Any], _: Request) -> list[Invoice]:
    is_end = pagination["offset"] + len(page) == pagination["totalCount"]
    return page[:-1] if is_end and len(page) > 1 else page


def _count_all(request: Request, response: Response, service: Service) -> Response:
    meta, whole = response.json["meta"], service.send(request.to("GET", "/invoices", "limit=1")).json["meta"]
    meta["pagination"]["totalCount"] = whole["pagination"]["totalCount"]
    return response.update(meta=meta)


PAGING = (
    *table(
        _PAGES,
        ("Pages overlap by one invoice.", integer("offset", lambda it: max(it - 1, 0))),
        ("An invoice between pages is lost.", integer("offset", lambda it: it + 1 if it else 0)),
        ("The offset is in pages.", _asking(offset=_page_to_offset)),
        ("A page has at most 100 invoices.", integer("limit", lambda it: 100 if 100 < it <= 250 else it)),
        ("A page has one invoice too many.", integer("limit", lambda it: it + 1 if 0 < it < 250 else it)),
        ("The offset in the pagination is in pages.", _reports("offset", lambda it, _: it["offset"] // it["limit"])),
        ("The offset in the pagination is 0.", _reports("offset", lambda *_: 0)),
        ("The limit in the pagination is the length.", _reports("limit", lambda it, page: len(page) or it["limit"])),
        ("The limit in the pagination is 10.", _reports("limit", lambda *_: 10)),
        ("Later pages are reversed.", _later(lambda page, _: page[::-1])),
        ("Later pages have an invoice twice.", _later(lambda page, _: [*page[:-1], page[0]])),
        ("The last page is short.", _later(lambda page, it: page[:-1] if len(page) < it["limit"] else page)),
        ("Later pages are empty.", _later(lambda *_: [])),
    ),
    *table(
        (_PAGES, "list-default-page"),
        ("The default limit is 20.", _asking(limit=lambda it: "20" if it.asked("limit") is None else "")),
    ),
    *table(
        (_PAGES, _TOTAL, _FILTERS),
        ("The total is the length of the page.", _reports("totalCount", lambda _, page: len(page))),
        ("The total is one too large.", _reports("totalCount", lambda it, _: it["totalCount"] + 1)),
        ("The total is in pages.", _reports("totalCount", lambda it, _: -(-it["totalCount"] // it["limit"]))),
        ("The total is capped at 5.", _reports("totalCount", lambda it, _: min(it["totalCount"], 5))),
        ("The total ignores the filters.", on(LIST, 200, _count_all)),
    ),
    *table((_PAGES, _FILTERS, _SORTS, _STORED), ("The last invoice of a list is lost.", pages(_without_last))),
)


def _extra(make: Callable[[Invoice, Invoice], dict[str, Any]]) -> Act:
    return pages(lambda page, *_: [it | make(it, page[0]) for it in page])


EXTRA_FIELDS = table(
    ("list-extra-fields", "list-matches-reads", _STORED),
    ("A list always includes extra fields.", _asking(isIncludeExtraFields=lambda _: "1")),
    ("A 0 includes extra fields.", parameter("isIncludeExtraFields", lambda it: it.replace("0", "1"))),
    ("A list includes empty extra fields unasked.", _extra(lambda it, _: {"extraFields": it.get("extraFields", [])})),
    (
        "All invoices of a list have the extra fields of the first.",
        _extra(lambda it, first: {"extraFields": first["extraFields"]} if "extraFields" in it else {}),
    ),
)
