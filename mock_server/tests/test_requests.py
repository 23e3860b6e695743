"""
Reading requests: valid bodies and queries are read, all others are rejected, and none causes a server error.
"""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.tests.client import MockClient, assert_error, property_of_the_mock
from mock_server.tests.conftest import MakeClient, MakeInvoice

LIMIT = 10 * 1024 * 1024
TEXT_FIELDS = [
    "invoiceNumber",
    "customerId",
    "type",
    "orderNumber",
    "purchaseOrderNumber",
    "externalId",
    "externalCustomerId",
    "externalPdfUrl",
    "termsConditions",
]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def spliced(body: dict[str, Any], field: str, raw: str) -> str:
    """
    Return *body* as JSON with one more field, whose value is the raw JSON text *raw*.
    """
    return f"{json.dumps(body)[:-1]}, {json.dumps(field)}: {raw}}}"


# ------------------------------------------------------------------------------------------------- media types


@pytest.mark.parametrize(
    "media_type", ["application/json", "application/json; charset=utf-8", "Application/JSON", "application/json ;"]
)
def test_json_is_read(client: MockClient, media_type: str) -> None:
    """
    The media type `application/json` is accepted in any case and with any parameters.
    """
    assert client.post("{}", headers={"Content-Type": media_type}).status_code == 422


@pytest.mark.parametrize(
    "media_type",
    [
        "text/json",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/problem+json",
        "application/jsonx",
        "application/json, text/html",
        "",
    ],
)
def test_other_types_are_rejected(client: MockClient, make_invoice: MakeInvoice, media_type: str) -> None:
    """
    Any other media type is rejected with 415, even for a valid invoice.
    """
    response = client.post(make_invoice(), headers={"Content-Type": media_type})

    assert_error(response, 415, f'Unsupported media type "{media_type}" in request.')
    assert client.listed() == []


def test_a_missing_type_is_rejected(client: MockClient) -> None:
    """
    A missing media type is rejected with 415.
    """
    response = client.request("POST", "/invoices", content=b"{}")

    assert_error(response, 415, 'Unsupported media type "" in request.')


# ------------------------------------------------------------------------------------------------------- sizes


async def in_chunks(*chunks: bytes) -> AsyncIterator[bytes]:
    """
    Yield *chunks*; httpx then sends the body without Content-Length.
    """
    for chunk in chunks:
        yield chunk


def test_the_largest_body_is_read(client: MockClient, make_invoice: MakeInvoice) -> None:
    """
    A body of exactly 10 MiB is accepted.
    """
    body = json.dumps(make_invoice(invoiceNumber="large")).encode()

    response = client.post(body + b" " * (LIMIT - len(body)))

    assert response.status_code == 200
    assert client.listed() == ["large"]


@pytest.mark.parametrize(("size", "status"), [(64, 422), (65, 413)])
def test_chunked_bodies_have_the_same_limit(make_client: MakeClient, size: int, status: int) -> None:
    """
    The limit also applies to a chunked body, which has no Content-Length.
    """
    client = make_client(body_limit=64)

    response = client.post(in_chunks(b"{", b" " * 62, b"}".rjust(size - 63)))

    assert "Content-Length" not in response.request.headers
    assert response.status_code == status


# ---------------------------------------------------------------------------------------------- malformed bodies


@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param(b"", "Input data was truncated", id="empty"),
        pytest.param(b"   ", "Input data was truncated", id="blank"),
        pytest.param(b'{"customerId": ', "Input data was truncated", id="torn"),
        pytest.param(b"x", "JSON is malformed: invalid character (byte 0)", id="word"),
        pytest.param(b"{}x", "JSON is malformed: trailing characters (byte 3)", id="trailing"),
        pytest.param(b"{'a': 1}", "JSON is malformed: object keys must be strings (byte 1)", id="python"),
        pytest.param(b"\x00", "JSON is malformed: invalid character (byte 0)", id="nul"),
        pytest.param(b"\xef\xbb\xbf{}", "JSON is malformed: invalid character (byte 0)", id="byte-order-mark"),
        pytest.param("{}".encode("utf-16"), "JSON is malformed: invalid character (byte 0)", id="utf-16"),
        pytest.param(b"[NaN]", "JSON is malformed: invalid character (byte 1)", id="NaN"),
        pytest.param(b"[Infinity]", "JSON is malformed: invalid character (byte 1)", id="Infinity"),
        pytest.param(b"[-Infinity]", "JSON is malformed: invalid character (byte 2)", id="minus-Infinity"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, "nested too deeply", id="100000-levels"),
        pytest.param(b'{"a":' * 1_000 + b"1" + b"}" * 1_000, "nested too deeply", id="1000-levels"),
    ],
)
def test_malformed_bodies(client: MockClient, body: bytes, why: str) -> None:
    """
    A body that is not JSON is rejected with 400; the error says what is wrong and at which byte.
    """
    before = client.ledger.snapshot()

    response = client.post(body)

    assert_error(response, 400, f"JSON parse error - {why}")
    assert client.ledger.snapshot() == before


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"\xff", id="no-utf-8"),
        pytest.param(b"\xc0\x80", id="overlong"),
        pytest.param(b"\xed\xa0\x80", id="raw-surrogate"),
        pytest.param(rb"\ud800", id="high-surrogate"),
        pytest.param(rb"\udc00", id="low-surrogate"),
        pytest.param(rb"\ud83d\ud83d", id="two-high-surrogates"),
        pytest.param(rb"\ud800 and more", id="surrogate-and-text"),
    ],
)
@pytest.mark.parametrize("place", [b'{"type": "?"}', b'{"details": {"?": 1}}', b'{"?": 1}', b'"?"'])
def test_invalid_unicode(client: MockClient, place: bytes, text: bytes) -> None:
    """
    Invalid Unicode is rejected with 400, in values and in keys.
    """
    response = client.post(place.replace(b"?", text))

    assert response.status_code == 400
    assert response.json()["data"]["errMsg"].startswith("JSON parse error - ")


NUMBERS = {
    "1e400": "1e400",
    "minus-1e400": "-1e400",
    "310-digits": "9" * 310,
    "400-digits": "-" + "1" * 400,
    "4299-digits": "1" * 4_299,
    "5000-digits": "1" * 5_000,
    "5000-digits-and-a-point": "1" * 5_000 + ".5",
    "no-exponent-so-small": "1e-99999999999999999999",
    "no-exponent-so-large": "0e99999999999999999999",
}


@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
@pytest.mark.parametrize("field", ["dueDate", "status", "type", "details", "openBalance", "unheard-of"])
def test_numbers_out_of_range(client: MockClient, make_invoice: MakeInvoice, field: str, number: str) -> None:
    """
    A number outside the range of a double is rejected with 400 in every field, and nothing is stored.
    """
    raw = {
        "details": f'{{"deep": [{number}]}}',
        "openBalance": f'{{"code": "USD", "value": {number}}}',
    }.get(field, number)

    response = client.post(spliced(make_invoice(), field, raw))

    assert response.status_code == 400
    assert re.match(r"JSON parse error - (number|Integer value) out of range", response.json()["data"]["errMsg"])
    assert client.listed() == []


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        pytest.param("1e308", "1" + "0" * 308 + ".0000", id="largest"),
        pytest.param("-1e308", "-1" + "0" * 308 + ".0000", id="smallest"),
        pytest.param("9" * 308, "9" * 308 + ".0000", id="308-digits"),
        pytest.param("1e-400", "0.0000", id="tiny"),
        pytest.param("-1e-999999999", "0.0000", id="tiny-and-negative"),
        pytest.param("0e999999999999", "0.0000", id="a-long-way-to-zero"),
        pytest.param("-0.0", "0.0000", id="minus-zero"),
        pytest.param("0." + "3" * 5_000, "0.3333", id="5000-decimals"),
    ],
)
def test_unusual_amounts_are_stored(client: MockClient, make_invoice: MakeInvoice, raw: str, read: str) -> None:
    """
    An amount within the range of a double is stored, however it is written.
    """
    body = json.dumps(make_invoice(originalBalance={"code": "USD", "value": "?"})).replace('"?"', raw)

    invoice_id = client.create(body)

    assert client.read(invoice_id)["originalBalance"] == {"code": "USD", "value": read}
    assert client.listed("sortBy=originalBalance") == ["INV-1"]


@pytest.mark.parametrize("opening", ["[", '{"a":'], ids=["lists", "objects"])
@pytest.mark.parametrize("field", ["details", "unheard-of", "type", "extraFields", "openBalance"])
@pytest.mark.parametrize("levels", [249, 300, 960, 970, 1_000])
def test_nesting_too_deep(client: MockClient, make_invoice: MakeInvoice, levels: int, field: str, opening: str) -> None:
    """
    Nesting that is too deep is rejected in every field, and nothing is stored.
    """
    nested = opening * levels + "1" + {"[": "]", "{": "}"}[opening[0]] * levels

    response = client.post(spliced(make_invoice(), field, f'{{"a": {nested}}}'))

    assert_error(response, 400, "JSON parse error - nested too deeply")
    assert client.listed() == []


def test_nesting_up_to_the_limit(client: MockClient, make_invoice: MakeInvoice) -> None:
    """
    Nesting of 250 levels, including the body itself, is stored and returned, alone and in a list.
    """
    details: dict[str, Any] = {}
    for _ in range(248):
        details = {"a": details}

    invoice_id = client.create(make_invoice(details=details))

    assert client.read(invoice_id)["details"] == details
    assert client.listed() == ["INV-1"]


@pytest.mark.parametrize("field", ["type", "extraFields", "openBalance"])
def test_wrong_nesting_up_to_the_limit(client: MockClient, make_invoice: MakeInvoice, field: str) -> None:
    """
    An invalid field is named in the error, even at the deepest allowed nesting.
    """
    response = client.post(spliced(make_invoice(), field, "[" * 249 + "]" * 249))

    assert response.status_code == 422
    assert all(path.startswith(field) for path in response.json()["data"]["errMsg"])


@pytest.mark.parametrize("field", TEXT_FIELDS)
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("\0", id="nul"),
        pytest.param("a\0b", id="nul-inside"),
        pytest.param("\U0001f600 \u202e é", id="unicode"),
        pytest.param("'; DROP TABLE invoice; --", id="sql"),
        pytest.param("x" * 1_048_576, id="1-MiB"),
    ],
)
def test_any_text_is_stored(client: MockClient, make_invoice: MakeInvoice, field: str, text: str) -> None:
    """
    Every text field accepts any text and returns it unchanged; an order number that is not a number reads as null.
    """
    invoice_id = client.create(make_invoice(**{field: text}))

    assert client.read(invoice_id)[field] == (None if field == "orderNumber" else text)
    assert len(client.listed()) == 1


def test_the_last_of_two_keys_wins(client: MockClient, make_invoice: MakeInvoice) -> None:
    """
    Of a repeated key, the last one wins.
    """
    invoice_id = client.create(spliced(make_invoice(invoiceNumber="first"), "invoiceNumber", '"last"'))

    assert client.read(invoice_id)["invoiceNumber"] == "last"


@property_of_the_mock
@given(data=st.data())
def test_random_fields(client: MockClient, make_invoice: MakeInvoice, data: st.DataObject) -> None:
    """
    An invoice with a few random fields is stored completely or not at all.
    """
    names = [*TEXT_FIELDS, "dueDate", "issuedAt", "status", "source", "channelId", "details", "extraFields", "junk"]
    fields = data.draw(st.dictionaries(st.sampled_from(names), json_values, max_size=3))
    before = client.ledger.snapshot()

    response = client.post(json.dumps(make_invoice() | fields))

    if response.status_code == 200:
        client.read(response.json()["data"]["id"])
        client.listed("isIncludeExtraFields=1")
    else:
        assert response.status_code in {400, 422}
        assert client.ledger.snapshot() == before


# ------------------------------------------------------------------------------------------------------- queries


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        pytest.param("limit=0", {"limit": ["Ensure this value is greater than or equal to 1."]}, id="limit-0"),
        pytest.param("limit=251", {"limit": ["Ensure this value is less than or equal to 250."]}, id="limit-251"),
        pytest.param("limit=ten", {"limit": ["A valid integer is required."]}, id="limit-word"),
        pytest.param("limit=", {"limit": ["A valid integer is required."]}, id="limit-empty"),
        pytest.param("limit=1.0", {"limit": ["A valid integer is required."]}, id="limit-fraction"),
        pytest.param("limit=%2B5", {"limit": ["A valid integer is required."]}, id="limit-plus"),
        pytest.param("limit=%D9%A1", {"limit": ["A valid integer is required."]}, id="limit-other-digits"),
        pytest.param("limit=5%0A", {"limit": ["A valid integer is required."]}, id="limit-newline"),
        pytest.param(f"limit={'9' * 5_000}", {"limit": ["A valid integer is required."]}, id="limit-5000-digits"),
        pytest.param("limit=x&limit=5", {"limit": ["A valid integer is required."]}, id="first-of-two"),
        pytest.param("offset=-1", {"offset": ["Ensure this value is greater than or equal to 0."]}, id="offset"),
        pytest.param("sortBy=id", {"sortBy": ['"id" is not a valid choice.']}, id="sortBy"),
        pytest.param("orderBy=asc", {"orderBy": ['"asc" is not a valid choice.']}, id="orderBy"),
        pytest.param("searchBy=details", {"searchBy": ['"details" is not a valid choice.']}, id="searchBy"),
        pytest.param("status=3", {"status": ['"3" is not a valid choice.']}, id="status"),
        pytest.param("beginDateAt=1e5", {"beginDateAt": ["A valid integer is required."]}, id="begin"),
        pytest.param("endDateAt=today", {"endDateAt": ["A valid integer is required."]}, id="end"),
        pytest.param("channelIds=1&channelIds=x", {"channelIds": ["A valid integer is required."]}, id="one-of-many"),
        pytest.param(
            "isIncludeExtraFields=2", {"isIncludeExtraFields": ['"2" is not a valid choice.']}, id="extra-fields"
        ),
        pytest.param(
            "limit=x&offset=-1&status=9",
            {
                "limit": ["A valid integer is required."],
                "offset": ["Ensure this value is greater than or equal to 0."],
                "status": ['"9" is not a valid choice.'],
            },
            id="several",
        ),
    ],
)
def test_invalid_queries(client: MockClient, query: str, reason: dict[str, list[str]]) -> None:
    """
    Invalid query parameters are rejected with 400, and the error names each of them.
    """
    assert_error(client.get(f"/invoices?{query}"), 400, reason)


def test_the_last_of_two_parameters_wins(client: MockClient) -> None:
    """
    Of a repeated parameter that is not a list, the last one wins.
    """
    pagination = client.get("/invoices?limit=3&limit=7").json()["meta"]["pagination"]

    assert pagination["limit"] == 7
