"""
`openapi.yaml` is valid, complete, and gives the provenance of each rule.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from b2b_invoices_spec import load_contract
from b2b_invoices_spec.document import Node, json_content

CONTRACT = load_contract()
DOCUMENT = CONTRACT.document
SCHEMAS = DOCUMENT["components"]["schemas"]
PROVENANCES = {"documented", "official-spec", "observed", "assumed"}

# Every field of the documentation page: its type, and its default or None.
PAGE = {
    "invoiceNumber": ("string", None),
    "originalBalance": ("object", None),
    "openBalance": ("object", None),
    "customerId": ("string", None),
    "type": ("string", "Invoice"),
    "dueDate": ("integer", None),
    "status": ("integer", 0),
    "orderNumber": ("string", None),
    "purchaseOrderNumber": ("string", None),
    "issuedAt": ("number", None),
    "details": ("object", None),
    "source": ("integer", 0),
    "externalId": ("string", None),
    "externalCustomerId": ("string", None),
    "channelId": ("integer", None),
    "externalPdfUrl": ("string", None),
    "termsConditions": ("string", None),
    "extraFields": ("array", None),
}


def test_document_is_valid() -> None:
    """
    The contract is valid OpenAPI 3.1.
    """
    OpenAPIV31SpecValidator(dict(DOCUMENT)).validate()


def test_create_has_every_field_of_the_page_and_no_other() -> None:
    """
    A request body has the fields of the documentation page, with the same types and defaults. Others name their source.
    """
    fields = {
        name: (CONTRACT.resolve(field)["type"], field.get("default"))
        for name, field in SCHEMAS["CreateInvoiceRequest"]["properties"].items()
        if field.get("x-provenance", "documented") == "documented"
    }

    assert fields == PAGE


def test_create_requires_what_the_page_requires() -> None:
    """
    Four fields are required.
    """
    assert SCHEMAS["CreateInvoiceRequest"]["required"] == [
        "invoiceNumber",
        "originalBalance",
        "openBalance",
        "customerId",
    ]


def test_status_and_source_have_the_values_of_the_page() -> None:
    """
    Status is open, partially paid or completed; source is B2B Edition or external.
    """
    assert dict(zip(*_named(SCHEMAS["InvoiceStatus"]), strict=True)) == {"OPEN": 0, "PARTIALLY_PAID": 1, "COMPLETED": 2}
    assert dict(zip(*_named(SCHEMAS["InvoiceSource"]), strict=True)) == {"B2B_EDITION": 0, "EXTERNAL": 1}


def test_both_credentials_are_one_requirement() -> None:
    """
    Every operation requires both the token and the store hash.
    """
    assert DOCUMENT["security"] == [{"X-Auth-Token": [], "X-Store-Hash": []}]
    assert not [operation.id for operation in CONTRACT.operations if "security" in operation.node]


@pytest.mark.parametrize(
    ("operation", "statuses"),
    [
        ("createInvoice", ["200", "400", "401", "403", "404", "405", "406", "413", "415", "422", "429", "5XX"]),
        ("listInvoices", ["200", "400", "401", "403", "405", "406", "429", "5XX"]),
        ("getInvoice", ["200", "401", "403", "404", "405", "406", "429", "5XX"]),
        ("deleteInvoice", ["200", "401", "403", "404", "405", "406", "429", "5XX"]),
    ],
)
def test_documented_statuses(operation: str, statuses: list[str]) -> None:
    """
    Each operation documents success and every error response.
    """
    assert [response.label for response in CONTRACT.operation(operation).responses] == statuses


def test_unknown_keys_and_empty_parts_are_accepted() -> None:
    """
    Request bodies may have unknown keys, empty text and empty lists.
    """
    forbidding = {"minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "pattern"}
    sent = ["CreateInvoiceRequest", "Balance", "ExtraField", "InvoiceDetails", "InvoiceHeader", "InvoiceLines"]
    sent += ["CostLine", "LineItem", "Shipment", "Address", "Amount"]

    for name in sent:
        assert SCHEMAS[name].get("additionalProperties", True) is True
        for field in SCHEMAS[name]["properties"].values():
            assert not forbidding & field.keys()


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_has_a_provenance(name: str) -> None:
    """
    Every schema has a provenance and a description.
    """
    assert SCHEMAS[name]["x-provenance"] in PROVENANCES
    assert SCHEMAS[name]["description"]


def test_every_response_and_operation_has_a_provenance() -> None:
    """
    Every response and every operation has a provenance.
    """
    for part in (*DOCUMENT["components"]["responses"].values(), *(operation.node for operation in CONTRACT.operations)):
        assert part["x-provenance"] in PROVENANCES


def _media_types() -> Iterator[tuple[str, Node]]:
    for operation in CONTRACT.operations:
        if "requestBody" in operation.node:
            yield f"{operation.id} request", json_content(DOCUMENT, operation.node["requestBody"])
        for response in operation.responses:
            yield f"{operation.id} {response.label}", json_content(DOCUMENT, response.node)


@pytest.mark.parametrize(("where", "media_type"), [pytest.param(*pair, id=pair[0]) for pair in _media_types()])
def test_examples_are_valid(where: str, media_type: Node) -> None:
    """
    Every request and response body has named examples, each valid against its schema.
    """
    checker = CONTRACT.validator(media_type["schema"])

    for name, example in media_type["examples"].items():
        value = CONTRACT.resolve(example)["value"]
        assert not list(checker.iter_errors(value)), f"{where}: {name}"

    assert media_type["examples"], where


def test_examples_repeat_their_status() -> None:
    """
    The code in an example is the status it is an example of.
    """
    for operation in CONTRACT.operations:
        for example in operation.examples:
            assert example.status in example.statuses


def test_every_example_is_used() -> None:
    """
    Every example is used.
    """
    used = {
        example["$ref"].rpartition("/")[2]
        for _, media_type in _media_types()
        for example in media_type["examples"].values()
    }

    assert used == set(DOCUMENT["components"]["examples"])


def test_parameter_examples_are_valid() -> None:
    """
    The example of every query parameter is valid against its schema.
    """
    for parameter in CONTRACT.operation("listInvoices").parameters:
        assert CONTRACT.validator(parameter.node["schema"]).is_valid(parameter.node["example"]), parameter.name


def test_the_bodies_of_the_documentation_page_are_examples() -> None:
    """
    The two bodies on the documentation page are among the examples, with the same values.
    """
    minimal = CONTRACT.example("MinimalInvoice")
    full = CONTRACT.example("FullInvoice")
    hundred = {"code": "USD", "value": 100}

    assert minimal == {
        "invoiceNumber": "0000001",
        "originalBalance": hundred,
        "openBalance": hundred,
        "customerId": "12345",
        "channelId": 1,
    }
    assert minimal.items() <= full.items()
    assert (full["dueDate"], full["status"], full["issuedAt"]) == (1619161808, 0, 1619161808)
    assert [(line["amount"]["value"], line["description"]) for line in full["details"]["header"]["costLines"]] == [
        ("90.00", "Subtotal"),
        ("10.00", "Freight"),
        ("0.00", "Sales Tax"),
    ]
    assert full["details"]["header"]["shippingAddresses"][0]["street2"] == ""
    assert full["details"]["details"]["lineItems"] == [
        {
            "sku": "Test-1",
            "quantity": "2",
            "unitPrice": {"code": "USD", "value": "40.00"},
            "description": "A test product",
        }
    ]


def test_create_links_to_get_and_delete() -> None:
    """
    A create links to the get and the delete of the invoice, by its id.
    """
    links = CONTRACT.operation("createInvoice").responses[0].node["links"].values()

    assert [(link["operationId"], link["parameters"]) for link in links] == [
        ("getInvoice", {"invoiceId": "$response.body#/data/id"}),
        ("deleteInvoice", {"invoiceId": "$response.body#/data/id"}),
    ]


def _named(schema: Mapping[str, Any]) -> tuple[list[str], list[int]]:
    return schema["x-enum-varnames"], schema["enum"]
