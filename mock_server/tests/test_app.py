"""
The application: routing and authentication.
"""

import asyncio
from typing import Any

import pytest
from starlette.types import Message, Scope

from b2b_invoices_mock import Settings, create_app, open_ledger
from b2b_invoices_spec import Contract
from mock_server.tests.client import OTHER_STORE, STORE, MockClient, assert_error, sent_by
from mock_server.tests.conftest import MakeClient, MakeInvoice

NO_CREDENTIALS = "Invalid token header. No credentials provided."


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/orders", "/invoices/", "/invoices/1/", "/invoices/1/2", "/invoices/1%2F2", "/Invoices", "//invoices"),
        # A final line feed, which patterns that end in $ overlook.
        *("/invoices%0A", "/invoices%0D%0A", "/invoices/%0A/"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
def test_unknown_paths(client: MockClient, method: str, path: str) -> None:
    """
    An unknown path is 404; no path is redirected.
    """
    assert_error(client.request(method, path), 404, "Not Found")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        pytest.param("/invoices", "GET, HEAD, OPTIONS, POST", id="all"),
        pytest.param("/invoices/1", "DELETE, GET, HEAD, OPTIONS", id="one"),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "TRACE", "PROPFIND"])
def test_wrong_methods(client: MockClient, method: str, path: str, allowed: str) -> None:
    """
    A method that the path does not support is rejected with 405, and `Allow` lists the supported methods.
    """
    response = client.request(method, path)

    assert_error(response, 405, f'Method "{method}" not allowed.')
    assert response.headers["Allow"] == allowed


@pytest.mark.parametrize("path", ["/invoices", "/invoices/1", "/invoices/2", "/invoices?limit=0"])
def test_head_is_like_get(client: MockClient, make_invoice: MakeInvoice, path: str) -> None:
    """
    HEAD has the status and the headers of GET, for successes and errors.
    """
    client.create(make_invoice())

    head, get = client.request("HEAD", path), client.get(path)
    ids = head.headers.pop("X-Request-Id"), get.headers.pop("X-Request-Id")

    assert (head.status_code, head.headers) == (get.status_code, get.headers)
    assert head.content == b""
    assert ids[0] != ids[1]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"headers": {"X-Auth-Token": ""}}, id="empty-token"),
        pytest.param({"headers": {"X-Store-Hash": ""}}, id="empty-hash"),
        pytest.param({"headers": {"X-Auth-Token": "", "X-Store-Hash": ""}}, id="both-empty"),
        pytest.param({"without": ["X-Auth-Token"]}, id="no-token"),
        pytest.param({"without": ["X-Store-Hash"]}, id="no-hash"),
        pytest.param({"without": ["X-Auth-Token", "X-Store-Hash"]}, id="neither"),
    ],
)
def test_missing_credentials(client: MockClient, options: dict[str, Any]) -> None:
    """
    A request without token or store hash is rejected with 401; an empty one counts as missing.
    """
    assert_error(client.get("/invoices", **options), 401, NO_CREDENTIALS)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"X-Auth-Token": "wrong"}, id="wrong-token"),
        pytest.param({"X-Store-Hash": "wrong"}, id="wrong-hash"),
        pytest.param({"X-Auth-Token": "Test-Token"}, id="other-case"),
        pytest.param({"X-Store-Hash": STORE.access_token, "X-Auth-Token": STORE.store_hash}, id="swapped"),
        pytest.param({"X-Auth-Token": b"\xff\xfe", "X-Store-Hash": b"\x80"}, id="not-text"),
    ],
)
def test_unknown_credentials(client: MockClient, headers: dict[str, Any]) -> None:
    """
    An unknown store hash or token is rejected with 401.
    """
    assert_error(client.get("/invoices", headers=headers), 401, "Invalid access token")


def test_a_store_may_have_two_tokens(make_client: MakeClient) -> None:
    """
    A store can have several tokens.
    """
    second = type(STORE)(STORE.store_hash, "second-token")
    client = make_client(stores=(STORE, second))

    assert [client.get("/invoices", store=store).status_code for store in (STORE, second)] == [200, 200]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"X-Auth-Token": ""}, 401, id="missing"),
        pytest.param({"X-Auth-Token": "wrong"}, 401, id="wrong"),
        pytest.param({"X-Auth-Token": OTHER_STORE.access_token}, 403, id="foreign"),
    ],
)
def test_credentials_come_first(client: MockClient, headers: dict[str, str], status: int) -> None:
    """
    Credentials are checked before everything else: media type, size and validity of the body, Accept, query and id.
    """
    responses = [
        client.request("POST", "/invoices", headers=headers, content=b"x"),
        client.post("{", headers=headers),
        client.post({}, headers=headers),
        client.post(b" " * 10_485_761, headers=headers),
        client.get("/invoices", headers={**headers, "Accept": "text/html"}),
        client.get("/invoices?limit=x", headers=headers),
        client.get("/invoices/999", headers=headers),
        client.delete("/invoices/abc", headers=headers),
    ]

    assert [response.status_code for response in responses] == [status] * 8


def test_invalid_credentials_change_nothing(client: MockClient, make_invoice: MakeInvoice) -> None:
    """
    Without valid credentials nothing is created or deleted.
    """
    invoice_id = client.create(make_invoice())
    before = client.ledger.snapshot()

    created = client.post(make_invoice(), headers={"X-Auth-Token": OTHER_STORE.access_token})
    deleted = client.delete(f"/invoices/{invoice_id}", headers={"X-Auth-Token": "wrong"})

    assert (created.status_code, deleted.status_code) == (403, 401)
    assert client.ledger.snapshot() == before


def test_other_asgi_scopes(contract: Contract, runner: asyncio.Runner) -> None:
    """
    The application supports the ASGI lifespan protocol, and closes WebSockets.
    """
    ledger = open_ledger()
    app = create_app(contract, Settings(), ledger)

    def sent(scope: Scope, *messages: Message) -> list[str]:
        return [message["type"] for message in runner.run(sent_by(app, scope, *messages))]

    lifespan = sent({"type": "lifespan"}, {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    websocket = sent(
        {"type": "websocket", "path": f"{contract.base_path}/invoices", "headers": [], "query_string": b""},
        {"type": "websocket.connect"},
    )

    ledger.close()
    assert lifespan == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert websocket == ["websocket.close"]
