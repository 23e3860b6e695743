"""
Promises of `createInvoice`.
"""

from collections.abc import Mapping
from typing import Any

import attrs

from b2b_invoices_contract.exchanges import Exchange
from b2b_invoices_contract.failures import STATUS, Comparison, between, equal, same, that
from b2b_invoices_contract.observations import (
    ANY,
    OK,
    Conflict,
    Created,
    Malformed,
    MediaType,
    Observation,
    Raced,
    Rejected,
    Unchanged,
    WholeRun,
    id_in,
)
from b2b_invoices_contract.readings import SPECIAL, is_default_due_date, read_only_fields, reading, unsent
from b2b_invoices_spec import load_contract

from .check import Comparisons, check

_OPEN, _COMPLETED = 0, 2
_BAD_REQUEST, _UNPROCESSABLE, _UNSUPPORTED = 400, 422, 415
_ABSENT = "(absent)"
_MESSAGES = {
    "invoiceNumber": load_contract().example("NumberTaken")["data"]["errMsg"],
    "orderNumber": load_contract().example("OrderAlreadyInvoiced")["data"]["errMsg"],
}


@check
def settled_is_completed(created: Created) -> Comparisons:
    """
    An invoice created with an open balance of zero or less is completed, even if another status was sent.
    """
    if created.invoice and created.draft["openBalance"]["value"] <= 0:
        yield _field(created, "status", _COMPLETED)


@check
def open_status_is_kept(created: Created) -> Comparisons:
    """
    An invoice created with an open balance above zero keeps the status that was sent, open or partially paid.
    """
    if created.invoice and _is_open(created) and created.draft.get("status", _COMPLETED) != _COMPLETED:
        yield _field(created, "status", created.draft["status"])


@check
def type_default(created: Created) -> Comparisons:
    """
    An invoice created without a type has the type Invoice.
    """
    if created.invoice and "type" not in created.draft:
        yield _field(created, "type", "Invoice")


@check
def status_default(created: Created) -> Comparisons:
    """
    An invoice created without a status, and with an open balance above zero, is open.
    """
    if created.invoice and _is_open(created) and "status" not in created.draft:
        yield _field(created, "status", _OPEN)


@check
def source_default(created: Created) -> Comparisons:
    """
    An invoice created without a source has the source B2B Edition.
    """
    if created.invoice and "source" not in created.draft:
        yield _field(created, "source", 0)


@check
def due_date_default(created: Created) -> Comparisons:
    """
    An invoice created without a due date is due after the store's payment terms, a fixed number of days from now.
    """
    if created.invoice and created.times and "dueDate" not in created.draft:
        due = created.invoice.get("dueDate")
        days = "some" if created.terms is None else created.terms
        expected = f"{days} days after the create, to the second or from midnight"
        is_met = is_default_due_date(due, created.times, created.terms)
        yield that("/dueDate", due, expected, is_met, created.shown)


@check
def issued_at_default(created: Created) -> Comparisons:
    """
    An invoice created without an issue time gets the current time as its issue time.
    """
    if created.invoice and created.times and "issuedAt" not in created.draft:
        yield _now(created, "createdAt", created.times)


@check
def updated_at_is_now(created: Created) -> Comparisons:
    """
    The update time of a new invoice is the time at which it was created.
    """
    if created.invoice and created.times:
        yield _now(created, "updatedAt", created.times)


@check(is_general=True)
def stored_as_sent(created: Created) -> Comparisons:
    """
    Every field of a created invoice is returned as it was sent, with the same digits and the same characters.
    """
    if created.invoice:
        special = SPECIAL.keys() | {"status"} | created.unreliable  # have promises of their own
        expected = reading(created.draft)
        yield _fields(created, {name: value for name, value in expected.items() if name not in special})


@check
def balances_are_exact(created: Created) -> Comparisons:
    """
    A balance is returned as text with four decimals, with the same value and the same currency.
    """
    yield from _special(created, "balances-are-exact")


@check
def order_number_reads_as_number(created: Created) -> Comparisons:
    """
    The order number is sent as text and returned as the same number.
    """
    yield from _special(created, "order-number-reads-as-number")


@check
def channel_id_reads_as_text(created: Created) -> Comparisons:
    """
    The channel id is sent as a number and returned as text.
    """
    yield from _special(created, "channel-id-reads-as-text")


@check
def issued_at_reads_as_created_at(created: Created) -> Comparisons:
    """
    The issue time is returned as the creation time, in whole seconds.
    """
    yield from _special(created, "issued-at-reads-as-created-at")


@check
def details_are_unchanged(created: Created) -> Comparisons:
    """
    The details are returned exactly as they were sent, including unknown keys and the types of numbers.
    """
    yield from _special(created, "details-are-unchanged")


@check
def unset_fields_read_as_null(created: Created) -> Comparisons:
    """
    A field that was not sent and has no default is returned as null, and extra fields as an empty list.
    """
    if created.invoice:
        yield _fields(created, unsent(created.draft))


@check
def ids_are_unique(run: WholeRun) -> Comparisons:
    """
    Every created invoice gets an id that no other invoice ever had.
    """
    creates: dict[int, Exchange] = {}
    for exchange in run.exchanges:
        invoice_id = id_in(exchange) if exchange.method == "POST" and exchange.is_success else None
        if invoice_id is not None:
            first = creates.setdefault(invoice_id, exchange)
            found = that("/data/id", invoice_id, "an id that no earlier create returned", first is exchange, exchange)
            yield attrs.evolve(found, earlier=first)


@check
def created_id_is_readable(created: Created) -> Comparisons:
    """
    The id in the response to a create is the id of the stored invoice.
    """
    if created.is_accepted and created.shown and created.shown.path.endswith(f"/{created.invoice_id}"):
        yield equal(STATUS, created.shown.status, OK, created.shown)
        if created.invoice:
            yield _field(created, "id", created.invoice_id)


@check
def invoice_numbers_are_unique(seen: Conflict | Raced) -> Comparisons:
    """
    An invoice number that is in use in the store is rejected with 400 and the vendor's message.
    """
    yield from _conflict(seen, "invoiceNumber")


@check
def one_invoice_per_order(seen: Conflict | Raced | Created) -> Comparisons:
    """
    A second invoice for the same order is rejected with 400 and the vendor's message.
    """
    if isinstance(seen, Created):
        yield from _tried(seen, "one-invoice-per-order")
    else:
        yield from _conflict(seen, "orderNumber")


@check
def invoice_numbers_are_exact(created: Created) -> Comparisons:
    """
    Invoice numbers that differ in case or in spaces are different numbers.
    """
    yield from _tried(created, "invoice-numbers-are-exact")


@check
def deleted_number_is_reusable(created: Created) -> Comparisons:
    """
    The invoice number and the order of a deleted invoice can be used again.
    """
    yield from _tried(created, "deleted-number-is-reusable")


@check
def invoice_numbers_are_per_store(created: Created) -> Comparisons:
    """
    An invoice number and an order in use in one store can be used in another store.
    """
    yield from _tried(created, "invoice-numbers-are-per-store")


@check
def rejected_create_changes_nothing(seen: Unchanged | Created) -> Comparisons:
    """
    A rejected create changes nothing, neither the list of invoices nor the invoice it conflicts with.
    """
    if isinstance(seen, Created):
        yield from _tried(seen, "rejected-create-changes-nothing")
    elif seen.cause == "rejected create":
        yield equal("what the store has", seen.is_now, seen.was)


@check
def violations_are_listed(rejected: Rejected) -> Comparisons:
    """
    An invalid body is rejected with the path of every invalid field, and of no other field.
    """
    if rejected.exchange.is_client_error:
        yield equal(STATUS, rejected.exchange.status, _UNPROCESSABLE)
    if rejected.exchange.status == _UNPROCESSABLE:
        named = rejected.exchange.get("data", "errMsg")
        paths = sorted(named) if isinstance(named, dict) else named
        yield equal("/data/errMsg", paths, sorted(rejected.paths))


@check
def required_fields(rejected: Rejected) -> Comparisons:
    """
    An invoice without an invoice number, an original balance, an open balance or a customer is rejected.
    """
    yield from _rejected(rejected, "required-fields")


@check
def nested_required_fields(rejected: Rejected) -> Comparisons:
    """
    A balance, address, line, shipment or extra field without one of its required fields is rejected.
    """
    yield from _rejected(rejected, "nested-required-fields")


@check
def types_are_enforced(rejected: Rejected) -> Comparisons:
    """
    A value with another type than the documented one is rejected, at any depth.
    """
    yield from _rejected(rejected, "types-are-enforced")


@check
def null_is_rejected(rejected: Rejected) -> Comparisons:
    """
    Null is rejected as the value of any field, at any depth.
    """
    yield from _rejected(rejected, "null-is-rejected")


@check
def enums_are_enforced(rejected: Rejected) -> Comparisons:
    """
    A status or source that is not a documented value is rejected.
    """
    yield from _rejected(rejected, "enums-are-enforced")


@check
def enum_values_accepted(created: Created) -> Comparisons:
    """
    Every documented status and source is accepted.
    """
    yield from _tried(created, "enum-values-accepted")


@check
def optional_fields(created: Created) -> Comparisons:
    """
    Every optional field and part can be omitted, alone or together with all the others.
    """
    yield from _tried(created, "optional-fields")


@check
def empty_values_accepted(created: Created) -> Comparisons:
    """
    Empty text and empty lists are accepted and returned unchanged.
    """
    yield from _tried(created, "empty-values-accepted")


@check
def unknown_fields_accepted(created: Created) -> Comparisons:
    """
    Unknown keys are accepted, at any depth.
    """
    yield from _tried(created, "unknown-fields-accepted")


@check
def read_only_fields_are_ignored(created: Created) -> Comparisons:
    """
    A field that only responses have, such as the id or the customer's name, is ignored if it is sent with a create.
    """
    if created.invoice:
        for name in created.draft.keys() & read_only_fields():
            value = created.invoice.get(name)
            is_met = not same(value, created.draft[name])
            yield that(f"/{name}", value, "not the value that was sent", is_met, created.shown)


@check
def any_text_is_unchanged(created: Created) -> Comparisons:
    """
    Text in any script, with any control character, is returned unchanged.
    """
    yield from _tried(created, "any-text-is-unchanged")


@check
def large_values_accepted(created: Created) -> Comparisons:
    """
    Long text, many lines, amounts from a ten-thousandth to millions, and times to the year 9999 are accepted and returned.
    """  # noqa: E501 - the statement of the promise
    yield from _tried(created, "large-values-accepted")


@check
def malformed_json_is_400(malformed: Malformed) -> Comparisons:
    """
    A body that is not JSON is rejected with 400.
    """
    yield equal(STATUS, malformed.exchange.status, _BAD_REQUEST)


@check
def content_type_is_enforced(sent: MediaType) -> Comparisons:
    """
    A body sent as application/json, with or without a charset, is read, and any other media type is rejected with 415.
    """
    yield equal(STATUS, sent.exchange.status, OK if sent.is_json else _UNSUPPORTED)


@check
def published_bodies_accepted(created: Created) -> Comparisons:
    """
    The bodies in the vendor's documentation page and course are accepted and returned as they were sent.
    """
    yield from _tried(created, "published-bodies-accepted")


# ------------------------------------------------------------------------------------------- what the checks share


def _is_open(created: Created) -> bool:
    return bool(created.draft["openBalance"]["value"] > 0)


def _field(created: Created, name: str, expected: Any) -> Comparison:
    actual = (created.invoice or {}).get(name)
    return equal(f"/{name}", actual, expected, created.shown)


def _fields(created: Created, expected: Mapping[str, Any]) -> Comparison:
    """
    Compare those fields of the invoice that are not as *expected*.
    """
    invoice = created.invoice or {}
    wrong = [name for name, value in expected.items() if not same(invoice.get(name, _ABSENT), value)]
    actual = {name: invoice.get(name, _ABSENT) for name in wrong}
    return equal("the invoice", actual, {name: expected[name] for name in wrong}, created.shown)


def _special(created: Created, promise: str) -> Comparisons:
    if created.invoice:
        for name, expected in reading(created.draft).items():
            if SPECIAL.get(name) == promise and name not in created.unreliable:
                yield _field(created, name, expected)


def _now(created: Created, name: str, times: tuple[int, int]) -> Comparison:
    value = (created.invoice or {}).get(name)
    comparison = between(f"/{name}", value, *times)
    return Comparison(comparison.at, value, comparison.expected, comparison.is_met, created.shown)


def _tried(created: Created, promise: str) -> Comparisons:
    """
    Compare what a create that tries *promise* came to: it is accepted, and its special field reads back.
    """
    if created.case.promise != promise:
        return
    yield equal(STATUS, created.exchange.status, OK)
    if created.invoice and created.case.field:
        yield _fields(
            created, {name: value for name, value in reading(created.draft).items() if _is_special(created, name)}
        )


def _is_special(created: Created, name: str) -> bool:
    return created.case.field in {name, ANY} and name not in created.unreliable


def _rejected(rejected: Rejected, promise: str) -> Comparisons:
    if rejected.case.promise == promise:
        yield that(STATUS, rejected.exchange.status, "a client error", rejected.exchange.is_client_error)


def _conflict(seen: Observation, field: str) -> Comparisons:
    if isinstance(seen, Raced) and seen.field == field:
        accepted = sum(exchange.is_success for exchange in seen.exchanges)
        yield that("accepted at once", accepted, f"at most {seen.allowed}", accepted <= seen.allowed)
        yield that("stored at once", seen.stored, f"at most {seen.allowed}", seen.stored <= seen.allowed)
    if isinstance(seen, Conflict) and seen.field == field:
        yield equal(STATUS, seen.exchange.status, _BAD_REQUEST)
        if not seen.exchange.is_success:
            yield equal("/data/errMsg", seen.exchange.get("data", "errMsg"), _MESSAGES[field])
