"""
Services whose pages are not the list, whose totals do not count it, and that show extra fields at the wrong time.
"""

from collections.abc import Callable
from typing import Any

from b2b_invoices_contract.mutation.fault import Fault, fault, pages
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Invoice, Service

from .queries import asks, changed, number

_FILTERS = "list-filters"

_SORTS = "list-sorting"

_PAGES = "list-paging"

_EXTRA = "list-extra-fields"

PAGING = (
    asks("offset-ignored", changed("offset", lambda _: "0"), breaks=_PAGES, says="Every page is the first."),
    asks(
        "offset-off-by-one",
        changed("offset", number(lambda it: max(it - 1, 0))),
        breaks=_PAGES,
        says="Pages overlap by one invoice.",
    ),
    asks(
        "offset-skips-one",
        changed("offset", number(lambda it: it + 1 if it else 0)),
        breaks=_PAGES,
        says="Between pages, an invoice is left out.",
    ),
    asks(
        "offset-counts-pages",
        lambda it: (
            {"offset": str(int(it.asked("offset") or 0) * int(it.asked("limit") or 10))}
            if (it.asked("offset") or "").isdigit() and (it.asked("limit") or "1").isdigit()
            else {}
        ),
        breaks=_PAGES,
        says="The offset counts pages, not invoices.",
    ),
    asks(
        "limit-ignored",
        changed("limit", lambda it: "250" if it.isdigit() and 0 < int(it) <= 250 else it),
        breaks=_PAGES,
        says="Every page is of the largest size.",
    ),
    asks(
        "limit-capped-at-100",
        changed("limit", lambda it: "100" if it.isdigit() and 100 < int(it) <= 250 else it),
        breaks=_PAGES,
        says="A page holds 100 invoices at most, however many are asked for.",
    ),
    asks(
        "limit-off-by-one",
        changed("limit", number(lambda it: it + 1 if 0 < it < 250 else it)),
        breaks=_PAGES,
        says="A page holds one invoice more than asked for.",
    ),
    asks(
        "limit-default-20",
        lambda it: {"limit": "20"} if it.asked("limit") is None else {},
        breaks=(_PAGES, "list-default-page"),
        says="A page holds 20 invoices by default.",
    ),
)


def _paged(
    name: str,
    change: Callable[[list[Invoice], dict[str, Any], Request], list[Invoice]],
    *,
    says: str,
    breaks: str | tuple[str, ...] = _PAGES,
) -> Fault:
    return fault(name, breaks=breaks, says=says)(pages(change))


def _telling(
    **values: Callable[[dict[str, Any], list[Invoice]], int],
) -> Callable[[list[Invoice], dict[str, Any], Request], list[Invoice]]:
    def change(listed: list[Invoice], pagination: dict[str, Any], _: Request) -> list[Invoice]:
        pagination.update({name: value(dict(pagination), listed) for name, value in values.items()})
        return listed

    return change


TOLD = (
    _paged(
        "total-of-page",
        _telling(totalCount=lambda _, listed: len(listed)),
        breaks=(_PAGES, "list-total-count"),
        says="The total counts the invoices of the page.",
    ),
    _paged(
        "total-off-by-one",
        _telling(totalCount=lambda it, _: it["totalCount"] + 1),
        breaks=(_PAGES, "list-total-count"),
        says="The total counts one too many.",
    ),
    _paged(
        "total-in-pages",
        _telling(totalCount=lambda it, _: -(-it["totalCount"] // it["limit"])),
        breaks=(_PAGES, "list-total-count"),
        says="The total counts pages.",
    ),
    _paged(
        "total-capped",
        _telling(totalCount=lambda it, _: min(it["totalCount"], 5)),
        breaks=(_PAGES, "list-total-count"),
        says="The total is capped.",
    ),
    _paged(
        "offset-told-in-pages",
        _telling(offset=lambda it, _: it["offset"] // it["limit"]),
        says="The pagination tells the number of the page for the offset.",
    ),
    _paged(
        "offset-told-as-0", _telling(offset=lambda _, __: 0), says="The pagination tells an offset of 0 on every page."
    ),
    _paged(
        "limit-told-as-length",
        _telling(limit=lambda it, listed: len(listed) or it["limit"]),
        says="The pagination tells the length of the page for the limit.",
    ),
    _paged("limit-told-as-10", _telling(limit=lambda _, __: 10), says="The pagination always tells the default limit."),
    _paged(
        "page-turned-round",
        lambda listed, _, request: listed[::-1] if request.asked("offset") not in {None, "0"} else listed,
        says="Pages after the first are turned round.",
    ),
    _paged(
        "page-with-a-twin",
        lambda listed, pagination, _: [*listed[:-1], listed[0]] if pagination["offset"] and len(listed) > 1 else listed,
        says="A page has an invoice twice, and another not at all.",
    ),
    _paged(
        "last-page-is-short",
        lambda listed, pagination, _: (
            listed[:-1] if pagination["offset"] and len(listed) < pagination["limit"] else listed
        ),
        says="The last page lacks an invoice.",
    ),
    _paged(
        "last-of-list-lost",
        lambda listed, pagination, _: (
            listed[:-1]
            if pagination["offset"] + len(listed) == pagination["totalCount"] and len(listed) > 1
            else listed
        ),
        breaks=(_PAGES, _FILTERS, _SORTS, "stored-as-sent"),
        says="The last invoice of a list is left out.",
    ),
    _paged(
        "second-page-empty",
        lambda listed, pagination, _: [] if pagination["offset"] else listed,
        says="Every page after the first is empty.",
    ),
)


@fault(
    "total-counts-all",
    breaks=("list-total-count", _PAGES, _FILTERS),
    says="The total counts all invoices of the store, whatever the filters.",
)
def total_counts_all(request: Request, service: Service) -> Response:
    response = service.send(request)
    if request.operation == "listInvoices" and response.is_success:
        envelope = response.json
        whole = service.send(request.to("GET", "/invoices", "limit=1"))
        envelope["meta"]["pagination"]["totalCount"] = whole.json["meta"]["pagination"]["totalCount"]
        response.json = envelope
    return response


EXTRA_FIELDS = (
    asks(
        "extra-fields-always",
        lambda _: {"isIncludeExtraFields": "1"},
        breaks=_EXTRA,
        says="A list always holds extra fields.",
    ),
    asks(
        "extra-fields-never",
        lambda _: {"isIncludeExtraFields": None},
        breaks=(_EXTRA, "stored-as-sent"),
        says="A list never holds extra fields.",
    ),
    asks(
        "extra-fields-when-asked-not-to",
        changed("isIncludeExtraFields", lambda it: "1" if it == "0" else it),
        breaks=_EXTRA,
        says="A list holds extra fields when asked not to.",
    ),
)


@fault(
    "extra-fields-empty-unasked",
    breaks=_EXTRA,
    says="A list that was not asked for extra fields says that there are none.",
)
@pages
def extra_fields_empty_unasked(listed: list[Invoice], _: dict[str, Any], __: Request) -> list[Invoice]:
    return [{"extraFields": [], **invoice} for invoice in listed]


@fault(
    "extra-fields-of-the-first",
    breaks=("list-matches-reads", _EXTRA, "stored-as-sent"),
    says="All invoices of a list have the extra fields of its first.",
)
@pages
def extra_fields_of_the_first(listed: list[Invoice], _: dict[str, Any], __: Request) -> list[Invoice]:
    return [
        invoice | ({"extraFields": listed[0]["extraFields"]} if "extraFields" in invoice else {}) for invoice in listed
    ]
