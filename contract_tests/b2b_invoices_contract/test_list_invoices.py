"""
What listInvoices promises, checked on invoices made for it among all others.
"""

from collections.abc import Callable
from itertools import cycle
from typing import Any

import attrs
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b_invoices.models import IncludeExtraFields, InvoiceSearchField, InvoiceSortField, InvoiceStatus, SortDirection
from b2b_invoices_spec import load_contract

from .failures import BrokenPromise, Comparisons, expect
from .near_queries import bad_queries
from .profiles import Pace, sparing
from .session import LONGEST_PAGE, Api, Invoice, invoices_on, succeeded


@attrs.frozen
class Filter:
    """
    A filter of the list.

    Attributes:
        parameters: What to ask for so that a given invoice is found.
        matches: Whether an invoice is to be on the list when a given one is asked for.
    """

    parameters: Callable[[Invoice], dict[str, Any]]
    matches: Callable[[Invoice, Invoice], bool]


def _equal(parameter: str, field: str, make: Callable[[Any], Any] = lambda value: value) -> Filter:
    return Filter(
        lambda wanted: {parameter: make(wanted[field])}, lambda invoice, wanted: bool(invoice[field] == wanted[field])
    )


def _search(field: str, member: InvoiceSearchField) -> Filter:
    return Filter(
        lambda wanted: {"q": str(wanted[field]), "search_by": member},
        lambda invoice, wanted: str(wanted[field]).casefold() in str(invoice[field]).casefold(),
    )


_FILTERS = {
    "customerId": _equal("customer_id", "customerId"),
    "customerName": _equal("customer_name", "customerName"),
    "status": _equal("status", "status", InvoiceStatus),
    "externalId": _equal("external_id", "externalId", lambda value: [value, "no-such-id"]),
    "channelIds": _equal("channel_ids", "channelId", lambda value: [int(value)]),
    "two channelIds": Filter(
        lambda wanted: {"channel_ids": [int(wanted["channelId"]), 3]},
        lambda invoice, wanted: invoice["channelId"] in {wanted["channelId"], "3"},
    ),
    "part of a customerName": Filter(
        lambda wanted: {"customer_name": wanted["customerName"][2:].upper()},
        lambda invoice, wanted: wanted["customerName"][2:].upper() in invoice["customerName"].upper(),
    ),
    "beginDateAt": Filter(
        lambda wanted: {"begin_date_at": wanted["createdAt"]},
        lambda invoice, wanted: bool(invoice["createdAt"] >= wanted["createdAt"]),
    ),
    "endDateAt": Filter(
        lambda wanted: {"end_date_at": wanted["createdAt"]},
        lambda invoice, wanted: bool(invoice["createdAt"] <= wanted["createdAt"]),
    ),
    "q in invoiceNumber": _search("invoiceNumber", InvoiceSearchField("invoiceNumber")),
    "q in orderNumber": _search("orderNumber", InvoiceSearchField("orderNumber")),
    "q in purchaseOrderNumber": _search("purchaseOrderNumber", InvoiceSearchField("purchaseOrderNumber")),
    "q in type": _search("type", InvoiceSearchField("type")),
    "q in customerId": _search("customerId", InvoiceSearchField("customerId")),
    "q in externalCustomerId": _search("externalCustomerId", InvoiceSearchField("externalCustomerId")),
}

_SORT_FIELDS: dict[str, Callable[[Invoice], Any]] = {
    "invoiceNumber": lambda invoice: invoice["invoiceNumber"],
    "createdAt": lambda invoice: invoice["createdAt"],
    "updatedAt": lambda invoice: invoice["updatedAt"],
    "customerId": lambda invoice: invoice["customerId"],
    "externalCustomerId": lambda invoice: invoice["externalCustomerId"],
    "dueDate": lambda invoice: invoice["dueDate"],
    "status": lambda invoice: invoice["status"],
    "openBalance": lambda invoice: float(invoice["openBalance"]["value"]),
    "originalBalance": lambda invoice: float(invoice["originalBalance"]["value"]),
}

_SEARCHED = ["invoiceNumber", "type", "orderNumber", "purchaseOrderNumber", "customerId", "externalCustomerId"]

_BAD_QUERIES = bad_queries(load_contract().document)

_WINDOW: dict[str, Any] = {"begin_date_at": 1_700_000_000, "end_date_at": 1_700_000_003}


@attrs.frozen
class Listed:
    """
    A few invoices on record among others.

    Attributes:
        invoices: The invoices, as they read.
        prefix: What their numbers begin with.
    """

    invoices: list[Invoice]
    prefix: str

    @property
    def ids(self) -> list[int]:
        """Their ids."""
        return _ids(self.invoices)

    def among(self, listed: list[Invoice]) -> list[Invoice]:
        """
        Return those of *listed* that are among them.
        """
        return [invoice for invoice in listed if invoice.get("id") in self.ids]


@pytest.fixture(scope="module", name="made")
def _made(api: Api) -> Listed:
    """A few invoices that differ in all that a list can tell apart."""
    companies = [company for company in (api.target.company_id, api.target.other_company_id) if company]
    # No two fields go together, numbers are neither in order nor of one length, and some share what they have.
    numbers = [api.drafts.number(f"list {index} äß" + "x" * (index * 5 % 7)) for index in range(7)]
    drafts = [
        {
            "invoiceNumber": numbers[index * 3 % 7],
            "orderNumber": api.drafts.order_number(),
            "customerId": companies[index % len(companies)],
            "originalBalance": {"code": "USD", "value": [50, 700, 9, 0.5, 50, 33, 8000][index]},
            "openBalance": {"code": "USD", "value": value},
            "status": index // 2 % 2,
            "type": f"Kind {index}",
            # One has what others have elsewhere, for searches of one field to leave it out.
            "purchaseOrderNumber": api.drafts.number(f"po Kind 3 {companies[-1]}" if index == 4 else "po"),
            "externalId": api.drafts.number("erp"),
            "externalCustomerId": f"Buyer {index * 5 % 4} {api.drafts.prefix}",
            "extraFields": [{"fieldName": "Index", "fieldValue": str(index)}],
            "channelId": 1 + index % 3,
            "issuedAt": 1_700_000_000 + [1, 1, 3, 2, 0, 3, 0][index],
            "dueDate": 1_800_000_000 + [4, 90, 1, 4, 17, 200, 90][index],
        }
        for index, value in enumerate([3, 0.0001, 20, -5, 3, 100000.5, 0])
    ]
    ids = [api.created_id(draft) for draft in drafts]
    made = {invoice["id"]: invoice for invoice in api.own()}
    if missing := set(ids) - made.keys():
        raise BrokenPromise(f"no invoice {missing} in a list for its number", "all of them", promise="list-filters")
    return Listed([made[invoice_id] for invoice_id in ids], f"{api.drafts.prefix}-")


@pytest.mark.promise("list-filters")
def test_filters(api: Api, made: Listed, pace: Pace) -> None:
    """
    A filter lets through the invoices that match it, and no others.
    """
    wanted = made.invoices[3]  # one in the middle, which others come before and after

    with Comparisons() as compare:
        for name in pace.some(list(_FILTERS), 3):
            listed = made.among(_window(api, **_FILTERS[name].parameters(wanted)))
            compare.make(_expect_matching, made, [name], wanted, listed)


@pytest.mark.promise("list-filters")
@sparing()
@given(data=st.data())
def test_filters_together(api: Api, made: Listed, data: st.DataObject) -> None:
    """
    Several filters let through the invoices that match all of them.
    """
    names = data.draw(st.lists(st.sampled_from(sorted(_FILTERS)), min_size=2, max_size=3, unique_by=_parameter_of))
    wanted = data.draw(st.sampled_from(made.invoices))
    parameters = {key: value for name in names for key, value in _FILTERS[name].parameters(wanted).items()}

    listed = made.among(_window(api, **parameters))

    _expect_matching(made, names, wanted, listed)


@pytest.mark.thorough
@pytest.mark.promise("list-filters")
def test_filters_beside_a_customer(api: Api, made: Listed) -> None:
    """
    A filter beside the customer lets through what matches both.
    """
    others = [name for name in _FILTERS if name != "customerId" and not name.startswith("q ")]

    with Comparisons() as compare:
        for name, wanted in zip(others, cycle(made.invoices), strict=False):
            parameters = _FILTERS["customerId"].parameters(wanted) | _FILTERS[name].parameters(wanted)
            listed = made.among(_window(api, **parameters))
            compare.make(_expect_matching, made, ["customerId", name], wanted, listed)


@pytest.mark.promise("list-search")
def test_searches(api: Api, made: Listed, pace: Pace) -> None:
    """
    What is searched for without naming a field is found in every field that can be searched.
    """
    wanted = made.invoices[3]

    with Comparisons() as compare:
        for field in pace.some(_SEARCHED, 1):
            text = str(wanted[field]).swapcase()
            ids = _ids(made.among(_window(api, q=text)))
            compare.make(expect, ids.count(wanted["id"]), 1, f"how often a search for the {field} {text!r} finds it:")


@pytest.mark.promise("list-filters")
def test_nothing_matches(api: Api) -> None:
    """
    A list that nothing matches is empty, and counts nothing.
    """
    page = api.page(q="no invoice has this anywhere 5d0c1f")

    expect(page.get("data"), [], "a list that nothing matches:")
    expect(page.get("meta", "pagination", "totalCount"), 0, "total of a list that nothing matches:")


@pytest.mark.promise("list-matches-reads")
def test_agrees_with_reads(api: Api, made: Listed, pace: Pace) -> None:
    """
    An invoice in a list is the invoice that a read of it gives.
    """
    with Comparisons() as compare:
        for invoice in pace.some(made.invoices, 1):
            compare.make(expect, invoice, api.invoice(invoice["id"]), "the invoice in a list:")


@pytest.mark.promise("list-sorting")
def test_sorted(api: Api, made: Listed, pace: Pace) -> None:
    """
    The list is in the order of the field, in the direction asked for.
    """
    cases = [(field, direction) for field in _SORT_FIELDS for direction in (SortDirection.ASC, SortDirection.DESC)]

    with Comparisons() as compare:
        for field, direction in pace.some(cases, 2):
            listed = made.among(_window(api, q=made.prefix, sort_by=InvoiceSortField(field), order_by=direction))
            keys = [_SORT_FIELDS[field](invoice) for invoice in listed]
            ordered = sorted(keys, reverse=direction is SortDirection.DESC)
            compare.make(expect, keys, ordered, f"{field} of the invoices, {direction}:")
            compare.make(expect, len(keys), len(made.invoices), f"how many are listed by {field}, {direction}:")


@pytest.mark.promise("list-default-order")
def test_newest_first(api: Api, made: Listed) -> None:
    """
    A list that nobody sorted begins with the invoice that was issued last.
    """
    listed = _window(api, q=made.prefix)

    times = [invoice["createdAt"] for invoice in made.among(listed)]
    expect(times, sorted(times, reverse=True), "times of creation in a list that nobody sorted:")


@pytest.mark.promise("list-paging")
@pytest.mark.promise("list-total-count")
def test_pages(api: Api, made: Listed, pace: Pace) -> None:
    """
    Pages of any size make up the whole list, in the same order, each invoice once.
    """
    whole = _ids(_window(api, q=made.prefix))
    count = len(made.invoices)

    with Comparisons() as compare:
        for limit in pace.some([3, count - 1, count, count + 1, 4], 1):
            query = _WINDOW | {"q": made.prefix, "limit": limit}
            pages = [api.page(**query, offset=offset) for offset in range(0, count + 1, limit)]
            ids = [invoice["id"] for page in pages for invoice in invoices_on(page)]
            compare.make(expect, ids, whole, f"ids on all pages of {limit}:", promise="list-paging")
            for number, page in enumerate(pages):
                told = page.get("meta", "pagination")
                place = {"limit": limit, "offset": number * limit}
                what = f"pagination of page {number} of {limit}:"
                met = {name: (told or {}).get(name) for name in place}
                compare.make(expect, met, place, what, page, promise="list-paging")
                total = (told or {}).get("totalCount")
                compare.make(
                    expect, total, count, f"total on page {number} of {limit}:", page, promise="list-total-count"
                )


@pytest.mark.thorough
@pytest.mark.promise("list-paging")
@pytest.mark.parametrize("limit", [1, LONGEST_PAGE])
def test_bounds_of_a_page(api: Api, made: Listed, limit: int) -> None:
    """
    The smallest page and the largest hold as many as they say, or as there are.
    """
    page = api.page(**(_WINDOW | {"q": made.prefix, "limit": limit}))

    expect(len(invoices_on(page)), min(limit, len(made.invoices)), f"how many are on a page of {limit}:")
    expect(page.get("meta", "pagination", "limit"), limit, f"limit that a page of {limit} tells:")


@pytest.mark.promise("list-default-page")
def test_defaults(api: Api, made: Listed) -> None:  # noqa: ARG001 - so that there are some invoices
    """
    A list that nobody limited holds ten invoices, from the first on.
    """
    page = succeeded(api.send("GET"), "a list")

    told = {name: page.get("meta", "pagination", name) for name in ("limit", "offset")}
    expect(told, {"limit": 10, "offset": 0}, "pagination of a list that nobody limited:", page)
    least = min(10, page.get("meta", "pagination", "totalCount") or 0)
    expect(len(invoices_on(page)), least, "how many invoices are on it:", page)


@pytest.mark.promise("query-parameters-are-validated")
def test_query_is_checked(api: Api, pace: Pace) -> None:
    """
    A value that a parameter cannot have is refused with 400, and the parameter is named.
    """
    with Comparisons() as compare:
        for name, value in pace.some(_BAD_QUERIES, 2):
            exchange = api.send("GET", f"/invoices?{name}={value}")
            compare.make(expect, exchange.status, 400, f"status of a list with {name}={value}:", exchange)
            if exchange.status == 400:
                told = str(exchange.get("data", "errMsg"))
                compare.make(expect, name in told, True, f"whether the answer to {name}={value} names it:", exchange)


@pytest.mark.promise("unknown-query-parameters-ignored")
def test_unknown_parameters_are_ignored(api: Api, made: Listed, pace: Pace) -> None:
    """
    A list with parameters that nobody knows is the list without them.
    """
    window = str(httpx.QueryParams({"beginDateAt": 1_700_000_000, "endDateAt": 1_700_000_003, "q": made.prefix}))
    plain = api.send("GET", f"/invoices?{window}").json

    with Comparisons() as compare:
        for unknown in pace.some(["companyId=1", "orderNumber=none", "invoiceNumber=none", "foo[]=1&bar", "page=2"], 1):
            exchange = api.send("GET", f"/invoices?{window}&{unknown}")
            compare.make(expect, exchange.json, plain, f"the list with {unknown}:", exchange)


@pytest.mark.promise("list-extra-fields")
def test_extra_fields(api: Api, made: Listed, pace: Pace) -> None:
    """
    Extra fields are in a list when it is asked for them, and only then.
    """
    with Comparisons() as compare:
        for asked in pace.some([None, IncludeExtraFields.NO], 1):
            parameters = {} if asked is None else {"is_include_extra_fields": asked}
            listed = {invoice["id"]: invoice for invoice in _window(api, q=made.prefix, **parameters)}
            met = [listed.get(invoice_id, {}).get("extraFields") for invoice_id in made.ids]
            compare.make(expect, met, [None] * len(met), f"extraFields in a list that is asked with {asked}:")
        met = [invoice.get("extraFields") for invoice in made.invoices]  # which were listed with them
        expected = [[{"fieldName": "Index", "fieldValue": str(index)}] for index in range(len(met))]
        compare.make(expect, met, expected, "extraFields in a list that is asked for them:")


def _expect_matching(made: Listed, names: list[str], wanted: Invoice, listed: list[Invoice]) -> None:
    expected = {
        invoice["id"] for invoice in made.invoices if all(_FILTERS[name].matches(invoice, wanted) for name in names)
    }
    expect(sorted(_ids(listed)), sorted(expected), f"ids listed by {' and '.join(names)}:")


def _parameter_of(name: str) -> str:
    return {"q ": "q", "tw": "channelIds", "pa": "customerName"}.get(name[:2], name)


def _window(api: Api, **parameters: Any) -> list[Invoice]:
    """
    List with *parameters*, narrowed to the seconds in which these invoices were issued.
    """
    return api.listed(**(_WINDOW | {"limit": LONGEST_PAGE} | parameters))


def _ids(invoices: list[Invoice]) -> list[int]:
    return [invoice["id"] for invoice in invoices]
