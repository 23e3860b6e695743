"""
What is recorded of a create, and how it reads back.
"""

from collections.abc import Callable
from typing import Any

from b2b_invoices_contract.failures import Comparisons, expect, expect_between
from b2b_invoices_contract.readings import SPECIAL, is_default_due_date, reading, unsent

from .check import Check, Otherwise, holds, schemas
from .seen import Invoice, Seen, Unseen

_DAY = 24 * 60 * 60
_SKEW = 300  # seconds that the clock of another machine may be off by
_LONGEST_RUN = 60 * 60  # seconds
_OPEN, _PARTIALLY_PAID, _COMPLETED, _OK = 0, 1, 2, 200
_ABSENT = "(absent)"


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
    due = invoice.get("dueDate")
    what = f"whether the due date {due} is some days after the create:"
    holds(is_default_due_date(due, (seen.now - _SKEW, seen.now + _LONGEST_RUN), None), what)


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
    _kept(create, special="balances-are-exact")(seen, invoice)


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
                compare.make(holds, exchange.is_success, f"whether a valid {create!r} is taken:", exchange)

    return make


def _choices_accepted(seen: Seen) -> None:
    _accepted("create whole", "create odd", "create settled again")(seen)
    sources = [seen.invoice(create).get("source") for create in ("create whole", "create odd")]
    expect(sources, [1, 0], "sources sent as 1 and 0, read back:")


def _at(node: Any, *way: str) -> Any:
    for step in way:
        node = node.get(step, _ABSENT) if isinstance(node, dict) else _ABSENT
    return node


_BAREST = ("create barest", "read barest")

CHECKS: tuple[Check, ...] = (
    Check("settled-is-completed", ("create settled", "list own"), _by_list("create settled", _settled)),
    Check("settled-is-completed", ("create settled", "read settled"), _by_read("read settled", _settled)),
    Check(
        "open-status-is-kept",
        ("create whole", "read whole"),
        _by_read("read whole", _has("status", _PARTIALLY_PAID, "1 was sent with something left to pay")),
    ),
    Check("type-default", _BAREST, _by_read("read barest", _has("type", "Invoice", "none was sent"))),
    Check("status-default", _BAREST, _by_read("read barest", _open_by_default)),
    Check("source-default", _BAREST, _by_read("read barest", _has("source", 0, "none was sent"))),
    Check("due-date-default", _BAREST, _by_read("read barest", _due_by_terms)),
    Check("issued-at-default", _BAREST, _by_read("read barest", _issued_now)),
    Check("updated-at-is-now", _BAREST, _by_read("read barest", _updated_now)),
    Check("unset-fields-read-as-null", _BAREST, _by_read("read barest", _unset_is_nothing)),
    Check("stored-as-sent", ("create whole", "read whole"), _by_read("read whole", _kept("create whole"))),
    Check(
        "balances-are-exact",
        ("create whole", "read whole"),
        _by_read("read whole", lambda seen, invoice: _money_kept(seen, "create whole", invoice)),
    ),
    Check(
        "balances-are-exact",
        ("create odd", "list own"),
        _by_list("create odd", lambda seen, invoice: _money_kept(seen, "create odd", invoice)),
    ),
    Check(
        "order-number-reads-as-number",
        ("create settled", "list own"),
        _by_list("create settled", _kept("create settled", special="order-number-reads-as-number")),
    ),
    Check(
        "order-number-reads-as-number",
        ("create settled", "read settled"),
        _by_read("read settled", _kept("create settled", special="order-number-reads-as-number")),
    ),
    Check(
        "channel-id-reads-as-text",
        ("create in a channel", "list own"),
        _by_list("create in a channel", _kept("create in a channel", special="channel-id-reads-as-text")),
    ),
    Check(
        "issued-at-reads-as-created-at",
        ("create whole", "read whole"),
        _by_read("read whole", _kept("create whole", special="issued-at-reads-as-created-at")),
    ),
    Check(
        "details-are-unchanged",
        ("create whole", "read whole"),
        _by_read("read whole", _kept("create whole", special="details-are-unchanged")),
    ),
    Check(
        "details-are-unchanged",
        ("create odd", "list own"),
        _by_list("create odd", _kept("create odd", special="details-are-unchanged")),
    ),
    Check("ids-are-unique", ("create barest", "create whole", "create settled"), _ids_new),
    Check("created-id-is-readable", (*_BAREST, "create whole", "read whole"), _id_leads),
    Check(
        "enum-values-accepted",
        ("create whole", "create odd", "create settled again", "list own"),
        _choices_accepted,
    ),
    Check("optional-fields", ("create barest",), _accepted("create barest")),
    Check("empty-values-accepted", ("create whole", "read whole"), _by_read("read whole", _empty_kept)),
    Check("unknown-fields-accepted", ("create odd",), _accepted("create odd")),
    Check(
        "any-text-is-unchanged",
        ("create odd", "list own"),
        _by_list("create odd", _kept_parts("create odd", "termsConditions", "details")),
    ),
    Check("large-values-accepted", ("create odd",), _accepted("create odd")),
    Check("valid-requests-accepted", ("create barest", "create whole"), _accepted("create barest", "create whole")),
)
"""What is recorded of a create, and how it reads back."""
