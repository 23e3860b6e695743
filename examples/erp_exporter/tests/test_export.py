"""
Tests of the exporter with `b2b_mock`: each has a store of its own, and none waits or uses the network.
"""

from decimal import Decimal
from pathlib import Path

import pytest

from b2b_invoices import Balance, Client, CreateInvoiceRequest, errors
from b2b_invoices.api.invoices import create_invoice
from b2b_invoices_mock.testing import B2BMock, PlainFault
from erp_exporter import Line, Order, Rejection, export, overdue, read_orders
from erp_exporter.__main__ import main

ORDER = Order("SO-1", "12345", "USD", (Line("CHAIR", 4, Decimal("49.95")), Line("DESK", 1, Decimal("310.00"))))
CSV = """\
order,company,currency,sku,quantity,price
SO-1,12345,USD,CHAIR,4,49.95
SO-1,12345,USD,DESK,1,310.00
SO-2,12345,USD,LAMP,2,"18,50"
SO-3,67890,EUR,LAMP,2,18.50
"""


@pytest.fixture(name="client")
def _client(b2b_mock: B2BMock) -> Client:
    """
    The client of the exporter, with retries that wait on the mock's clock.
    """
    return Client.from_env(b2b_mock.environ, retries=b2b_mock.retries)


def orders(number: int) -> list[Order]:
    """
    Return *number* different orders.
    """
    return [Order(f"SO-{n}", "12345", "USD", ORDER.lines) for n in range(1, number + 1)]


def test_order_becomes_invoice(b2b_mock: B2BMock, client: Client) -> None:
    """
    The invoice of an order has its line items and its exact total.
    """
    report = export([ORDER], client)

    (invoice,) = b2b_mock.invoices
    assert report.created == {"SO-1": invoice.id}
    assert (invoice.invoice_number, invoice.customer_id) == ("SO-1", "12345")
    assert invoice.open_balance.value == Decimal("509.80")
    assert b2b_mock.requests[0].body["details"]["details"]["lineItems"] == [
        {"sku": "CHAIR", "quantity": "4", "unitPrice": {"code": "USD", "value": "49.95"}},
        {"sku": "DESK", "quantity": "1", "unitPrice": {"code": "USD", "value": "310.00"}},
    ]


# ---------------------------------------------------------------- duplicates


def test_second_run_creates_nothing(b2b_mock: B2BMock, client: Client) -> None:
    """
    Exporting the same orders again creates no second invoice.
    """
    first = export(orders(3), client)

    second = export(orders(3), client)

    assert second == first
    assert len(b2b_mock.invoices) == 3


def test_number_of_another_invoice(b2b_mock: B2BMock, client: Client) -> None:
    """
    If another invoice has the order's number, the report says how they differ, and that invoice does not change.
    """
    due = Balance(code="USD", value=Decimal(5))
    other = CreateInvoiceRequest(invoice_number="SO-1", customer_id="12345", original_balance=due, open_balance=due)
    create_invoice.sync(client=b2b_mock.client, body=other)

    report = export([ORDER], client)

    (rejection,) = report.rejected
    assert "original_balance is USD 5.0000 in the store and USD 509.80 in the draft" in rejection.reason
    assert [invoice.original_balance.value for invoice in b2b_mock.invoices] == [5]


# ---------------------------------------------------------------- lost responses


def test_lost_response(b2b_mock: B2BMock, client: Client) -> None:
    """
    If the response is lost, the invoice is not created a second time.
    """
    b2b_mock.fail_next("drop_after_commit", operation="createInvoice")

    report = export([ORDER], client)

    (invoice,) = b2b_mock.invoices
    assert report.created == {"SO-1": invoice.id}


@pytest.mark.parametrize("fault", ["drop_before_commit", "torn_body", "hang", "wrong_content_type"])
def test_one_invoice_after_a_fault(b2b_mock: B2BMock, client: Client, fault: PlainFault) -> None:
    """
    Each order has exactly one invoice, whichever fault hits the first request.
    """
    b2b_mock.fail_next(fault, operation="createInvoice")

    report = export(orders(2), client)

    assert report.rejected == []
    assert [invoice.invoice_number for invoice in b2b_mock.invoices] == ["SO-1", "SO-2"]


def test_outage(b2b_mock: B2BMock, client: Client) -> None:
    """
    An outage ends the export; the next export creates the missing invoices only.
    """
    export(orders(2), client)
    b2b_mock.fail_next("refuse", error=503, times=1000)

    with pytest.raises(errors.OutcomeUnknown):
        export(orders(4)[2:], client)
    b2b_mock.clear_faults()
    export(orders(4), client)

    assert [invoice.invoice_number for invoice in b2b_mock.invoices] == ["SO-1", "SO-2", "SO-3", "SO-4"]


# ---------------------------------------------------------------- the rate limit


@pytest.mark.b2b_mock(rate_limit="150/60s")
def test_rate_limit_storm(b2b_mock: B2BMock, client: Client) -> None:
    """
    Orders beyond the rate limit wait for the next window, and no request gets a 429. The test itself does not wait.
    """
    began = b2b_mock.clock.now

    report = export(orders(160), client)

    assert len(report.created) == 160
    assert (b2b_mock.clock.now - began).total_seconds() == 60
    assert {request.status for request in b2b_mock.requests} == {200}


def test_limit_used_up_by_others(b2b_mock: B2BMock, client: Client) -> None:
    """
    If other integrations have used up the rate limit, the export waits as long as the service asks.
    """
    began = b2b_mock.clock.now
    b2b_mock.fail_next("rate_limited", seconds=20, times=3)

    report = export([ORDER], client)

    assert list(report.created) == ["SO-1"]
    assert (b2b_mock.clock.now - began).total_seconds() == 60


# ---------------------------------------------------------------- rejected orders


def test_rejected_line_item() -> None:
    """
    An order with an invalid row is rejected; the other orders are read.
    """
    read, rejected = read_orders(CSV.splitlines())

    assert [order.number for order in read] == ["SO-1", "SO-3"]
    assert rejected == [Rejection("SO-2", "invalid price '18,50' of LAMP: expected a number such as 18.50")]


def test_line_item_that_the_service_rejects(b2b_mock: B2BMock, client: Client) -> None:
    """
    If the service rejects an order, the report has the service's reason; the other orders are exported.
    """
    b2b_mock.fail_next("refuse", error="violations", operation="createInvoice")

    report = export(orders(2), client)

    (rejection,) = report.rejected
    assert rejection.number == "SO-1"
    assert "customerId: This field is required." in rejection.reason
    assert list(report.created) == ["SO-2"]


@pytest.mark.b2b_mock(companies=["12345"])
def test_unknown_company(b2b_mock: B2BMock, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    The command exports the valid orders and prints the rejected ones. The client that it creates reaches the mock.
    """
    path = tmp_path / "orders.csv"
    path.write_text(CSV, encoding="utf-8")

    status = main(path, b2b_mock.environ)

    assert status == 1
    unreadable, unknown = capsys.readouterr().err.splitlines()
    assert unreadable == "SO-2: invalid price '18,50' of LAMP: expected a number such as 18.50"
    assert unknown.startswith("SO-3: ")
    assert unknown.endswith("404: Company Does not Exist")
    assert [invoice.invoice_number for invoice in b2b_mock.invoices] == ["SO-1"]


def test_exit_status(b2b_mock: B2BMock, tmp_path: Path) -> None:
    """
    The exit status is 0 if every order is exported and 1 if any is rejected, even 256 of them.
    """
    head = "order,company,currency,sku,quantity,price\n"
    path = tmp_path / "orders.csv"

    path.write_text(head + "SO-1,12345,USD,LAMP,1,10\n", encoding="utf-8")
    assert main(path, b2b_mock.environ) == 0

    path.write_text(head + "".join(f"SO-{number},12345,USD,LAMP,none,10\n" for number in range(256)), encoding="utf-8")
    assert main(path, b2b_mock.environ) == 1


# ---------------------------------------------------------------- time


@pytest.mark.b2b_mock(payment_terms=14)
def test_reminder_after_the_due_date(b2b_mock: B2BMock, client: Client) -> None:
    """
    An invoice is overdue after the store's payment terms, and not before.
    """
    export([ORDER], client)

    b2b_mock.clock.forward(days=14)
    assert overdue(client, b2b_mock.clock.timestamp) == []

    b2b_mock.clock.forward(seconds=1)
    assert overdue(client, b2b_mock.clock.timestamp) == ["SO-1"]


def test_lines_of_an_order_far_apart() -> None:
    """
    Rows of the same order become one invoice, even if they are not adjacent.
    """
    rows = ["order,company,currency,sku,quantity,price", "SO-1,12345,USD,A,2,10.05", "SO-2,12345,USD,A,1,1"]

    orders_read, rejected = read_orders([*rows, "SO-1,12345,USD,C,1,5"])

    assert [(order.number, order.total) for order in orders_read] == [("SO-1", Decimal("25.10")), ("SO-2", Decimal(1))]
    assert rejected == []


def test_unreadable_file(b2b_mock: B2BMock, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    If the file is missing or lacks columns, the message names it, and no invoice is created.
    """
    path = tmp_path / "orders.csv"
    path.write_text("number,total\nSO-1,5\n", encoding="utf-8")

    statuses = main(path, b2b_mock.environ), main(tmp_path / "nowhere.csv", b2b_mock.environ)

    assert statuses == (2, 2)
    assert capsys.readouterr().err.splitlines()[0] == (
        f"{path}: missing columns order, company, currency, sku, quantity, price: "
        "expected order, company, currency, sku, quantity, price"
    )
    assert b2b_mock.invoices == []
