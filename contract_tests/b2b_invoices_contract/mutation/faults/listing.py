"""
Servers whose lists are filtered, sorted, paged or counted wrongly.
"""

from collections.abc import Callable
from typing import Any

from b2b_invoices_contract.mutation.fault import Act, pages, queries
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Invoice, Service
from b2b_invoices_spec import load_contract

from .table import integer, listed, on, parameter, table

_FILTERS, _SEARCH, _SORTS, _PAGES = "list-filters", "list-search", "list-sorting", "list-paging"
_EXTRA, _TOTAL, _STORED = "list-extra-fields", "list-total-count", "stored-as-sent"
_UNKNOWN = "unknown-query-parameters-ignored"
_SEARCHED = load_contract().schema("InvoiceSearchField")["enum"]


def _contains(invoice: Invoice, text: str, but: str = "") -> bool:
    return any(text.casefold() in str(invoice[name]).casefold() for name in _SEARCHED if name != but)


def _in_case(invoice: Invoice, request: Request) -> bool:
    return any((request.asked("q") or "") in str(invoice[name]) for name in _SEARCHED)


def _is_whole(invoice: Invoice, request: Request) -> bool:
    is_meant = request.asked("q") and request.asked("searchBy") == "invoiceNumber"
    return not is_meant or invoice["invoiceNumber"] == request.asked("q")


def _starts(invoice: Invoice, request: Request) -> bool:
    found = str(invoice[request.asked("searchBy") or "invoiceNumber"])
    return found.casefold().startswith((request.asked("q") or "").casefold())


def _is_found_without(name: str) -> Callable[[Invoice, Request], bool]:
    def keep(invoice: Invoice, request: Request) -> bool:
        text = request.asked("q")
        return not text or request.asked("searchBy") is not None or _contains(invoice, text, but=name)

    return keep


def _last_only(name: str) -> Act:
    return parameter(name, lambda text: text)  # one value takes the place of all


def _renamed(**names: str) -> Act:
    """Read an unknown parameter as a known one."""
    return queries(lambda it: {known: it.asked(name) for name, known in names.items() if it.asked(name)})


def _swapped_ends(request: Request) -> dict[str, str | None]:
    return {"beginDateAt": request.asked("endDateAt"), "endDateAt": request.asked("beginDateAt")}


def _customer_only(request: Request) -> dict[str, str | None]:
    return {"status": None, "channelIds": None} if request.asked("customerId") else {}


def _second_page(request: Request) -> dict[str, str | None]:
    return {"offset": "10"} if request.asked("page") == "2" else {}


def _is_not_negative(invoice: Invoice, _: Request) -> bool:
    return not invoice["openBalance"]["value"].startswith("-")


def _searched(name: str) -> Act:
    return queries(lambda it: {"q": it.asked(name), "searchBy": name} if it.asked(name) else {})


def _without_foo(request: Request, response: Response, _: Service) -> Response | None:
    return response.update(data=[]) if "foo" in request.query else None


FILTERS = (
    *table(
        _FILTERS,
        ("A list begins after beginDateAt.", integer("beginDateAt", lambda it: it + 1)),
        ("A list ends before endDateAt.", integer("endDateAt", lambda it: it - 1)),
        ("The ends of a list are swapped.", queries(_swapped_ends)),
        ("beginDateAt is in milliseconds.", integer("beginDateAt", lambda it: it // 1000)),
        ("A list ends at midnight after endDateAt.", integer("endDateAt", lambda it: it // 86_400 * 86_400 + 86_399)),
        ("A filter for status 0 is ignored.", parameter("status", lambda it: it if it != "0" else None)),
        ("A filter for a status finds another.", integer("status", lambda it: (it + 1) % 3)),
        ("With a customer other filters are ignored.", queries(_customer_only)),
        ("Only the last external id counts.", _last_only("externalId[]")),
        ("Only the last channel counts.", _last_only("channelIds")),
    ),
    *table(
        (_FILTERS, _SEARCH),
        ("A search loses characters beyond ASCII.", parameter("q", lambda it: it.encode("ascii", "ignore").decode())),
        ("A search uses the first word only.", parameter("q", lambda it: it.split(" ")[0])),
        ("A search always uses the invoice number.", parameter("searchBy", lambda _: "invoiceNumber")),
        ("A search is case sensitive.", listed(_in_case)),
        ("A search finds whole numbers only.", listed(_is_whole)),
        ("A search finds the start of values only.", listed(_starts)),
    ),
    *table(
        _SEARCH,
        *((f"A search without a field skips {it}.", listed(_is_found_without(it))) for it in _SEARCHED[1:]),
    ),
    *table(
        (_FILTERS, _PAGES, _SORTS, _STORED),
        ("Completed invoices are not listed.", listed(lambda it, _: it["status"] != 2)),
        ("Invoices with a negative balance are not listed.", listed(_is_not_negative)),
        ("External invoices are not listed.", listed(lambda it, _: it["source"] == 0)),
        ("Invoices with a due date of 0 are not listed.", listed(lambda it, _: it["dueDate"] > 0)),
    ),
    *table(
        _UNKNOWN,
        ("The unknown parameter companyId is a customer.", _renamed(companyId="customerId")),
        ("The unknown parameter page skips invoices.", queries(_second_page)),
        ("The unknown parameter orderNumber is a filter.", _searched("orderNumber")),
        ("The unknown parameter invoiceNumber is a filter.", _searched("invoiceNumber")),
        ("With an unknown parameter a list is empty.", on("listInvoices", 200, _without_foo)),
    ),
)


def _by(field: str, other: str) -> Act:
    return parameter("sortBy", lambda it: other if it == field else it)


def _sorted(key: Callable[[Any], Any], *fields: str) -> Act:
    def change(page: list[Invoice], _: dict[str, Any], request: Request) -> list[Invoice]:
        field = request.asked("sortBy") or ""
        if field not in fields:
            return page
        shuffled = sorted(page, key=lambda it: str(it["id"])[::-1])
        return sorted(shuffled, key=lambda it: key(it[field]), reverse=request.asked("orderBy") != "ASC")

    return pages(change)


def _ascending(request: Request) -> dict[str, str | None]:
    return {} if request.asked("sortBy") or request.asked("orderBy") else {"orderBy": "ASC"}


SORTING = table(
    _SORTS,
    ("A list is always ascending.", parameter("orderBy", lambda _: "ASC")),
    ("Sort directions are swapped.", parameter("orderBy", lambda it: {"ASC": "DESC", "DESC": "ASC"}.get(it, it))),
    ("A list is sorted by original for open balance.", _by("openBalance", "originalBalance")),
    ("A list is sorted by update for issue time.", _by("createdAt", "updatedAt")),
    ("A list is sorted by customer for external customer.", _by("externalCustomerId", "customerId")),
    ("A list is sorted by issue time for due date.", _by("dueDate", "createdAt")),
    ("Balances are sorted as text.", _sorted(lambda it: it["value"], "openBalance", "originalBalance")),
    ("Balances are sorted without sign.", _sorted(lambda it: abs(float(it["value"])), "openBalance")),
    ("Balances are sorted in whole units.", _sorted(lambda it: int(float(it["value"])), "openBalance")),
    ("Numbers are sorted by length.", _sorted(lambda it: (len(it), it), "invoiceNumber")),
    ("Numbers are sorted from the end.", _sorted(lambda it: it[::-1], "invoiceNumber")),
    ("Due dates are sorted by last digit.", _sorted(lambda it: str(it)[::-1], "dueDate")),
    ("Statuses are sorted by name.", _sorted(lambda it: ("Open", "Partially paid", "Completed")[it], "status")),
) + table((_SORTS, "list-default-order"), ("The default order is oldest first.", queries(_ascending)))


def _clamped(text: str, lowest: int, limit: str) -> str:
    return limit if text.isdigit() and lowest < int(text) <= 250 else text


def _pages_skipped(request: Request) -> dict[str, str | None]:
    offset, limit = request.asked("offset") or "0", request.asked("limit") or "10"
    return {"offset": str(int(offset) * int(limit))} if (offset + limit).isdigit() else {}


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
    whole = service.send(request.to("GET", "/invoices", "limit=1")).json
    envelope = response.json
    envelope["meta"]["pagination"]["totalCount"] = whole["meta"]["pagination"]["totalCount"]
    return response.update(meta=envelope["meta"])


PAGING = (
    *table(
        _PAGES,
        ("Pages overlap by one invoice.", integer("offset", lambda it: max(it - 1, 0))),
        ("An invoice between pages is lost.", integer("offset", lambda it: it + 1 if it else 0)),
        ("The offset is in pages.", queries(_pages_skipped)),
        ("A page has at most 100 invoices.", parameter("limit", lambda it: _clamped(it, 100, "100"))),
        ("A page has one invoice too many.", integer("limit", lambda it: it + 1 if 0 < it < 250 else it)),
        ("The offset in the pagination is in pages.", _reports("offset", lambda it, _: it["offset"] // it["limit"])),
        ("The offset in the pagination is 0.", _reports("offset", lambda *_: 0)),
        ("The limit in the pagination is the length.", _reports("limit", lambda it, page: len(page) or it["limit"])),
        ("The limit in the pagination is 10.", _reports("limit", lambda *_: 10)),
        ("Later pages are reversed.", _later(lambda page, _: page[::-1])),
        ("Later pages have an invoice twice.", _later(lambda page, _: [*page[:-1], page[0]])),
        ("The last page lacks an invoice.", _later(lambda page, it: page[:-1] if len(page) < it["limit"] else page)),
        ("Later pages are empty.", _later(lambda *_: [])),
    ),
    *table(
        (_PAGES, "list-default-page"),
        ("The default limit is 20.", queries(lambda it: {"limit": "20"} if it.asked("limit") is None else {})),
    ),
    *table(
        (_PAGES, _TOTAL, _FILTERS),
        ("The total is the length of the page.", _reports("totalCount", lambda _, page: len(page))),
        ("The total is one too large.", _reports("totalCount", lambda it, _: it["totalCount"] + 1)),
        ("The total is in pages.", _reports("totalCount", lambda it, _: -(-it["totalCount"] // it["limit"]))),
        ("The total is capped at 5.", _reports("totalCount", lambda it, _: min(it["totalCount"], 5))),
        ("The total ignores the filters.", on("listInvoices", 200, _count_all)),
    ),
    *table((_PAGES, _FILTERS, _SORTS, _STORED), ("The last invoice of a list is lost.", pages(_without_last))),
)


def _empty_extra(page: list[Invoice], _: dict[str, Any], __: Request) -> list[Invoice]:
    return [{"extraFields": [], **it} for it in page]


def _first_extra(page: list[Invoice], _: dict[str, Any], __: Request) -> list[Invoice]:
    return [{**it, "extraFields": page[0]["extraFields"]} if "extraFields" in it else it for it in page]


EXTRA_FIELDS = table(
    (_EXTRA, "list-matches-reads", _STORED),
    ("A list always includes extra fields.", queries(lambda _: {"isIncludeExtraFields": "1"})),
    ("A 0 includes extra fields.", parameter("isIncludeExtraFields", lambda it: it.replace("0", "1"))),
    ("A list includes empty extra fields unasked.", pages(_empty_extra)),
    ("All invoices of a list have the extra fields of the first.", pages(_first_extra)),
)
