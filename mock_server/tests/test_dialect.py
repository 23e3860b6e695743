"""
The dialects: each setting does what it says, and those that fit the contract are known from those that leave it.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import pytest
from jsonschema_rs import ValidationError

from b2b_invoices_mock import Dialect, Settings
from b2b_invoices_mock.api.dialect import DIALECTS, QUESTIONS, Value
from b2b_invoices_mock.settings import RateLimit
from mock_server.tests.client import (
    NOW,
    OTHER_STORE,
    MockClient,
    assert_refused,
)
from mock_server.tests.conftest import MakeClient, MakeInvoice

DAY = 24 * 60 * 60
SECOND = int(NOW)
ISSUED = 1_600_000_000
SEEN = {"storeHash": "teststore", "notAllowedPay": 0, "pendingPaymentCount": 0}
FIELDS = {"customerId": ["This field is required."]}
LIMIT = {"limit": ["A valid integer is required."]}
TAKEN = "The invoice number already exists."


@attrs.frozen
class Probe:
    """
    What shows the effect of a setting.

    Attributes:
        look: Asks a mock, and returns what is seen.
        seen: What is seen with each value of the setting.
        settings: What else the mock is told.
    """

    look: Callable[[MockClient, MakeInvoice], Any]
    seen: Mapping[Value, Any]
    settings: Mapping[str, Any] = {}


def status_and_data(client: MockClient, make_invoice: MakeInvoice) -> Any:
    """
    Send a body without a required field.
    """
    response = client.post(make_invoice(customerId=None))
    return response.status_code, response.json()["data"]


def read_back(name: str, **fields: Any) -> Callable[[MockClient, MakeInvoice], Any]:
    """
    Return what creates an invoice with *fields*, and reads one of its fields.
    """
    return lambda client, make_invoice: client.read(client.create(make_invoice(**fields)))[name]


def refused_or_read(name: str, **fields: Any) -> Callable[[MockClient, MakeInvoice], Any]:
    """
    Return what sends an invoice with *fields*, and tells either what is said of it or how one of its fields reads.
    """

    def look(client: MockClient, make_invoice: MakeInvoice) -> Any:
        response = client.post(make_invoice(**fields))
        return response.json()["data"].get("errMsg") or client.read(1)[name]

    return look


def answered(method: str, path: str, **options: Any) -> Callable[[MockClient, MakeInvoice], Any]:
    """
    Return what sends a request, and tells the status and the body.
    """

    def look(client: MockClient, _: MakeInvoice) -> Any:
        response = client.request(method, path, **options)
        return response.status_code, response.json()

    return look


def status(method: str, path: str, **options: Any) -> Callable[[MockClient, MakeInvoice], Any]:
    """
    Return what sends a request, and tells the status.
    """
    return lambda client, _: client.request(method, path, **options).status_code


def created(client: MockClient, make_invoice: MakeInvoice) -> Any:
    """
    Create an invoice.
    """
    response = client.post(make_invoice())
    return response.status_code, response.json()["code"]


def asked_for_options(client: MockClient, _: MakeInvoice) -> Any:
    """
    Send OPTIONS.
    """
    response = client.request("OPTIONS", "/invoices")
    return response.status_code, response.headers["Allow"]


def deleted(client: MockClient, make_invoice: MakeInvoice) -> Any:
    """
    Delete an invoice.
    """
    response = client.delete(f"/invoices/{client.create(make_invoice())}")
    return response.status_code, response.content


def number_taken(client: MockClient, make_invoice: MakeInvoice) -> Any:
    """
    Create an invoice twice.
    """
    client.post(make_invoice(invoiceNumber="7"))
    return client.post(make_invoice(invoiceNumber="7")).json()


def with_two_stores(client: MockClient, _: MakeInvoice) -> Any:
    """
    Send a good token with the hash of another store, and with a hash of none.
    """
    hashes = (OTHER_STORE.store_hash, "nowhere")
    return [client.get("/invoices", headers={"X-Store-Hash": store_hash}).status_code for store_hash in hashes]


def rate_headers(client: MockClient, _: MakeInvoice) -> Any:
    """
    Return the headers that tell of the limit.
    """
    headers = client.get("/invoices").headers
    return {name: value for name, value in headers.items() if re.match("x-r(equests?-[arw]|ate)", name)}


def two_listed(client: MockClient, make_invoice: MakeInvoice) -> Any:
    """
    List two invoices.
    """
    client.create(make_invoice(invoiceNumber="first"))
    client.create(make_invoice(invoiceNumber="second"))
    return client.listed()


def extra_keys(client: MockClient, make_invoice: MakeInvoice) -> Any:
    """
    Return the keys that an invoice has in a read and in a list, and that the contract does not list.
    """
    invoice = client.read(client.create(make_invoice()))
    (listed,) = client.get("/invoices").json()["data"]
    assert {name: invoice.get(name) for name in SEEN} == {name: listed.get(name) for name in SEEN}
    return {name: invoice[name] for name in SEEN if name in invoice}


NO_CREDENTIALS = "Invalid token header. No credentials provided."
B2B = {
    "x-requests-allocated": "9 times/60 s",
    "x-requests-window-length": "0 times",
    "x-requests-remaining": "8 times",
    "x-request-window-resets-after": "60.0 s",
}
PLATFORM = {
    "x-rate-limit-time-window-ms": "60000",
    "x-rate-limit-time-reset-ms": "60000",
    "x-rate-limit-requests-quota": "9",
    "x-rate-limit-requests-left": "8",
}
JSON_ONLY = {"headers": {"Accept": "text/html"}}

PROBES: dict[str, Probe] = {
    "success_message": Probe(
        lambda client, make_invoice: client.post(make_invoice()).json()["meta"]["message"],
        {"Success": "Success", "SUCCESS": "SUCCESS"},
    ),
    "create_status": Probe(
        created,
        {200: (200, 200), 201: (201, 201)},
    ),
    "delete_status": Probe(
        deleted, {200: (200, b'{"code":200,"data":{"id":1},"meta":{"message":"Success"}}'), 204: (204, b"")}
    ),
    "created_key": Probe(
        lambda client, make_invoice: client.post(make_invoice()).json()["data"],
        {"id": {"id": 1}, "invoiceId": {"invoiceId": 1}},
    ),
    "invalid_body": Probe(
        status_and_data,
        {
            "fields": (422, {"errMsg": FIELDS}),
            "joined": (400, {"errMsg": "customerId: This field is required.; "}),
            "under_data": (422, FIELDS),
        },
    ),
    "invalid_query": Probe(
        answered("GET", "/invoices?limit=x"),
        {
            "fields": (400, {"code": 400, "data": {"errMsg": LIMIT}, "meta": {"message": "Bad Requests Error"}}),
            "under_data": (400, {"code": 400, "data": LIMIT, "meta": {"message": "Bad Requests Error"}}),
        },
    ),
    "unknown_path": Probe(
        answered("GET", "/orders"),
        {
            "envelope": (404, {"code": 404, "data": {"errMsg": "Not Found"}, "meta": {"message": "Not Found Error"}}),
            "flat": (404, {"code": 404, "message": "Not Found"}),
        },
    ),
    "error_envelope": Probe(
        number_taken,
        {
            "errMsg": {"code": 400, "data": {"errMsg": TAKEN}, "meta": {"message": "Bad Requests Error"}},
            "meta_errors": {"code": 400, "data": [], "meta": {"message": "Bad Requests Error", "errors": TAKEN}},
        },
    ),
    "refused_credentials": Probe(
        answered("GET", "/invoices", headers={"X-Auth-Token": ""}),
        {
            "envelope": (401, {"code": 401, "data": {"errMsg": NO_CREDENTIALS}, "meta": {"message": NO_CREDENTIALS}}),
            "flat": (401, {"code": 401, "message": NO_CREDENTIALS}),
        },
    ),
    "unknown_token": Probe(status("GET", "/invoices", headers={"X-Auth-Token": "wrong"}), {401: 401, 403: 403}),
    "missing_store_hash": Probe(
        status("GET", "/invoices", headers={"X-Store-Hash": ""}), {"unauthorized": 401, "server_error": 500}
    ),
    "store_hash_mismatch": Probe(with_two_stores, {"refused": [403, 401], "server_error": [500, 500]}),
    "company_message": Probe(
        lambda client, make_invoice: client.post(make_invoice()).json()["data"]["errMsg"],
        {text: text for text in ("Company Does not Exist", "Company does not exist.", "This resource is not found.")},
        {"companies": frozenset({"7"})},
    ),
    "accept": Probe(status("GET", "/invoices", **JSON_ONLY), {"heeded": 406, "ignored": 200}),
    "options": Probe(
        asked_for_options,
        {"answered": (204, "GET, HEAD, OPTIONS, POST"), "refused": (405, "GET, HEAD, POST")},
    ),
    "rate_limit_headers": Probe(
        rate_headers, {"b2b": B2B, "platform": PLATFORM, "both": B2B | PLATFORM}, {"rate_limit": RateLimit(9, 60)}
    ),
    "channels": Probe(refused_or_read("channelId", channelId=1), {"any": "1", "none": "Store channels not exist"}),
    "null_fields": Probe(
        lambda client, make_invoice: refused_or_read("type")(client, lambda: make_invoice() | {"type": None}),
        {"refused": {"type": ["This field may not be null."]}, "unset": "Invoice"},
    ),
    "text_balances": Probe(
        refused_or_read("openBalance", openBalance={"code": "USD", "value": "12.50"}),
        {
            "refused": {"openBalance.value": ["A valid number is required."]},
            "taken": {"code": "USD", "value": "12.5000"},
        },
    ),
    "empty_texts": Probe(
        refused_or_read("invoiceNumber", invoiceNumber="", customerId="", openBalance={"code": "", "value": 1}),
        {
            "taken": "",
            "refused": {
                name: ["This field may not be blank."] for name in ("invoiceNumber", "customerId", "openBalance.code")
            },
        },
    ),
    "order_numbers": Probe(
        refused_or_read("orderNumber", orderNumber="A-1"),
        {"any": None, "digits": {"orderNumber": ["A valid integer is required."]}},
    ),
    "due_date_from": Probe(
        read_back("dueDate", issuedAt=ISSUED),
        {
            "now": SECOND + 30 * DAY,
            "midnight": SECOND - SECOND % DAY + 30 * DAY,
            "issue": ISSUED + 30 * DAY,
        },
    ),
    "unsent_status": Probe(
        read_back("status", openBalance={"code": "USD", "value": 99}), {"open": 0, "by_balances": 1}
    ),
    "list_order": Probe(two_listed, {"newest": ["second", "first"], "oldest": ["first", "second"]}),
    "read_times": Probe(read_back("createdAt"), {"number": SECOND, "text": str(SECOND)}),
    "read_order_number": Probe(read_back("orderNumber", orderNumber="0101"), {"number": 101, "text": "101"}),
    "read_keys": Probe(extra_keys, {"documented": {}, "seen": SEEN}),
}
OPTIONS = [
    pytest.param(question.name, option, id=f"{question.name}={option.value}")
    for question in QUESTIONS
    for option in question.options
]


def test_every_setting_has_a_probe() -> None:
    """
    Each option of each question is probed below.
    """
    assert {name: set(probe.seen) for name, probe in PROBES.items()} == {
        question.name: {option.value for option in question.options} for question in QUESTIONS
    }


@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_each_setting_has_its_effect(
    make_client: MakeClient, make_invoice: MakeInvoice, name: str, option: Any
) -> None:
    """
    A setting does what it says, alone and on top of the documented dialect.
    """
    probe = PROBES[name]
    client = make_client(dialect=Dialect(**{name: option.value}), held=False, **probe.settings)

    assert probe.look(client, make_invoice) == probe.seen[option.value]


@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_what_leaves_the_contract_is_known(
    make_client: MakeClient, make_invoice: MakeInvoice, name: str, option: Any
) -> None:
    """
    Answers fit the contract with every setting that is said to fit, and with no other.
    """
    probe = PROBES[name]
    client = make_client(dialect=Dialect(**{name: option.value}), **probe.settings)

    try:
        probe.look(client, make_invoice)
    except (AssertionError, ValidationError, KeyError, ValueError):
        fits = False
    else:
        fits = True

    assert fits == option.fits


@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_the_self_check_knows_it_too(name: str, option: Any) -> None:
    """
    A mock that holds itself to the contract is not started with a setting that leaves it.
    """
    dialect = Dialect(**{name: option.value})
    refusal = f"the self-check holds answers to the contract, which {name} = {option.value!r} leaves; do without either"

    if option.fits:
        assert Settings(dialect=dialect, self_check=True).self_check
    else:
        with pytest.raises(ValueError, match=f"^{re.escape(refusal)}$"):
            Settings(dialect=dialect, self_check=True)


def test_other_settings_are_refused() -> None:
    """
    A value that is not on offer is refused with those that are, and true is no number.
    """
    with pytest.raises(ValueError, match=r"^create_status cannot be 202; it is one of 200, 201$"):
        Dialect(create_status=202)  # type: ignore[arg-type]  # which is the point
    with pytest.raises(ValueError, match=r"^channels cannot be 'some'; it is one of 'any', 'none'$"):
        Dialect(channels="some")  # type: ignore[arg-type]


def test_documented_is_the_default() -> None:
    """
    A dialect that nothing is said of is the documented one, which fits the contract, as the observed one does.
    """
    assert Dialect() == DIALECTS["documented"]
    assert list(DIALECTS) == ["documented", "observed"]
    assert all(Settings(dialect=dialect, self_check=True) for dialect in DIALECTS.values())


@pytest.fixture(name="observed")
def _observed(make_client: MakeClient) -> MockClient:
    """
    A client of a mock that answers as it was seen.
    """
    return make_client(dialect=DIALECTS["observed"])


def test_observed_answers(observed: MockClient, make_invoice: MakeInvoice) -> None:
    """
    As observed, a success is shouted, an invalid body is 400 in one text, and a strange path has no envelope.
    """
    assert observed.post(make_invoice()).json() == {"code": 200, "data": {"id": 1}, "meta": {"message": "SUCCESS"}}
    assert_refused(
        observed.post(make_invoice(customerId=None, status=9)),
        400,
        'customerId: This field is required.; status: "9" is not a valid choice.; ',
    )
    assert observed.get("/orders").json() == {"code": 404, "message": "Not Found"}


@pytest.mark.parametrize("channel", [1, 0, None])
def test_observed_channel(observed: MockClient, make_invoice: MakeInvoice, channel: int | None) -> None:
    """
    As observed, a store has a single storefront, so that no channel exists, not even none.
    """
    before = observed.record()

    refused = observed.post(make_invoice() | {"channelId": channel})

    assert_refused(refused, 404, "Store channels not exist")
    assert observed.record() == before
    assert observed.read(observed.create(make_invoice()))["channelId"] is None


def test_observed_credentials(observed: MockClient) -> None:
    """
    As observed, a strange token is 403, and a hash that does not belong to the token is a server error.
    """
    sent: list[dict[str, Any]] = [
        {"headers": {"X-Auth-Token": "wrong"}},
        {"headers": {"X-Auth-Token": ""}},
        {"headers": {"X-Store-Hash": ""}},
        {"headers": {"X-Store-Hash": "nowhere"}},
        {"headers": {"X-Store-Hash": "otherstore"}},
    ]

    assert [observed.get("/invoices", **options).status_code for options in sent] == [403, 401, 500, 500, 500]


@pytest.mark.parametrize("value", ["", "12,50", "1e999", "NaN", " 1", "٣"])
def test_texts_that_are_no_balance(make_client: MakeClient, make_invoice: MakeInvoice, value: str) -> None:
    """
    Where text is taken for a balance, text that is no number still is not.
    """
    client = make_client(dialect=Dialect(text_balances="taken"))

    response = client.post(make_invoice(openBalance={"code": "USD", "value": value}))

    assert_refused(response, 422, {"openBalance.value": ["A valid number is required."]})


def test_null_in_a_required_field(make_client: MakeClient, make_invoice: MakeInvoice) -> None:
    """
    Where null is taken for nothing, a required field must still be there, and bodies that are no object are refused.
    """
    client = make_client(dialect=Dialect(null_fields="unset"))

    assert_refused(
        client.post(make_invoice() | {"customerId": None}), 422, {"customerId": ["This field may not be null."]}
    )
    assert client.post([]).status_code == 422
