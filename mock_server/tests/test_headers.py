"""
Headers: those that every answer has, and what a caller's own say of the answer.
"""

import gzip
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from b2b_invoices_mock import Dialect
from b2b_invoices_mock.api.headers import accepts_json, request_ids
from mock_server.tests.client import (
    RUN,
    MockClient,
    assert_refused,
    property_of_the_mock,
)
from mock_server.tests.conftest import MakeClient, MakeInvoice

ALWAYS = {
    "vary": "Accept-Language",
    "content-language": "en-US",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "X-Request-ID,Content-Length",
}


def test_every_answer_has_them(make_client: MakeClient, make_invoice: MakeInvoice) -> None:
    """
    Successes, refusals, strange paths and failures have the headers of the vendor's general page, once each.
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
        assert {name: value for name, value in response.headers.items() if name in ALWAYS} == ALWAYS


def test_every_request_has_an_id(client: MockClient) -> None:
    """
    Ids are those of the run with a number, whatever the answer is.
    """
    responses = [client.get("/invoices"), client.get("/orders"), client.get("/invoices/x"), client.get("/invoices")]

    assert [response.headers["X-Request-Id"] for response in responses] == [
        f"4f9c2a6e-4c1f-4d3e-9d0b-{number:012}" for number in (1, 2, 3, 4)
    ]


def test_runs_have_ids_of_their_own() -> None:
    """
    Two mocks do not give the same ids, and an id reads as a UUID.
    """
    one, other = request_ids(), request_ids()

    assert len({one(), one(), other(), other()}) == 4
    assert str(UUID(request_ids(RUN)())) == "4f9c2a6e-4c1f-4d3e-9d0b-000000000001"


@pytest.mark.parametrize("path", ["/invoices", "/invoices/1", "/invoices/999"])
@pytest.mark.parametrize("without", [[], ["X-Auth-Token", "X-Store-Hash"]])
def test_options(client: MockClient, path: str, without: list[str]) -> None:
    """
    OPTIONS says which methods there are and what browsers may send, to anyone, and has no body.
    """
    response = client.request("OPTIONS", path, without=without)

    methods = "GET, HEAD, OPTIONS, POST" if path == "/invoices" else "DELETE, GET, HEAD, OPTIONS"
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["Allow"] == methods
    assert response.headers["Access-Control-Allow-Methods"] == "GET, POST, PUT, OPTIONS, DELETE, PATCH"
    assert response.headers["Access-Control-Allow-Headers"] == "authToken, Content-Type"
    assert response.headers["Access-Control-Max-Age"] == "1728000"


def test_options_of_a_strange_path(client: MockClient) -> None:
    """
    A path that the API does not have has no methods either.
    """
    assert_refused(client.request("OPTIONS", "/orders"), 404, "Not Found")


# -------------------------------------------------------------------------------------------------------- Accept


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
    Who takes JSON gets it, who does not is told so, and the most specific range decides.
    """
    assert client.get("/invoices", headers={"Accept": accept}).status_code == status


def test_accept_in_two_headers() -> None:
    """
    Headers of one name are one list.
    """
    assert accepts_json(Headers(raw=[(b"accept", b"text/html"), (b"accept", b"application/json")]))


def test_nothing_is_done_for_who_cannot_read_the_answer(client: MockClient, make_invoice: MakeInvoice) -> None:
    """
    A create whose answer is not taken leaves no trace.
    """
    before = client.record()

    response = client.post(make_invoice(), headers={"Accept": "text/html"})

    assert_refused(response, 406, "Could not satisfy the request Accept header.")
    assert client.record() == before


def test_strangers_are_told_of_credentials_first(client: MockClient) -> None:
    """
    Credentials are looked at before what a caller takes.
    """
    assert client.get("/invoices", headers={"Accept": "text/html", "X-Auth-Token": "wrong"}).status_code == 401


@given(accept=st.text(st.characters(codec="latin-1"), max_size=40))
@property_of_the_mock
def test_any_accept(accept: str) -> None:
    """
    Whatever an Accept header says, it takes JSON or it does not.
    """
    assert accepts_json(Headers(raw=[(b"accept", accept.encode("latin-1"))])) in (True, False)


# ---------------------------------------------------------------------------------------------------------- gzip


def listed(client: MockClient, encoding: str) -> httpx.Response:
    """
    List the invoices, with this Accept-Encoding.
    """
    return client.get("/invoices", headers={"Accept-Encoding": encoding})


@pytest.fixture(name="stocked")
def _stocked(client: MockClient, make_invoice: MakeInvoice) -> MockClient:
    """
    A client of a mock whose list is long.
    """
    for _ in range(5):
        client.create(make_invoice())
    return client


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "deflate, gzip;q=0.5", "*", "br, *;q=0.1"])
def test_long_answers_are_zipped(stocked: MockClient, encoding: str) -> None:
    """
    A caller that takes gzip gets a long answer so, and it says the same.
    """
    plain, zipped = listed(stocked, "identity"), listed(stocked, encoding)

    assert zipped.headers["Content-Encoding"] == "gzip"
    assert int(zipped.headers["Content-Length"]) < int(plain.headers["Content-Length"])
    assert zipped.content == plain.content
    assert zipped.headers["Vary"] == plain.headers["Vary"] == "Accept-Language, Accept-Encoding"


@pytest.mark.parametrize("encoding", ["", "identity", "deflate", "gzip;q=0", "gzip;q=0.0, *", "*;q=0", "gzip-2"])
def test_answers_are_plain_for_the_others(stocked: MockClient, encoding: str) -> None:
    """
    A caller that does not take gzip gets the answer as it is.
    """
    assert "Content-Encoding" not in listed(stocked, encoding).headers


def test_short_answers_are_never_zipped(client: MockClient) -> None:
    """
    A short answer is not worth it.
    """
    response = listed(client, "gzip")

    assert "Content-Encoding" not in response.headers
    assert response.headers["Vary"] == "Accept-Language"


def test_a_zipped_answer_is_gzip(stocked: MockClient) -> None:
    """
    HEAD has the headers of the zipped answer, and the same bytes come each time.
    """
    head = stocked.request("HEAD", "/invoices", headers={"Accept-Encoding": "gzip"})
    plain = listed(stocked, "identity").content

    assert int(head.headers["Content-Length"]) == len(gzip.compress(plain, 6, mtime=0))


def test_accept_can_be_ignored(make_client: MakeClient) -> None:
    """
    A dialect may have JSON for everyone.
    """
    client = make_client(dialect=Dialect(accept="ignored"))

    assert client.get("/invoices", headers={"Accept": "image/png"}).status_code == 200
