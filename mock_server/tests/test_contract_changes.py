"""
The mock follows changes to the contract: new fields, new defaults, new operations.
"""

from typing import Any

import pytest

from b2b_invoices_mock import Settings, create_app, open_ledger
from b2b_invoices_spec import ContractError
from mock_server.tests.conftest import Body, ClientWithField, EditContract, MakeClient, MakeInvoice


def test_an_unsupported_operation(edited_contract: EditContract) -> None:
    """
    An operation that the mock does not implement is an error at the start, not when it is first called.
    """

    def add_operation(document: Body) -> None:
        operation = {"operationId": "updateInvoice", "responses": {}}
        document["paths"]["/invoices/{invoiceId}"]["put"] = operation

    contract = edited_contract(add_operation)
    ledger = open_ledger()

    with pytest.raises(
        ContractError, match=r"^the contract has the operation 'updateInvoice', which the mock does not implement$"
    ):
        create_app(contract, Settings(), ledger)

    ledger.close()


def test_an_unimplemented_query_parameter(edited_contract: EditContract) -> None:
    """
    A query parameter that the mock does not implement is an error at the start: if ignored, a list would be too long.
    """

    def add_parameter(document: Body) -> None:
        parameter = {"name": "supplierId", "in": "query", "schema": {"type": "string"}}
        document["paths"]["/invoices"]["get"]["parameters"].append(parameter)

    contract = edited_contract(add_parameter)
    ledger = open_ledger()

    with pytest.raises(
        ContractError, match=r"^listInvoices has the query parameter 'supplierId', which the mock does not implement$"
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
def test_a_new_field_is_stored(
    client_with_field: ClientWithField, make_invoice: MakeInvoice, sent: Body, read: Body, value: Any
) -> None:
    """
    A field that is added to the contract is stored and returned without a change to the mock.
    """
    client = client_with_field(sent, read)

    invoice_id = client.create(make_invoice() | {"salesRep": value})

    assert client.read(invoice_id)["salesRep"] == value


def test_a_new_field_is_null_until_sent(client_with_field: ClientWithField, make_invoice: MakeInvoice) -> None:
    """
    A field that is added to the contract is null in a read if it was not sent.
    """
    client = client_with_field({"type": "string"}, {"type": ["string", "null"]})

    invoice_id = client.create(make_invoice())

    assert client.read(invoice_id)["salesRep"] is None


def test_a_new_default_is_used(
    edited_contract: EditContract, make_client: MakeClient, make_invoice: MakeInvoice
) -> None:
    """
    A default that is changed in the contract is used for new invoices.
    """

    def change_default(document: Body) -> None:
        document["components"]["schemas"]["CreateInvoiceRequest"]["properties"]["type"]["default"] = "Bill"

    client = make_client(of_contract=edited_contract(change_default))

    assert client.read(client.create(make_invoice()))["type"] == "Bill"
