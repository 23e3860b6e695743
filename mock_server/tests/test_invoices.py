"""
The rules of invoices: rounding, status, defaults and order numbers.
"""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from b2b_invoices_mock import Dialect
from b2b_invoices_mock.invoices import (
    InvoiceShape,
    balance_as_read,
    build_invoice,
    order_id,
    order_key,
    rounded,
    status_of,
)
from b2b_invoices_spec import Contract
from mock_server.tests.client import property_of_the_mock
from mock_server.tests.conftest import Body, MakeInvoice

NOW = 1_619_161_808
A_MONTH = 30 * 24 * 60 * 60

amounts = st.integers() | st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30)
digits = st.text(alphabet="0123456789", min_size=1, max_size=18)


@pytest.fixture(name="shape")  # not shared, so that `make mutants` sees which tests use it
def _shape(contract: Contract) -> InvoiceShape:
    return InvoiceShape.of(contract)


# --------------------------------------------------------------------------------------------------------- money


@pytest.mark.parametrize(
    ("value", "read"),
    [
        pytest.param(100, "100.0000", id="whole"),
        pytest.param(Decimal("566.5"), "566.5000", id="one-decimal"),
        pytest.param(Decimal("0.1234"), "0.1234", id="four-decimals"),
        pytest.param(Decimal("0.00005"), "0.0000", id="half-to-even-down"),
        pytest.param(Decimal("0.00015"), "0.0002", id="half-to-even-up"),
        pytest.param(Decimal("0.00025"), "0.0002", id="half-to-even-down-again"),
        pytest.param(Decimal("0.000050000000000000000000000000000001"), "0.0001", id="just-above-half"),
        pytest.param(Decimal("-12.34565"), "-12.3456", id="negative"),
        pytest.param(Decimal("-0.00001"), "0.0000", id="no-minus-zero"),
        pytest.param(Decimal("-0.0"), "0.0000", id="minus-zero"),
        pytest.param(Decimal("1E+5"), "100000.0000", id="exponent"),
        pytest.param(10**40, f"1{'0' * 40}.0000", id="more-digits-than-a-context"),
        pytest.param(Decimal("0.1") + Decimal("0.2"), "0.3000", id="no-binary-dust"),
    ],
)
def test_balances_read_back(value: int | Decimal, read: str) -> None:
    """
    A balance is stored as text with four decimals, rounded half to even, and zero has no sign.
    """
    assert balance_as_read({"code": "USD", "value": value, "note": "x"}) == {"code": "USD", "value": read}


@property_of_the_mock
@given(value=amounts)
def test_rounding_is_exact(value: int | Decimal) -> None:
    """
    Any amount is rounded half to even at the fourth decimal, as in exact arithmetic.
    """
    expected = Fraction(round(Fraction(value) * 10_000), 10_000)

    result = rounded(value)

    assert Fraction(result) == expected
    assert result.as_tuple().exponent == -4


@pytest.mark.parametrize(
    ("value", "status"),
    [
        pytest.param(0, 2, id="zero"),
        pytest.param(-1, 2, id="overpaid"),
        pytest.param(Decimal("0.00005"), 2, id="rounds-to-zero"),
        pytest.param(Decimal("-0.00001"), 2, id="rounds-to-minus-zero"),
        pytest.param(Decimal("0.00006"), 1, id="rounds-to-the-least"),
        pytest.param(1, 1, id="open"),
    ],
)
def test_settled_is_completed(value: int | Decimal, status: int) -> None:
    """
    An invoice is completed if its rounded open balance is zero or below.
    """
    assert status_of(1, {"code": "USD", "value": value}) == status


@property_of_the_mock
@given(value=amounts, sent=st.sampled_from([0, 1, 2]))
def test_status_agrees_with_the_balance(value: int | Decimal, sent: int) -> None:
    """
    A stored invoice is completed if its stored balance is zero or below, otherwise it has the status that was sent.
    """
    balance = {"code": "USD", "value": value}

    read = Decimal(balance_as_read(balance)["value"])

    assert status_of(sent, balance) == (2 if read <= 0 else sent)


# -------------------------------------------------------------------------------------------------------- orders


@pytest.mark.parametrize(
    ("order_number", "order", "key"),
    [
        pytest.param("118", 118, "118", id="number"),
        pytest.param("0101", 101, "101", id="zeros"),
        pytest.param("0", 0, "0", id="zero"),
        pytest.param("", None, None, id="empty"),
        pytest.param("SO-7", None, "SO-7", id="text"),
        pytest.param(" 7", None, " 7", id="blank"),
        pytest.param("-7", None, "-7", id="negative"),
        pytest.param("7.0", None, "7.0", id="fraction"),
        pytest.param("\u00b2", None, "\u00b2", id="superscript"),
        pytest.param("\u0667", None, "\u0667", id="other-digits"),
        pytest.param("9" * 18, 10**18 - 1, "9" * 18, id="18-digits"),
        pytest.param("9" * 19, None, "9" * 19, id="19-digits"),
    ],
)
def test_order_numbers(order_number: str, order: int | None, key: str | None) -> None:
    """
    Digits are an order id, with or without leading zeros; other text is its own key; empty text has no key.
    """
    assert (order_id(order_number), order_key(order_number)) == (order, key)


@property_of_the_mock
@given(one=digits, other=digits)
def test_same_order_same_key(one: str, other: str) -> None:
    """
    Two order numbers of digits have the same key exactly if they are equal as numbers.
    """
    assert (order_key(one) == order_key(other)) == (int(one) == int(other))


@property_of_the_mock
@given(one=st.text(), other=st.text())
def test_other_orders_other_keys(one: str, other: str) -> None:
    """
    An order number that is not a number has a key that no other order number has.
    """
    assume(one != other and order_id(one) is None)

    assert order_key(one) != order_key(other)


# --------------------------------------------------------------------------------------------------------- fields


def test_a_minimal_draft(shape: InvoiceShape, make_invoice: MakeInvoice) -> None:
    """
    A draft with only the required fields gets the contract's defaults, and null for the other fields.
    """
    invoice = build_invoice(make_invoice(), shape, now=NOW, payment_seconds=A_MONTH)

    assert invoice == {
        "customerId": "12345",
        "externalId": None,
        "externalCustomerId": None,
        "invoiceNumber": "INV-1",
        "type": "Invoice",
        "dueDate": NOW + A_MONTH,
        "status": 0,
        "orderNumber": None,
        "purchaseOrderNumber": None,
        "details": None,
        "source": 0,
        "originalBalance": {"code": "USD", "value": "100.0000"},
        "openBalance": {"code": "USD", "value": "100.0000"},
        "customerName": "Company 12345",
        "channelId": None,
        "externalPdfUrl": None,
        "termsConditions": None,
        "createdAt": NOW,
        "updatedAt": NOW,
        "extraFields": [],
    }


def test_fields_are_in_the_contracts_order(contract: Contract, shape: InvoiceShape, make_invoice: MakeInvoice) -> None:
    """
    A stored invoice has the fields of the contract, in its order; the ledger adds the id.
    """
    invoice = build_invoice(make_invoice(type="Bill"), shape, now=NOW, payment_seconds=0)

    assert ["id", *invoice] == [*contract.properties("Invoice")]


@pytest.mark.parametrize(
    ("fields", "read"),
    [
        pytest.param({"issuedAt": Decimal("1762041600.9")}, {"createdAt": 1_762_041_600}, id="issue-is-cut-off"),
        pytest.param({"issuedAt": Decimal("-0.5")}, {"createdAt": 0}, id="before-1970-too"),
        pytest.param({"issuedAt": 5}, {"dueDate": NOW + A_MONTH, "updatedAt": NOW}, id="due-from-now-not-from-issue"),
        pytest.param({"dueDate": Decimal("7.0")}, {"dueDate": 7}, id="whole-number-with-a-point"),
        pytest.param({"dueDate": Decimal("1E+3")}, {"dueDate": 1000}, id="whole-number-with-an-exponent"),
        pytest.param({"channelId": Decimal("1.0")}, {"channelId": "1"}, id="channel-is-text"),
        pytest.param({"channelId": -1}, {"channelId": "-1"}, id="negative-channel"),
        pytest.param({"status": Decimal("1.0")}, {"status": 1}, id="status"),
        pytest.param({"source": 1}, {"source": 1}, id="source"),
        pytest.param({"orderNumber": "0118"}, {"orderNumber": 118}, id="order-is-a-number"),
        pytest.param({"orderNumber": "SO-7"}, {"orderNumber": None}, id="order-is-not-a-number"),
        pytest.param({"customerId": ""}, {"customerName": "Company "}, id="customer-without-id"),
    ],
)
def test_fields_with_a_rule(shape: InvoiceShape, make_invoice: MakeInvoice, fields: Body, read: Body) -> None:
    """
    A field with a rule is stored as the rule says.
    """
    invoice = build_invoice(make_invoice(**fields), shape, now=NOW, payment_seconds=A_MONTH)

    assert {name: invoice[name] for name in read} == read
    assert [type(invoice[name]) for name in read] == [type(value) for value in read.values()]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        pytest.param({"openBalance": {"code": "USD", "value": 99}}, 1, id="partly-paid"),
        pytest.param({"openBalance": {"code": "USD", "value": 100}}, 0, id="nothing-paid"),
        pytest.param({"openBalance": {"code": "USD", "value": 101}}, 0, id="more-than-billed"),
        pytest.param({"openBalance": {"code": "USD", "value": Decimal("99.99999")}}, 0, id="paid-less-than-is-read"),
        pytest.param({"openBalance": {"code": "USD", "value": 0}}, 2, id="settled"),
        pytest.param({"openBalance": {"code": "USD", "value": 99}, "status": 0}, 0, id="sent-as-open"),
    ],
)
def test_status_by_balances(shape: InvoiceShape, make_invoice: MakeInvoice, fields: Body, status: int) -> None:
    """
    With `by_balances`, an invoice is partly paid if its open balance is below the original; a sent status stays.
    """
    dialect = Dialect(unsent_status="by_balances")

    invoice = build_invoice(make_invoice(**fields), shape, now=NOW, payment_seconds=0, dialect=dialect)

    assert invoice["status"] == status


def test_read_only_fields_are_ignored(shape: InvoiceShape, make_invoice: MakeInvoice) -> None:
    """
    Fields that the service sets are ignored in a draft, the id included.
    """
    draft = make_invoice()
    forged = draft | {"id": 7, "customerName": "Someone", "createdAt": 5, "updatedAt": 5}

    invoice = build_invoice(forged, shape, now=NOW, payment_seconds=0)

    assert invoice == build_invoice(draft, shape, now=NOW, payment_seconds=0)


def test_unknown_keys(shape: InvoiceShape, make_invoice: MakeInvoice) -> None:
    """
    Unknown keys are stored inside the details and dropped everywhere else.
    """
    details = {"source": 1, "header": {"costLines": [], "mood": "good"}}
    balance = {"code": "USD", "value": 1, "mood": "bad"}
    extra_field = {"fieldName": "a", "fieldValue": "b", "mood": "sad"}
    draft = make_invoice(mood="fair", details=details, openBalance=balance, extraFields=[extra_field])

    invoice = build_invoice(draft, shape, now=NOW, payment_seconds=0)

    assert invoice["details"] == details
    assert invoice["openBalance"] == {"code": "USD", "value": "1.0000"}
    assert invoice["extraFields"] == [{"fieldName": "a", "fieldValue": "b"}]
    assert "mood" not in invoice
