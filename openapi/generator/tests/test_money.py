"""
How money goes over the wire: to the digit, or not at all.
"""

import copy
import json
import re
from decimal import Decimal, localcontext
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b_invoices import (
    Amount,
    Balance,
    CostLine,
    CreateInvoiceRequest,
    InvoiceDetails,
    InvoiceHeader,
    RecordedBalance,
    RecordedDetails,
    errors,
)
from b2b_invoices._decoder import Strictness, read_json
from b2b_invoices.api.invoices import create_invoice, get_invoice
from openapi.generator.tests.service import client_of, draft, example, example_response

AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**15), max_value=10**15)
TEXTS = st.from_regex(r"-?[0-9]{1,18}(\.[0-9]{1,4})?", fullmatch=True)


def sent(body: CreateInvoiceRequest) -> str:
    """
    The text of the body that goes over the wire.
    """
    bodies: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content.decode())
        return example_response("Created")

    create_invoice.sync(client=client_of(handler), body=body)
    return bodies[0]


# ---------------------------------------------------------------- what is sent


@pytest.mark.parametrize(
    ("value", "digits"),
    [
        (Decimal("100.10"), "100.10"),
        (Decimal("0.0001"), "0.0001"),
        (Decimal("-12.5"), "-12.5"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-4"), "0.0001"),
        (Decimal("123456789012345678901234.5678"), "123456789012345678901234.5678"),
        (100, "100"),
        (-0, "0"),
        ("100.10", "100.10"),
        ("007", "7"),
    ],
)
def test_digits_on_the_wire_are_those_given(value: Any, digits: str) -> None:
    """
    A balance is a JSON number with the digits that it was written with, and without an exponent.
    """
    balance = Balance(code="USD", value=value)

    assert isinstance(balance.value, Decimal)
    assert f'"originalBalance":{{"code":"USD","value":{digits}}}' in sent(draft(original_balance=balance))


@given(value=AMOUNTS)
def test_every_amount_survives(value: Decimal) -> None:
    """
    An amount with four decimals is sent digit by digit.
    """
    body = json.loads(sent(draft(open_balance=Balance(code="USD", value=value))), parse_float=str, parse_int=str)

    assert body["openBalance"]["value"] == f"{value:f}"


@given(text=TEXTS)
def test_every_amount_reads_back(text: str) -> None:
    """
    Text is read as the Decimal with the same digits, and is written as it came.
    """
    value = f"{Decimal(text):.4f}"

    balance = RecordedBalance.from_dict({"code": "USD", "value": value})

    assert balance.value == Decimal(value)
    assert balance.to_dict() == {"code": "USD", "value": value}


def test_precision_of_the_context_does_not_matter() -> None:
    """
    The caller's decimal context may round what it computes, never what it sends.
    """
    with localcontext(prec=3):
        assert '"value":123456.7891' in sent(draft(open_balance=Balance(code="USD", value=Decimal("123456.7891"))))


@pytest.mark.parametrize("value", [Decimal("90.00"), 90, "90.00"])
def test_amounts_in_details_are_sent_as_text(value: Any) -> None:
    """
    Inside the details, an amount goes out as the text that the documentation asks for.
    """
    line = CostLine(amount=Amount(code="USD", value=value), description="Subtotal")
    details = InvoiceDetails(header=InvoiceHeader(cost_lines=[line]))

    assert f'"amount":{{"code":"USD","value":"{value}"}}' in sent(draft(details=details))


@pytest.mark.parametrize("value", ['"90.00"', "33.140", "0.0", "5", '"on request"', '""'])
def test_amounts_in_details_are_kept_verbatim(value: str) -> None:
    """
    An amount that was read as text stays text, one that was a number stays a number, to the digit.
    """
    text = f'{{"code":"","value":{value}}}'

    assert Amount.from_json(text).to_json() == text


def test_details_of_an_invoice_are_exact() -> None:
    """
    Numbers inside recorded details are Decimal, so that no digit of them is lost.
    """
    details = RecordedDetails.from_json('{"header": {"total": 33.140}}')

    assert str(details["header"]["total"]) == "33.140"


def test_balance_reads_as_decimal() -> None:
    """
    The four-decimal text of a balance is a Decimal, ready to be computed with.
    """
    invoice = get_invoice.sync(12, client=client_of(lambda _request: example_response("ReadMinimalInvoice"))).data

    assert invoice.original_balance.value - Decimal("0.10") == Decimal("99.9000")


def test_float_of_a_dictionary_keeps_its_digits() -> None:
    """
    A float in somebody's own dictionary means the digits that it shows.
    """
    body = {**example("SettledInvoice"), "originalBalance": {"code": "EUR", "value": 49.9}}

    assert '"value":49.9}' in sent(CreateInvoiceRequest.from_dict(body))


# ---------------------------------------------------------------- what is rejected


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (100.1, 'Invalid Balance.value: expected Decimal("100.10"), got the float 100.1, which is not exact.'),
        (100.0, 'Invalid Balance.value: expected Decimal("100.00"), got the float 100.0, which is not exact.'),
        (0.1255, 'Invalid Balance.value: expected Decimal("0.1255"), got the float 0.1255, which is not exact.'),
        (
            0.1 + 0.2,
            'Invalid Balance.value: expected Decimal("0.30"), got the float 0.30000000000000004, which is not exact.',
        ),
        (float("nan"), 'Invalid Balance.value: expected an amount such as Decimal("100.10"), got nan.'),
        (float("inf"), 'Invalid Balance.value: expected an amount such as Decimal("100.10"), got inf.'),
        (Decimal("NaN"), 'Invalid Balance.value: expected an amount such as Decimal("100.10"), got NaN.'),
        (Decimal("sNaN"), 'Invalid Balance.value: expected an amount such as Decimal("100.10"), got sNaN.'),
        (Decimal("-Infinity"), 'Invalid Balance.value: expected an amount such as Decimal("100.10"), got -Infinity.'),
        (True, 'Invalid Balance.value: expected an amount such as Decimal("100.10"), got True.'),
        (None, 'Invalid Balance.value: expected an amount such as Decimal("100.10"), got None.'),
        (
            Decimal("1.00001"),
            "Invalid Balance.value: expected at most 4 decimals, because the service stores no more, got 1.00001: "
            'round it with round(value, 4) or value.quantize(Decimal("0.01")).',
        ),
        (
            "1.00000",
            "Invalid Balance.value: expected at most 4 decimals, because the service stores no more, got 1.00000: "
            'round it with round(value, 4) or value.quantize(Decimal("0.01")).',
        ),
        (10**400, "Invalid Balance.value: expected at most 308 digits, the most that JSON readers support."),
        (
            "100,10",
            'Invalid Balance.value: expected plain digits such as "100.10", or Decimal("100.10"), got \'100,10\'.',
        ),
        ("1e2", 'Invalid Balance.value: expected plain digits such as "100.10", or Decimal("100.10"), got \'1e2\'.'),
        ("", 'Invalid Balance.value: expected plain digits such as "100.10", or Decimal("100.10"), got \'\'.'),
        ("NaN", 'Invalid Balance.value: expected plain digits such as "100.10", or Decimal("100.10"), got \'NaN\'.'),
        ("١٢", 'Invalid Balance.value: expected plain digits such as "100.10", or Decimal("100.10"), got \'١٢\'.'),
        ([], 'Invalid Balance.value: expected Decimal, int or str, such as Decimal("100.10"), got list.'),
    ],
)
def test_inexact_amount_is_rejected(value: Any, sentence: str) -> None:
    """
    What cannot be sent to the digit is rejected where it is written down, with the right way; and so it is later on.
    """
    with pytest.raises(errors.InvalidAmount, match=f"^{re.escape(sentence)}$") as caught:
        Balance(code="USD", value=value)
    assert isinstance(caught.value, ValueError)

    balance = Balance(code="USD", value=1)
    with pytest.raises(errors.InvalidAmount):
        balance.value = value
    assert balance.value == 1


@pytest.mark.parametrize("value", [9.5, Decimal("NaN"), "ninety", True, Decimal("0.00001")])
def test_inexact_amount_in_details_is_rejected(value: Any) -> None:
    """
    Amounts inside the details are validated the same way.
    """
    with pytest.raises(errors.InvalidAmount, match=r"^Invalid Amount\.value: expected "):
        Amount(code="USD", value=value)


@pytest.mark.parametrize("code", ["", "  ", None, 840])
@pytest.mark.parametrize("model", [Balance, Amount])
def test_money_without_a_currency_is_rejected(model: Any, code: Any) -> None:
    """
    A currency code that is empty, or no text, is rejected, with an example of one.
    """
    with pytest.raises(errors.InvalidAmount) as caught:
        model(code=code, value=1)

    assert str(caught.value) == f'Invalid {model.__name__}.code: expected a currency code such as "USD", got {code!r}.'


@pytest.mark.parametrize(
    ("balance", "problem"),
    [
        (
            {"code": "USD", "value": 1.23456},
            "/openBalance/value: expected an amount of at most 4 decimals, got 1.23456.",
        ),
        ({"code": "USD", "value": "1.23"}, "/openBalance/value: expected a number, got text."),
        ({"code": "USD", "value": True}, "/openBalance/value: expected a number, got true."),
        ({"code": 7, "value": 1}, "/openBalance/code: expected text, got 7."),
    ],
)
def test_inexact_amount_in_a_dictionary_is_rejected(balance: Any, problem: str) -> None:
    """
    An amount in a dictionary is validated too.
    """
    with pytest.raises(errors.Misfit) as caught:
        CreateInvoiceRequest.from_dict({**example("SettledInvoice"), "openBalance": balance})

    assert str(caught.value) == problem


def test_blank_currency_of_a_dictionary_is_not_sent() -> None:
    """
    A blank code that came in a dictionary is found before it is sent.
    """
    body = CreateInvoiceRequest.from_dict({**example("SettledInvoice"), "openBalance": {"code": " ", "value": 1}})

    with pytest.raises(errors.InvalidRequest) as caught:
        sent(body)

    assert str(caught.value) == "Nothing was sent. /openBalance/code: expected a currency code, got blank."


@pytest.mark.parametrize(("value", "expected"), [("ten", "text"), (True, "true"), (None, "null")])
def test_recorded_balance_that_is_no_amount_is_a_misfit(value: Any, expected: str) -> None:
    """
    A balance that reads as no amount is not taken for one.
    """
    with pytest.raises(errors.Misfit) as caught:
        RecordedBalance.from_dict({"code": "USD", "value": value})

    assert str(caught.value) == f"/value: expected an amount as text, got {expected}."


def test_recorded_balance_that_is_a_number_is_read_unless_strict() -> None:
    """
    A balance that comes as a number has its digits all the same; only who asks for the letter of the contract minds.
    """
    text = '{"code": "USD", "value": 100.10}'

    assert RecordedBalance.from_json(text).value == Decimal("100.10")
    with pytest.raises(errors.Misfit, match=r"^/value: expected an amount as text, got 100\.10\.$"):
        read_json(RecordedBalance, text, Strictness.STRICT)


def test_amount_that_is_neither_text_nor_number_is_a_misfit() -> None:
    """
    Inside the details, an amount is text or a number.
    """
    with pytest.raises(errors.Misfit, match=r"^/value: expected text or a number, got null\.$"):
        Amount.from_dict({"code": "USD", "value": None})


def test_copies_keep_their_digits() -> None:
    """
    A copy of money is the same money.
    """
    amount = Amount.from_json('{"code": "USD", "value": 5.50}')

    assert copy.deepcopy(amount).to_json() == amount.to_json()
