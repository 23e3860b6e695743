"""
What listInvoices promises, checked on invoices made for it among all others.
"""

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b_invoices.models import IncludeExtraFields, InvoiceSearchField, InvoiceSortField, InvoiceStatus, SortDirection

from .failures import expect
from .session import Api, Invoice


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
    "q anywhere": Filter(
        lambda wanted: {"q": wanted["invoiceNumber"]},
        lambda invoice, wanted: wanted["invoiceNumber"].casefold() in invoice["invoiceNumber"].casefold(),
    ),
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


@pytest.fixture(scope="module", name="invoices")
def _invoices(api: Api) -> list[Invoice]:
    """A few invoices that differ in all that a list can tell apart, on record among others."""
    companies = [company for company in (api.target.company_id, api.target.other_company_id) if company]
    drafts = [
        {
            "invoiceNumber": api.drafts.number(f"list {index} äß"),
            "orderNumber": api.drafts.order_number(),
            "customerId": companies[index % len(companies)],
            "originalBalance": {"code": "USD", "value": value * 10},
            "openBalance": {"code": "USD", "value": value},
            "status": index % 2,
            "type": f"Kind {index}",
            "purchaseOrderNumber": api.drafts.number("po"),
            "externalId": api.drafts.number("erp"),
            "externalCustomerId": f"Buyer {index % 4}",
            "extraFields": [{"fieldName": "Index", "fieldValue": str(index)}],
            "channelId": 1 + index % 3,
            "issuedAt": 1_700_000_000 + index // 2,
            "dueDate": 1_800_000_000 - index // 3,
        }
        for index, value in enumerate([3, 0.0001, 20, -5, 3, 100000.5, 0])
    ]
    return [api.created(draft) for draft in drafts]


@pytest.mark.promise("list-filters")
@pytest.mark.parametrize("name", _FILTERS)
def test_filter(api: Api, invoices: list[Invoice], name: str) -> None:
    """
    A filter lets through the invoices that match it, and no others.
    """
    chosen = _FILTERS[name]
    wanted = invoices[3]  # one in the middle, which others come before and after

    listed = [invoice for invoice in _window(api, **chosen.parameters(wanted)) if invoice["id"] in _ids(invoices)]

    expected = {invoice["id"] for invoice in invoices if chosen.matches(invoice, wanted)}
    expect(set(_ids(listed)), expected, f"ids listed by {name}:")


@pytest.mark.promise("list-filters")
@given(data=st.data())
def test_filters_together(api: Api, invoices: list[Invoice], data: st.DataObject) -> None:
    """
    Several filters let through the invoices that match all of them.
    """
    names = data.draw(st.lists(st.sampled_from(sorted(_FILTERS)), min_size=2, max_size=3, unique_by=_parameter_of))
    wanted = data.draw(st.sampled_from(invoices))
    parameters = {key: value for name in names for key, value in _FILTERS[name].parameters(wanted).items()}

    listed = [invoice for invoice in _window(api, **parameters) if invoice["id"] in _ids(invoices)]

    expected = {invoice["id"] for invoice in invoices if all(_FILTERS[name].matches(invoice, wanted) for name in names)}
    expect(set(_ids(listed)), expected, f"ids listed by {' and '.join(names)}:")


@pytest.mark.promise("list-sorts")
@pytest.mark.parametrize("direction", [SortDirection.ASC, SortDirection.DESC])
@pytest.mark.parametrize("field", _SORT_FIELDS)
def test_sorted(api: Api, invoices: list[Invoice], field: str, direction: SortDirection) -> None:
    """
    The list is in the order of the field, in the direction asked for.
    """
    listed = _window(api, sort_by=InvoiceSortField(field), order_by=direction)

    keys = [_SORT_FIELDS[field](invoice) for invoice in listed if invoice["id"] in _ids(invoices)]
    expect(keys, sorted(keys, reverse=direction is SortDirection.DESC), f"{field} of the invoices, in order:")
    expect(len(keys), len(invoices), "how many of the invoices are listed:")


@pytest.mark.promise("list-pages")
@given(data=st.data())
def test_pages(api: Api, invoices: list[Invoice], data: st.DataObject) -> None:
    """
    Pages of any size make up the whole list, in the same order, each invoice once.
    """
    limit = data.draw(st.integers(1, len(invoices) + 1))
    query = {"begin_date_at": 1_700_000_000, "end_date_at": 1_700_000_003, "q": f"{api.drafts.prefix}-"}
    whole = api.page(**query, limit=250)

    pages = [api.page(**query, limit=limit, offset=offset) for offset in range(0, len(whole["data"]) + 1, limit)]

    expect(_ids([invoice for page in pages for invoice in page["data"]]), _ids(whole["data"]), "ids of all pages:")
    for number, page in enumerate(pages):
        pagination = {"totalCount": len(whole["data"]), "limit": limit, "offset": number * limit}
        expect(page["meta"]["pagination"], pagination, "pagination:")


@pytest.mark.promise("unknown-parameters-ignored")
@given(data=st.data())
def test_unknown_parameters_are_ignored(api: Api, invoices: list[Invoice], data: st.DataObject) -> None:
    """
    A list with parameters that nobody knows is the list without them.
    """
    unknown = data.draw(st.sampled_from(["companyId=1", "orderNumber=1", "invoiceNumber=x", "foo[]=1&bar", "page=2"]))
    window = f"beginDateAt=1700000000&endDateAt=1700000003&limit={len(invoices)}"

    plain = api.send("GET", f"/invoices?{window}")
    exchange = api.send("GET", f"/invoices?{window}&{unknown}")

    expect(exchange.json, plain.json, f"the list with {unknown}:")


@pytest.mark.promise("list-extra-fields")
@pytest.mark.parametrize(
    ("asked", "included"),
    [
        pytest.param({}, False, id="not asked"),
        pytest.param({"is_include_extra_fields": IncludeExtraFields.NO}, False, id="asked not to"),
        pytest.param({"is_include_extra_fields": IncludeExtraFields.YES}, True, id="asked to"),
    ],
)
def test_extra_fields(api: Api, invoices: list[Invoice], asked: dict[str, Any], included: bool) -> None:  # noqa: FBT001 - a column of the table
    """
    Extra fields are in a list when it is asked for them, and only then.
    """
    listed = {invoice["id"]: invoice for invoice in _window(api, **asked)}

    for invoice in invoices:
        expected = invoice["extraFields"] if included else None
        expect(listed[invoice["id"]].get("extraFields"), expected, "extraFields in a list:")


def _parameter_of(name: str) -> str:
    return "q" if name.startswith("q ") else name


def _window(api: Api, **parameters: Any) -> list[Invoice]:
    """
    List with *parameters*, narrowed to the seconds in which these invoices were issued.
    """
    query = {"begin_date_at": 1_700_000_000, "end_date_at": 1_700_000_003, "limit": 250} | parameters
    return api.listed(**query)


def _ids(invoices: list[Invoice]) -> list[int]:
    return [invoice["id"] for invoice in invoices]
