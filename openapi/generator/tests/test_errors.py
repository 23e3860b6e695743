"""
Errors: everything raised is in the documented tree.
"""

import asyncio
import contextlib
import gzip
import inspect
import io
import json
import pickle
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from b2b_invoices import UNSET, Balance, InvoiceSource, ListInvoicesResponse, errors
from b2b_invoices.api.invoices import create_invoice, delete_invoice, get_invoice, list_invoices
from openapi.generator.tests.service import (
    EXAMPLES,
    TOKEN,
    Torn,
    client_of,
    client_returning,
    draft,
    example,
    example_response,
    failing,
    subclasses,
)

Change = Callable[[dict[str, Any]], Any]
OPERATIONS: dict[Any, dict[str, Any]] = {
    create_invoice: {"body": draft()},
    list_invoices: {},
    get_invoice: {"invoice_id": 12},
    delete_invoice: {"invoice_id": 12},
}


def spoilt(name: str, path: str, value: Any) -> bytes:
    """
    The contract's example *name* with *value* at *path*; `...` takes what is there away.
    """
    body = node = example(name)
    *way, last = path.split(".")
    for step in way:
        node = node[int(step)] if isinstance(node, list) else node[step]
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return json.dumps(body).encode()


# ---------------------------------------------------------------- hostile responses

HTML = b"<html><h1>Bad Gateway</h1></html>"
CREATED = json.dumps(EXAMPLES["Created"]["value"]).encode()
NO_JSON = "The body: expected JSON, got invalid JSON: "
NO_VALUE = NO_JSON + "Expecting value: line 1 column 1 (char 0)."

# operation, status, body, JSON pointer, problem
HOSTILE: list[tuple[Any, int, bytes, str, str]] = [
    *((create_invoice, status, HTML, "", NO_VALUE) for status in (200, 400, 401, 403, 404, 413, 422, 429)),
    *((create_invoice, status, HTML, "", NO_VALUE) for status in (500, 502, 503, 504, 520, 599)),
    *((create_invoice, 200, CREATED[:length], "", NO_JSON) for length in (1, 2, 9, 20, 30, len(CREATED) - 1)),
    *(
        (operation, status, b"{}", "", "The documented statuses are 200, ")
        for operation in (create_invoice, get_invoice, delete_invoice)
        for status in (201, 204, 302, 402, 409, 418, 451, 499)
    ),
    (create_invoice, 200, b"", "", NO_VALUE),
    (create_invoice, 200, b"\xff\xfe\x00", "", NO_JSON),
    (create_invoice, 200, b'{"code": "\xff"}', "", NO_JSON),
    (create_invoice, 200, b"null", "", "The body: expected an object, got null."),
    (create_invoice, 200, b'"ok"', "", "The body: expected an object, got text."),
    (create_invoice, 200, b"12", "", "The body: expected an object, got 12."),
    (create_invoice, 200, b"[" * 100_000, "", NO_JSON + "nested too deeply."),
    (create_invoice, 200, b'{"code": 1e9999999999999999999}', "", NO_JSON + "a number is out of range."),
    (create_invoice, 200, b'{"code": ' + b"9" * 5000 + b"}", "", NO_JSON),
    (create_invoice, 200, b'{"code": Infinity}', "", NO_JSON + "Infinity is not valid JSON."),
    (create_invoice, 200, CREATED + CREATED, "", NO_JSON + "Extra data"),
    (create_invoice, 200, spoilt("Created", "data", ...), "/data", "/data: expected a value, got nothing."),
    (create_invoice, 200, spoilt("Created", "data", []), "/data", "/data: expected an object, got an array."),
    (create_invoice, 200, spoilt("Created", "data", ""), "/data", "/data: expected an object, got text."),
    (create_invoice, 200, spoilt("Created", "data.id", ...), "/data/id", "/data/id: expected a value, got nothing."),
    (create_invoice, 200, spoilt("Created", "data.id", "12"), "/data/id", "/data/id: expected an integer, got text."),
    (create_invoice, 200, spoilt("Created", "data.id", 1.5), "/data/id", "/data/id: expected an integer, got 1.5."),
    (create_invoice, 200, spoilt("Created", "data.id", None), "/data/id", "/data/id: expected an integer, got null."),
    (create_invoice, 200, b'{"code":200,"data":{"id":1e400000000},"meta":{"message":"Success"}}', "/data/id", ""),
    (create_invoice, 200, spoilt("Created", "meta", None), "/meta", "/meta: expected an object, got null."),
    (
        create_invoice,
        200,
        json.dumps(example("NumberTaken")).encode(),
        "/data/id",
        "/data/id: expected a value, got nothing.",
    ),
    (create_invoice, 400, spoilt("NumberTaken", "data", []), "/data", "/data: expected an object, got an array."),
    (create_invoice, 400, b'{"code":404,"message":"Not Found"}', "/data", "/data: expected a value, got nothing."),
    (
        create_invoice,
        422,
        spoilt("Violations", "data.errMsg", {"a": "b"}),
        "/data/errMsg/a",
        "/data/errMsg/a: expected",
    ),
    (create_invoice, 500, spoilt("ServerError", "data", "boom"), "/data", "/data: expected an object, got text."),
    (create_invoice, 500, spoilt("ServerError", "meta.message", 7), "/meta/message", "/meta/message: expected text"),
    (
        get_invoice,
        200,
        spoilt("ReadMinimalInvoice", "data.status", "0"),
        "/data/status",
        "/data/status: expected one of",
    ),
    (get_invoice, 200, spoilt("ReadMinimalInvoice", "data.status", None), "/data/status", "/data/status: expected one"),
    (get_invoice, 200, spoilt("ReadMinimalInvoice", "data.status", True), "/data/status", "/data/status: expected one"),
    (get_invoice, 200, spoilt("ReadMinimalInvoice", "data.customerId", 7), "/data/customerId", ""),
    (get_invoice, 200, spoilt("ReadMinimalInvoice", "data.orderNumber", "118"), "/data/orderNumber", ""),
    (get_invoice, 200, spoilt("ReadMinimalInvoice", "data.openBalance", 100), "/data/openBalance", ""),
    (get_invoice, 200, spoilt("ReadMinimalInvoice", "data.openBalance.value", True), "/data/openBalance/value", ""),
    (get_invoice, 200, spoilt("ReadMinimalInvoice", "data.openBalance.value", "1,0"), "/data/openBalance/value", ""),
    (get_invoice, 200, spoilt("ReadMinimalInvoice", "data.openBalance.code", None), "/data/openBalance/code", ""),
    (get_invoice, 200, spoilt("ReadMinimalInvoice", "data.details", "none"), "/data/details", ""),
    (get_invoice, 200, spoilt("ReadFullInvoice", "data.extraFields", {}), "/data/extraFields", ""),
    (
        get_invoice,
        200,
        spoilt("ReadFullInvoice", "data.extraFields.0.fieldValue", 1),
        "/data/extraFields/0/fieldValue",
        "",
    ),
    (list_invoices, 200, spoilt("InvoicePage", "data", {}), "/data", "/data: expected an array, got an object."),
    (list_invoices, 200, spoilt("InvoicePage", "data", ["x"]), "/data/0", "/data/0: expected an object, got text."),
    (
        list_invoices,
        200,
        spoilt("InvoicePage", "data.0.id", ...),
        "/data/0/id",
        "/data/0/id: expected a value, got nothing.",
    ),
    (list_invoices, 200, spoilt("InvoicePage", "meta.pagination", ...), "/meta/pagination", ""),
    (list_invoices, 200, spoilt("InvoicePage", "meta.pagination.totalCount", "1"), "/meta/pagination/totalCount", ""),
    (delete_invoice, 200, spoilt("Deleted", "data.id", False), "/data/id", "/data/id: expected an integer, got false."),
    (delete_invoice, 404, spoilt("NoSuchInvoice", "meta", 404), "/meta", "/meta: expected an object, got 404."),
]


def test_there_are_enough_hostile_responses() -> None:
    """
    The table holds at least sixty.
    """
    assert len(HOSTILE) >= 60


@pytest.mark.parametrize(("operation", "status", "body", "pointer", "problem"), HOSTILE)
def test_hostile_response(operation: Any, status: int, body: bytes, pointer: str, problem: str) -> None:
    """
    A response outside the contract is an UnexpectedAnswer that says where and why, and keeps the evidence.
    """
    client = client_returning(status, body)

    for call in (operation.sync, operation.sync_detailed):
        with pytest.raises(errors.UnexpectedAnswer) as caught:
            call(client=client, **OPERATIONS[operation])

        assert (caught.value.status, caught.value.content, caught.value.pointer) == (status, body, pointer)
        assert caught.value.problem.startswith(problem)
        assert str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "errMsg", "x"]), inner),
    max_leaves=5,
)
ENVELOPES = st.fixed_dictionaries({}, optional={"code": JSON, "data": JSON, "meta": JSON})
MUTANTS = st.builds(
    lambda name, key, value: {**example(name), key: value},
    st.sampled_from(sorted(name for name, known in EXAMPLES.items() if "code" in known["value"])),
    st.sampled_from(["code", "data", "meta"]),
    JSON,
)
BODIES = st.one_of(
    st.binary(max_size=30),
    st.one_of(ENVELOPES, MUTANTS, JSON).map(lambda value: json.dumps(value).encode()),
    st.sampled_from([json.dumps(known["value"]).encode() for known in EXAMPLES.values()]),
)
TYPES = st.sampled_from(["application/json", "text/html", "text/plain; charset=utf-16", "", "image/png", "json"])
ENCODINGS = st.sampled_from([None, None, None, "gzip", "deflate", "br", "nonsense"])
LATIN = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=8)


@settings(deadline=None, max_examples=300)
@given(
    status=st.sampled_from([200, 400, 422, 429, 500, 503]) | st.integers(100, 999),
    kind=TYPES,
    encoding=ENCODINGS,
    waits=LATIN,
    body=BODIES,
    operation=st.sampled_from(list(OPERATIONS)),
    strict=st.booleans(),
)
def test_only_the_tree_is_raised(
    *, status: int, kind: str, encoding: str | None, waits: str, body: bytes, operation: Any, strict: bool
) -> None:
    """
    Any status, content type, encoding and body end in a success or in one of the documented errors, which print.
    """
    headers = {"Content-Type": kind, "Retry-After": waits, "X-Requests-Remaining": waits, "X-Request-Id": waits}
    headers |= {"Content-Encoding": encoding} if encoding else {}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]

    def handler(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, headers=raw, stream=httpx.ByteStream(body))

    for call in (operation.sync, operation.sync_detailed):
        with contextlib.suppress(errors.AnswerError), readable():
            call(client=client_of(handler, strict=strict), **OPERATIONS[operation])


@contextlib.contextmanager
def readable() -> Iterator[None]:
    """
    Everything that the error raised inside has to say can be had.
    """
    try:
        yield
    except errors.AnswerError as error:
        for name in dir(error):
            getattr(error, name)
        print(error, repr(error), file=io.StringIO())
        raise


def test_undecodable_body_is_unexpected() -> None:
    """
    A body that is not compressed as its headers say is a response outside the contract, of which httpx keeps no body.
    """

    def handler(_request: httpx.Request) -> httpx.Response:
        headers = {"Content-Encoding": "gzip", "X-Request-Id": "4f9c"}
        return httpx.Response(200, headers=headers, stream=httpx.ByteStream(gzip.compress(b"{}")[:-9] + b"garbage!!"))

    with pytest.raises(errors.UnexpectedAnswer, match="The body cannot be decoded: ") as caught:
        create_invoice.sync(client=client_of(handler), body=draft())

    assert (caught.value.status, caught.value.request_id, caught.value.content) == (200, "4f9c", b"")


# ---------------------------------------------------------------- documented errors


@pytest.mark.parametrize(
    ("status", "name", "kind"),
    [
        (400, "MalformedJson", errors.BadRequest),
        (400, "NumberTaken", errors.InvoiceNumberTaken),
        (400, "OrderAlreadyInvoiced", errors.OrderAlreadyInvoiced),
        (401, "MissingCredentials", errors.Unauthorized),
        (403, "AnotherStore", errors.Forbidden),
        (404, "NoSuchChannel", errors.NotFound),
        (405, "MethodNotAllowed", errors.MethodNotAllowed),
        (406, "NotAcceptable", errors.NotAcceptable),
        (413, "TooLarge", errors.RequestTooLarge),
        (415, "NotJson", errors.UnsupportedMediaType),
        (422, "Violations", errors.Unprocessable),
        (429, "TooMany", errors.TooManyRequests),
        (500, "ServerError", errors.ServerError),
        (503, "ServerError", errors.ServerError),
        (520, "ServerError", errors.ServerError),
    ],
)
def test_each_status_has_its_error(status: int, name: str, kind: type[errors.ApiError]) -> None:
    """
    A documented error has a class of its own, with everything that the service said.
    """
    client = client_of(lambda _request: example_response(name, status, headers={"X-Request-Id": "4f9c"}))

    with pytest.raises(errors.ApiError) as caught:
        create_invoice.sync(client=client, body=draft())

    error, body = caught.value, example(name)
    assert type(error) is kind
    assert (error.status, error.code, error.message) == (status, body["code"], body["meta"]["message"])
    assert error.err_msg == body["data"].get("errMsg")
    assert (error.request_id, error.headers["x-request-id"]) == ("4f9c", "4f9c")
    assert json.loads(error.content) == body
    assert error.raw.status_code == status
    assert error.envelope.to_dict() == body


def test_empty_server_error_has_little_to_say() -> None:
    """
    Nothing is promised of the body of a server error, so everything in it may be absent.
    """
    with pytest.raises(errors.ServerError) as caught:
        get_invoice.sync(12, client=client_returning(500, {}))

    assert (caught.value.code, caught.value.message, caught.value.err_msg) == (None, "", None)
    assert str(caught.value) == (
        "GET /api/v3/io/ip/invoices/12 returned 500: no reason given. Nothing was changed; it can be sent again."
    )


LOOK = "It may have been carried out: call create_invoice_once with the same body to find out."
ADVICE = {
    "NumberTaken": (
        400,
        "The invoice number already exists. Look the number up, or use create_invoice_once, which does.",
    ),
    "UnknownCredentials": (401, "Invalid access token. Correct the store hash or the access token."),
    "AnotherStore": (
        403,
        "Invalid token. Use an access token of this store, from an API account with the scope B2B Edition: modify.",
    ),
    "NoSuchCompany": (404, "Company Does not Exist"),
    "TooMany": (429, "Request was throttled. Nothing was done; `retry_after` says when to send it again."),
    "ServerError": (500, f"Server Error. {LOOK}"),
}


@pytest.mark.parametrize("name", ADVICE)
def test_error_response_says_what_to_do(name: str) -> None:
    """
    The message of a rejected create has the service's reason, and what to do where that does not say it.
    """
    status, sentence = ADVICE[name]

    with pytest.raises(errors.ApiError) as caught:
        create_invoice.sync(client=client_of(lambda _request: example_response(name, status)), body=draft())

    assert str(caught.value) == f"POST /api/v3/io/ip/invoices returned {status}: {sentence}"


def test_a_path_that_nothing_is_at_is_looked_up_in_the_base_url() -> None:
    """
    A 404 that is not about an invoice says where the path comes from.
    """
    body = {"code": 404, "data": {"errMsg": "Not Found"}, "meta": {"message": "Not Found"}}

    with pytest.raises(errors.NotFound) as caught:
        get_invoice.sync(12, client=client_returning(404, body))

    assert str(caught.value) == (
        "GET /api/v3/io/ip/invoices/12 returned 404: Not Found. Check that `base_url` ends in `/api/v3/io/ip`."
    )


def test_unexpected_response_to_a_create_leaves_it_in_doubt() -> None:
    """
    A page instead of JSON does not say whether the invoice was created, and its error says so.
    """
    page = httpx.Response(502, html="<p>Bad gateway</p>")

    with pytest.raises(errors.UnexpectedAnswer) as caught:
        create_invoice.sync(client=client_of(lambda _request: page), body=draft())

    assert str(caught.value).endswith(f"See `content` for the body. {LOOK}")


def test_fields_of_an_invalid_body_are_at_hand() -> None:
    """
    What the service finds wrong is there by field; a mere sentence leaves the fields empty.
    """
    with pytest.raises(errors.Unprocessable) as caught:
        create_invoice.sync(client=client_returning(422, example("Violations")), body=draft())
    with pytest.raises(errors.Unprocessable) as sentence:
        create_invoice.sync(client=client_returning(422, spoilt("Violations", "data.errMsg", "no")), body=draft())

    assert caught.value.fields["customerId"] == ["This field is required."]
    assert sentence.value.fields == {}


@pytest.mark.parametrize("words", ["the invoice number already exists", "The invoice number already exists.; "])
def test_taken_number_is_recognised_in_other_spellings(words: str) -> None:
    """
    Case and punctuation of the service's words do not matter.
    """
    with pytest.raises(errors.InvoiceNumberTaken):
        create_invoice.sync(client=client_returning(400, spoilt("NumberTaken", "data.errMsg", words)), body=draft())


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"X-Request-Window-Resets-After": "0.3973509933774834 s"}, 0.3973509933774834),
        ({"X-Request-Window-Resets-After": "0.39 s", "Retry-After": "7"}, 0.39),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT", "Date": "Sun, 06 Nov 1994 08:49:07 GMT"}, 30),
        ({"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT", "Date": "Sun, 06 Nov 1994 09:49:07 GMT"}, 0),
        ({"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "-5"}, None),
        ({"X-Request-Window-Resets-After": "inf s"}, None),
        ({}, None),
    ],
)
def test_seconds_to_wait_are_at_hand(headers: dict[str, str], seconds: float | None) -> None:
    """
    Too many requests says how long to wait, by the vendor's header or by the common one.
    """
    with pytest.raises(errors.TooManyRequests) as caught:
        list_invoices.sync(client=client_of(lambda _request: example_response("TooMany", 429, headers=headers)))

    assert caught.value.retry_after == seconds


# ---------------------------------------------------------------- lenient and strict


def test_new_values_do_not_lose_a_list() -> None:
    """
    A status, a source and keys that are new leave the list whole, and stay reachable.
    """
    page = example("InvoicePage")
    page["data"][0] |= {"status": 3, "source": 7, "pendingPaymentCount": 1}

    invoice = list_invoices.sync(client=client_returning(200, page)).data[0]

    assert (invoice.status.value, invoice.source, invoice["pendingPaymentCount"]) == (3, InvoiceSource(7), 1)
    assert ListInvoicesResponse.from_dict(page).to_dict() == page


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("data.0.status", 3, "/data/0/status: expected one of 0, 1, 2, got 3."),
        ("data.0.pending", 1, "/data/0/pending: expected a key that the contract names, got an unknown key."),
        (
            "data.0.openBalance.value",
            "100.00",
            r"/data/0/openBalance/value: expected like ^-?[0-9]+\.[0-9]{4}$, got text.",
        ),
        ("meta.message", "OK", "/meta/message: expected like ^(Success|SUCCESS)$, got text."),
    ],
)
def test_strict_client_wants_the_contract(path: str, value: Any, problem: str) -> None:
    """
    A strict client takes no new value, no other key, and nothing that breaks a pattern; a lenient one takes them all.
    """
    client = client_of(
        lambda _request: httpx.Response(
            200, content=spoilt("InvoicePage", path, value), headers={"Content-Type": "application/json"}
        ),
        strict=True,
    )

    with pytest.raises(errors.UnexpectedAnswer) as caught:
        list_invoices.sync(client=client)

    assert caught.value.problem == problem
    assert list_invoices.sync(client=client_returning(200, spoilt("InvoicePage", path, value))).data[0].id == 12


def test_strict_client_wants_the_content_type() -> None:
    """
    A strict client does not take JSON that says it is something else.
    """
    client = client_of(lambda _request: httpx.Response(200, text=CREATED.decode()), strict=True)

    with pytest.raises(errors.UnexpectedAnswer) as caught:
        create_invoice.sync(client=client, body=draft())

    assert caught.value.problem == "Content-Type: expected application/json, got text/plain; charset=utf-8."


# ---------------------------------------------------------------- nothing is sent


def rejected(body: Any) -> errors.InvalidRequest:
    """
    The error that *body* ends in, without a request.
    """

    def handler(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"sent {request.content!r}")

    with pytest.raises(errors.InvalidRequest) as caught:
        create_invoice.sync(client=client_of(handler), body=body)
    with pytest.raises(errors.InvalidRequest):
        asyncio.run(create_invoice.asyncio(client=client_of(handler), body=body))
    return caught.value


def test_what_has_to_be_there_is_unset() -> None:
    """
    A field that must be sent, and is unset afterwards, is rejected.
    """
    body: Any = draft()
    body.customer_id = UNSET

    assert str(rejected(body)) == "Nothing was sent. /customerId: expected a value, got nothing."


def test_every_violation_is_named() -> None:
    """
    A body is held against the contract before it is sent, and everything that is wrong is said at once.
    """
    wrong: Any = {
        "customer_id": 12345,
        "due_date": "tomorrow",
        "status": 7,
        "issued_at": float("nan"),
        "channel_id": True,
        "extra_fields": [{"fieldName": "a/b"}],
    }

    error = rejected(draft(**wrong))

    assert [violation.pointer for violation in error.violations] == [
        "/customerId",
        "/dueDate",
        "/status",
        "/issuedAt",
        "/channelId",
        "/extraFields/0/fieldValue",
    ]
    assert str(error) == (
        "Nothing was sent. /customerId: expected text, got 12345; /dueDate: expected an integer, got text; "
        "/status: expected one of 0, 1, 2, got 7; /issuedAt: expected a number, got nan; "
        "/channelId: expected an integer, got true; /extraFields/0/fieldValue: expected a value, got nothing."
    )
    assert isinstance(error, ValueError)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (None, "the request: expected an object, got null"),
        ([], "the request: expected an object, got an array"),
        (draft(customer_id=None), "/customerId: expected text, got null"),
        (draft(customer_id=b"1"), "/customerId: expected text, got a Python bytes"),
        (
            draft(due_date=datetime(2031, 1, 1, tzinfo=UTC)),
            "/dueDate: expected an integer, got a Python datetime, where times are Unix seconds, such as "
            "int(moment.timestamp())",
        ),
        (draft(details={"\ud800": 1}), "/details: expected keys that are text, got '\\ud800'"),
        (draft(type_="\ud800"), "/type: expected a JSON value, got 'utf-8' codec can't encode character"),
        (draft(original_balance=Decimal(5)), "/originalBalance: expected an object, got 5"),
        (draft(original_balance={"code": "USD"}), "/originalBalance/value: expected a value, got nothing"),
    ],
)
def test_body_that_no_service_takes_is_not_sent(body: Any, problem: str) -> None:
    """
    Any Python value for a body is either sent or raises InvalidRequest.
    """
    assert problem in str(rejected(body))


@pytest.mark.parametrize(
    ("extra", "problem"),
    [
        ({1: 2}, "/note: expected keys that are text, got 1"),
        (float("inf"), "/note: expected a JSON value, got the number inf"),
        (Decimal("NaN"), "/note: expected a JSON value, got the number NaN"),
        (Decimal("1e9999"), "/note: expected a JSON value, got the number 1E+9999"),
        ([1, {"a~b": object()}], "/note/1/a~0b: expected a JSON value, got a Python object"),
    ],
)
def test_unknown_keys_must_be_json(extra: Any, problem: str) -> None:
    """
    Keys that the contract does not name may hold anything that JSON can.
    """
    body = draft()
    body["note"] = extra

    assert str(rejected(body)) == f"Nothing was sent. {problem}."


def test_body_that_contains_itself_is_not_sent() -> None:
    """
    A body without an end is rejected like any other that cannot be sent.
    """
    body = draft()
    body["self"] = body.additional_properties

    assert (
        str(rejected(body))
        == "Nothing was sent. the request: expected a body of finite depth, got one nested too deeply, "
        "or one that contains itself."
    )


def test_values_of_every_json_type_are_sent() -> None:
    """
    True, false, null, numbers, text and arrays go out as JSON has them.
    """
    body = draft()
    body["note"] = [True, False, None, 1, 1.5, Decimal("0.10"), 'a"\\\n', (1, 2), {}]

    assert '"note":[true,false,null,1,1.5,0.10,"a\\"\\\\\\n",[1,2],{}]' in body.to_json()


def test_parameter_that_no_url_can_carry_is_not_sent() -> None:
    """
    A query that cannot be encoded is an InvalidRequest too.
    """
    with pytest.raises(
        errors.InvalidRequest, match=r"^Nothing was sent. the request: expected values that a URL can hold, got "
    ):
        list_invoices.sync(client=client_returning(200, b""), q="\ud800")
    with pytest.raises(errors.InvalidRequest, match="URL component 'query' too long"):
        list_invoices.sync(client=client_returning(200, b""), q="x" * 70_000)


# ---------------------------------------------------------------- no response

HTTPX_ERRORS = [
    kind
    for kind in {httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, httpx.CookieConflict}
    | {*subclasses(httpx.HTTPError), *subclasses(httpx.StreamError)}
    if kind.__module__.startswith("httpx")
]
NOT_SENT = {
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
}


def raised(kind: type[Any]) -> Exception:
    """
    An error of *kind*, made as it wants to be.
    """
    made: Exception
    if kind in (httpx.StreamConsumed, httpx.StreamClosed, httpx.ResponseNotRead, httpx.RequestNotRead):
        made = kind()
    else:
        made = kind("broken")
    return made


def test_no_kind_of_httpx_error_is_left_out() -> None:
    """
    Every exception that httpx exports is in the list that the next test goes through.
    """
    exported = {value for name in httpx.__all__ if inspect.isclass(value := getattr(httpx, name))}

    assert {kind for kind in exported if issubclass(kind, Exception)} == set(HTTPX_ERRORS)


@pytest.mark.parametrize(
    "kind",
    # An HTTPStatusError has a response; see test_hook_that_raises_for_status_is_no_lost_response.
    [*sorted({*HTTPX_ERRORS} - {httpx.HTTPStatusError}, key=lambda kind: kind.__name__), ConnectionResetError],
)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.__name__.rpartition(".")[2])
def test_every_foreign_error_is_translated(operation: Any, kind: type[Exception]) -> None:
    """
    An exception of httpx or the system becomes NotSent if there was no connection, else OutcomeUnknown, with its cause.
    """
    made = raised(kind)

    for call in (operation.sync, lambda **options: asyncio.run(operation.asyncio(**options))):
        with pytest.raises(errors.NoAnswer) as caught:
            call(client=failing(made), **OPERATIONS[operation])

        assert type(caught.value) is (errors.NotSent if kind in NOT_SENT else errors.OutcomeUnknown)
        assert caught.value.__cause__ is made
        assert caught.value.reason.startswith(kind.__name__)


@pytest.mark.parametrize(
    ("error", "operation", "sentence"),
    [
        (
            httpx.ConnectError("refused"),
            create_invoice,
            "POST /api/v3/io/ip/invoices was not sent: ConnectError (refused) at api-b2b.bigcommerce.com. "
            "Nothing happened; it can be sent again.",
        ),
        (
            httpx.ConnectError("[SSL: WRONG_VERSION_NUMBER] wrong version number"),
            create_invoice,
            "POST /api/v3/io/ip/invoices was not sent: ConnectError ([SSL: WRONG_VERSION_NUMBER] wrong version number) "
            "at api-b2b.bigcommerce.com, which does not use TLS: use a base_url that begins with http://. "
            "Nothing happened; it can be sent again.",
        ),
        (
            httpx.ReadTimeout(""),
            create_invoice,
            "POST /api/v3/io/ip/invoices was sent, but its outcome is unknown: ReadTimeout. "
            "It may have been carried out: call create_invoice_once with the same body to find out.",
        ),
        (
            httpx.ReadError("reset"),
            get_invoice,
            "GET /api/v3/io/ip/invoices/12 was sent, but its outcome is unknown: ReadError (reset). "
            "Nothing was changed; it can be sent again.",
        ),
        (
            httpx.ReadTimeout(""),
            delete_invoice,
            "DELETE /api/v3/io/ip/invoices/12 was sent, but its outcome is unknown: ReadTimeout. "
            "It may have been carried out: check before you send it again.",
        ),
    ],
)
def test_no_response_says_what_may_have_happened(error: Exception, operation: Any, sentence: str) -> None:
    """
    The message says whether it can be sent again.
    """
    with pytest.raises(errors.NoAnswer) as caught:
        operation.sync(client=failing(error), **OPERATIONS[operation])

    assert str(caught.value) == sentence


def test_torn_body_leaves_the_outcome_unknown() -> None:
    """
    A truncated response counts as lost.
    """
    client = client_of(lambda _request: httpx.Response(200, stream=Torn(b'{"code"')))

    with pytest.raises(errors.OutcomeUnknown, match="RemoteProtocolError"):
        create_invoice.sync(client=client, body=draft())
    with pytest.raises(errors.OutcomeUnknown, match="RemoteProtocolError"):
        asyncio.run(create_invoice.asyncio(client=client, body=draft()))


def test_mistakes_of_a_transport_are_not_hidden() -> None:
    """
    An exception that is not a network failure, such as a bug in the user's transport, is not translated.
    """
    with pytest.raises(RuntimeError, match="a bug"):
        create_invoice.sync(client=failing(RuntimeError("a bug")), body=draft())


# ---------------------------------------------------------------- the tree itself


def leaves() -> list[errors.B2BInvoicesError]:
    """
    One of each kind of error that a call can end in.
    """
    inexact: Any = 0.1
    made: list[errors.B2BInvoicesError] = []
    for client in (
        client_returning(404, example("NoSuchInvoice")),
        client_returning(429, example("TooMany")),
        client_returning(200, HTML),
        failing(httpx.ConnectError("refused")),
        failing(httpx.ReadTimeout("late")),
    ):
        with pytest.raises(errors.B2BInvoicesError) as caught:
            get_invoice.sync(12, client=client)
        made.append(caught.value)
    with pytest.raises(errors.InvalidAmount) as amount:
        Balance(code="USD", value=inexact)
    return [*made, amount.value, rejected(None)]


def test_errors_survive_another_process_without_secrets() -> None:
    """
    An error is the same after a pickle, which holds no credential, nor does its repr.
    """
    for error in leaves():
        pickled = pickle.dumps(error)

        assert TOKEN.encode() not in pickled
        assert TOKEN not in repr(error) + repr(vars(getattr(error, "raw", error)))
        assert str(pickle.loads(pickled)) == str(error)  # noqa: S301  our own


def test_request_of_an_error_has_no_credentials() -> None:
    """
    Neither the raw response nor the cause of an error has a request that shows the credentials; its body is there.
    """
    with pytest.raises(errors.ApiError) as caught:
        create_invoice.sync(client=client_returning(422, example("Violations")), body=draft())
    with pytest.raises(errors.NotSent) as silence:
        create_invoice.sync(client=failing(httpx.ConnectError("refused")), body=draft())

    cause: Any = silence.value.__cause__
    for request in (caught.value.raw.request, cause.request):
        assert "x-auth-token" not in request.headers
        assert "x-store-hash" not in request.headers
    assert json.loads(caught.value.raw.request.content)["invoiceNumber"] == "0000001"


def test_drawing_of_the_tree_is_true() -> None:
    """
    The tree at the top of the module has every error, each below its parent.
    """
    lines = [line for line in str(errors.__doc__).splitlines() if "──" in line]
    drawn = [(line.index("──"), line.partition("── ")[2].split()[0]) for line in lines]
    parents = {"B2BInvoicesError": ""}
    stack: list[tuple[int, str]] = [(-1, "B2BInvoicesError")]
    for depth, name in drawn:
        while stack[-1][0] >= depth:
            stack.pop()
        parents[name] = stack[-1][1]
        stack.append((depth, name))

    kinds: list[type[Any]] = [errors.B2BInvoicesError, *subclasses(errors.B2BInvoicesError)]
    public = [kind for kind in kinds if kind.__module__ == errors.__name__]
    assert parents == {
        kind.__name__: "" if kind is errors.B2BInvoicesError else kind.__bases__[0].__name__ for kind in public
    }
