"""
Overdue invoices, for payment reminders.
"""

from b2b_invoices import Client, InvoiceStatus, iter_invoices


def overdue(client: Client, now: float) -> list[str]:
    """
    Return the numbers of the open invoices that were due before *now*, in Unix seconds.
    """
    unpaid = iter_invoices(client=client, status=InvoiceStatus.OPEN)
    return sorted(invoice.invoice_number for invoice in unpaid if invoice.due_date < now)
