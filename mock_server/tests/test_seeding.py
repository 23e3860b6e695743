"""
Seeding: many drafts become invoices at once, or none does.
"""

from collections.abc import Iterator
from contextlib import closing

import pytest

from b2b_invoices_mock import MockClock, Settings, open_ledger
from b2b_invoices_mock.api.operations import Mock
from b2b_invoices_mock.control.seeding import SeedError, seed
from b2b_invoices_mock.invoices import InvoiceShape
from b2b_invoices_mock.ledger import MEMORY
from b2b_invoices_spec import Contract
from mock_server.tests.client import NOW
from mock_server.tests.conftest import Body, MakeInvoice


@pytest.fixture(name="mock", params=["memory", "postgresql"])
def _mock(request: pytest.FixtureRequest, contract: Contract) -> Iterator[Mock]:
    """
    All that a mock works with, whatever keeps its ledger; it knows one company.
    """
    settings = Settings(companies=frozenset({"12345"}))
    with closing(open_ledger(MEMORY if request.param == "memory" else request.getfixturevalue("database"))) as ledger:
        yield Mock(contract, settings, ledger, MockClock(lambda: NOW), InvoiceShape.of(contract))


def test_drafts_are_recorded(mock: Mock, make_invoice: MakeInvoice) -> None:
    """
    A seed is recorded by the rules of a create, in its order.
    """
    drafts = [make_invoice(orderNumber="7"), make_invoice(openBalance={"code": "USD", "value": 0})]

    ids = seed(mock, "teststore", drafts)

    read = [mock.ledger.get("teststore", invoice_id) or {} for invoice_id in ids]
    assert [(invoice["invoiceNumber"], invoice["status"], invoice["orderNumber"]) for invoice in read] == [
        (drafts[0]["invoiceNumber"], 0, 7),
        (drafts[1]["invoiceNumber"], 2, None),
    ]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        pytest.param({"customerId": 7}, "1.customerId: Not a valid string.", id="invalid"),
        pytest.param({"customerId": "7"}, "1: Company Does not Exist", id="company"),
        pytest.param({"invoiceNumber": "INV-1"}, "1: The invoice number already exists.", id="number"),
        pytest.param({"orderNumber": "0101"}, "1: The invoice exists for this order", id="order"),
    ],
)
def test_one_wrong_draft(mock: Mock, make_invoice: MakeInvoice, wrong: Body, message: str) -> None:
    """
    A seed with one draft that would be refused is refused, with its place and why, and nothing is recorded.
    """
    drafts = [make_invoice(orderNumber="101"), make_invoice(**wrong), make_invoice()]

    with pytest.raises(SeedError) as raised:
        seed(mock, "teststore", drafts)

    assert str(raised.value) == message
    assert mock.ledger.snapshot().entries == []


def test_something_else_than_a_draft(mock: Mock) -> None:
    """
    What is no object is told by its place.
    """
    with pytest.raises(SeedError, match=r"^0: Invalid data\. Expected a dictionary\.$"):
        seed(mock, "teststore", ["INV-1"])
