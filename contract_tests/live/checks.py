"""
What is checked on the answers of a live store: for each promise that can be seen there, by which probes and how.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import attrs

from contract_tests.contract import load_document
from contract_tests.failures import BrokenPromise, Comparisons, expect, expect_between, expect_in
from contract_tests.readings import SPECIAL, reading, unsent
from contract_tests.traffic import Exchange

from .probes import POOL
from .questions import words_of
from .seen import Invoice, Seen, Unseen

_PAGE = 2  # invoices on the first page that is asked for
_DAY = 24 * 60 * 60
_SKEW = 300  # seconds that the clock of another machine may be off by
_YEAR = 366 * _DAY
_OPEN, _PARTIALLY_PAID, _COMPLETED = 0, 1, 2
_OK, _BAD, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _UNSUPPORTED = 200, 400, 401, 403, 404, 415
_NUMBER_TAKEN = "The invoice number already exists."
_ORDER_TAKEN = "The invoice exists for this order"
_NO_INVOICE = "Invoice does not exist"
_ABSENT = "(absent)"


class Otherwise(BrokenPromise):
    """The store does what nobody promised, but what the record leaves open."""


@attrs.frozen
class Check:
    """
    One way to see whether a promise is kept.

    Attributes:
        promise: Id of the promise.
        probes: Names of the probes whose answers it looks at.
        make: Looks; raises `BrokenPromise` when the promise is not kept, `Unseen` when that cannot be told.
    """

    promise: str
    probes: tuple[str, ...]
    make: Callable[[Seen], None]


# -------------------------------------------------------------------------------------------- what was recorded


def _settled(_: Seen, invoice: Invoice) -> None:
    expect(invoice.get("status"), _COMPLETED, "status with nothing left to pay, sent as 0:")


def _by_list(create: str, look: Callable[[Seen, Invoice], None]) -> Callable[[Seen], None]:
    return lambda seen: look(seen, seen.invoice(create))


def _by_read(probe: str, look: Callable[[Seen, Invoice], None]) -> Callable[[Seen], None]:
    return lambda seen: look(seen, seen.read(probe))


def _has(field: str, value: Any, sent: str) -> Callable[[Seen, Invoice], None]:
    return lambda _, invoice: expect(invoice.get(field), value, f"{field} when {sent}:")


def _open_by_default(_: Seen, invoice: Invoice) -> None:
    if invoice.get("status") == _PARTIALLY_PAID:
        raise Otherwise("status 1 when none was sent, and a part is paid", "status 0")
    expect(invoice.get("status"), _OPEN, "status when none was sent:")


def _updated_now(seen: Seen, invoice: Invoice) -> None:
    _is_recent(seen, invoice.get("updatedAt"), "updatedAt of a new invoice:")


def _issued_now(seen: Seen, invoice: Invoice) -> None:
    _is_recent(seen, invoice.get("createdAt"), "createdAt when no time of issue was sent:")


def _is_recent(seen: Seen, value: Any, what: str) -> None:
    if isinstance(value, str):
        raise Unseen(f"{what} {value!r} is text, and nothing says of what form")
    expect_between(value, seen.now - _SKEW, seen.now + _DAY, what)


def _due_by_terms(seen: Seen, invoice: Invoice) -> None:
    expect_between(invoice.get("dueDate"), seen.now - _DAY, seen.now + _YEAR + _DAY, "due date when none was sent:")


def _unset_is_nothing(seen: Seen, invoice: Invoice) -> None:
    sent, read = schemas()
    nothing = unsent(seen.sent("create barest"), sent, read)
    met = {name: invoice.get(name, _ABSENT) for name in nothing}
    expect(met, nothing, "fields that were not sent read back:")


def _kept(create: str, *, special: str = "") -> Callable[[Seen, Invoice], None]:
    """
    Look whether the fields of *create* read back as they were sent, of those that the promise *special* is about.
    """

    def look(seen: Seen, invoice: Invoice) -> None:
        _, read = schemas()
        expected = {name: value for name, value in reading(seen.sent(create), read).items() if name != "status"}
        of = {name: value for name, value in expected.items() if SPECIAL.get(name, "") == special}
        with Comparisons() as compare:
            for name, value in of.items():
                compare.make(expect, invoice.get(name), value, f"{name} read back:")

    return look


def _money_kept(seen: Seen, create: str, invoice: Invoice) -> None:
    _kept(create, special="money-keeps-its-digits")(seen, invoice)


def _kept_parts(create: str, *fields: str) -> Callable[[Seen, Invoice], None]:
    def look(seen: Seen, invoice: Invoice) -> None:
        sent = seen.sent(create)
        for field in fields:
            expect(invoice.get(field), sent[field], f"{field} read back:")

    return look


def _empty_kept(_: Seen, invoice: Invoice) -> None:
    address = _at(invoice, "details", "header", "billingAddress", "street2")
    shipments = _at(invoice, "details", "details", "shipments")
    expect([address, shipments], ["", []], "street2 and shipments, sent empty, read back:")


def _id_leads(seen: Seen) -> None:
    for create, read in (("create barest", "read barest"), ("create whole", "read whole")):
        exchange, invoice_id = seen.exchange(read), seen.created(create)
        expect(exchange.status, _OK, "status of a read by the id of the create:", exchange)
        told = [seen.read(read).get("id"), seen.read(read).get("invoiceNumber")]
        expect(told, [invoice_id, seen.sent(create)["invoiceNumber"]], "id and number read back:", exchange)


def _ids_new(seen: Seen) -> None:
    ids = [seen.created(name) for name in seen.creates()]
    expect(len(set(ids)), len(ids), "different ids of so many creates:")


def _accepted(*creates: str) -> Callable[[Seen], None]:
    def make(seen: Seen) -> None:
        with Comparisons() as compare:
            for create in creates:
                exchange = seen.exchange(create)
                compare.make(_holds, exchange.is_success, f"whether a valid {create!r} is taken:", exchange)

    return make


def _choices_accepted(seen: Seen) -> None:
    _accepted("create whole", "create odd", "create settled again")(seen)
    sources = [seen.invoice(create).get("source") for create in ("create whole", "create odd")]
    expect(sources, [1, 0], "sources sent as 1 and 0, read back:")


# ------------------------------------------------------------------------------------------------------- refusals


def _refused(*probes: str) -> Callable[[Seen], None]:
    def make(seen: Seen) -> None:
        with Comparisons() as compare:
            for probe in probes:
                exchange = seen.exchange(probe)
                compare.make(_holds, _is_refusal(exchange), f"whether {probe!r} is refused:", exchange)

    return make


def _refused_with(probe: str, status: int, words: str) -> Callable[[Seen], None]:
    def make(seen: Seen) -> None:
        exchange = seen.exchange(probe)
        expect(exchange.status, status, f"status of {probe!r}:", exchange)
        if words not in words_of(exchange):
            raise BrokenPromise(f"{probe!r} refused with {words_of(exchange)!r}", f"the words {words!r}", exchange)

    return make


def _status_is(probe: str, *statuses: int) -> Callable[[Seen], None]:
    return lambda seen: expect_in(seen.exchange(probe).status, statuses, f"status of {probe!r}:", seen.exchange(probe))


def _violations_named(seen: Seen) -> None:
    expected = {
        "create with parts missing": ["openBalance", "details"],
        "create with a wrong type": ["dueDate", "details"],
        "create with an unknown status": ["status"],
    }
    for probe, fields in expected.items():
        exchange = seen.exchange(probe)
        told = exchange.get("data", "errMsg")
        if not isinstance(told, dict):
            raise Otherwise(f"{probe!r} refused with {words_of(exchange)!r}", "field -> messages", exchange)
        named = {name.partition(".")[0] for name in told}
        expect(sorted(named), sorted(fields), f"fields that the refusal of {probe!r} names:", exchange)


def _query_named(seen: Seen) -> None:
    exchange = seen.exchange("list with a bad limit")
    expect(exchange.status, _BAD, "status of a list with the limit 'none':", exchange)
    if "limit" not in exchange.body.decode("utf-8", "replace"):
        raise BrokenPromise(f"refused with {words_of(exchange)!r}", "the name of the parameter, limit", exchange)


def _no_trace(seen: Seen) -> None:
    expect(
        sorted(seen.names("list own")), sorted(seen.created_before("list own")), "invoices of the run after refusals:"
    )
    expect(_stable(seen.read("read barest again")), _stable(seen.read("read barest")), "the invoice collided with:")


def _credentials_required(seen: Seen) -> None:
    statuses = {
        probe: seen.exchange(probe).status
        for probe in (
            "list without a token",
            "list without a store",
            "list with a wrong token",
            "list with a wrong store",
        )
    }
    let_in = [probe for probe, status in statuses.items() if status < _BAD]
    expect(let_in, [], "let in without both credentials:", seen.exchange(let_in[0]) if let_in else None)
    other = {probe: status for probe, status in statuses.items() if status != _UNAUTHORIZED}
    if other:
        raise Otherwise(f"refused, but not with 401: {other}", "status 401", seen.exchange(next(iter(other))))


def _strangers_learn_nothing(seen: Seen) -> None:
    exchange = seen.exchange("create as a stranger")
    expect_in(exchange.status, [_UNAUTHORIZED, _FORBIDDEN], "status of an invalid create by a stranger:", exchange)


# ---------------------------------------------------------------------------------------------------------- lists


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
    _holds("create whole" in seen.names("list by any field"), "whether a purchase order is found:", exchange)
    _holds("create barest" not in seen.names("list by any field"), "whether one without it is left out:", exchange)


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


# -------------------------------------------------------------------------------------------------------- deletes


def _deleted_is_gone(seen: Seen) -> None:
    exchange = seen.exchange("delete settled")
    if not seen.was_repeated("delete settled"):
        _holds(exchange.is_success, "whether a delete goes well:", exchange)
    for probe in ("read settled after its end", "delete settled again"):
        expect(seen.exchange(probe).status, _NOT_FOUND, f"status of {probe!r}:", seen.exchange(probe))
    before = {invoice["id"]: _stable(invoice) for invoice in seen.listed("list own, plain")}
    after = {invoice["id"]: _stable(invoice) for invoice in seen.listed("list own at the end")}
    gone = seen.created("create settled")
    _holds(gone not in after, "whether the deleted invoice is listed no more:")
    others = {key: value for key, value in before.items() if key != gone}
    expect({key: after.get(key) for key in others}, others, "the other invoices after a delete:")


def _free_after_delete(seen: Seen) -> None:
    exchange = seen.exchange("create settled again")
    _holds(exchange.is_success, "whether number and order of a deleted invoice are free:", exchange)


def _case_counts(seen: Seen) -> None:
    exchange = seen.exchange("create with the number in other case")
    _holds(exchange.is_success, "whether a number that differs in case is another:", exchange)


def _holds(met: bool, what: str, exchange: Exchange | None = None) -> None:  # noqa: FBT001 - it is what was met
    expect(met, expected=True, what=what, exchange=exchange)


def _is_refusal(exchange: Exchange) -> bool:
    return _BAD <= exchange.status < 500  # noqa: PLR2004 - what a refusal is in HTTP


def _stable(invoice: Invoice) -> Invoice:
    return {name: value for name, value in invoice.items() if name != "updatedAt"}


def _at(node: Any, *way: str) -> Any:
    for step in way:
        node = node.get(step, _ABSENT) if isinstance(node, dict) else _ABSENT
    return node


@cache
def schemas() -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """
    Return the schema of each field that can be sent, and of each that is read.
    """
    known = load_document()["components"]["schemas"]
    return known["CreateInvoiceRequest"]["properties"], known["Invoice"]["properties"]


_REQUIRED = tuple(probe.name for probe in POOL if probe.name.startswith("create without "))
_REFUSED = (*_REQUIRED, "create with parts missing", "create with a wrong type", "create with an unknown status")
_BAREST = ("create barest", "read barest")
_LISTED = ("create barest", "create whole", "create settled", "list own")
_PLAIN = ("list own", "list own, plain")
_PAGES = ("list a first page", "list the rest", "list own, plain")

CHECKS: tuple[Check, ...] = (
    Check("settled-is-completed", ("create settled", "list own"), _by_list("create settled", _settled)),
    Check("settled-is-completed", ("create settled", "read settled"), _by_read("read settled", _settled)),
    Check(
        "open-status-kept",
        ("create whole", "read whole"),
        _by_read("read whole", _has("status", _PARTIALLY_PAID, "1 was sent with something left to pay")),
    ),
    Check("type-default", _BAREST, _by_read("read barest", _has("type", "Invoice", "none was sent"))),
    Check("status-default", _BAREST, _by_read("read barest", _open_by_default)),
    Check("source-default", _BAREST, _by_read("read barest", _has("source", 0, "none was sent"))),
    Check("due-date-default", _BAREST, _by_read("read barest", _due_by_terms)),
    Check("issued-at-default", _BAREST, _by_read("read barest", _issued_now)),
    Check("update-time-is-now", _BAREST, _by_read("read barest", _updated_now)),
    Check("unset-reads-as-nothing", _BAREST, _by_read("read barest", _unset_is_nothing)),
    Check("stored-as-sent", ("create whole", "read whole"), _by_read("read whole", _kept("create whole"))),
    Check(
        "money-keeps-its-digits",
        ("create whole", "read whole"),
        _by_read("read whole", lambda seen, invoice: _money_kept(seen, "create whole", invoice)),
    ),
    Check(
        "money-keeps-its-digits",
        ("create odd", "list own"),
        _by_list("create odd", lambda seen, invoice: _money_kept(seen, "create odd", invoice)),
    ),
    Check(
        "order-reads-as-number",
        ("create settled", "list own"),
        _by_list("create settled", _kept("create settled", special="order-reads-as-number")),
    ),
    Check(
        "order-reads-as-number",
        ("create settled", "read settled"),
        _by_read("read settled", _kept("create settled", special="order-reads-as-number")),
    ),
    Check(
        "channel-reads-as-text",
        ("create in a channel", "list own"),
        _by_list("create in a channel", _kept("create in a channel", special="channel-reads-as-text")),
    ),
    Check(
        "issue-time-is-creation-time",
        ("create whole", "read whole"),
        _by_read("read whole", _kept("create whole", special="issue-time-is-creation-time")),
    ),
    Check(
        "details-kept-verbatim",
        ("create whole", "read whole"),
        _by_read("read whole", _kept("create whole", special="details-kept-verbatim")),
    ),
    Check(
        "details-kept-verbatim",
        ("create odd", "list own"),
        _by_list("create odd", _kept("create odd", special="details-kept-verbatim")),
    ),
    Check("id-is-new", ("create barest", "create whole", "create settled"), _ids_new),
    Check("id-leads-to-the-invoice", (*_BAREST, "create whole", "read whole"), _id_leads),
    Check(
        "number-is-unique",
        ("create with a number in use",),
        _refused_with("create with a number in use", _BAD, _NUMBER_TAKEN),
    ),
    Check("number-is-exact", ("create with the number in other case",), _case_counts),
    Check("number-is-free-after-delete", ("create settled again",), _free_after_delete),
    Check(
        "order-is-invoiced-once",
        ("create for an order that has an invoice",),
        _refused_with("create for an order that has an invoice", _BAD, _ORDER_TAKEN),
    ),
    Check(
        "refused-leaves-no-trace",
        ("create with a number in use", *_REFUSED, "list own", "read barest", "read barest again"),
        _no_trace,
    ),
    Check("violations-are-named", _REFUSED[-3:], _violations_named),
    Check("required-fields-are-required", _REQUIRED, _refused(*_REQUIRED)),
    Check("parts-are-whole", ("create with parts missing",), _refused("create with parts missing")),
    Check("types-are-checked", ("create with a wrong type",), _refused("create with a wrong type")),
    Check("null-is-refused", ("create with a null",), _refused("create with a null")),
    Check("choices-are-checked", ("create with an unknown status",), _refused("create with an unknown status")),
    Check(
        "every-choice-is-accepted",
        ("create whole", "create odd", "create settled again", "list own"),
        _choices_accepted,
    ),
    Check("optional-is-optional", ("create barest",), _accepted("create barest")),
    Check("empty-is-accepted", ("create whole", "read whole"), _by_read("read whole", _empty_kept)),
    Check("unknown-keys-are-accepted", ("create odd",), _accepted("create odd")),
    Check(
        "any-text-is-kept",
        ("create odd", "list own"),
        _by_list("create odd", _kept_parts("create odd", "termsConditions", "details")),
    ),
    Check("size-is-no-matter", ("create odd",), _accepted("create odd")),
    Check("malformed-is-refused", ("create with torn JSON",), _status_is("create with torn JSON", _BAD)),
    Check("only-json-is-read", ("create as plain text",), _status_is("create as plain text", _UNSUPPORTED)),
    Check("valid-is-accepted", ("create barest", "create whole"), _accepted("create barest", "create whole")),
    Check("invalid-is-refused", _REFUSED, _refused(*_REFUSED)),
    Check("list-filters", (*_LISTED, "list settled"), _list_filters),
    Check("list-searches", ("create whole", "list by any field"), _list_searches),
    Check("list-agrees-with-reads", ("create whole", "read whole", "list own"), _list_agrees),
    Check("list-sorts", (*_LISTED, "list sorted"), _list_sorts),
    Check("list-is-newest-first", _PLAIN, _list_newest_first),
    Check("list-pages", _PAGES, _list_pages),
    Check("list-counts-all", _PAGES, _list_counts),
    Check("list-has-defaults", ("list all",), _list_defaults),
    Check("list-extra-fields", _PLAIN, _list_extra_fields),
    Check("query-is-checked", ("list with a bad limit",), _query_named),
    Check("unknown-parameters-ignored", ("list with an unknown parameter", "list own, plain"), _unknown_ignored),
    Check(
        "deleted-is-gone",
        (*_PLAIN, "delete settled", "read settled after its end", "delete settled again", "list own at the end"),
        _deleted_is_gone,
    ),
    Check(
        "unknown-invoice-is-not-found",
        ("read an unknown invoice",),
        _refused_with("read an unknown invoice", _NOT_FOUND, _NO_INVOICE),
    ),
    Check("reads-change-nothing", ("read barest", "read barest again"), _reads_change_nothing),
    Check(
        "both-credentials-required",
        ("list without a token", "list without a store", "list with a wrong token", "list with a wrong store"),
        _credentials_required,
    ),
    Check("credentials-come-first", ("create as a stranger",), _strangers_learn_nothing),
    Check("unknown-path-is-not-found", ("read an unknown path",), _status_is("read an unknown path", _NOT_FOUND)),
)
"""Every check that a run on a live store can make."""

UNSEEN: Mapping[str, str] = {
    "number-is-per-store": "it takes a second store, and a run works in one",
    "stores-are-separate": "it takes a second store, and a run works in one",
    "wrong-method-is-refused": "the service may carry out what the contract does not know, such as an update",
    "real-bodies-are-accepted": "they name orders and channels that a store may have",
}
"""Promises that cannot be checked safely on a live store, with the reason."""
