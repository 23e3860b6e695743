"""
Validation: which fields an error lists, and with which messages.
"""

from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from b2b_invoices_mock.api.validation import violations
from b2b_invoices_spec import Contract
from mock_server.tests.client import MockClient, assert_error
from mock_server.tests.conftest import Body, ClientWithField, MakeInvoice

REQUIRED = ["This field is required."]
NULL = ["This field may not be null."]
NOT_TEXT = ["Not a valid string."]
NOT_INTEGER = ["A valid integer is required."]
NOT_NUMBER = ["A valid number is required."]
NOT_OBJECT = ["Invalid data. Expected a dictionary."]
NOT_LIST = ["Expected a list of items."]

NEEDED = ["invoiceNumber", "originalBalance", "openBalance", "customerId"]
MONEY = {"code": "USD", "value": 1}


@pytest.mark.parametrize(
    ("schema", "value", "messages"),
    [
        pytest.param({"type": "string"}, 1, NOT_TEXT, id="text"),
        pytest.param({"type": "integer"}, "1", NOT_INTEGER, id="integer-as-text"),
        pytest.param({"type": "integer"}, 1.5, NOT_INTEGER, id="integer-with-fraction"),
        pytest.param({"type": "integer"}, True, NOT_INTEGER, id="bool-as-integer"),
        pytest.param({"type": "number"}, False, NOT_NUMBER, id="bool-as-number"),
        pytest.param({"type": "boolean"}, 1, ["Must be a valid boolean."], id="integer-as-bool"),
        pytest.param({"type": "object"}, [], NOT_OBJECT, id="object"),
        pytest.param({"type": "array"}, {}, NOT_LIST, id="list"),
        pytest.param({"type": "string"}, None, NULL, id="null"),
        pytest.param({"type": ["string", "number"]}, [], ["A string or number is required."], id="two-types"),
        pytest.param({"enum": [0, 1]}, 2, ['"2" is not a valid choice.'], id="enum"),
        pytest.param({"type": "integer", "enum": [0, 1]}, "x", NOT_INTEGER, id="wrong-type-is-reported-once"),
        pytest.param(
            {"$ref": "#/$defs/count", "enum": [1], "$defs": {"count": {"type": "integer"}}},
            "x",
            NOT_INTEGER,
            id="wrong-type-is-reported-once-if-last",
        ),
        pytest.param({"minimum": 1}, 0, ["Ensure this value is greater than or equal to 1."], id="minimum"),
        pytest.param({"maximum": 250}, 251, ["Ensure this value is less than or equal to 250."], id="maximum"),
        pytest.param({"minLength": 2}, "a", ["Ensure this field has at least 2 characters."], id="minLength"),
        pytest.param({"maxLength": 2}, "abc", ["Ensure this field has no more than 2 characters."], id="maxLength"),
        pytest.param({"pattern": "^a"}, "b", ['"b" does not match "^a"'], id="pattern"),
        pytest.param({"type": "integer"}, 1.0, None, id="a-whole-number-is-an-integer"),
    ],
)
def test_messages(schema: dict[str, Any], value: Any, messages: list[str] | None) -> None:
    """
    Each kind of violation has its message, under the name for the whole value.
    """
    validator = Draft202012Validator(schema)

    found = violations(validator, value)

    assert found == ({"non_field_errors": messages} if messages else {})


def test_several_messages_for_one_field() -> None:
    """
    A field with two violations is listed once, with both messages.
    """
    validator = Draft202012Validator({"properties": {"code": {"minLength": 3, "pattern": "^[A-Z]+$"}}})

    found = violations(validator, {"code": "e"})

    assert {path: sorted(messages) for path, messages in found.items()} == {
        "code": ['"e" does not match "^[A-Z]+$"', "Ensure this field has at least 3 characters."],
    }


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"customerId": 5}, {"customerId": NOT_TEXT}, id="text"),
        pytest.param({"status": 3}, {"status": ['"3" is not a valid choice.']}, id="enum"),
        pytest.param({"source": 2}, {"source": ['"2" is not a valid choice.']}, id="other-enum"),
        pytest.param(
            {"openBalance": {}},
            {"openBalance.code": REQUIRED, "openBalance.value": REQUIRED},
            id="both-halves-of-a-balance",
        ),
        pytest.param({"openBalance": {"code": "USD", "value": "1"}}, {"openBalance.value": NOT_NUMBER}, id="money"),
        pytest.param(
            {"extraFields": [{"fieldName": "a", "fieldValue": "b"}, {"fieldName": 1}, 2]},
            {"extraFields.1.fieldName": NOT_TEXT, "extraFields.1.fieldValue": REQUIRED, "extraFields.2": NOT_OBJECT},
            id="elements-of-a-list",
        ),
        pytest.param(
            {"details": {"header": {"costLines": [{"amount": {"code": 1, "value": True}}]}}},
            {
                "details.header.costLines.0.amount.code": NOT_TEXT,
                "details.header.costLines.0.amount.value": ["A string or number is required."],
                "details.header.costLines.0.description": REQUIRED,
            },
            id="deep-in-the-details",
        ),
        pytest.param(
            {"details": {"details": {"lineItems": [{"sku": "a", "quantity": 2, "unitPrice": MONEY}]}}},
            {"details.details.lineItems.0.quantity": NOT_TEXT},
            id="quantity-is-text",
        ),
        pytest.param(dict.fromkeys(NEEDED), dict.fromkeys(NEEDED, REQUIRED), id="every-required-field"),
        pytest.param(
            {
                "customerId": None,
                "type": 1,
                "status": 9,
                "dueDate": True,
                "openBalance": {"value": "a"},
                "details": "x",
            },
            {
                "customerId": REQUIRED,
                "type": NOT_TEXT,
                "status": ['"9" is not a valid choice.'],
                "dueDate": NOT_INTEGER,
                "openBalance.code": REQUIRED,
                "openBalance.value": NOT_NUMBER,
                "details": NOT_OBJECT,
            },
            id="all-at-once",
        ),
    ],
)
def test_violations_of_a_body(
    client: MockClient, make_invoice: MakeInvoice, fields: Body, expected: dict[str, list[str]]
) -> None:
    """
    The error for an invalid body lists every invalid field and no other, so that a caller can fix them together.
    """
    response = client.post(make_invoice(**fields))

    assert_error(response, 422, expected)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("[]", NOT_OBJECT, id="list"),
        pytest.param("null", NULL, id="null"),
        pytest.param("true", NOT_OBJECT, id="bool"),
        pytest.param('"x"', NOT_OBJECT, id="text"),
        pytest.param("12", NOT_OBJECT, id="number"),
    ],
)
def test_a_body_that_is_not_an_object(client: MockClient, body: str, expected: list[str]) -> None:
    """
    A JSON body that is not an object has one violation, under the name for the whole body.
    """
    assert_error(client.post(body), 422, {"non_field_errors": expected})


def test_no_field_may_be_null(client: MockClient, contract: Contract) -> None:
    """
    Null is invalid in every field.
    """
    names = contract.properties("CreateInvoiceRequest")

    response = client.post(dict.fromkeys(names))

    assert_error(response, 422, dict.fromkeys(names, NULL))


def test_a_new_field_of_any_type_is_validated(client_with_field: ClientWithField, make_invoice: MakeInvoice) -> None:
    """
    A field that is added to the contract is validated by its type.
    """
    client = client_with_field({"type": "boolean"}, {"type": ["boolean", "null"]})

    response = client.post(make_invoice(salesRep="yes"))

    assert_error(response, 422, {"salesRep": ["Must be a valid boolean."]})


def test_a_body_with_many_violations(client: MockClient, make_invoice: MakeInvoice) -> None:
    """
    Of a body with very many violations, a thousand are reported.
    """
    response = client.post(make_invoice(extraFields=[1] * 100_000))

    assert len(response.json()["data"]["errMsg"]) == 1000
