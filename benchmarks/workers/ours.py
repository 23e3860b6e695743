"""
Creates invoices through our client, on a transport that answers at once.
"""

import httpx

from b2b_invoices import Client
from b2b_invoices.api.invoices import create_invoice
from b2b_invoices.models import CreateInvoiceRequest

from .calls import CREATED, cpu_seconds, draft


def answer(_: httpx.Request) -> httpx.Response:
    """
    Answer that the invoice was created.
    """
    return httpx.Response(200, content=CREATED, headers={"Content-Type": "application/json"})


if __name__ == "__main__":
    client = Client(
        store_hash="teststore",
        access_token="test-token",  # noqa: S106 - a test's
        base_url="http://localhost/api/v3/io/ip",
        httpx_args={"transport": httpx.MockTransport(answer)},
    )
    body = CreateInvoiceRequest.from_dict(draft())
    print(cpu_seconds(lambda: create_invoice.sync(client=client, body=body).data.id))  # noqa: T201 - to who runs it
