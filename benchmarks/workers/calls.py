"""
CPU time of a create, for both workers.
"""

from collections.abc import Callable
from time import process_time
from typing import Any

CREATED = b'{"code":200,"data":{"id":12},"meta":{"message":"Success"}}'
"""The response to each create."""

_WARM_UP = 100
_CALLS = 1000


def draft() -> dict[str, Any]:
    """
    Return a body that both clients accept.
    """
    address = {
        "firstName": "John",
        "lastName": "Foo",
        "street1": "987 Park Place",
        "street2": "Ste 3",
        "city": "Austin",
        "state": "Texas",
        "zipCode": "78726",
        "country": "United States",
    }
    return {
        "invoiceNumber": "INV-2031",
        "originalBalance": {"code": "USD", "value": 100},
        "openBalance": {"code": "USD", "value": 100},
        "customerId": "12345",
        "dueDate": 1619161808,
        "source": 1,
        "externalId": "ERP-2031",
        "extraFields": [{"fieldName": "Cost centre", "fieldValue": "4711"}],
        "details": {
            "header": {
                "costLines": [
                    {"amount": {"code": "USD", "value": "90.00"}, "description": "Subtotal"},
                    {"amount": {"code": "USD", "value": "10.00"}, "description": "Freight"},
                ],
                "billingAddress": address,
                "shippingAddresses": [address],
            },
            "details": {
                "lineItems": [
                    {
                        "sku": "Test-1",
                        "quantity": "2",
                        "unitPrice": {"code": "USD", "value": "40.00"},
                        "description": "A test product",
                    }
                ]
            },
        },
    }


def cpu_seconds(create: Callable[[], int]) -> float:
    """
    Return the CPU time of one call of *create*, which returns the id of the invoice.
    """
    for _ in range(_WARM_UP):
        if create() != 12:  # noqa: PLR2004 - the id in the response
            raise ValueError("unexpected id in the response")
    start = process_time()
    for _ in range(_CALLS):
        create()
    return (process_time() - start) / _CALLS
