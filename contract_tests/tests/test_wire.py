"""
What the client sends for a create: header by header, and byte by byte.
"""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
import respx

from b2b_invoices import Client, CreateInvoiceRequest, errors
from b2b_invoices.api.invoices import create_invoice
from b2b_invoices_spec import load_contract

BASE_URL = "https://api-b2b.bigcommerce.com/api/v3/io/ip"
DOCUMENT = load_contract().document
EXAMPLES = DOCUMENT["components"]["examples"]
CREATED = EXAMPLES["Created"]["value"]
MINIMAL = EXAMPLES["MinimalInvoice"]["value"]

MINIMAL_ON_THE_WIRE = (
    b'{"invoiceNumber":"0000001","originalBalance":{"code":"USD","value":100},'
    b'"openBalance":{"code":"USD","value":100},"customerId":"12345","channelId":1}'
)


@pytest.fixture(name="client")
def _client() -> Client:
    return Client(store_hash="teststore", access_token="test-token")  # noqa: S106 - not a secret


@pytest.fixture(name="service")
def _service() -> Iterator[respx.Route]:
    with respx.mock(base_url=BASE_URL) as router:
        yield router.post("/invoices").mock(return_value=httpx.Response(200, json=CREATED))


def test_headers(client: Client, service: respx.Route) -> None:
    """
    A create has these headers, and no other.
    """
    create_invoice.sync(client=client, body=CreateInvoiceRequest.from_dict(MINIMAL))

    assert dict(service.calls.last.request.headers) == {
        "host": "api-b2b.bigcommerce.com",
        "accept": "application/json",
        "accept-encoding": "gzip, deflate",
        "connection": "keep-alive",
        "content-type": "application/json",
        "content-length": str(len(MINIMAL_ON_THE_WIRE)),
        "user-agent": f"b2b-invoices-client/{DOCUMENT['info']['version']}",
        "x-auth-token": "test-token",
        "x-store-hash": "teststore",
    }


def test_body(client: Client, service: respx.Route) -> None:
    """
    The body has the fields that were set and nothing else, in the order of the contract.
    """
    create_invoice.sync(client=client, body=CreateInvoiceRequest.from_dict(MINIMAL))

    assert service.calls.last.request.content == MINIMAL_ON_THE_WIRE


@pytest.mark.parametrize("name", ["MinimalInvoice", "FullInvoice", "ExternalInvoice", "SettledInvoice"])
def test_examples_are_sent_unchanged(client: Client, service: respx.Route, name: str) -> None:
    """
    Every example of the contract is sent with the same keys and values.
    """
    example = EXAMPLES[name]["value"]

    create_invoice.sync(client=client, body=CreateInvoiceRequest.from_dict(example))

    assert httpx.Response(200, content=service.calls.last.request.content).json() == example


async def _created(client: Client) -> int:
    async with client:
        answer = await create_invoice.asyncio(client=client, body=CreateInvoiceRequest.from_dict(MINIMAL))
    return answer.data.id


def test_awaited_is_the_same(client: Client, service: respx.Route) -> None:
    """
    The awaited create sends the same bytes.
    """
    assert asyncio.run(_created(client)) == CREATED["data"]["id"]
    assert service.calls.last.request.content == MINIMAL_ON_THE_WIRE


def test_documented_error_is_raised_with_the_vendors_words(client: Client, service: respx.Route) -> None:
    """
    A number that is in use raises an error with the message of the vendor.
    """
    service.mock(return_value=httpx.Response(400, json=EXAMPLES["NumberTaken"]["value"]))

    with pytest.raises(errors.ApiError, match=r"returned 400: The invoice number already exists\."):
        create_invoice.sync(client=client, body=CreateInvoiceRequest.from_dict(MINIMAL))
