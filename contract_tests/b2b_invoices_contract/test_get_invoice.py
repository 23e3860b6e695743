"""
What getInvoice and listInvoices promise to those who read them as the vendor's course does.
"""

import pytest

from .failures import expect
from .oddities import whole
from .real_bodies import REAL_BODIES
from .session import Api, id_in, invoices_on


@pytest.mark.promise("reads-change-nothing")
def test_reads_change_nothing(api: Api) -> None:
    """
    An invoice that was read and listed reads the same again.
    """
    invoice = api.created(whole(api.drafts))
    api.own()

    expect(api.invoice(invoice["id"]), invoice, "the invoice when it is read again:")


@pytest.mark.thorough
@pytest.mark.promise("published-bodies-accepted")
def test_reads_of_the_course(api: Api) -> None:
    """
    The course lists, lists old open invoices, reads one, and deletes it.
    """
    body = REAL_BODIES["course, full"] | {
        "invoiceNumber": api.drafts.number("course"),
        "orderNumber": api.drafts.order_number(),
        "customerId": api.drafts.company_id,
        "issuedAt": 1_600_000_000,
    }
    invoice_id = id_in(api.send("POST", json=body))

    old = invoices_on(api.send("GET", "/invoices?status=0&endDateAt=1600000000&limit=250"))
    one = api.send("GET", f"/invoices/{invoice_id}").get("data", "id")
    deleted = api.send("DELETE", f"/invoices/{invoice_id}").get("data")

    expect([invoice["id"] for invoice in old].count(invoice_id), 1, "how often it is among the old open ones:")
    expect(one, invoice_id, "id of the one that is read:")
    expect(deleted, {"id": invoice_id}, "data in the answer to the delete:")


@pytest.mark.thorough
@pytest.mark.promise("published-bodies-accepted")
def test_two_invoices_of_one_order(api: Api) -> None:
    """
    An integration makes a first invoice with the order, a second with the order as its external id, and finds both.
    """
    order = api.drafts.order_number()
    balance = {"code": "USD", "value": 283.25}
    common = {"customerId": api.drafts.company_id, "originalBalance": balance, "openBalance": balance}
    first = common | {"invoiceNumber": api.drafts.number("first"), "orderNumber": order}
    second = common | {"invoiceNumber": api.drafts.number("second"), "externalId": order}

    ids = [id_in(api.send("POST", json=body)) for body in (first, second)]
    listed = invoices_on(api.send("GET", f"/invoices?customerId={api.drafts.company_id}&limit=250"))

    expect(sorted(set(ids) & {invoice["id"] for invoice in listed}), sorted(ids), "ids found by company:")
