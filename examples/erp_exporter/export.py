"""
Export of orders to B2B Edition.
"""

from collections.abc import Iterable

import attrs

from b2b_invoices import (
    Amount,
    Balance,
    Client,
    CreateInvoiceRequest,
    InvoiceDetails,
    InvoiceLines,
    InvoiceSource,
    LineItem,
    errors,
)
from b2b_invoices.api.invoices import create_invoice_once

from .orders import Line, Order, Rejection

_ERRORS_OF_ONE_ORDER = (
    errors.BadRequest,
    errors.InvalidRequest,
    errors.InvoiceConflict,
    errors.NotFound,  # the order's company
    errors.Unprocessable,
)


@attrs.define
class Report:
    """
    The result of an export.

    Attributes:
        created: Number of an order -> id of its invoice, which is new or existed already.
        rejected: The orders without an invoice.
    """

    created: dict[str, int] = attrs.field(factory=dict)
    rejected: list[Rejection] = attrs.field(factory=list)


def export(orders: Iterable[Order], client: Client) -> Report:
    """
    Create exactly one invoice for each order.

    If the service rejects an order, the report lists it, and the export continues with the next one. It is safe to run
    the export again with the same orders.

    Raises:
        errors.B2BInvoicesError: No order can be exported at the moment: the service does not respond, the credentials
            are invalid, or the rate limit is exceeded.
    """
    report = Report()
    for order in orders:
        try:
            report.created[order.number] = create_invoice_once.sync(client=client, body=invoice_of(order)).id
        except _ERRORS_OF_ONE_ORDER as error:
            report.rejected.append(Rejection(order.number, str(error)))
    return report


def invoice_of(order: Order) -> CreateInvoiceRequest:
    """
    Return the invoice to create for *order*.
    """
    due = Balance(code=order.currency, value=order.total)
    items = [_line_item(line, order.currency) for line in order.lines]
    return CreateInvoiceRequest(
        invoice_number=order.number,
        customer_id=order.company,
        original_balance=due,
        open_balance=due,
        source=InvoiceSource.EXTERNAL,
        external_id=order.number,
        details=InvoiceDetails(details=InvoiceLines(line_items=items)),
    )


def _line_item(line: Line, currency: str) -> LineItem:
    return LineItem(sku=line.sku, quantity=str(line.quantity), unit_price=Amount(code=currency, value=str(line.price)))
