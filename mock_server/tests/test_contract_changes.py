"""
The mock follows changes to the contract: new fields, new defaults, new operations.
"""

from collections.abc import Callable
from typing import Any

import pytest

from b2b_invoices_mock import Settings, create_app
from b2b_invoices_spec import ContractError
from mock_server.tests.client import MockClient
from mock_server.tests.conftest import Body, ClientWithField, EditContract, MakeClient, MakeInvoice


def _add_operation(document: Body) -> None:
    document["paths"]["/invoices/{invoiceId}"]["put"] = {"operationId": "updateInvoice", "responses": {}}


def _add_parameter(document: Body) -> None:
    parameter = {"name": "supplierId", "in": "query", "schema": {"type": "string"}}
    document["paths"]["/invoices"]["get"]["parameters"].append(parameter)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (_add_operation, "the contract has the operation 'updateInvoice', which the mock does not implement"),
        (_add_parameter, "listInvoices has the query parameter 'supplierId', which the mock does not implement"),
    ],
    ids=["operation", "query-parameter"],
)
def test_an_unsupported_contract(
    edited_contract: EditContract, client: MockClient, edit: Callable[[Body], None], message: str
) -> None:
    """
    An operation or query parameter that the mock does not implement is an error at the start, not at its first use.
    """
    contract = edited_contract(edit)

    with pytest.raises(ContractError, match=f"^{message}$"):
        create_app(contract, Settings(), client.ledger)


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
