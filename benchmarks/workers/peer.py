"""
Creates invoices through openapi-generator's client, on a pool of connections that answers at once.

A pool is to urllib3 what a transport is to httpx: below it is the connection, above it URLs and redirects.
"""

import importlib
from typing import Any

from .calls import CREATED, cpu_seconds, draft


def pool_that_answers(urllib3: Any) -> Any:
    """
    Return a pool that has no connections.
    """

    class Pool(urllib3.HTTPConnectionPool):  # type: ignore[misc] # urllib3 is there where this is run
        def urlopen(self, *_: Any, **__: Any) -> Any:
            return urllib3.HTTPResponse(CREATED, {"Content-Type": "application/json"}, 200)

    return Pool


if __name__ == "__main__":
    peer: Any = importlib.import_module("peer_invoices")  # it is made while the benchmark runs
    urllib3: Any = importlib.import_module("urllib3")
    keys = {"X-Auth-Token": "test-token", "X-Store-Hash": "teststore"}
    settings = peer.Configuration(host="http://localhost/api/v3/io/ip", api_key=keys)
    client = peer.ApiClient(settings)
    client.rest_client.pool_manager.pool_classes_by_scheme = {"http": pool_that_answers(urllib3)}
    api = peer.InvoicesApi(client)
    body = peer.CreateInvoiceRequest.from_dict(draft())
    print(cpu_seconds(lambda: api.create_invoice(body).data.id))  # noqa: T201 - to who runs it
