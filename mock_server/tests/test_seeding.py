"""
Seeding: many drafts are stored at once, all of them or none.
"""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from b2b_invoices_mock import MockClock, Settings, open_ledger
from b2b_invoices_mock.api.errors import InvalidInput
from b2b_invoices_mock.api.operations import Mock
from b2b_invoices_mock.control.invoices import seed
from b2b_invoices_mock.invoices import InvoiceShape
from b2b_invoices_mock.ledger import MEMORY
from b2b_invoices_spec import Contract
from mock_server.tests.client import NOW
from mock_server.tests.conftest import MakeInvoice


@pytest.fixture(name="mock", params=["memory", "postgresql"])
def _mock(request: pytest.FixtureRequest, contract: Contract) -> Iterator[Mock]:
    """
    A mock that knows one company, with a ledger of each kind.
    """
    settings = Settings(companies=frozenset({"12345"}))
    with closing(open_ledger(MEMORY if request.param == "memory" else request.getfixturevalue("database"))) as ledger:
        yield Mock(contract, settings, ledger, MockClock(lambda: NOW), InvoiceShape.of(contract))


def test_drafts_are_stored(mock: Mock, make_invoice: MakeInvoice) -> None:
    """
    Drafts are stored in their order, by the rules of a create.
    """
    drafts = [make_invoice(orderNumber="7"), make_invoice(openBalance={"code": "USD", "value": 0})]

    ids = seed(mock, "teststore", drafts)

    read = [mock.ledger.get("teststore", invoice_id) or {} for invoice_id in ids]
    assert [(invoice["invoiceNumber"], invoice["status"], invoice["orderNumber"]) for invoice in read] == [
        (drafts[0]["invoiceNumber"], 0, 7),
        (drafts[1]["invoiceNumber"], 2, None),
    ]


@pytest.mark.parametrize(
    ("invalid", "violations"),
    [
        pytest.param({"customerId": 7}, {"1.customerId": ["Not a valid string."]}, id="invalid"),
        pytest.param({"customerId": "7"}, {"1": ["Company Does not Exist"]}, id="company"),
        pytest.param({"invoiceNumber": "INV-1"}, {"1": ["The invoice number already exists."]}, id="number"),
        pytest.param({"orderNumber": "0101"}, {"1": ["The invoice exists for this order"]}, id="order"),
        pytest.param(None, {"1": ["Invalid data. Expected a dictionary."]}, id="no-object"),
    ],
)
def test_one_invalid_draft(mock: Mock, make_invoice: MakeInvoice, invalid: Any, violations: Any) -> None:
    """
    A list with one invalid draft is rejected with its place and its violations, and nothing is stored.
    """
    drafts = [make_invoice(orderNumber="101"), "INV-2" if invalid is None else make_invoice(**invalid), make_invoice()]

    with pytest.raises(InvalidInput) as error:
        seed(mock, "teststore", drafts)

    assert error.value.reason == violations
    assert mock.ledger.snapshot().entries == []
