"""
Promises of `listInvoices`.
"""

from decimal import Decimal
from typing import Any

from b2b_invoices_contract.failures import STATUS, Comparison, equal, that
from b2b_invoices_contract.observations import InvalidQuery, Listed, ListedAndRead, Paged, UnknownParameter
from b2b_invoices_contract.queries import DEFAULT_PAGE

from .check import Comparisons, check

_BAD_REQUEST = 400


@check
def list_filters(listed: Listed) -> Comparisons:
    """
    A list contains the invoices that match every filter, and only those.
    """
    if listed.known and not listed.query.is_search:
        yield _membership(listed)


@check
def list_search(listed: Listed) -> Comparisons:
    """
    A search without a field finds an invoice by number, type, order, purchase order, customer id or external customer id.
    """  # noqa: E501 - the statement of the promise
    if listed.known and listed.query.is_search:
        yield _membership(listed)


@check
def list_matches_reads(seen: ListedAndRead) -> Comparisons:
    """
    An invoice in a list is the same as when it is read by its id.
    """
    yield equal("the invoice", seen.listed, seen.read)


@check
def list_sorting(listed: Listed) -> Comparisons:
    """
    A list is sorted by the requested field, in the requested direction.
    """
    if listed.query.value("sortBy") and listed.query.value("orderBy"):
        yield from _order(listed)


@check
def list_default_order(listed: Listed) -> Comparisons:
    """
    A list without a sort field starts with the newest invoice.
    """
    if not listed.query.value("sortBy") and not listed.query.value("orderBy"):
        yield from _order(listed)


@check
def list_paging(seen: Listed | Paged) -> Comparisons:
    """
    Pages of any size together contain every invoice of the list once, and the total counts all of them.
    """
    if isinstance(seen, Paged):
        yield equal(f"ids on all pages of {seen.limit}", list(seen.ids), list(seen.whole))
        return
    told = _pagination(seen)
    if seen.query.value("limit"):
        yield equal("/meta/pagination/limit", told.get("limit"), seen.query.limit)
        length = len(seen.invoices)
        yield that("/data", length, f"at most {seen.query.limit} invoices", length <= seen.query.limit)
    if seen.query.value("offset"):
        yield equal("/meta/pagination/offset", told.get("offset"), seen.query.offset)
    total = told.get("totalCount")
    if seen.query.value("limit") and isinstance(total, int):
        yield equal("invoices on the page", len(seen.invoices), _length(seen, total))


@check
def list_total_count(listed: Listed) -> Comparisons:
    """
    The total counts every matching invoice, on whichever page is requested.
    """
    total = _pagination(listed).get("totalCount")
    if listed.only_known:
        yield equal("/meta/pagination/totalCount", total, len(listed.query.matching(listed.known)))
    elif 0 < len(listed.invoices) < listed.query.limit:  # a page that is not full is the last one
        yield equal("/meta/pagination/totalCount", total, listed.query.offset + len(listed.invoices))


@check
def list_default_page(listed: Listed) -> Comparisons:
    """
    A list without limit and offset contains the first ten invoices.
    """
    if not listed.query.value("limit") and not listed.query.value("offset"):
        told = _pagination(listed)
        yield equal("/meta/pagination", {name: told.get(name) for name in ("limit", "offset")}, _DEFAULTS)
        total = told.get("totalCount")
        if isinstance(total, int):
            yield equal("invoices on the page", len(listed.invoices), _length(listed, total))


@check
def query_parameters_are_validated(invalid: InvalidQuery) -> Comparisons:
    """
    A query value of an invalid type, range or choice is rejected with 400 and the name of the parameter.
    """
    yield equal(STATUS, invalid.exchange.status, _BAD_REQUEST)
    if invalid.exchange.status == _BAD_REQUEST:
        reason = invalid.exchange.get("data", "errMsg")
        is_named = invalid.parameter in str(reason)
        yield that("/data/errMsg", reason, f"the parameter {invalid.parameter}", is_named)


@check
def list_extra_fields(listed: Listed) -> Comparisons:
    """
    A list includes the extra fields of its invoices when they are requested, and only then.
    """
    known = {invoice["id"]: invoice for invoice in listed.known if "extraFields" in invoice}
    is_requested = listed.query.value("isIncludeExtraFields") == "1"
    for invoice in listed.invoices:
        if invoice["id"] in known:
            expected = known[invoice["id"]]["extraFields"] if is_requested else None
            yield equal("/extraFields", invoice.get("extraFields"), expected)


@check
def unknown_query_parameters_ignored(seen: UnknownParameter) -> Comparisons:
    """
    Unknown query parameters are ignored.
    """
    yield equal(STATUS, seen.exchange.status, seen.plain.status)
    yield equal("/data", seen.exchange.get("data"), seen.plain.get("data"))


_DEFAULTS = {"limit": DEFAULT_PAGE, "offset": 0}


def _membership(listed: Listed) -> Comparison:
    """
    Compare which of the known invoices are on the page with those that match; on a full page, only that they match.
    """
    known = {invoice["id"] for invoice in listed.known}
    matching = {invoice["id"] for invoice in listed.query.matching(listed.known)}
    ids = sorted(set(listed.ids) & known)
    is_whole = not listed.query.offset and len(listed.invoices) < listed.query.limit
    return equal("ids in the list", ids, sorted(matching if is_whole else matching & set(ids)))


def _order(listed: Listed) -> Comparisons:
    """
    Compare the order of the invoices whose keys can be compared: those of one type.
    """
    known = {invoice["id"] for invoice in listed.known}
    keys = [listed.query.key(invoice) for invoice in listed.invoices if invoice["id"] in known]
    if len(keys) > 1 and len({type(key) for key in keys}) == 1 and isinstance(keys[0], int | str | Decimal):
        field = listed.query.value("sortBy", "createdAt")
        yield equal(f"order by {field}", keys, sorted(keys, reverse=listed.query.is_descending))


def _pagination(listed: Listed) -> dict[str, Any]:
    told = listed.exchange.get("meta", "pagination")
    return told if isinstance(told, dict) else {}


def _length(listed: Listed, total: int) -> int:
    return max(0, min(listed.query.limit, total - listed.query.offset))
