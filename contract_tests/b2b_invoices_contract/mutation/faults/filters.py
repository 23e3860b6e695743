"""
Services whose lists hold others than were asked for.
"""

from collections.abc import Callable
from typing import Any

from b2b_invoices_contract.mutation.fault import Fault, fault, pages, queries
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Invoice, Service

from .queries import asks, changed, number

_FILTERS = "list-filters"

_SORTS = "list-sorting"

_PAGES = "list-paging"

IGNORED = tuple(
    asks(
        f"{name.removesuffix('[]')}-ignored",
        changed(name, lambda _: None),
        says=f"The list takes no notice of {name}.",
    )
    for name in [
        "customerId",
        "customerName",
        "status",
        "externalId[]",
        "channelIds",
        "beginDateAt",
        "endDateAt",
        "q",
        "searchBy",
    ]
)

FILTERS = (
    asks(
        "begin-is-after",
        changed("beginDateAt", number(lambda it: it + 1)),
        says="A list begins after the time it is to begin at.",
    ),
    asks(
        "end-is-before",
        changed("endDateAt", number(lambda it: it - 1)),
        says="A list ends before the time it is to end at.",
    ),
    asks(
        "begin-and-end-swapped",
        lambda it: {"beginDateAt": it.asked("endDateAt"), "endDateAt": it.asked("beginDateAt")},
        says="Begin and end of a list are swapped.",
    ),
    asks(
        "dates-in-milliseconds",
        changed("beginDateAt", number(lambda it: it // 1000)),
        says="The time that a list begins at counts as milliseconds.",
    ),
    asks(
        "end-to-end-of-day",
        changed("endDateAt", number(lambda it: it // 86_400 * 86_400 + 86_399)),
        says="A list goes on to the end of the day that it ends in.",
    ),
    asks(
        "status-0-ignored",
        changed("status", lambda it: it if it != "0" else None),
        says="A list of open invoices holds all of them.",
    ),
    asks(
        "status-off-by-one",
        changed("status", number(lambda it: (it + 1) % 3)),
        says="A list of one status holds another.",
    ),
    asks(
        "search-letters-beyond-ascii-lost",
        changed("q", lambda it: it.encode("ascii", "ignore").decode()),
        breaks=(_FILTERS, "list-search"),
        says="A search loses letters beyond ASCII.",
    ),
    asks(
        "search-first-word-only",
        changed("q", lambda it: it.split(" ")[0]),
        breaks=(_FILTERS, "list-search"),
        says="A search looks for the first word only.",
    ),
    asks(
        "search-by-number-always",
        lambda it: (
            {"searchBy": "invoiceNumber"} if it.asked("searchBy") and it.asked("searchBy") != "invoiceNumber" else {}
        ),
        breaks=(_FILTERS, "list-search"),
        says="A search looks in the number, whatever field is asked for.",
    ),
    asks(
        "first-filter-only",
        lambda it: {"status": None, "channelIds": None} if it.asked("customerId") is not None else {},
        says="With a customer asked for, status and channel are ignored.",
    ),
)


def _listed(
    name: str, keep: Callable[[Invoice, Request], Any], *, says: str, breaks: str | tuple[str, ...] = _FILTERS
) -> Fault:
    def change(listed: list[Invoice], _: dict[str, Any], request: Request) -> list[Invoice]:
        return [invoice for invoice in listed if keep(invoice, request)]

    return fault(name, breaks=breaks, says=says)(pages(change))


KEPT = (
    _listed(
        "search-case-matters",
        lambda it, request: _contains(it, request.asked("q") or ""),
        breaks=(_FILTERS, "list-search"),
        says="A search tells capitals from small letters.",
    ),
    _listed(
        "search-whole-numbers-only",
        lambda it, request: (
            not (asked := request.asked("q"))
            or request.asked("searchBy") != "invoiceNumber"
            or it["invoiceNumber"] == asked
        ),
        breaks=(_FILTERS, "list-search"),
        says="A search of numbers finds whole ones only.",
    ),
    _listed(
        "completed-not-listed",
        lambda it, _: it["status"] != 2,
        breaks=(_FILTERS, _PAGES, _SORTS),
        says="Completed invoices are not listed.",
    ),
    _listed(
        "credits-not-listed",
        lambda it, _: not it["openBalance"]["value"].startswith("-"),
        breaks=(_FILTERS, _PAGES, _SORTS, "stored-as-sent"),
        says="Invoices with a negative open balance are not listed.",
    ),
    _listed(
        "external-not-listed",
        lambda it, _: it["source"] == 0,
        breaks=(_FILTERS, _PAGES, "stored-as-sent"),
        says="External invoices are not listed.",
    ),
    _listed(
        "due-long-ago-not-listed",
        lambda it, _: it["dueDate"] > 0,
        breaks=(_FILTERS, "stored-as-sent"),
        says="Invoices with a due date of 0 are not listed.",
    ),
)


def _contains(invoice: Invoice, text: str) -> bool:
    return any(
        text in str(invoice[name])
        for name in ("invoiceNumber", "type", "orderNumber", "purchaseOrderNumber", "customerId", "externalCustomerId")
    )


@fault("search-starts-with", breaks=(_FILTERS, "list-search"), says="A search finds what begins with its text only.")
@pages
def search_starts_with(listed: list[Invoice], _: dict[str, Any], request: Request) -> list[Invoice]:
    wanted, field = (request.asked("q") or "").casefold(), request.asked("searchBy") or "invoiceNumber"
    return [invoice for invoice in listed if str(invoice[field]).casefold().startswith(wanted)]


@fault("only-last-external-id", breaks=_FILTERS, says="Of several external ids asked for, only the last counts.")
@queries
def only_last_external_id(request: Request) -> dict[str, str | None]:
    asked = request.asked("externalId[]")
    return {} if asked is None else {"externalId[]": asked}


@fault("only-last-channel", breaks=_FILTERS, says="Of several channels asked for, only the last counts.")
@queries
def only_last_channel(request: Request) -> dict[str, str | None]:
    asked = request.asked("channelIds")
    return {} if asked is None else {"channelIds": asked}


UNKNOWN = (
    asks(
        "company-id-means-customer",
        lambda it: {"customerId": it.asked("companyId")} if it.asked("companyId") else {},
        breaks="unknown-query-parameters-ignored",
        says="A companyId that nobody knows filters by customer.",
    ),
    asks(
        "page-counts",
        lambda it: {"offset": "10"} if it.asked("page") == "2" else {},
        breaks="unknown-query-parameters-ignored",
        says="A page that nobody knows skips invoices.",
    ),
    asks(
        "order-number-filters",
        lambda it: {"q": it.asked("orderNumber"), "searchBy": "orderNumber"} if it.asked("orderNumber") else {},
        breaks="unknown-query-parameters-ignored",
        says="An orderNumber that nobody knows filters.",
    ),
    asks(
        "invoice-number-filters",
        lambda it: {"q": it.asked("invoiceNumber"), "searchBy": "invoiceNumber"} if it.asked("invoiceNumber") else {},
        breaks="unknown-query-parameters-ignored",
        says="An invoiceNumber that nobody knows filters.",
    ),
)


@fault(
    "unknown-parameters-empty-list",
    breaks="unknown-query-parameters-ignored",
    says="With a parameter that nobody knows, a list is empty.",
)
def unknown_parameters_empty_list(request: Request, service: Service) -> Response:
    response = service.send(request)
    if request.operation == "listInvoices" and response.is_success and "foo" in request.query:
        response.json = response.json | {"data": []}
    return response


def _search_skips(name: str, field: str) -> Fault:
    """
    Have a search without a field take no notice of *field*.
    """

    def change(listed: list[Invoice], _: dict[str, Any], request: Request) -> list[Invoice]:
        wanted = request.asked("q")
        if not wanted or request.asked("searchBy"):
            return listed
        fields = {"invoiceNumber", "type", "orderNumber", "purchaseOrderNumber", "customerId", "externalCustomerId"} - {
            field
        }
        return [it for it in listed if any(wanted.casefold() in str(it[name]).casefold() for name in fields)]

    return fault(name, breaks="list-search", says=f"A search without a field does not look at {field}.")(pages(change))


SEARCHED = tuple(
    _search_skips(f"search-skips-{name}", name)
    for name in ("type", "orderNumber", "purchaseOrderNumber", "customerId", "externalCustomerId")
)
