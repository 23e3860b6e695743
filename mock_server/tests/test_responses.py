"""
Responses: the envelope, the headers of every response, OPTIONS, content negotiation and compression.
"""

import gzip
from uuid import UUID

import httpx
import pytest
from starlette.datastructures import Headers

from b2b_invoices_mock.api.responses import accepts_json, request_ids
from mock_server.tests.client import RUN, MockClient, assert_error
from mock_server.tests.conftest import MakeClient, MakeInvoice

COMMON_HEADERS = {
    "vary": "Accept-Language",
    "content-language": "en-US",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "X-Request-ID,Content-Length",
}


# --------------------------------------------------------------------------------------- headers of every response


def test_common_headers(make_client: MakeClient, make_invoice: MakeInvoice) -> None:
    """
    Every response has each header of the vendor's general page once, whatever its status.
    """
    client = make_client(raises=False)
    responses = [
        client.post(make_invoice()),
        client.get("/invoices/7"),
        client.get("/orders"),
        client.get("/invoices", headers={"X-Auth-Token": ""}),
        client.request("OPTIONS", "/invoices"),
    ]
    client.ledger.close()
    responses.append(client.get("/invoices"))

    assert [response.status_code for response in responses] == [200, 404, 404, 401, 204, 500]
    for response in responses:
        assert {name: value for name, value in response.headers.items() if name in COMMON_HEADERS} == COMMON_HEADERS


def test_request_ids(client: MockClient) -> None:
    """
    Every response has a request id: the prefix of the run and a number.
    """
    responses = [client.get("/invoices"), client.get("/orders"), client.get("/invoices/x"), client.get("/invoices")]

    assert [response.headers["X-Request-Id"] for response in responses] == [
        f"4f9c2a6e-4c1f-4d3e-9d0b-{number:012}" for number in (1, 2, 3, 4)
    ]


def test_request_ids_of_two_mocks_differ() -> None:
    """
    Request ids are unique across mocks, and each is a valid UUID.
    """
    one, other = request_ids(), request_ids()

    assert len({one(), one(), other(), other()}) == 4
    assert str(UUID(request_ids(RUN)())) == "4f9c2a6e-4c1f-4d3e-9d0b-000000000001"


# -------------------------------------------------------------------------------------------------------- OPTIONS


@pytest.mark.parametrize("path", ["/invoices", "/invoices/1", "/invoices/999"])
@pytest.mark.parametrize("without", [[], ["X-Auth-Token", "X-Store-Hash"]])
def test_options(client: MockClient, path: str, without: list[str]) -> None:
    """
    OPTIONS lists the methods of a path and the CORS headers, without a body and without credentials.
    """
    response = client.request("OPTIONS", path, without=without)

    methods = "GET, HEAD, OPTIONS, POST" if path == "/invoices" else "DELETE, GET, HEAD, OPTIONS"
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["Allow"] == methods
    assert response.headers["Access-Control-Allow-Methods"] == "GET, POST, PUT, OPTIONS, DELETE, PATCH"
    assert response.headers["Access-Control-Allow-Headers"] == "authToken, Content-Type"
    assert response.headers["Access-Control-Max-Age"] == "1728000"


# -------------------------------------------------------------------------------------------- content negotiation


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("*/*", 200),
        ("application/*", 200),
        ("APPLICATION/JSON; charset=utf-8", 200),
        ("text/html, application/xhtml+xml, */*;q=0.8", 200),
        ("application/json;q=0.001", 200),
        ("", 200),
        ("text/html", 406),
        ("application/xml, text/*", 406),
        ("application/json;q=0", 406),
        ("application/json;q=0.000, */*", 406),
        ("*/*;q=0", 406),
        ("json", 406),
    ],
)
def test_accept(client: MockClient, accept: str, status: int) -> None:
    """
    A request that accepts JSON gets it, any other gets 406; the most specific media range decides.
    """
    assert client.get("/invoices", headers={"Accept": accept}).status_code == status


def test_two_accept_headers() -> None:
    """
    Several Accept headers are read as one list.
    """
    assert accepts_json(Headers(raw=[(b"accept", b"text/html"), (b"accept", b"application/json")]))


def test_unacceptable_create_stores_nothing(client: MockClient, make_invoice: MakeInvoice) -> None:
    """
    A create that does not accept JSON is 406 and stores nothing.
    """
    before = client.ledger.snapshot()

    response = client.post(make_invoice(), headers={"Accept": "text/html"})

    assert_error(response, 406, "Could not satisfy the request Accept header.")
    assert client.ledger.snapshot() == before


# ---------------------------------------------------------------------------------------------------- compression


def listed(client: MockClient, encoding: str) -> httpx.Response:
    """
    List the invoices with this Accept-Encoding.
    """
    return client.get("/invoices", headers={"Accept-Encoding": encoding})


@pytest.fixture(name="stocked")
def _stocked(client: MockClient, make_invoice: MakeInvoice) -> MockClient:
    """
    A client of a mock whose list response is large enough to be compressed.
    """
    for _ in range(5):
        client.create(make_invoice())
    return client


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "deflate, gzip;q=0.5", "*", "br, *;q=0.1"])
def test_gzip(stocked: MockClient, encoding: str) -> None:
    """
    A long response is compressed for a client that accepts gzip, and its content is the same.
    """
    plain, compressed = listed(stocked, "identity"), listed(stocked, encoding)

    assert compressed.headers["Content-Encoding"] == "gzip"
    assert int(compressed.headers["Content-Length"]) < int(plain.headers["Content-Length"])
    assert compressed.content == plain.content
    assert compressed.headers["Vary"] == plain.headers["Vary"] == "Accept-Language, Accept-Encoding"


@pytest.mark.parametrize("encoding", ["", "identity", "deflate", "gzip;q=0", "gzip;q=0.0, *", "*;q=0", "gzip-2"])
def test_no_gzip(stocked: MockClient, encoding: str) -> None:
    """
    A client that does not accept gzip gets an uncompressed response.
    """
    assert "Content-Encoding" not in listed(stocked, encoding).headers


def test_short_responses_are_not_compressed(client: MockClient) -> None:
    """
    A short response is never compressed.
    """
    response = listed(client, "gzip")

    assert "Content-Encoding" not in response.headers
    assert response.headers["Vary"] == "Accept-Language"


def test_gzip_of_a_head(stocked: MockClient) -> None:
    """
    HEAD reports the length of the compressed response.
    """
    head = stocked.request("HEAD", "/invoices", headers={"Accept-Encoding": "gzip"})
    plain = listed(stocked, "identity").content

    assert int(head.headers["Content-Length"]) == len(gzip.compress(plain, 6, mtime=0))
