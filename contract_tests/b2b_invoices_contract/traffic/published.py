"""
Published bodies: those of the documentation page, the course, and public integrations.
"""

from collections.abc import Mapping
from typing import Any

from b2b_invoices_spec import load_contract

_COURSE_ADDRESS = {
    "street1": "987 Park Place",
    "street2": "Ste 3",
    "city": "Austin",
    "state": "Texas",
    "country": "United States",
    "zipCode": "78726",
    "firstName": "John",
    "lastName": "Foo",
}


def _usd(value: Any) -> dict[str, Any]:
    return {"code": "USD", "value": value}


def _of_the_page() -> dict[str, Any]:
    contract = load_contract()
    return {"page, minimal": contract.example("MinimalInvoice"), "page, full": contract.example("FullInvoice")}


PUBLISHED: Mapping[str, dict[str, Any]] = {
    **_of_the_page(),
    "course, full": {
        "invoiceNumber": "0000002",
        "dueDate": 1798761600,
        "status": 0,
        "orderNumber": "102",
        "purchaseOrderNumber": "PO-102",
        "originalBalance": _usd(100),
        "openBalance": _usd(100),
        "issuedAt": 1796083200,
        "details": {
            "header": {
                "costLines": [
                    {"amount": _usd(95), "description": "Subtotal"},
                    {"amount": _usd(5), "description": "Freight"},
                ],
                "billingAddress": _COURSE_ADDRESS,
                "shippingAddresses": [_COURSE_ADDRESS],
            },
            "details": {
                "lineItems": [
                    {
                        "sku": "SM-13",
                        "type": "physical",
                        "comments": "",
                        "quantity": "1",
                        "unitPrice": _usd(95),
                        "description": "[Sample] Smith Journal 13",
                    }
                ]
            },
            "source": 1,  # the course has it here, one level too deep
        },
        "customerId": "12345",
    },
    "course, minimal and partly open": {
        "invoiceNumber": "0000003",
        "originalBalance": _usd(500),
        "openBalance": _usd(100),
        "customerId": "12345",
        "channelId": 1,
    },
    "integration, from an order": {
        "invoiceNumber": "TEST-INV-101-1711000000000",
        "type": "Invoice",
        "status": 0,
        "source": 1,
        "orderNumber": "101",
        "customerId": "12345",
        "originalBalance": _usd(566.5),
        "openBalance": _usd(566.5),
        "details": {
            "header": {
                "costLines": [
                    {"amount": _usd("550.00"), "description": "Subtotal"},
                    {"amount": _usd("20.00"), "description": "Freight"},
                    {"amount": _usd("0.00"), "description": "Sales Tax"},
                    {"amount": _usd("-3.50"), "description": "Discount"},
                ],
                "billingAddress": _COURSE_ADDRESS,
                "shippingAddresses": [],
            },
            "details": {
                "lineItems": [
                    {
                        "sku": "INV",
                        "quantity": "1",
                        "unitPrice": _usd("566.50"),
                        "description": "Order 101",
                        "type": "product",
                    }
                ]
            },
        },
    },
    "integration, second invoice of an order": {
        "invoiceNumber": "INV-101-002",
        "customerId": "12345",
        "originalBalance": _usd(283.25),
        "openBalance": _usd(283.25),
        "externalId": "101",
    },
}
"""Each body by its publisher, with the names of stores and people changed."""
