"""
Fuzzing: no request breaks the mock, and none shows a store the data of another.
"""

import asyncio
import json
from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from starlette.types import Message

from b2b_invoices_mock import InvoiceLedger, Settings, create_app, open_ledger
from b2b_invoices_mock.ledger import Entry
from b2b_invoices_mock.request_log import LoggedApp
from b2b_invoices_spec import Contract
from mock_server.tests.client import OTHER_STORE, STORE, property_of_the_mock, sent_by
from mock_server.tests.server import INVOICE

SECRET = "only-the-other-store-knows"  # noqa: S105 - a text to search for
OTHERS = {**INVOICE, "invoiceNumber": SECRET, "orderNumber": "101", "details": {"note": SECRET}}

CREDENTIALS = [
    [(b"x-store-hash", STORE.store_hash.encode()), (b"x-auth-token", STORE.access_token.encode())],
    [(b"x-store-hash", OTHER_STORE.store_hash.encode()), (b"x-auth-token", STORE.access_token.encode())],
    [(b"x-store-hash", b"nowhere"), (b"x-auth-token", STORE.access_token.encode())],
    [(b"x-auth-token", b"")],
    [],
]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "", "\n"]
PATHS = [
    *("", "/invoices", "/invoices/", "/invoices\n", "/invoices/1", "/invoices/1\n", "/invoices/-1", "//invoices"),
    *("/invoices/\u0661", "/invoices/1/../1", "/invoices/\x00", "/invoices/1;a=b", "/invoices/\udcff"),
    "/invoices/" + "9" * 5000,
]
NAMES = [
    *(b"content-type", b"content-length", b"accept", b"accept-encoding", b"prefer", b"x-store-hash", b"x-auth-token"),
    *(b"transfer-encoding", b"host", b"origin", b"cookie", b"x-http-method-override", b"range", b"if-none-match"),
]
VALUES = [
    *(b"", b"application/json", b"application/json;charset=utf-16", b"text/html", b"*/*", b"gzip;q=x", b"code=404"),
    *(b"example=created", b"code=-1", b"code=99999999999999999999", b"-1", b"1e9", b"\xff\xfe", b"\x00", b"," * 500),
]
QUERIES = [
    *(b"limit=250", b"limit=", b"offset=99999999999999999999", b"q=%00", b"q=%ff", b"status=%31", b"q=" + b"a" * 9999),
    *(b"externalId[]=&externalId[]=x", b"channelIds=1" + b"&channelIds=2" * 999, b"customerName='%3B--", b"sortBy=id"),
    *(b"limit=1&limit=x", b"&&&=", b"%", b"searchBy=type&q=%F0%9F%92%A9", b"beginDateAt=-9&endDateAt=" + b"9" * 4000),
    b"",
]
VALUES_OF_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec="utf-8"), max_size=20)
    | st.sampled_from([10**400, 1e308, "", "\x00", "0101", "101", SECRET[:4]]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from([*OTHERS, "status", "dueDate", "issuedAt", "channelId", "extraFields", "source", "type"])


def bodies() -> st.SearchStrategy[bytes]:
    """
    Return bodies of every kind: valid, with some changed fields, truncated, any JSON, and any bytes.
    """
    numbers = st.integers(0, 99).map(lambda number: {**INVOICE, "invoiceNumber": f"{number}"})
    changed = st.builds(
        lambda body, change: body | change, numbers, st.dictionaries(FIELDS, VALUES_OF_JSON, max_size=3)
    )
    whole = (changed | VALUES_OF_JSON).map(lambda body: json.dumps(body).encode())
    cut_off = st.builds(lambda body, length: body[:length], whole, st.integers(0, 200))
    return (
        whole | cut_off | st.binary(max_size=100) | st.sampled_from([b"", b"[" * 5000, b'"\\ud800"', b"\xef\xbb\xbf{}"])
    )


@st.composite
def scopes(draw: st.DrawFn, base_path: str) -> dict[str, Any]:
    """
    Draw the ASGI scope of a request.
    """
    pairs = st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES) | st.binary(max_size=20))
    path = draw(st.sampled_from(PATHS) | st.text(max_size=20).map(lambda text: f"/invoices/{text}"))
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "client": ("127.0.0.1", 9),
        "method": draw(st.sampled_from(METHODS) | st.text(max_size=6)),
        "path": draw(st.sampled_from([base_path, base_path, base_path, "", "/api"])) + path,
        "query_string": draw(st.sampled_from(QUERIES) | st.binary(max_size=40)),
        "headers": [
            *draw(st.sampled_from(CREDENTIALS)),
            (b"content-type", b"application/json"),
            *draw(st.lists(pairs)),
        ],
    }


@attrs.define
class Server:
    """
    An ASGI server of the mock.

    Attributes:
        app: The mock.
        ledger: Its ledger.
        runner: The event loop.
    """

    app: LoggedApp
    ledger: InvoiceLedger
    runner: asyncio.Runner

    def send(self, scope: dict[str, Any], chunks: Sequence[bytes], *, leaves: bool = False) -> tuple[Message, bytes]:
        """
        Send a request in *chunks*, and return the start of the response and its body.

        A client that *leaves* disconnects before the end of its request.
        """
        parts: list[Message] = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
        end: list[Message] = [] if leaves else [{"type": "http.request", "body": b""}]
        start, *rest = self.runner.run(sent_by(self.app, scope, *parts, *end))
        assert start["type"] == "http.response.start"
        assert {message["type"] for message in rest} <= {"http.response.body"}
        assert not rest[-1].get("more_body", False)
        return start, b"".join(message["body"] for message in rest)


@pytest.fixture(name="server", scope="module")
def _server(contract: Contract, runner: asyncio.Runner) -> Iterator[Server]:
    """
    A mock of two stores; the other store has an invoice with a secret.
    """
    ledger = open_ledger()
    app = create_app(contract, Settings(stores=(STORE, OTHER_STORE), self_check=True), ledger)
    server = Server(app, ledger, runner)
    scope = {
        "type": "http",
        "method": "POST",
        "path": f"{contract.base_path}/invoices",
        "query_string": b"",
        "headers": [
            (b"x-store-hash", OTHER_STORE.store_hash.encode()),
            (b"x-auth-token", OTHER_STORE.access_token.encode()),
            (b"content-type", b"application/json"),
        ],
    }
    server.send(scope, [json.dumps(OTHERS).encode()])
    assert [entry.invoice["invoiceNumber"] for entry in entries_of_the_other_store(server)] == [SECRET]
    yield server
    ledger.close()


def entries_of_the_other_store(server: Server) -> list[Entry]:
    """
    Return the ledger's entries of the other store.
    """
    entries, _ = server.ledger.browse(store_hash=OTHER_STORE.store_hash)
    return entries


@given(data=st.data(), leaves=st.booleans())
@hypothesis_settings(property_of_the_mock, max_examples=600)
def test_no_request_breaks_the_mock(server: Server, contract: Contract, data: st.DataObject, *, leaves: bool) -> None:
    """
    Any request gets one complete response, which is not a server error and has no data of another store.
    """
    scope = data.draw(scopes(contract.base_path))
    body = data.draw(bodies())
    cut = data.draw(st.integers(0, len(body)))
    before = entries_of_the_other_store(server)

    start, response = server.send(scope, [body[:cut], body[cut:]], leaves=leaves)

    headers = dict(start["headers"])
    assert start["status"] < 500 or b"preference-applied" in headers
    assert all(isinstance(part, bytes) and b"\n" not in part for pair in start["headers"] for part in pair)
    assert SECRET.encode() not in response
    assert OTHER_STORE.access_token.encode() not in response
    if headers.get(b"content-encoding") is None and response:
        assert json.loads(response)
    assert entries_of_the_other_store(server) == before
