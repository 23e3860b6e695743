"""
How the generated client behaves: what it sends, what it makes of a response, and what it never shows.
"""

import asyncio
import copy
import inspect
import json
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import attrs
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import b2b_invoices
from b2b_invoices import (
    UNSET,
    Balance,
    Client,
    CreateInvoiceRequest,
    CreateInvoiceResponse,
    ErrorEnvelope,
    GetInvoiceResponse,
    IncludeExtraFields,
    Invoice,
    InvoiceSortField,
    InvoiceStatus,
    ServerErrorEnvelope,
    errors,
)
from b2b_invoices._decoder import Reader, Strictness
from b2b_invoices._request import body_of
from b2b_invoices.api.invoices import create_invoice, delete_invoice, get_invoice, list_invoices
from openapi.generator.tests.service import CONTRACT, STORE_HASH, TOKEN, client_of, client_returning, draft, example

DRAFT = draft()
CALLS: dict[Any, dict[str, Any]] = {
    create_invoice: {"body": DRAFT},
    list_invoices: {},
    get_invoice: {"invoice_id": 12},
    delete_invoice: {"invoice_id": 12},
}

Call = Callable[..., Any]


@pytest.fixture(name="call", params=["sync", "asyncio"])
def _call(request: pytest.FixtureRequest) -> Call:
    def call(operation: Any, *arguments: Any, detailed: bool = False, **options: Any) -> Any:
        function = getattr(operation, f"{request.param}_detailed" if detailed else request.param)
        result = function(*arguments, **options)
        return asyncio.run(result) if inspect.iscoroutine(result) else result

    return call


# ---------------------------------------------------------------- what is sent


@pytest.mark.parametrize("operation", CALLS, ids=lambda operation: operation.__name__.rpartition(".")[2])
def test_every_request_carries_both_credentials(operation: Any, call: Call) -> None:
    """
    Every operation sends the store hash and the token, says who is calling, and asks for JSON.
    """
    sent: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(500, json=example("ServerError"))

    call(operation, client=client_of(handler), detailed=True, **CALLS[operation])

    headers = sent[0].headers
    assert headers["X-Store-Hash"] == STORE_HASH
    assert headers["X-Auth-Token"] == TOKEN
    assert headers["User-Agent"] == f"b2b-invoices-client/{CONTRACT['info']['version']}"
    assert headers["Accept"] == "application/json"


def test_own_headers_are_sent_too() -> None:
    """
    Headers given to a client go out with the others, once, in the place of the client's own.
    """
    seen: list[httpx.Headers] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(200, json=example("Created"))

    client = client_of(handler, headers={"X-Trace": "abc", "user-agent": "mine"})
    create_invoice.sync(client=client, body=DRAFT)

    assert seen[0]["X-Trace"] == "abc"
    assert seen[0].get_list("User-Agent") == ["mine"]


def test_only_what_was_set_is_sent() -> None:
    """
    The body holds what the caller set and no default of the contract: those are the service's to apply.
    """
    bodies: list[Any] = []

    def handler(request: httpx.Request) -> httpx.Response:
        bodies.append((request.method, request.url.path, json.loads(request.content)))
        return httpx.Response(200, json=example("Created"))

    create_invoice.sync(client=client_of(handler), body=DRAFT)

    body = example("MinimalInvoice")
    del body["channelId"]
    body["originalBalance"]["value"] = body["openBalance"]["value"] = 100.10
    assert bodies == [("POST", "/api/v3/io/ip/invoices", body)]


def test_query_parameters_go_by_their_wire_names() -> None:
    """
    Enumerations are sent as their values, lists as repeated parameters, and what is not set not at all.
    """
    queries: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        queries.append(str(request.url.params))
        return httpx.Response(200, json=example("EmptyPage"))

    client = client_of(handler)
    list_invoices.sync(client=client)
    list_invoices.sync(
        client=client,
        sort_by=InvoiceSortField.DUE_DATE,
        status=InvoiceStatus.COMPLETED,
        external_id=["ERP-1", "ERP-2"],
        is_include_extra_fields=IncludeExtraFields.YES,
    )

    assert queries == [
        "",
        "sortBy=dueDate&status=2&externalId%5B%5D=ERP-1&externalId%5B%5D=ERP-2&isIncludeExtraFields=1",
    ]


def test_path_parameter_can_be_positional() -> None:
    """
    The id of an invoice may be given without its name.
    """
    paths: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.path)
        return httpx.Response(200, json=example("Deleted"))

    delete_invoice.sync(12, client=client_of(handler))

    assert paths == ["/api/v3/io/ip/invoices/12"]


# ---------------------------------------------------------------- what is made of a response

IN_DOUBT = "It may have been carried out: call create_invoice_once with the same body to find out."


def test_sync_returns_the_success_itself(call: Call) -> None:
    """
    A success is returned as its model, with no None and no error to rule out.
    """
    created = call(create_invoice, client=client_returning(200, example("Created")), body=DRAFT)

    assert isinstance(created, CreateInvoiceResponse)
    assert created.data.id == 12


def test_detailed_returns_everything(call: Call) -> None:
    """
    The detailed call also has the status, the headers and the body as they came.
    """
    response = httpx.Response(200, json=example("ReadMinimalInvoice"), headers={"X-Request-Id": "4f9c"})

    response = call(get_invoice, 12, client=client_of(lambda _request: response), detailed=True)

    assert (response.status_code, response.headers["x-request-id"]) == (200, "4f9c")
    assert json.loads(response.content) == example("ReadMinimalInvoice")
    assert isinstance(response.parsed, GetInvoiceResponse)
    assert response.parsed.data.status is InvoiceStatus.OPEN


@pytest.mark.parametrize(
    ("status", "name", "sentence"),
    [
        (
            400,
            "NumberTaken",
            "The invoice number already exists. Look the number up, or use create_invoice_once, which does.",
        ),
        (422, "Violations", "customerId: This field is required.; openBalance.value: A valid number is required."),
        (500, "ServerError", f"Server Error. {IN_DOUBT}"),
        (520, "ServerError", f"Server Error. {IN_DOUBT}"),
    ],
)
def test_documented_error_is_raised(status: int, name: str, sentence: str, call: Call) -> None:
    """
    An error that the contract documents is an ApiError with the envelope and a readable reason, 520 included.
    """
    with pytest.raises(errors.ApiError) as caught:
        call(create_invoice, client=client_returning(status, example(name)), body=DRAFT)

    assert caught.value.status == status
    assert caught.value.envelope.to_dict() == example(name)
    assert str(caught.value) == f"POST /api/v3/io/ip/invoices returned {status}: {sentence}"


@pytest.mark.parametrize(
    ("status", "name", "model"), [(400, "NumberTaken", ErrorEnvelope), (503, "ServerError", ServerErrorEnvelope)]
)
def test_documented_error_is_returned_by_detailed(status: int, name: str, model: type, call: Call) -> None:
    """
    The detailed call returns a documented error instead of raising it.
    """
    response = call(create_invoice, client=client_returning(status, example(name)), body=DRAFT, detailed=True)

    assert response.status_code == status
    assert isinstance(response.parsed, model)


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        pytest.param(
            302,
            b"",
            "The documented statuses are 200, 400, 401, 403, 404, 405, 406, 413, 415, 422, 429, 5XX.",
            id="redirect",
        ),
        pytest.param(
            200,
            b"<html>",
            "The body: expected JSON, got invalid JSON: Expecting value: line 1 column 1 (char 0).",
            id="html",
        ),
        pytest.param(
            520,
            b"<html>",
            "The body: expected JSON, got invalid JSON: Expecting value: line 1 column 1 (char 0).",
            id="520-html",
        ),
        pytest.param(
            200,
            b'{"code": 200, "data": {"id"',
            "The body: expected JSON, got invalid JSON: Expecting ':' delimiter: line 1 column 28 (char 27).",
            id="truncated",
        ),
        pytest.param(
            200,
            b'{"code": NaN}',
            "The body: expected JSON, got invalid JSON: NaN is not valid JSON.",
            id="not-a-number",
        ),
        pytest.param(200, b"[]", "The body: expected an object, got an array.", id="array"),
        pytest.param(
            200,
            {"code": 200, "data": {}, "meta": {"message": "Success"}},
            "/data/id: expected a value, got nothing.",
            id="missing-key",
        ),
        pytest.param(
            200,
            {"code": 200, "data": {"id": "twelve"}, "meta": {"message": "Success"}},
            "/data/id: expected an integer, got text.",
            id="wrong-type",
        ),
        pytest.param(
            200,
            {"code": 200, "data": {"id": True}, "meta": {"message": "Success"}},
            "/data/id: expected an integer, got true.",
            id="boolean-for-integer",
        ),
        pytest.param(
            200,
            {"code": 200, "data": None, "meta": {"message": "Success"}},
            "/data: expected an object, got null.",
            id="null",
        ),
        pytest.param(
            422,
            {"code": 422, "data": {"errMsg": {"a/b": ["x", 1]}}, "meta": {"message": "Parameter Error"}},
            "/data/errMsg/a~1b/1: expected text, got 1.",
            id="deep-in-a-union",
        ),
        pytest.param(
            400,
            {"code": 400, "data": {"errMsg": 7}, "meta": {"message": "Bad Requests Error"}},
            "/data/errMsg: expected an object or text, got 7.",
            id="none-of-a-union",
        ),
    ],
)
def test_anything_else_is_unexpected(status: int, body: Any, problem: str, call: Call) -> None:
    """
    A response outside the contract is an UnexpectedAnswer that says where and keeps the evidence, detailed or not.
    """
    client = client_returning(status, body)

    for detailed in (False, True):
        with pytest.raises(errors.UnexpectedAnswer) as caught:
            call(create_invoice, client=client, body=DRAFT, detailed=detailed)

        assert caught.value.problem == problem
        assert caught.value.status == status
        assert caught.value.content == (body if isinstance(body, bytes) else json.dumps(body).encode())


def test_unexpected_response_does_not_repeat_the_body() -> None:
    """
    The message of an UnexpectedAnswer has the type and size of the body, not its text, which may be personal.
    """
    response = httpx.Response(200, html="<p>Jane Doe</p>")

    with pytest.raises(errors.UnexpectedAnswer) as caught:
        get_invoice.sync(12, client=client_of(lambda _request: response))

    assert str(caught.value) == (
        "GET /api/v3/io/ip/invoices/12 returned 200 (text/html; charset=utf-8, 15 bytes), which is undocumented. "
        "The body: expected JSON, got invalid JSON: Expecting value: line 1 column 1 (char 0). "
        "See `content` for the body. Nothing was changed; it can be sent again."
    )
    assert "Jane" not in repr(caught.value)


def test_unknown_enumeration_value_stays_reachable() -> None:
    """
    A status that the contract does not have does not lose the invoice: it is a member, and its value is there.
    """
    body = example("ReadMinimalInvoice")
    body["data"]["status"] = 9

    status = get_invoice.sync(12, client=client_returning(200, body)).data.status

    assert (status, status.value, status.name) == (9, 9, "UNKNOWN_9")
    assert isinstance(status, InvoiceStatus)
    assert pickle.loads(pickle.dumps(status)) == status  # noqa: S301  our own


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "errMsg", "x"]), inner),
    max_leaves=5,
)
ENVELOPES = st.fixed_dictionaries({}, optional={"code": JSON_VALUES, "data": JSON_VALUES, "meta": JSON_VALUES})


STATUSES = st.sampled_from([200, 400, 422, 500]) | st.integers(200, 599)


@settings(deadline=None)
@given(status=STATUSES, body=st.binary(max_size=20) | ENVELOPES | JSON_VALUES)
def test_nothing_but_the_tree_is_raised(status: int, body: Any) -> None:
    """
    Any response outside the contract raises an error of this package, which can be printed.
    """
    try:
        create_invoice.sync(client=client_returning(status, body), body=DRAFT)
    except errors.B2BInvoicesError as error:
        str(error)


def test_absurdly_nested_body_is_unexpected() -> None:
    """
    A body nested deeper than Python can follow is outside the contract too.
    """
    with pytest.raises(errors.UnexpectedAnswer, match="expected JSON"):
        get_invoice.sync(12, client=client_returning(200, b"[" * 1_000_000))


# ---------------------------------------------------------------- the models


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (CreateInvoiceRequest, "MinimalInvoice"),
        (CreateInvoiceRequest, "FullInvoice"),
        (CreateInvoiceRequest, "ExternalInvoice"),
        (CreateInvoiceRequest, "SettledInvoice"),
        (CreateInvoiceResponse, "Created"),
        (GetInvoiceResponse, "ReadMinimalInvoice"),
        (GetInvoiceResponse, "ReadFullInvoice"),
        (b2b_invoices.ListInvoicesResponse, "InvoicePage"),
        (b2b_invoices.ListInvoicesResponse, "EmptyPage"),
        (b2b_invoices.DeleteInvoiceResponse, "Deleted"),
        (ErrorEnvelope, "NumberTaken"),
        (ErrorEnvelope, "Violations"),
        (ServerErrorEnvelope, "ServerError"),
    ],
)
def test_examples_of_the_contract_survive(model: Any, name: str) -> None:
    """
    Every example reads as its model, and is written again as it was.
    """
    text = json.dumps(example(name))

    assert model.from_dict(example(name)).to_json() == model.from_json(text).to_json()
    assert json.loads(model.from_json(text).to_json(), parse_float=Decimal) == json.loads(text, parse_float=Decimal)


def test_unknown_keys_are_kept() -> None:
    """
    A key that the contract does not name is kept, can be read, and is sent again.
    """
    balance = Balance.from_dict({"code": "USD", "value": 1, "symbol": "$"})

    assert "symbol" in balance
    assert balance["symbol"] == "$"
    assert balance.additional_keys == ["symbol"]
    assert balance.to_dict() == {"code": "USD", "value": 1, "symbol": "$"}
    del balance["symbol"]
    assert balance.to_dict() == {"code": "USD", "value": 1}


def test_enumerations_are_open_to_values_of_their_type() -> None:
    """
    Any integer can be a status and any text a field to sort by, but nothing else can.
    """
    assert InvoiceSortField("newField").value == "newField"
    mistakes: list[tuple[Any, Any]] = [(InvoiceStatus, "0"), (InvoiceSortField, 7)]
    for kind, value in mistakes:
        with pytest.raises(ValueError, match=f"is not a valid {kind.__name__}"):
            kind(value)


def test_absent_and_null_are_different() -> None:
    """
    What is absent reads as UNSET, what is null as None, and a copy of UNSET is UNSET.
    """
    read = example("ReadMinimalInvoice")["data"]
    del read["customerName"]

    invoice = Invoice.from_dict(read)

    assert invoice.customer_name is UNSET
    assert invoice.order_number is None
    assert copy.deepcopy(UNSET) is UNSET
    assert pickle.loads(pickle.dumps(UNSET)) is UNSET  # noqa: S301  our own


def test_whole_float_is_an_integer() -> None:
    """
    12.0 is an integer in JSON Schema, so it is read as one.
    """
    reference = b2b_invoices.InvoiceReference.from_dict({"id": 12.0})

    assert repr(reference.id) == "12"


# ---------------------------------------------------------------- the client itself


def test_token_is_never_shown() -> None:
    """
    Neither the client, nor the httpx clients it makes, show the token.
    """
    client = Client(store_hash=STORE_HASH, access_token=TOKEN)

    with client:
        shown = [repr(client), repr(client.get_httpx_client().headers), repr(vars(client.get_httpx_client()))]

    assert shown[0] == (
        "Client(store_hash='te'..., base_url='https://api-b2b.bigcommerce.com/api/v3/io/ip', "
        "timeout=Timeout(connect=5, read=30, write=30, pool=30), "
        "retries=Retries(attempts=5, deadline=180.0, backoff=0.5, longest=30.0, pace=True), strict=False)"
    )
    assert TOKEN not in "".join(shown)


@pytest.mark.parametrize("value", ["", "tok\nen", "token\n", " token", "tokén", "tok\x7fen", "€", None, 7])
@pytest.mark.parametrize("setting", ["store_hash", "access_token"])
def test_credential_that_cannot_be_sent_is_rejected(setting: str, value: Any) -> None:
    """
    A credential that a header cannot carry is rejected at once, by name and without repeating it.
    """
    credentials = {"store_hash": STORE_HASH, "access_token": TOKEN, setting: value}

    with pytest.raises(errors.InvalidSetting) as caught:
        Client(**credentials)

    assert caught.value.setting == setting
    assert str(caught.value).startswith(f"Invalid {setting}: ")
    assert not value or repr(value) not in repr(caught.value)


@pytest.mark.parametrize(
    "base_url", ["", "localhost:8000", "/api", "ftp://host", "https://", "http://host:port", "http://host/api ", None]
)
def test_base_url_must_be_absolute(base_url: Any) -> None:
    """
    A base URL without scheme or host is rejected at once.
    """
    with pytest.raises(errors.InvalidSetting, match=r"^Invalid base_url: expected a URL "):
        Client(store_hash=STORE_HASH, access_token=TOKEN, base_url=base_url)


@pytest.mark.parametrize(
    "base_url",
    [
        "https://user:pass@host/api",
        "https://pass@host",
        "https://host/api?token=pass",
        "https://host/#pass",
        "https://host/api?",
        "https://host/#",
    ],
)
def test_base_url_holds_no_secret(base_url: str) -> None:
    """
    A base URL is shown, so it cannot have a user, a query or a fragment.
    """
    with pytest.raises(
        errors.InvalidSetting, match=r"^Invalid base_url: expected a URL without user, query and fragment, "
    ) as caught:
        Client(store_hash=STORE_HASH, access_token=TOKEN, base_url=base_url)

    assert "pass" not in repr(caught.value) + str(caught.value)


@pytest.mark.parametrize("name", ["auth", "base_url", "cookies", "follow_redirects", "headers", "timeout"])
def test_httpx_args_leave_alone_what_client_decides(name: str) -> None:
    """
    An httpx argument that would undo the client's own, or send the token to another host, is rejected.
    """
    with pytest.raises(errors.InvalidSetting) as caught:
        Client(store_hash=STORE_HASH, access_token=TOKEN, httpx_args={name: None})

    assert str(caught.value) == f"Invalid httpx_args: the argument '{name}' is set by Client; remove it."


def test_settings_come_from_the_environment() -> None:
    """
    The three variables make a client; without an address, or with an empty one, it is the contract's.
    """
    environ = {"B2B_STORE_HASH": "abc", "B2B_ACCESS_TOKEN": TOKEN, "B2B_BASE_URL": "http://127.0.0.1:8000/api/v3/io/ip"}

    local = Client.from_env(environ)
    live = Client.from_env({**environ, "B2B_BASE_URL": ""})

    assert (local.store_hash, local.access_token, local.base_url) == tuple(environ.values())
    assert live.base_url == CONTRACT["servers"][0]["url"]


def test_environment_is_read_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Without an argument the process's own environment is read, as it is at that moment.
    """
    monkeypatch.setenv("B2B_STORE_HASH", "late")
    monkeypatch.setenv("B2B_ACCESS_TOKEN", TOKEN)

    assert Client.from_env().store_hash == "late"


@pytest.mark.parametrize("variable", ["B2B_STORE_HASH", "B2B_ACCESS_TOKEN"])
@pytest.mark.parametrize("value", [{}, ""], ids=["absent", "empty"])
def test_missing_variable_is_named(variable: str, value: Any) -> None:
    """
    A variable that is absent or empty is named, with what to do.
    """
    environ = {"B2B_STORE_HASH": "abc", "B2B_ACCESS_TOKEN": TOKEN}
    environ.pop(variable) if value == {} else environ.update({variable: ""})

    with pytest.raises(errors.MissingSetting) as caught:
        Client.from_env(environ)

    assert str(caught.value) == (
        f"{variable} is not set: set the environment variable, or pass the value to Client(...)."
    )


def test_client_cannot_be_changed() -> None:
    """
    A setting cannot be assigned to; another client is made instead, and the first stays as it was.
    """
    client = Client(store_hash=STORE_HASH, access_token=TOKEN)

    with pytest.raises(attrs.exceptions.FrozenAttributeError):
        client.base_url = "https://elsewhere.example"
    other = attrs.evolve(client, timeout=60)

    assert other.get_httpx_client().timeout == httpx.Timeout(60)
    assert client.get_httpx_client().timeout == httpx.Timeout(30, connect=5)


def test_client_can_be_entered_again() -> None:
    """
    Leaving a `with` block closes the connections; entering again, or simply asking, opens new ones.
    """
    client = client_returning(200, example("EmptyPage"))

    with client:
        first = client.get_httpx_client()
        list_invoices.sync(client=client)
    with client:
        second = client.get_httpx_client()
        list_invoices.sync(client=client)
    list_invoices.sync(client=client)

    assert first.is_closed
    assert second.is_closed
    assert not client.get_httpx_client().is_closed


def test_async_client_can_be_entered_again() -> None:
    """
    The same holds for `async with`, even in another event loop.
    """
    client = client_returning(200, example("EmptyPage"))

    async def visit() -> httpx.AsyncClient:
        async with client:
            await list_invoices.asyncio(client=client)
            return client.get_async_httpx_client()

    first, second = asyncio.run(visit()), asyncio.run(visit())

    assert first is not second
    assert first.is_closed
    assert second.is_closed


def test_threads_share_one_httpx_client() -> None:
    """
    However many threads ask first at the same time, one httpx client is made.
    """
    client, threads = client_returning(200, b""), 16
    barrier = Barrier(threads)

    def ask(_turn: int) -> httpx.Client:
        barrier.wait()
        return client.get_httpx_client()

    with ThreadPoolExecutor(threads) as pool:
        made = {id(httpx_client) for httpx_client in pool.map(ask, range(threads))}

    assert len(made) == 1


# ---------------------------------------------------------------- the public face


def test_errors_survive_another_process() -> None:
    """
    An error keeps its evidence through a pickle, as when a pool of processes hands it back.
    """
    with pytest.raises(errors.ApiError) as caught:
        get_invoice.sync(12, client=client_returning(404, example("NoSuchInvoice")))

    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  our own

    assert str(again) == str(caught.value)
    assert again.envelope == caught.value.envelope


def test_table_of_contents_is_true() -> None:
    """
    `__all__` is sorted, each name in it is there, and every error is in the errors' own.
    """
    classes = (value for value in vars(errors).values() if inspect.isclass(value))
    defined = {value.__name__ for value in classes if value.__module__ == errors.__name__}

    for module in (b2b_invoices, errors):
        assert module.__all__ == sorted(module.__all__)
        assert all(hasattr(module, name) for name in module.__all__)
    assert defined == set(errors.__all__)


# ---------------------------------------------------------------- writing a body

TEXT = st.text(st.characters(codec="utf-8"), max_size=5)
MONEY = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9)
BALANCES = st.builds(Balance, code=st.just("USD"), value=MONEY)
NUMBERS = st.none() | st.integers() | st.floats() | st.booleans() | MONEY
EXTRA = b2b_invoices.ExtraField(field_name="a", field_value="b")
FIELDS = st.fixed_dictionaries(
    {"invoice_number": TEXT | NUMBERS, "customer_id": TEXT, "original_balance": BALANCES, "open_balance": BALANCES},
    optional={
        "due_date": NUMBERS,
        "issued_at": NUMBERS,
        "status": st.sampled_from([*InvoiceStatus, InvoiceStatus(7), 1, True]),
        "extra_fields": st.lists(st.builds(b2b_invoices.ExtraField, field_name=TEXT, field_value=TEXT), max_size=2),
        "details": st.builds(b2b_invoices.InvoiceDetails.from_dict, st.just(example("ExternalInvoice")["details"])),
    },
)


@given(fields=FIELDS, extra=st.dictionaries(TEXT.map("x-{}".format), NUMBERS | TEXT, max_size=2))
def test_valid_body_is_sent_and_invalid_body_is_rejected(fields: dict[str, Any], extra: dict[str, Any]) -> None:
    """
    A body is sent, as `to_json` writes it, exactly if it is valid JSON for the contract.
    """
    body = CreateInvoiceRequest(**fields)
    body.additional_properties = extra
    reader = Reader(Strictness.REQUEST)
    reader.read(CreateInvoiceRequest, body.to_dict(), "")

    try:
        written = body_of(CreateInvoiceRequest, body)
    except errors.InvalidRequest as error:
        found = [(violation.pointer, violation.problem) for violation in error.violations]
        assert {(misfit.pointer, misfit.problem) for misfit in reader.misfits} <= set(found)
    else:
        assert reader.misfits == []
        assert written == body.to_json().encode()


@pytest.mark.parametrize(
    ("field", "value", "written"),
    [
        ("extra_fields", (EXTRA,), '[{"fieldName":"a","fieldValue":"b"}]'),
        ("status", 1, "1"),
        ("purchase_order_number", type("Text", (str,), {})("PO-1"), '"PO-1"'),
        ("due_date", type("Moment", (int,), {})(12), "12"),
        ("due_date", 12.0, "12.0"),
        ("due_date", Decimal(12), "12"),
        ("issued_at", Decimal("12.50"), "12.50"),
        ("original_balance", {"code": "USD", "value": Decimal("1.50")}, '{"code":"USD","value":1.50}'),
    ],
)
def test_other_python_values_are_sent_if_they_are_valid_json(field: str, value: Any, written: str) -> None:
    """
    A tuple for a list, a dictionary for a model, a float or a Decimal for an integer are sent too.
    """
    body = draft(**{field: value})

    assert f'"{body.KEYS[field]}":{written}'.encode() in body_of(CreateInvoiceRequest, body)


def test_nullable_field_is_written() -> None:
    """
    A field of two types, such as text or null, is written as the type of its value.
    """
    invoice = b2b_invoices.Invoice.from_dict(example("ReadMinimalInvoice")["data"])

    written = body_of(b2b_invoices.Invoice, invoice)

    assert json.loads(written)["externalId"] is None


def test_invalid_amount_set_behind_the_model_is_not_sent() -> None:
    """
    An amount is validated again when it is sent, even if it was set behind the model.
    """
    body = draft()
    object.__setattr__(body.open_balance, "value", Decimal("0.00001"))

    with pytest.raises(errors.InvalidRequest, match="/openBalance/value: expected an amount of at most 4 decimals"):
        body_of(CreateInvoiceRequest, body)
