"""
The contract as the mock reads it: what it takes from it, and what it refuses to guess.
"""

import re
from typing import Any

import pytest

from b2b_invoices_mock import Settings, create_app, open_ledger
from b2b_invoices_spec import Contract
from b2b_invoices_spec.contract import CONTRACT, ContractError
from mock_server.tests.client import assert_refused
from mock_server.tests.conftest import (
    Body,
    ClientWithField,
    EditContract,
    MakeClient,
    MakeInvoice,
)


def schemas_of(document: Body) -> Body:
    """
    Return the component schemas of an OpenAPI document.
    """
    schemas: Body = document["components"]["schemas"]
    return schemas


def test_operations_are_read(contract: Contract) -> None:
    """
    The contract says which operations there are, where, and below which base path.
    """
    operations = [(operation.id, operation.method, operation.path) for operation in contract.operations]

    assert contract.base_path == "/api/v3/io/ip"
    assert operations == [
        ("createInvoice", "POST", "/invoices"),
        ("listInvoices", "GET", "/invoices"),
        ("getInvoice", "GET", "/invoices/{invoiceId}"),
        ("deleteInvoice", "DELETE", "/invoices/{invoiceId}"),
    ]


def test_parameters_are_read(contract: Contract) -> None:
    """
    A query parameter has a type, may have a default, and may be repeated when it is a list.
    """
    listing = next(operation for operation in contract.operations if operation.id == "listInvoices")

    found = {p.name: (p.type, p.is_list, p.default) for p in listing.parameters}

    assert found["limit"] == ("integer", False, 10)
    assert found["status"] == ("integer", False, None)
    assert found["sortBy"] == ("string", False, None)
    assert found["externalId[]"] == ("string", True, None)
    assert found["channelIds"] == ("integer", True, None)


def test_the_contract_is_shown_in_short(contract: Contract) -> None:
    """
    A contract can be printed without its whole document.
    """
    assert CONTRACT.name == "openapi.yaml"
    assert "components" not in repr(contract)


def nested(document: Body, keyword: Body) -> None:
    """
    Put *keyword* deep into a schema.
    """
    schemas_of(document)["CreateInvoiceRequest"]["properties"]["extraFields"]["items"] = {
        "anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": keyword}],
    }


def of_parameter(document: Body, keyword: Body) -> None:
    """
    Put *keyword* into the schema of a query parameter.
    """
    document["paths"]["/invoices"]["get"]["parameters"][1]["schema"] |= keyword


def named_like_a_keyword(document: Body, keyword: Body) -> None:
    """
    Put *keyword* into a property that has the name of a keyword itself.
    """
    schemas_of(document)["Address"]["properties"]["default"] = keyword


def of_header(document: Body, keyword: Body) -> None:
    """
    Put *keyword* into the schema of a header.
    """
    document["components"]["headers"]["Allow"]["schema"] |= keyword


@pytest.mark.parametrize(
    ("place", "keyword", "pointer"),
    [
        pytest.param(
            nested,
            "multipleOf",
            "#/components/schemas/CreateInvoiceRequest/properties/extraFields/items/anyOf/1/additionalProperties",
            id="deep",
        ),
        pytest.param(of_parameter, "exclusiveMaximum", "#/paths/~1invoices/get/parameters/1/schema", id="parameter"),
        pytest.param(
            named_like_a_keyword, "const", "#/components/schemas/Address/properties/default", id="property-default"
        ),
        pytest.param(of_header, "contentEncoding", "#/components/headers/Allow/schema", id="header"),
    ],
)
def test_unknown_keywords_are_refused(edited_contract: EditContract, place: Any, keyword: str, pointer: str) -> None:
    """
    A keyword that the mock does not understand is refused by name, with where it stands, instead of being ignored.
    """
    expected = (
        f"{pointer} uses the keyword {keyword!r}, which the mock does not understand; "
        "teach it in b2b_invoices_spec/contract.py, or say it otherwise"
    )

    with pytest.raises(ContractError, match=f"^{re.escape(expected)}$"):
        edited_contract(lambda document: place(document, {keyword: 1}))


def test_values_are_no_schemas(edited_contract: EditContract) -> None:
    """
    Examples, defaults and choices may hold any key, and extensions are nobody's business.
    """

    def edit(document: Body) -> None:
        balance = schemas_of(document)["Balance"]
        balance["example"] = {"schema": {"multipleOf": 1}}
        balance["default"] = {"properties": {"a": {"not": {}}}}
        balance["enum"] = [{"items": {"if": {}}}]
        balance["x-anything"] = {"then": True}

    assert edited_contract(edit).base_path == "/api/v3/io/ip"


def test_an_operation_without_a_handler_is_refused(edited_contract: EditContract) -> None:
    """
    An operation that the contract has and the mock does not is refused at the start, not when it is first called.
    """

    def add_operation(document: Body) -> None:
        operation = {"operationId": "updateInvoice", "responses": {}}
        document["paths"]["/invoices/{invoiceId}"]["put"] = operation

    contract = edited_contract(add_operation)
    ledger = open_ledger()

    with pytest.raises(
        ContractError, match=r"^the contract has the operation 'updateInvoice', which the mock does not do yet$"
    ):
        create_app(contract, Settings(), ledger)

    ledger.close()


@pytest.mark.parametrize(
    ("sent", "read", "value"),
    [
        pytest.param({"type": "string"}, {"type": ["string", "null"]}, "Ann", id="text"),
        pytest.param({"type": "boolean"}, {"type": ["boolean", "null"]}, False, id="boolean"),
        pytest.param({"type": ["string", "null"]}, {"type": ["string", "null"]}, None, id="null"),
        pytest.param({"enum": ["Ann", "Bob"]}, {"enum": ["Ann", "Bob", None]}, "Bob", id="choice-without-type"),
        pytest.param({"type": "array", "items": {"type": "integer"}}, {"type": "array"}, [1, 2], id="list"),
    ],
)
def test_a_new_field_is_kept(
    client_with_field: ClientWithField, make_invoice: MakeInvoice, sent: Body, read: Body, value: Any
) -> None:
    """
    A field that is added to the contract is stored and read back, and the mock's code need not know of it.
    """
    client = client_with_field(sent, read)

    invoice_id = client.create(make_invoice() | {"salesRep": value})

    assert client.read(invoice_id)["salesRep"] == value


def test_a_new_field_is_checked(client_with_field: ClientWithField, make_invoice: MakeInvoice) -> None:
    """
    A field that is added to the contract is validated.
    """
    client = client_with_field({"type": "string"}, {"type": ["string", "null"]})

    response = client.post(make_invoice(salesRep=7))

    assert_refused(response, 422, {"salesRep": ["Not a valid string."]})


def test_a_new_field_is_null_until_sent(client_with_field: ClientWithField, make_invoice: MakeInvoice) -> None:
    """
    A field that is added to the contract reads as null when it was not sent.
    """
    client = client_with_field({"type": "string"}, {"type": ["string", "null"]})

    invoice_id = client.create(make_invoice())

    assert client.read(invoice_id)["salesRep"] is None


def test_a_new_default_is_taken(
    edited_contract: EditContract, make_client: MakeClient, make_invoice: MakeInvoice
) -> None:
    """
    The defaults are the contract's: a changed one is what an invoice gets.
    """

    def change_default(document: Body) -> None:
        schemas_of(document)["CreateInvoiceRequest"]["properties"]["type"]["default"] = "Bill"

    client = make_client(of_contract=edited_contract(change_default))

    assert client.read(client.create(make_invoice()))["type"] == "Bill"
