"""
What lists and reads show.
"""

from b2b_invoices_contract.failures import expect, expect_between

from .check import Check, holds
from .seen import Seen, Unseen

_PAGE = 2  # invoices on the first page that is asked for
_COMPLETED = 2


def _list_agrees(seen: Seen) -> None:
    listed, read = seen.invoice("create whole"), seen.read("read whole")
    common = sorted(listed.keys() & read.keys())
    expect(sorted(read.keys() - listed.keys()), [], "fields of a read that the list lacks:")
    expect({name: listed[name] for name in common}, {name: read[name] for name in common}, "invoice in a list:")


def _list_filters(seen: Seen) -> None:
    expected = [
        name
        for name in seen.created_before("list settled")
        if seen.invoice(name).get("status") == _COMPLETED and seen.invoice(name).get("customerId") == seen.company_id
    ]
    expect(
        sorted(seen.names("list settled")), sorted(expected), "invoices listed with status 2 and the company:",
        seen.exchange("list settled"),
    )  # fmt: skip


def _list_searches(seen: Seen) -> None:
    for create in ("create whole", "create barest"):
        seen.created(create)
    exchange = seen.exchange("list by any field")
    holds("create whole" in seen.names("list by any field"), "whether a purchase order is found:", exchange)
    holds("create barest" not in seen.names("list by any field"), "whether one without it is left out:", exchange)


def _list_sorts(seen: Seen) -> None:
    values = [float(invoice["originalBalance"]["value"]) for invoice in seen.listed("list sorted")]
    expect(values, sorted(values), "original balances, sorted upwards by the service:", seen.exchange("list sorted"))
    expect(sorted(seen.names("list sorted")), sorted(seen.names("list own")), "invoices in the sorted list:")


def _list_newest_first(seen: Seen) -> None:
    seen.names("list own, plain")  # sees whether there are any
    listed = seen.listed("list own, plain")
    times = [(invoice.get("createdAt"), invoice.get("id")) for invoice in listed]
    if not all(isinstance(at, int) for at, _ in times):
        raise Unseen("createdAt is no number, and so nothing says what is newer")
    exchange = seen.exchange("list own, plain")
    expect(times, sorted(times, reverse=True), "createdAt and id in a list nobody sorted:", exchange)


def _list_pages(seen: Seen) -> None:
    if len(seen.names("list own, plain")) <= _PAGE:
        raise Unseen("there are too few invoices for two pages")
    paged = seen.names("list a first page") + seen.names("list the rest")
    expect(paged, seen.names("list own, plain"), "invoices on two pages put together:", seen.exchange("list the rest"))
    expect(
        len(seen.listed("list a first page")), _PAGE, "invoices on a page of two:", seen.exchange("list a first page")
    )


def _list_counts(seen: Seen) -> None:
    for probe in ("list own, plain", "list a first page", "list the rest"):
        seen.names(probe)  # sees whether they can be counted
        there = len(seen.created_before(probe)) + seen.surplus("list own, plain")
        total = seen.exchange(probe).get("meta", "pagination", "totalCount")
        expect(total, there, f"totalCount of {probe!r}:", seen.exchange(probe))


def _list_defaults(seen: Seen) -> None:
    exchange = seen.exchange("list all")
    told = [exchange.get("meta", "pagination", name) for name in ("limit", "offset")]
    expect(told, [10, 0], "limit and offset of a list that names neither:", exchange)
    listed = len(seen.listed("list all")) + seen.others("list all")
    expect_between(listed, 0, 10, "invoices on a page of the default size:")


def _list_extra_fields(seen: Seen) -> None:
    asked = ["extraFields" in invoice for invoice in seen.listed("list own")]
    unasked = ["extraFields" in invoice for invoice in seen.listed("list own, plain")]
    expect([all(asked), any(unasked)], [True, False], "whether extra fields are there when asked for, and when not:")


def _unknown_ignored(seen: Seen) -> None:
    expect(
        seen.names("list with an unknown parameter"), seen.names("list own, plain"),
        "invoices listed with a parameter nobody knows:", seen.exchange("list with an unknown parameter"),
    )  # fmt: skip


def _reads_change_nothing(seen: Seen) -> None:
    first, second = seen.read("read barest"), seen.read("read barest again")
    expect(second, first, "a second read:", seen.exchange("read barest again"))


_LISTED = ("create barest", "create whole", "create settled", "list own")
_PLAIN = ("list own", "list own, plain")
_PAGES = ("list a first page", "list the rest", "list own, plain")

CHECKS: tuple[Check, ...] = (
    Check("list-filters", (*_LISTED, "list settled"), _list_filters),
    Check("list-search", ("create whole", "list by any field"), _list_searches),
    Check("list-matches-reads", ("create whole", "read whole", "list own"), _list_agrees),
    Check("list-sorting", (*_LISTED, "list sorted"), _list_sorts),
    Check("list-default-order", _PLAIN, _list_newest_first),
    Check("list-paging", _PAGES, _list_pages),
    Check("list-total-count", _PAGES, _list_counts),
    Check("list-default-page", ("list all",), _list_defaults),
    Check("list-extra-fields", _PLAIN, _list_extra_fields),
    Check("unknown-query-parameters-ignored", ("list with an unknown parameter", "list own, plain"), _unknown_ignored),
    Check("reads-change-nothing", ("read barest", "read barest again"), _reads_change_nothing),
)
"""What lists and reads show."""
