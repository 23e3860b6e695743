"""
Services that get the status wrong, or what a field is when it was not sent.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from b2b_invoices_contract.mutation.service import Invoice

from .readings import Change, change_of, reads

_STORED = "stored-as-sent"

_DAY = 86_400

_OPEN, _PARTIALLY_PAID, _COMPLETED = 0, 1, 2


def _unsent(field: str, make: Callable[[Invoice], Any]) -> Change:
    return change_of(field, lambda invoice, draft: invoice[field] if field in draft or not draft else make(invoice))


STATUS = (
    reads(
        "settled-stays-open",
        change_of("status", lambda it, draft: int(draft.get("status", _OPEN)) if draft else it["status"]),
        breaks="settled-is-completed",
        says="The open balance has no say in the status.",
    ),
    reads(
        "negative-stays-open",
        change_of(
            "status",
            lambda it, draft: (
                draft.get("status", _OPEN) if it["openBalance"]["value"].startswith("-") else it["status"]
            ),
        ),
        breaks="settled-is-completed",
        says="Only an open balance of just zero completes an invoice.",
    ),
    reads(
        "zero-stays-open",
        change_of(
            "status",
            lambda it, draft: draft.get("status", _OPEN) if it["openBalance"]["value"] == "0.0000" else it["status"],
        ),
        breaks="settled-is-completed",
        says="Only an open balance below zero completes an invoice.",
    ),
    reads(
        "partly-paid-never-completes",
        change_of(
            "status", lambda it, draft: _PARTIALLY_PAID if draft.get("status") == _PARTIALLY_PAID else it["status"]
        ),
        breaks="settled-is-completed",
        says="A status of partially paid wins over an open balance of zero.",
    ),
    reads(
        "small-balance-completes",
        change_of(
            "status",
            lambda it, _: _COMPLETED if Decimal(it["openBalance"]["value"]) < Decimal("0.01") else it["status"],
        ),
        breaks=("open-status-is-kept", "status-default", _STORED),
        says="An open balance below a cent completes an invoice.",
    ),
    reads(
        "partly-paid-is-open",
        change_of("status", lambda it, _: it["status"] if it["status"] == _COMPLETED else _OPEN),
        breaks="open-status-is-kept",
        says="A partially paid invoice reads as open.",
    ),
    reads(
        "open-is-partly-paid",
        change_of(
            "status",
            lambda it, _: (
                _PARTIALLY_PAID
                if it["status"] == _OPEN
                and Decimal(it["openBalance"]["value"]) < Decimal(it["originalBalance"]["value"])
                else it["status"]
            ),
        ),
        breaks=("open-status-is-kept", "status-default"),
        says="The status is worked out from the balances, whatever was sent.",
    ),
    reads(
        "whole-cents-complete",
        change_of(
            "status", lambda it, _: _COMPLETED if int(Decimal(it["openBalance"]["value"])) <= 0 else it["status"]
        ),
        breaks=("open-status-is-kept", "status-default", _STORED),
        says="Less than one unit of currency left to pay completes an invoice.",
    ),
)

DEFAULTS = (
    reads(
        "type-default-empty", _unsent("type", lambda _: ""), breaks="type-default", says="The default type is empty."
    ),
    reads(
        "type-default-lower-case",
        _unsent("type", lambda _: "invoice"),
        breaks="type-default",
        says="The default type is written small.",
    ),
    reads(
        "type-default-order",
        _unsent("type", lambda it: "Order" if it["orderNumber"] is not None else "Invoice"),
        breaks="type-default",
        says="The default type of an invoice with an order is Order.",
    ),
    reads(
        "status-default-partly-paid",
        _unsent("status", lambda it: it["status"] or _PARTIALLY_PAID),
        breaks="status-default",
        says="The default status is partially paid.",
    ),
    reads(
        "source-default-external",
        _unsent("source", lambda _: 1),
        breaks="source-default",
        says="The default source is external.",
    ),
    reads(
        "source-follows-external-id",
        _unsent("source", lambda it: int(it["externalId"] is not None)),
        breaks="source-default",
        says="An invoice with an external id is external by default.",
    ),
    reads(
        "due-at-once",
        _unsent("dueDate", lambda it: it["updatedAt"]),
        breaks="due-date-default",
        says="An invoice is due at once by default.",
    ),
    reads(
        "due-from-issue",
        _unsent("dueDate", lambda it: it["createdAt"] + 30 * _DAY),
        breaks="due-date-default",
        says="The default due date counts from the time of issue.",
    ),
    reads(
        "due-in-31-days",
        _unsent("dueDate", lambda it: it["dueDate"] + _DAY),
        breaks="due-date-default",
        says="The default due date is a day off.",
    ),
    reads(
        "due-in-another-zone",
        _unsent("dueDate", lambda it: it["dueDate"] - 6 * 3600),
        breaks="due-date-default",
        says="The default due date is by a clock in another time zone.",
    ),
    reads(
        "due-at-midnight",
        _unsent("dueDate", lambda it: it["dueDate"] // _DAY * _DAY),
        breaks="due-date-default",
        says="The default due date is cut to midnight.",
    ),
    reads(
        "due-in-milliseconds",
        _unsent("dueDate", lambda it: it["dueDate"] * 1000),
        breaks="due-date-default",
        says="The default due date is in milliseconds.",
    ),
    reads(
        "due-in-30-seconds",
        _unsent("dueDate", lambda it: it["updatedAt"] + 30),
        breaks="due-date-default",
        says="The payment terms count as seconds.",
    ),
    reads(
        "issued-in-milliseconds",
        change_of("createdAt", lambda it, draft: it["createdAt"] if "issuedAt" in draft else it["createdAt"] * 1000),
        breaks="issued-at-default",
        says="The default time of issue is in milliseconds.",
    ),
    reads(
        "issued-in-another-zone",
        change_of("createdAt", lambda it, draft: it["createdAt"] if "issuedAt" in draft else it["createdAt"] + 7200),
        breaks="issued-at-default",
        says="The default time of issue is by a clock in another time zone.",
    ),
    reads(
        "issued-at-epoch",
        change_of("createdAt", lambda it, draft: it["createdAt"] if "issuedAt" in draft else 0),
        breaks="issued-at-default",
        says="The default time of issue is 1970.",
    ),
    reads(
        "issued-at-midnight",
        change_of(
            "createdAt", lambda it, draft: it["createdAt"] if "issuedAt" in draft else it["createdAt"] // _DAY * _DAY
        ),
        breaks="issued-at-default",
        says="The default time of issue is cut to midnight.",
    ),
    reads(
        "unset-is-empty",
        change_of("purchaseOrderNumber", lambda it, _: it["purchaseOrderNumber"] or ""),
        breaks="unset-fields-read-as-null",
        says="A purchase order number that was not sent reads as empty text.",
    ),
    reads(
        "no-details-is-empty",
        change_of("details", lambda it, _: it["details"] or {}),
        breaks="unset-fields-read-as-null",
        says="Details that were not sent read as an empty object.",
    ),
    reads(
        "no-channel-is-1",
        change_of("channelId", lambda it, _: it["channelId"] or "1"),
        breaks="unset-fields-read-as-null",
        says="An invoice without a channel is in channel 1.",
    ),
    reads(
        "external-id-from-number",
        change_of("externalId", lambda it, _: it["invoiceNumber"] if it["externalId"] is None else it["externalId"]),
        breaks="unset-fields-read-as-null",
        says="An external id that was not sent is the number.",
    ),
    reads(
        "order-0",
        change_of("orderNumber", lambda it, _: it["orderNumber"] or 0),
        breaks="unset-fields-read-as-null",
        says="An order number that was not sent reads as 0.",
    ),
    reads(
        "terms-from-store",
        change_of(
            "termsConditions", lambda it, _: "Net 30" if it["termsConditions"] is None else it["termsConditions"]
        ),
        breaks="unset-fields-read-as-null",
        says="Terms that were not sent are the store's.",
    ),
)
