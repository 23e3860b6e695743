"""
Servers that store or read another value than was sent: statuses, defaults, balances and other fields.
"""

import struct
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from b2b_invoices_contract.mutation.fault import Act, drafts, invoices
from b2b_invoices_contract.mutation.service import Draft, Invoice

from .table import field, table, unsent, value

_STORED = "stored-as-sent"
_EXACT = "balances-are-exact"
_REAL = ("published-bodies-accepted", "large-values-accepted")
_DAY = 86_400
_OPEN, _PARTIALLY_PAID, _COMPLETED = 0, 1, 2


def _open(invoice: Invoice) -> Decimal:
    return Decimal(invoice["openBalance"]["value"])


def _as_sent(is_meant: Callable[[Invoice, Draft], bool]) -> Act:
    def make(invoice: Invoice, draft: Draft) -> Any:
        return draft.get("status", _OPEN) if draft and is_meant(invoice, draft) else invoice["status"]

    return field("status", make)


def _status(status: int, is_meant: Callable[[Invoice], bool]) -> Act:
    return field("status", lambda invoice, _: status if is_meant(invoice) else invoice["status"])


def _is_partly_open(invoice: Invoice) -> bool:
    return invoice["status"] == _OPEN and _open(invoice) < Decimal(invoice["originalBalance"]["value"])


STATUSES = (
    *table(
        "settled-is-completed",
        ("A settled invoice keeps the status that was sent.", lambda *_: True),
        ("A negative open balance does not complete an invoice.", lambda it, _: _open(it) < 0),
        ("An open balance of zero does not complete an invoice.", lambda it, _: _open(it) == 0),
        ("A partially paid invoice never completes.", lambda _, draft: draft.get("status") == _PARTIALLY_PAID),
        of=_as_sent,
    ),
    *table(
        ("open-status-is-kept", "status-default", _STORED),
        ("An open balance below 0.01 completes an invoice.", _COMPLETED, lambda it: _open(it) < Decimal("0.01")),
        ("An open balance below 1 completes an invoice.", _COMPLETED, lambda it: _open(it) < 1),
        ("A partially paid invoice is open.", _OPEN, lambda it: it["status"] == _PARTIALLY_PAID),
        ("The status depends on the balances alone.", _PARTIALLY_PAID, _is_partly_open),
        of=_status,
        beside=_REAL,
    ),
)


def _issued(make: Callable[[Invoice], Any]) -> Act:
    return unsent("createdAt", make, sent_as="issuedAt")


def _type_by_order(invoice: Invoice) -> str:
    return "Invoice" if invoice["orderNumber"] is None else "Order"


def _source_by_id(invoice: Invoice) -> int:
    return int(invoice["externalId"] is not None)


DEFAULTS = (
    *table(
        "type-default",
        ("The default type with an order is Order.", unsent("type", _type_by_order)),
    ),
    *table(
        "source-default",
        ("With an external id the default source is external.", unsent("source", _source_by_id)),
    ),
    *table(
        "due-date-default",
        ("The default due date is now.", lambda it: it["updatedAt"]),
        ("The default due date counts from the issue time.", lambda it: it["createdAt"] + 30 * _DAY),
        ("The default due date is a day late.", lambda it: it["dueDate"] + _DAY),
        ("The default due date is in another time zone.", lambda it: it["dueDate"] - 6 * 3600),
        ("The default due date is midnight.", lambda it: it["dueDate"] // _DAY * _DAY),
        ("The default due date is in milliseconds.", lambda it: it["dueDate"] * 1000),
        ("The payment terms are in seconds.", lambda it: it["updatedAt"] + 30),
        of=lambda make: unsent("dueDate", make),
    ),
    *table(
        "issued-at-default",
        ("The default issue time is in milliseconds.", lambda it: it["createdAt"] * 1000),
        ("The default issue time is in another time zone.", lambda it: it["createdAt"] + 7200),
        ("The default issue time is midnight.", lambda it: it["createdAt"] // _DAY * _DAY),
        of=_issued,
    ),
    *table(
        "unset-fields-read-as-null",
        ("The default external id is the invoice number.", unsent("externalId", lambda it: it["invoiceNumber"])),
    ),
)


def _amounts(change: Callable[[Decimal], Decimal | float], *names: str) -> Act:
    def apply(invoice: Invoice, _: Draft) -> None:
        for name in names or ("originalBalance", "openBalance"):
            changed = Decimal(str(change(Decimal(invoice[name]["value"]))))
            invoice[name]["value"] = f"{changed:.4f}".replace("-0.0000", "0.0000")

    return invoices(apply)


def _binary32(amount: Decimal) -> float:
    return float(struct.unpack("f", struct.pack("f", float(amount)))[0])


def _half_up(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _capped(invoice: Invoice, _: Draft) -> None:
    total, still_open = invoice["originalBalance"], invoice["openBalance"]
    still_open["value"] = min(still_open["value"], total["value"], key=Decimal)


def _texts(change: Callable[[str, str], str]) -> Act:
    def apply(invoice: Invoice, _: Draft) -> None:
        for name in ("originalBalance", "openBalance"):
            invoice[name]["value"] = change(invoice[name]["code"], invoice[name]["value"])

    return invoices(apply)


def _swapped(one: str, other: str) -> Act:
    return invoices(lambda invoice, _: invoice.update({one: invoice[other], other: invoice[one]}))


def _in_original_currency(invoice: Invoice, _: Draft) -> None:
    invoice["originalBalance"]["code"] = invoice["openBalance"]["code"]


BALANCES = table(
    (_EXACT, _STORED),
    ("The open balance is rounded to cents.", _amounts(lambda it: round(it, 2), "openBalance")),
    ("Balances are rounded to three decimals.", _amounts(lambda it: round(it, 3))),
    ("Balances are truncated to two decimals.", _amounts(lambda it: Decimal(int(it * 100)) / 100)),
    ("The original balance is rounded to whole units.", _amounts(round, "originalBalance")),
    ("The original balance is rounded half up to cents.", _amounts(_half_up, "originalBalance")),
    ("Balances are floats of 32 bits.", _amounts(_binary32)),
    ("A negative open balance is zero.", _amounts(lambda it: max(it, Decimal()), "openBalance")),
    ("Balances lose their sign.", _amounts(abs)),
    ("Balances are capped at a million.", _amounts(lambda it: min(it, Decimal("999999.9999")))),
    ("Balances are in cents.", _amounts(lambda it: it * 100)),
    ("The open balance is capped at the original.", invoices(_capped)),
    ("The balances are swapped.", _swapped("originalBalance", "openBalance")),
    ("The open balance is the original balance.", field("openBalance", lambda it, _: it["originalBalance"])),
    ("The original balance has the currency of the open balance.", invoices(_in_original_currency)),
    ("Yen have no decimals.", _texts(lambda code, it: f"{round(Decimal(it)):.4f}" if code == "JPY" else it)),
    ("Zero is minus zero.", _texts(lambda _, it: "-0.0000" if it == "0.0000" else it)),
    beside=_REAL,
)


def _last_of_each_name(fields: list[dict[str, str]]) -> list[dict[str, str]]:
    return list({each["fieldName"]: each for each in fields}.values())


def _midnight(invoice: Invoice, draft: Draft) -> int:
    return int(invoice["dueDate"] // _DAY * _DAY if "dueDate" in draft else invoice["dueDate"])


def _rounded_up(invoice: Invoice, draft: Draft) -> int:
    return round(float(draft["issuedAt"]) + 0.3) if "issuedAt" in draft else invoice["createdAt"]


def _created_at_sent(invoice: Invoice, draft: Draft) -> int:
    sent = draft.get("createdAt")
    return sent if isinstance(sent, int) else invoice["createdAt"]


def _with_order(draft: Draft) -> None:
    if isinstance(draft.get("orderNumber"), str) and isinstance(draft.get("invoiceNumber"), str):
        draft["invoiceNumber"] = f"{draft['invoiceNumber']}-{draft['orderNumber']}"


def _sent(name: str) -> Callable[[Invoice, Draft], Any]:
    return lambda it, draft: draft.get(name, it[name])


FIELDS = (
    *table(
        (_STORED, "large-values-accepted"),
        ("Extra fields are sorted.", value("extraFields", lambda them: sorted(them, key=lambda it: it["fieldName"]))),
        ("Only the last extra field of each name is stored.", value("extraFields", _last_of_each_name)),
        ("Empty extra fields are lost.", value("extraFields", lambda them: [it for it in them if it["fieldValue"]])),
        ("Due dates end in 2038.", value("dueDate", lambda it: min(it, 2**31 - 1))),
        beside=("list-extra-fields", "empty-values-accepted"),
    ),
    *table(
        (_STORED, "issued-at-reads-as-created-at"),
        ("The issue time is rounded up.", field("createdAt", _rounded_up)),
        ("An issue time of 0 is ignored.", field("createdAt", lambda it, _: it["createdAt"] or it["updatedAt"])),
    ),
    *table(
        _STORED,
        ("The external ids are swapped.", _swapped("externalId", "externalCustomerId")),
        ("A due date of 0 is ignored.", field("dueDate", lambda it, _: it["dueDate"] or it["updatedAt"])),
        ("The due date is midnight.", field("dueDate", _midnight)),
        beside=(*_REAL, "unset-fields-read-as-null", "list-filters"),
    ),
    *table(
        (_STORED, "order-number-reads-as-number"),
        ("Order numbers have 32 bits.", value("orderNumber", lambda it: it and it % 2**31)),
    ),
    *table(
        (
            *("unknown-fields-accepted", "issued-at-reads-as-created-at", _STORED, "valid-requests-accepted"),
            *("unset-fields-read-as-null", "issued-at-default"),
        ),
        ("An undocumented createdAt is the issue time.", field("createdAt", _created_at_sent)),
        beside=("read-only-fields-are-ignored",),
    ),
    *table(
        "read-only-fields-are-ignored",
        ("A customer name that is sent is stored.", field("customerName", _sent("customerName"))),
        ("An update time that is sent is stored.", field("updatedAt", _sent("updatedAt"))),
        beside=("updated-at-is-now", "list-matches-reads"),
    ),
    *table(
        _STORED,
        ("The invoice number contains the order number.", drafts(_with_order)),
        beside=("invoice-numbers-are-unique",),
    ),
)
