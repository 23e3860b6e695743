"""
Per-call options, sharing between threads, pagination, logging, settings and secrets.
"""

import asyncio
import copy
import json
import logging
import pickle
import ssl
import subprocess
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest

import b2b_invoices
from b2b_invoices import Client, InvoiceStatus, Retries, aiter_invoices, errors, iter_invoices, models
from b2b_invoices._rate_limit import Pace
from b2b_invoices.api.invoices import create_invoice, create_invoice_once, delete_invoice, get_invoice, list_invoices
from openapi.generator.tests.service import (
    CONTRACT,
    STORE_HASH,
    TOKEN,
    Clock,
    Store,
    client_of,
    client_returning,
    draft,
    example,
    example_response,
    failing,
    script,
)

PACKAGE = Path(b2b_invoices.__file__).parent


# ---------------------------------------------------------------- options of one call


def test_options_of_a_call_are_for_that_call_alone() -> None:
    """
    A timeout and headers given to a call go with it, and leave the client and the next call as they were.
    """
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return example_response("ReadMinimalInvoice")

    client = client_of(handler, timeout=10, headers={"X-Trace": "all"})

    get_invoice.sync(12, client=client, timeout=1.5, headers={"X-Trace": "one"})
    get_invoice.sync(12, client=client, timeout=None)
    get_invoice.sync(12, client=client)

    timeouts = [request.extensions["timeout"]["read"] for request in seen]
    assert timeouts == [1.5, None, 10]
    assert [request.headers["X-Trace"] for request in seen] == ["one", "all", "all"]
    assert [request.headers.get_list("X-Auth-Token") for request in seen] == [[TOKEN]] * 3


def test_options_reach_every_request_of_a_longer_call() -> None:
    """
    Paging and creating once hand their options on.
    """
    store, seen = Store(faults=["drop_after_commit"]), []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append((request.headers["X-Trace"], request.extensions["timeout"]["read"]))
        return store(request)

    client = client_of(handler, retries=Clock().retries())
    create_invoice_once.sync(client=client, body=draft(), timeout=3, headers={"X-Trace": "a"})
    list(iter_invoices(client=client, timeout=3, headers={"X-Trace": "a"}))

    assert seen == [("a", 3)] * 3


@pytest.mark.parametrize("timeout", [0, -1, "5", True])
def test_timeout_that_is_none_is_rejected(timeout: Any) -> None:
    """
    An invalid timeout of a client or a call is named in the error.
    """
    sentence = f"Invalid timeout: expected seconds above 0, an httpx.Timeout, or None; got {timeout!r}."

    with pytest.raises(errors.InvalidSetting) as of_client:
        client_returning(200, b"", timeout=timeout)
    with pytest.raises(errors.InvalidSetting) as of_call:
        get_invoice.sync(12, client=client_returning(200, b""), timeout=timeout)

    assert str(of_client.value) == str(of_call.value) == sentence


@pytest.mark.parametrize(
    "headers", [{"X-Trace": "a\nb"}, {"X-Trace": "ü"}, {"X Trace": "a"}, {"": "a"}, {"X-Trace": 7}]
)
def test_header_that_cannot_be_sent_is_rejected(headers: Any) -> None:
    """
    A header that would break the request, or smuggle another one in, is rejected by name, its value not repeated.
    """
    with pytest.raises(errors.InvalidSetting, match=r"^Invalid headers: '") as of_client:
        client_returning(200, b"", headers=headers)
    with pytest.raises(errors.InvalidSetting):
        get_invoice.sync(12, client=client_returning(200, b""), headers=headers)

    assert repr(next(iter(headers.values()))) not in str(of_client.value).replace("'X-Trace'", "")


def test_policy_must_be_one() -> None:
    """
    A number of retries is not a policy.
    """
    with pytest.raises(errors.InvalidSetting) as caught:
        client_returning(200, b"", retries=3)

    assert str(caught.value) == "Invalid retries: expected Retries(...) or Retries.off(), got 3."


# ---------------------------------------------------------------- sharing


def test_threads_and_tasks_share_a_client() -> None:
    """
    One client serves threads and tasks at the same time, each call with its own response.
    """

    def handler(request: httpx.Request) -> httpx.Response:
        body = example("ReadMinimalInvoice")
        body["data"]["id"] = int(request.url.path.rpartition("/")[2])
        return httpx.Response(200, json=body)

    client = client_of(handler, retries=Clock().retries())

    async def main() -> list[int]:
        responses = await asyncio.gather(*(get_invoice.asyncio(number, client=client) for number in range(100)))
        return [response.data.id for response in responses]

    with ThreadPoolExecutor(8) as pool:
        threads = list(pool.map(lambda number: get_invoice.sync(number, client=client).data.id, range(100)))

    assert threads == asyncio.run(main()) == list(range(100))


def test_each_event_loop_has_its_own_connections() -> None:
    """
    A client that is not closed works in the next event loop as well, and forgets the connections of the last one.
    """
    client = client_returning(200, example("EmptyPage"))

    async def visit() -> httpx.AsyncClient:
        await list_invoices.asyncio(client=client)
        return client.get_async_httpx_client()

    first, second = asyncio.run(visit()), asyncio.run(visit())

    assert first is not second
    assert len(client._opened) == 1
    assert client.get_async_httpx_client() is client.get_async_httpx_client()
    asyncio.run(client.aclose())


def test_one_tls_context_for_all_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The certificates are loaded once for a client, whichever way it is used, and not at all if it has its own way.
    """
    made: list[ssl.SSLContext] = []
    stock = httpx.create_ssl_context

    def counted(**options: Any) -> ssl.SSLContext:
        made.append(stock(**options))
        return made[-1]

    monkeypatch.setattr(httpx, "create_ssl_context", counted)
    client = Client(store_hash=STORE_HASH, access_token=TOKEN)
    client.get_httpx_client()
    client.get_async_httpx_client()
    client.close()
    client.get_httpx_client()
    client_returning(200, b"").get_httpx_client()

    assert len(made) == 1
    client.close()


def test_client_closed_by_another_thread_says_so() -> None:
    """
    When one thread closes the client while another is about to send, nothing was sent, and the error says why.
    """
    client = client_returning(200, example("EmptyPage"))
    client.get_httpx_client().close()  # as if between the asking and the sending

    with pytest.raises(errors.NotSent, match="the client was closed by another thread"):
        list_invoices.sync(client=client)


def test_hook_that_closes_the_client() -> None:
    """
    A RuntimeError of a hook that closed the client is passed on, and a create that was sent is not sent again.
    """
    sent = []

    def close(_: httpx.Response) -> None:
        client.close()
        raise RuntimeError("of the hook")

    def respond(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json=example("Created"))

    arguments = {"transport": httpx.MockTransport(respond), "event_hooks": {"response": [close]}}
    client = Client(store_hash=STORE_HASH, access_token=TOKEN, httpx_args=arguments)

    with pytest.raises(RuntimeError, match="of the hook"):
        create_invoice.sync(client=client, body=draft())

    assert len(sent) == 1


# ---------------------------------------------------------------- secrets


@pytest.mark.parametrize("action", [pickle.dumps, copy.copy, copy.deepcopy])
def test_client_is_not_pickled(action: Any) -> None:
    """
    A client holds a token, so it is not pickled; the error says what to do instead.
    """
    with pytest.raises(TypeError) as caught:
        action(client_returning(200, b""))

    assert str(caught.value) == (
        "A Client cannot be pickled or copied, because it holds a token and connections. "
        "Create one with Client.from_env(), or derive one with attrs.evolve()."
    )


def test_detailed_response_holds_no_secret() -> None:
    """
    The whole of a response, with its request, can be shown and pickled.
    """
    response = get_invoice.sync_detailed(12, client=client_returning(200, example("ReadMinimalInvoice")))

    pickled = pickle.dumps(response)
    again = pickle.loads(pickled)  # noqa: S301  our own

    assert TOKEN.encode() not in pickled
    assert TOKEN not in repr(response) + repr(response.raw.request.headers)
    assert again.parsed == response.parsed
    assert again.raw.request.url == response.raw.request.url


# ---------------------------------------------------------------- logging


def test_every_attempt_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """
    The logger `b2b_invoices` has a debug line for each attempt: method, path, status, seconds and request id.
    """
    clock, responses = Clock(), iter([429, 200])

    def handler(_request: httpx.Request) -> httpx.Response:
        clock.now += 0.25
        status = next(responses)
        name = "TooMany" if status == 429 else "Created"
        return example_response(name, status, headers={"X-Request-Id": f"id-{status}"})

    with caplog.at_level(logging.DEBUG):
        create_invoice.sync(client=client_of(handler, retries=clock.retries()), body=draft("SECRET-NUMBER"))

    lines = [record.getMessage() for record in caplog.records if record.name == "b2b_invoices"]
    assert lines == [
        "POST /api/v3/io/ip/invoices 429 in 0.250 s, request id id-429",
        "POST /api/v3/io/ip/invoices 200 in 0.250 s, request id id-200",
    ]
    assert TOKEN not in caplog.text
    assert "SECRET-NUMBER" not in caplog.text


def test_failure_is_logged_by_its_kind(caplog: pytest.LogCaptureFixture) -> None:
    """
    A request without a response is logged with what went wrong.
    """
    with caplog.at_level(logging.DEBUG, logger="b2b_invoices"), pytest.raises(errors.OutcomeUnknown):
        get_invoice.sync(12, client=failing(httpx.ReadTimeout("")))

    assert "GET /api/v3/io/ip/invoices/12 ReadTimeout in " in caplog.text
    assert caplog.text.endswith("request id -\n")


# ---------------------------------------------------------------- paging


def stocked(count: int) -> Store:
    """
    A store with *count* invoices.
    """
    store = Store()
    for number in range(count):
        store.created += 1
        body = {**draft(f"INV-{number}").to_dict(), "orderNumber": None}
        store.invoices[f"INV-{number}"] = store._recorded(body)
    return store


@pytest.mark.parametrize(("count", "limit", "requests"), [(0, 10, 1), (7, 3, 3), (6, 3, 2), (300, None, 2)])
def test_all_pages_are_walked(count: int, limit: int | None, requests: int) -> None:
    """
    Every invoice comes once, in as few requests as the page size allows, blocking or awaited.
    """
    filters: Any = {"limit": limit} if limit else {}
    store, other = stocked(count), stocked(count)

    async def main() -> list[int]:
        return [invoice.id async for invoice in aiter_invoices(client=client_of(other), **filters)]

    ids = [invoice.id for invoice in iter_invoices(client=client_of(store), **filters)]

    assert ids == asyncio.run(main()) == list(range(1, count + 1))
    assert len(store.requests) == len(other.requests) == requests


def test_pages_are_fetched_when_needed() -> None:
    """
    Who stops early does not pay for the rest; who does not start pays nothing.
    """
    store = stocked(100)
    invoices = iter_invoices(client=client_of(store), limit=10, offset=20)
    assert store.requests == []

    first = [next(invoices).id for _ in range(10)]

    assert first == list(range(21, 31))
    assert store.requests == ["GET"]


def test_filters_go_with_every_page() -> None:
    """
    Each page is asked for with the same filters.
    """
    queries: list[httpx.QueryParams] = []
    store = stocked(4)

    def handler(request: httpx.Request) -> httpx.Response:
        queries.append(request.url.params)
        return store(request)

    list(iter_invoices(client=client_of(handler), limit=2, q="INV", status=InvoiceStatus.OPEN))

    assert [(query["q"], query["status"], query["offset"]) for query in queries] == [
        ("INV", "0", "0"),
        ("INV", "0", "2"),
    ]


def test_nothing_comes_twice() -> None:
    """
    An invoice that moves to the next page because another was created is not handed out again.
    """
    store = stocked(4)
    ids = []

    for invoice in iter_invoices(client=client_of(store), limit=2):
        ids.append(invoice.id)
        if len(ids) == 1:
            newest = {**store.invoices["INV-0"], "id": 99}
            store.invoices = {"INV-new": newest, **store.invoices}

    assert ids == [1, 2, 3, 4]


def test_service_that_does_not_page_is_not_asked_for_ever() -> None:
    """
    When a page brings nothing new, it was the last.
    """
    page = example("InvoicePage")
    page["meta"]["pagination"]["totalCount"] = 1000

    assert len(list(iter_invoices(client=client_returning(200, page)))) == 1


# ---------------------------------------------------------------- the price of an import


def python(code: str) -> str:
    """
    What a fresh Python prints.
    """
    command = [sys.executable, "-c", code]
    environment = {"PYTHONPATH": str(PACKAGE.parent)}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout.strip()  # noqa: S603


def test_import_is_cheap() -> None:
    """
    To import the package loads none of its models, and httpx only with the client; retries come with the first call.
    """
    loaded = "import sys; print(sorted(set(sys.modules) & {'httpx', 'attrs', 'httpx_retries', 'b2b_invoices.models'}))"

    assert python(f"import b2b_invoices; {loaded}") == "[]"
    assert python(f"from b2b_invoices import Client; {loaded}") == "['attrs', 'httpx']"


def test_names_are_found_when_asked_for() -> None:
    """
    What is not there is an AttributeError, as for any module; what is there is listed.
    """
    with pytest.raises(AttributeError, match=r"^module 'b2b_invoices' has no attribute 'Invioce'$"):
        b2b_invoices.Invioce  # noqa: B018  the asking is the test

    assert dir(b2b_invoices) == b2b_invoices.__all__
    assert dir(models) == models.__all__


# ---------------------------------------------------------------- rules of the contract that are not there yet


@pytest.mark.parametrize(
    ("rules", "value", "problem"),
    [
        ({"minLength": 1}, "", "/invoiceNumber: expected at least 1 long, got text"),
        ({"maxLength": 2}, "abc", "/invoiceNumber: expected at most 2 long, got text"),
        ({"pattern": "^[a-z]+$"}, "A1", "/invoiceNumber: expected like ^[a-z]+$, got text"),
    ],
)
def test_rules_of_the_contract_are_kept(
    rules: dict[str, Any], value: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What the contract asks besides types is checked before anything is sent.
    """
    from b2b_invoices import CreateInvoiceRequest, _decoder, _encoder, _model  # noqa: PLC0415

    monkeypatch.setattr(CreateInvoiceRequest, "RULES", {"invoice_number": rules, "due_date": {"minimum": 5}})
    caches = (_model.fields_of, _decoder._read_of, _decoder._readers_of, _encoder.writer_of, _encoder._members_of)
    for cache in caches:
        cache.cache_clear()
    try:
        with pytest.raises(errors.InvalidRequest) as caught:
            create_invoice.sync(client=client_returning(200, b""), body=draft(value, due_date=4))
    finally:
        for cache in caches:
            cache.cache_clear()

    assert str(caught.value) == f"Nothing was sent. {problem}; /dueDate: expected at least 5, got 4."


def test_version_is_sent() -> None:
    """
    The client says who it is.
    """
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["User-Agent"])
        return example_response("EmptyPage")

    list_invoices.sync(client=client_of(handler))

    assert seen == [f"b2b-invoices-client/{CONTRACT['info']['version']}"]


def test_changed_client_is_another_one() -> None:
    """
    A client is changed by making another one of it.
    """
    client = client_returning(200, b"")

    patient = attrs.evolve(client, retries=Retries(attempts=9))

    assert (patient.retries.attempts, client.retries.attempts) == (9, 1)


def test_clients_of_one_store_share_its_pace() -> None:
    """
    A client that was made of another one waits with it, unless it is of another store.
    """
    client = client_returning(200, b"")

    assert attrs.evolve(client, timeout=60).pace is client.pace
    assert attrs.evolve(client, store_hash="another").pace is not client.pace


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"limit": 9999}, "limit: expected at most 250, got 9999"),
        ({"limit": 0, "offset": -1}, "offset: expected at least 0, got -1; limit: expected at least 1, got 0"),
        ({"q": None}, "q: expected text, got null"),
        ({"customer_id": 12345}, "customerId: expected text, got 12345"),
        ({"sort_by": "newest"}, "sortBy: expected one of "),
        ({"status": InvoiceStatus(7)}, "status: expected one of 0, 1, 2, got 7"),
        ({"channel_ids": [1, "2"]}, "channelIds/1: expected an integer, got text"),
        ({"external_id": "ERP-1"}, "externalId[]: expected an array, got text"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_query_that_breaks_the_contract_is_not_sent(arguments: Any, sentence: str) -> None:
    """
    A parameter that the contract does not allow is rejected by name: the service might ignore it and list everything.
    """
    handler, sent = script()

    with pytest.raises(errors.InvalidRequest) as caught:
        list_invoices.sync(client=client_of(handler), **arguments)

    assert str(caught.value).startswith(f"Nothing was sent. {sentence}")
    assert sent == []


def test_header_of_a_call_replaces_the_client_s_in_any_case() -> None:
    """
    A header goes out once, as the call has it.
    """
    handler, sent = script(example_response("Created"))
    client = client_of(handler, headers={"X-Trace": "client"})

    create_invoice.sync(
        client=client, body=draft(), headers={"content-TYPE": "application/json;x=1", "x-trace": "call"}
    )

    assert sent[0].headers.get_list("Content-Type") == ["application/json;x=1"]
    assert sent[0].headers.get_list("X-Trace") == ["call"]


def test_client_closed_during_a_wait_opens_new_connections() -> None:
    """
    A retry after the client was closed goes out on new connections.
    """
    clock, (handler, sent) = Clock(), script(httpx.ConnectError("refused"), example_response("EmptyPage"))

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        client.close()

    client = client_of(handler, retries=Retries(clock=clock, sleep=sleep, async_sleep=clock.async_sleep))

    list_invoices.sync(client=client)

    assert len(sent) == 2


def test_response_that_says_zero_seconds_is_not_hurried_after() -> None:
    """
    After `Retry-After: 0` the wait is the policy's own, because other clients received the same header.
    """
    clock, (handler, _sent) = (
        Clock(),
        script(example_response("TooMany", 429, headers={"Retry-After": "0"}), example_response("EmptyPage")),
    )

    list_invoices.sync(client=client_of(handler, retries=clock.retries()))

    assert clock.slept == [0.5]


def test_version_is_that_of_the_contract() -> None:
    """
    The package says its version, which is the contract's.
    """
    assert b2b_invoices.__version__ == CONTRACT["info"]["version"]


@pytest.mark.parametrize(
    ("fields", "extra", "problem"),
    [
        ({}, {1: 2}, "the request: expected keys that are text, got 1."),
        ({"due_date": 10**5000}, {}, "/dueDate: expected a JSON value, got an integer of more than 400 digits."),
        ({"status": 10**5000}, {}, "/status: expected one of 0, 1, 2, got an integer of more than 400 digits."),
    ],
    ids=["key", "digits", "status"],
)
def test_strange_key_or_number_is_rejected_with_a_reason(fields: Any, extra: Any, problem: str) -> None:
    """
    A key that JSON cannot have, and a number that Python will not write out, are rejected as any violation.
    """
    body = draft(**fields)
    body.additional_properties.update(extra)

    with pytest.raises(errors.InvalidRequest) as caught:
        create_invoice.sync(client=client_returning(200, b""), body=body)

    assert str(caught.value) == f"Nothing was sent. {problem}"


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding", "Host", "X-Auth-Token", "x-store-hash"])
def test_header_that_the_client_decides_is_rejected(name: str) -> None:
    """
    A header that says where a request ends, or for whom it is, cannot be given.
    """
    sentence = f"Invalid headers: {name!r} is set by Client; remove it."

    with pytest.raises(errors.InvalidSetting) as caught:
        client_of(client_returning, headers={name: "1"})
    assert str(caught.value) == sentence
    with pytest.raises(errors.InvalidSetting) as caught:
        get_invoice.sync(12, client=client_returning(200, b""), headers={name: "1"})
    assert str(caught.value) == sentence


def test_evidence_holds_no_header_of_the_user_s() -> None:
    """
    What a gateway wants to see may be a secret, so an error keeps the usual headers of its request alone.
    """
    client = client_returning(500, example("ServerError"), headers={"X-Gateway-Key": "gateway-secret"})

    with pytest.raises(errors.ServerError) as caught:
        create_invoice.sync(client=client, body=draft(), headers={"Authorization": "Bearer gateway-secret"})

    assert b"gateway-secret" not in pickle.dumps(caught.value)
    assert caught.value.raw.request.headers["Content-Type"] == "application/json"
    assert json.loads(caught.value.raw.request.content)["invoiceNumber"] == "0000001"


UNUSABLE = "cannot use it, or a proxy or certificate that the environment names: "


def test_proxy_with_an_unescaped_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The error about an invalid proxy URL shows no part of its password.
    """
    monkeypatch.setenv("HTTPS_PROXY", "http://user:12SECRET/x@host:1")

    with pytest.raises(errors.InvalidSetting) as caught:
        list_invoices.sync(client=Client(store_hash=STORE_HASH, access_token=TOKEN))

    assert str(caught.value) == (
        "Invalid httpx_args: the URL of a proxy is invalid; percent-encode its user name and password."
    )
    assert "SECRET" not in "".join(traceback.format_exception(caught.value))


def test_certificate_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What the environment says of certificates may be wrong, too.
    """
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")

    with pytest.raises(errors.InvalidSetting, match=r": \[Errno 2\] No such file or directory$"):
        list_invoices.sync(client=Client(store_hash=STORE_HASH, access_token=TOKEN))


@pytest.mark.parametrize(
    ("setting", "value", "problem"),
    [
        ("httpx_args", {"prxy": 1}, UNUSABLE),
        ("httpx_args", {"proxy": "ftp://host"}, UNUSABLE),
        ("httpx_args", None, "expected a mapping of names to arguments, got NoneType."),
        ("headers", [("a", "b")], "expected a mapping of names to text, got list."),
        ("strict", "no", "expected True or False, got 'no'."),
        ("pace", None, "expected a Pace, such as another client's; or leave it out, got None."),
        ("access_token", 7, "expected text, got int."),
        ("base_url", "http://xn--.com", "expected a URL such as "),
        ("base_url", "http://a..b", "expected a URL such as "),
    ],
    ids=lambda value: str(value)[:20],
)
def test_setting_that_cannot_be_used_is_named(setting: str, value: Any, problem: str) -> None:
    """
    An invalid setting of any kind raises InvalidSetting before anything is sent.
    """
    settings = {"store_hash": STORE_HASH, "access_token": TOKEN, setting: value}

    with pytest.raises(errors.InvalidSetting) as caught:
        Client(**settings).get_httpx_client()

    assert str(caught.value).startswith(f"Invalid {setting}: {problem}")


def test_settings_are_copied() -> None:
    """
    A mapping that changes later changes no client.
    """
    handler, sent = script(example_response("EmptyPage"))
    headers = {"X-Trace": "before"}
    client = client_of(handler, headers=headers)

    headers["X-Trace"] = "after"
    list_invoices.sync(client=client)

    assert sent[0].headers["X-Trace"] == "before"


def test_filter_by_nothing_is_rejected() -> None:
    """
    An empty list of channels would be no filter, and list, or have somebody delete, every invoice.
    """
    with pytest.raises(errors.InvalidRequest) as caught:
        list_invoices.sync(client=client_returning(200, b""), channel_ids=[])

    assert str(caught.value) == (
        "Nothing was sent. channelIds: expected at least one value, because an empty filter matches everything, "
        "got an empty array."
    )


def test_query_goes_out_as_it_was_understood() -> None:
    """
    A number that is whole, however it is written, is sent as a whole number.
    """
    handler, sent = script(example_response("EmptyPage"))

    list_invoices.sync(client=client_of(handler), limit=12.0)  # type: ignore[arg-type]  # a mistake on purpose

    assert str(sent[0].url.params) == "limit=12"


def test_hook_that_raises_for_status_is_no_lost_response() -> None:
    """
    If a hook raises for an error response, the request is not sent again, and no token is shown.
    """
    handler, sent = script(example_response("NoSuchInvoice", 404))
    hooks = {"response": [httpx.Response.raise_for_status]}
    client = client_of(
        handler, retries=Retries(), httpx_args={"transport": httpx.MockTransport(handler), "event_hooks": hooks}
    )

    with pytest.raises(errors.UnexpectedAnswer) as caught:
        get_invoice.sync(12, client=client)

    assert (caught.value.status, len(sent)) == (404, 1)
    cause: Any = caught.value.__cause__
    assert "x-auth-token" not in cause.request.headers
    assert "x-auth-token" not in cause.response.request.headers


def test_forked_process_shares_no_connection() -> None:
    """
    After a fork, a client has connections, a lock and a pace of its own; those of the parent stay as they are.
    """
    client = client_returning(200, example("EmptyPage"))
    inherited, lock = client.get_httpx_client(), client._lock
    client.pace.under_way = 3

    object.__setattr__(client, "_process", -1)  # as if this were the child

    assert client.get_httpx_client() is not inherited
    assert client._lock is not lock
    assert client.pace.under_way == 0
    assert not inherited.is_closed


def test_new_window_is_seen_when_it_starts_early() -> None:
    """
    A response of the next window that comes before the last one is over, by our clock, opens it.
    """
    pace = Pace(left=0, allocated=150, resets_at=60.08, under_way=1)

    pace.note(httpx.Headers({"X-Requests-Remaining": "149 times", "X-Request-Window-Resets-After": "59.99 s"}), 60.06)

    assert (pace.left, pace.resets_at) == (149, 60.06 + 59.99)


def test_delete_that_was_lost_and_then_rejected_may_have_been_carried_out() -> None:
    """
    An error response of the second attempt says nothing of the first.
    """
    handler, _sent = script(httpx.ReadError("gone"), example_response("MissingCredentials", 401))

    with pytest.raises(errors.OutcomeUnknown):
        delete_invoice.sync(12, client=client_of(handler, retries=Clock().retries()))
