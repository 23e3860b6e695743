"""
Dialects: each setting has its effect, and a setting is marked if its responses do not match the contract.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest
from jsonschema_rs import ValidationError

from b2b_invoices_mock import Dialect, Settings
from b2b_invoices_mock.api.dialect import DIALECTS, QUESTIONS, Value
from b2b_invoices_mock.settings import RateLimit
from mock_server.tests.client import NOW, OTHER_STORE, MockClient, assert_error
from mock_server.tests.conftest import MakeClient, MakeInvoice

DAY = 24 * 60 * 60
SECOND = int(NOW)
ISSUED = 1_600_000_000
UNDOCUMENTED = {"storeHash": "teststore", "notAllowedPay": 0, "pendingPaymentCount": 0}
FIELDS = {"customerId": ["This field is required."]}
LIMIT = {"limit": ["A valid integer is required."]}
TAKEN = "The invoice number already exists."


Look = Callable[[MockClient, MakeInvoice], Any]


@attrs.frozen
class Probe:
    """
    A request that shows the effect of a setting.

    Attributes:
        look: Sends requests to a mock, and returns what depends on the setting.
        expected: What it returns, for each value of the setting.
        settings: Other settings of the mock.
    """

    look: Look
    expected: Mapping[Value, Any]
    settings: Mapping[str, Any] = {}


def _read_back(name: str, **fields: Any) -> Look:
    return lambda client, make_invoice: client.read(client.create(make_invoice(**fields)))[name]


def _error_or_read(name: str, **fields: Any) -> Look:
    def look(client: MockClient, make_invoice: MakeInvoice) -> Any:
        response = client.post(make_invoice(**fields))
        return response.json()["data"].get("errMsg") or client.read(1)[name]

    return look


def _status_and_body(path: str, **headers: str) -> Look:
    def look(client: MockClient, _: MakeInvoice) -> Any:
        response = client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        return response.status_code, response.json()

    return look


def _status_with(header: str, value: str) -> Look:
    return lambda client, _: client.get("/invoices", headers={header: value}).status_code


def _status_and_data(client: MockClient, make_invoice: MakeInvoice) -> Any:
    response = client.post(make_invoice(customerId=None))
    return response.status_code, response.json()["data"]


def _created(client: MockClient, make_invoice: MakeInvoice) -> Any:
    response = client.post(make_invoice())
    return response.status_code, response.json()["code"]


def _options(client: MockClient, _: MakeInvoice) -> Any:
    response = client.request("OPTIONS", "/invoices")
    return response.status_code, response.headers["Allow"]


def _deleted(client: MockClient, make_invoice: MakeInvoice) -> Any:
    response = client.delete(f"/invoices/{client.create(make_invoice())}")
    return response.status_code, response.content


def _number_taken(client: MockClient, make_invoice: MakeInvoice) -> Any:
    client.post(make_invoice(invoiceNumber="7"))
    return client.post(make_invoice(invoiceNumber="7")).json()


def _wrong_hashes(client: MockClient, _: MakeInvoice) -> Any:
    hashes = (OTHER_STORE.store_hash, "nowhere")
    return [client.get("/invoices", headers={"X-Store-Hash": store_hash}).status_code for store_hash in hashes]


def _rate_headers(client: MockClient, _: MakeInvoice) -> Any:
    headers = client.get("/invoices").headers
    return {name: value for name, value in headers.items() if re.match("x-r(equests?-[arw]|ate)", name)}


def _listed(client: MockClient, make_invoice: MakeInvoice) -> Any:
    client.create(make_invoice(invoiceNumber="first"))
    client.create(make_invoice(invoiceNumber="second"))
    return client.listed()


def _undocumented_fields(client: MockClient, make_invoice: MakeInvoice) -> Any:
    invoice = client.read(client.create(make_invoice()))
    (listed,) = client.get("/invoices").json()["data"]
    assert {name: invoice.get(name) for name in UNDOCUMENTED} == {name: listed.get(name) for name in UNDOCUMENTED}
    return {name: invoice[name] for name in UNDOCUMENTED if name in invoice}


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

PROBES: dict[str, Probe] = {
    "success_message": Probe(
        lambda client, make_invoice: client.post(make_invoice()).json()["meta"]["message"],
        {"Success": "Success", "SUCCESS": "SUCCESS"},
    ),
    "create_status": Probe(
        _created,
        {200: (200, 200), 201: (201, 201)},
    ),
    "delete_status": Probe(
        _deleted, {200: (200, b'{"code":200,"data":{"id":1},"meta":{"message":"Success"}}'), 204: (204, b"")}
    ),
    "created_key": Probe(
        lambda client, make_invoice: client.post(make_invoice()).json()["data"],
        {"id": {"id": 1}, "invoiceId": {"invoiceId": 1}},
    ),
    "invalid_body": Probe(
        _status_and_data,
        {
            "fields": (422, {"errMsg": FIELDS}),
            "joined": (400, {"errMsg": "customerId: This field is required.; "}),
            "under_data": (422, FIELDS),
        },
    ),
    "invalid_query": Probe(
        _status_and_body("/invoices?limit=x"),
        {
            "fields": (400, {"code": 400, "data": {"errMsg": LIMIT}, "meta": {"message": "Bad Requests Error"}}),
            "under_data": (400, {"code": 400, "data": LIMIT, "meta": {"message": "Bad Requests Error"}}),
        },
    ),
    "unknown_path": Probe(
        _status_and_body("/orders"),
        {
            "envelope": (404, {"code": 404, "data": {"errMsg": "Not Found"}, "meta": {"message": "Not Found Error"}}),
            "flat": (404, {"code": 404, "message": "Not Found"}),
        },
    ),
    "error_envelope": Probe(
        _number_taken,
        {
            "errMsg": {"code": 400, "data": {"errMsg": TAKEN}, "meta": {"message": "Bad Requests Error"}},
            "meta_errors": {"code": 400, "data": [], "meta": {"message": "Bad Requests Error", "errors": TAKEN}},
        },
    ),
    "refused_credentials": Probe(
        _status_and_body("/invoices", X_Auth_Token=""),
        {
            "envelope": (401, {"code": 401, "data": {"errMsg": NO_CREDENTIALS}, "meta": {"message": NO_CREDENTIALS}}),
            "flat": (401, {"code": 401, "message": NO_CREDENTIALS}),
        },
    ),
    "unknown_token": Probe(_status_with("X-Auth-Token", "wrong"), {401: 401, 403: 403}),
    "missing_store_hash": Probe(_status_with("X-Store-Hash", ""), {"unauthorized": 401, "server_error": 500}),
    "store_hash_mismatch": Probe(_wrong_hashes, {"refused": [403, 401], "server_error": [500, 500]}),
    "company_message": Probe(
        lambda client, make_invoice: client.post(make_invoice()).json()["data"]["errMsg"],
        {text: text for text in ("Company Does not Exist", "Company does not exist.", "This resource is not found.")},
        {"companies": frozenset({"7"})},
    ),
    "accept": Probe(_status_with("Accept", "text/html"), {"heeded": 406, "ignored": 200}),
    "options": Probe(
        _options,
        {"answered": (204, "GET, HEAD, OPTIONS, POST"), "refused": (405, "GET, HEAD, POST")},
    ),
    "rate_limit_headers": Probe(
        _rate_headers, {"b2b": B2B, "platform": PLATFORM, "both": B2B | PLATFORM}, {"rate_limit": RateLimit(9, 60)}
    ),
    "channels": Probe(_error_or_read("channelId", channelId=1), {"any": "1", "none": "Store channels not exist"}),
    "null_fields": Probe(
        lambda client, make_invoice: _error_or_read("type")(client, lambda: make_invoice() | {"type": None}),
        {"refused": {"type": ["This field may not be null."]}, "unset": "Invoice"},
    ),
    "text_balances": Probe(
        _error_or_read("openBalance", openBalance={"code": "USD", "value": "12.50"}),
        {
            "refused": {"openBalance.value": ["A valid number is required."]},
            "taken": {"code": "USD", "value": "12.5000"},
        },
    ),
    "empty_texts": Probe(
        _error_or_read("invoiceNumber", invoiceNumber="", customerId="", openBalance={"code": "", "value": 1}),
        {
            "taken": "",
            "refused": {
                name: ["This field may not be blank."] for name in ("invoiceNumber", "customerId", "openBalance.code")
            },
        },
    ),
    "order_numbers": Probe(
        _error_or_read("orderNumber", orderNumber="A-1"),
        {"any": None, "digits": {"orderNumber": ["A valid integer is required."]}},
    ),
    "due_date_from": Probe(
        _read_back("dueDate", issuedAt=ISSUED),
        {
            "now": SECOND + 30 * DAY,
            "midnight": SECOND - SECOND % DAY + 30 * DAY,
            "issue": ISSUED + 30 * DAY,
        },
    ),
    "unsent_status": Probe(
        _read_back("status", openBalance={"code": "USD", "value": 99}), {"open": 0, "by_balances": 1}
    ),
    "list_order": Probe(_listed, {"newest": ["second", "first"], "oldest": ["first", "second"]}),
    "read_times": Probe(_read_back("createdAt"), {"number": SECOND, "text": str(SECOND)}),
    "read_order_number": Probe(_read_back("orderNumber", orderNumber="0101"), {"number": 101, "text": "101"}),
    "read_keys": Probe(_undocumented_fields, {"documented": {}, "seen": UNDOCUMENTED}),
}
OPTIONS = [
    pytest.param(question.name, option, id=f"{question.name}={option.value}")
    for question in QUESTIONS
    for option in question.options
]


def test_every_setting_has_a_probe() -> None:
    """
    Each option of each question is tested below.
    """
    assert {name: set(probe.expected) for name, probe in PROBES.items()} == {
        question.name: {option.value for option in question.options} for question in QUESTIONS
    }


@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_each_setting_has_its_effect(
    make_client: MakeClient, make_invoice: MakeInvoice, name: str, option: Any
) -> None:
    """
    A setting has its effect when it is the only change to the documented dialect.
    """
    probe = PROBES[name]
    client = make_client(dialect=Dialect(**{name: option.value}), held=False, **probe.settings)

    assert probe.look(client, make_invoice) == probe.expected[option.value]


@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_options_that_do_not_match_the_contract_are_marked(
    make_client: MakeClient, make_invoice: MakeInvoice, name: str, option: Any
) -> None:
    """
    Responses match the contract with every option that is marked so, and with no other.
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
def test_the_self_check_needs_a_dialect_that_matches(name: str, option: Any) -> None:
    """
    The self-check cannot be turned on with an option whose responses do not match the contract.
    """
    dialect = Dialect(**{name: option.value})
    message = (
        f"the self-check cannot run with {name} = {option.value!r}, which does not match the contract; "
        "change the dialect, or turn the self-check off"
    )

    if option.fits:
        assert Settings(dialect=dialect, self_check=True).self_check
    else:
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            Settings(dialect=dialect, self_check=True)


def test_the_documented_dialect_is_the_default() -> None:
    """
    The default is the documented dialect, and both named dialects match the contract.
    """
    assert Dialect() == DIALECTS["documented"]
    assert list(DIALECTS) == ["documented", "observed"]
    assert all(Settings(dialect=dialect, self_check=True) for dialect in DIALECTS.values())


def test_every_setting_is_a_decision() -> None:
    """
    Each question is a row of DECISIONS.md, and each of its options has a source.
    """
    decisions = (Path(__file__).parents[2] / "openapi" / "DECISIONS.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| (\w+) \|", decisions, re.MULTILINE))

    assert [question.name for question in QUESTIONS if question.decision not in rows] == []
    assert {option.provenance for question in QUESTIONS for option in question.options} <= {
        *("documented", "official-spec", "observed", "assumed"),
    }
    assert all(option.source for question in QUESTIONS for option in question.options)


def test_the_control_api_describes_the_dialect(make_client: MakeClient) -> None:
    """
    `/_mock/dialect` lists each setting: its value, the source of the value, and the other values.
    """
    client = make_client(dialect=DIALECTS["observed"])

    response = client.get("../../../../_mock/dialect", headers={"Host": "127.0.0.1"})

    described = {entry["setting"]: entry for entry in response.json()["data"]}
    assert list(described) == [question.name for question in QUESTIONS]
    assert described["success_message"] == {
        "setting": "success_message",
        "value": "SUCCESS",
        "question": "What is meta.message of a successful response?",
        "provenance": "observed",
        "source": "published responses, and the tests of the vendor's course",
        "fitsContract": True,
        "decision": "7",
        "others": ["Success"],
    }
    assert client.request("POST", "../../../../_mock/dialect", headers={"Host": "127.0.0.1"}).status_code == 405


# ------------------------------------------------------------------------------------------- the observed dialect


@pytest.fixture(name="observed")
def _observed(make_client: MakeClient) -> MockClient:
    return make_client(dialect=DIALECTS["observed"])


def test_observed_responses(observed: MockClient, make_invoice: MakeInvoice) -> None:
    """
    The observed dialect shouts SUCCESS, joins violations in one text with 400, and sends flat errors for unknown paths.
    """
    assert observed.post(make_invoice()).json() == {"code": 200, "data": {"id": 1}, "meta": {"message": "SUCCESS"}}
    assert_error(
        observed.post(make_invoice(customerId=None, status=9)),
        400,
        'customerId: This field is required.; status: "9" is not a valid choice.; ',
    )
    assert observed.get("/orders").json() == {"code": 404, "message": "Not Found"}


@pytest.mark.parametrize("channel", [1, 0, None])
def test_observed_channel(observed: MockClient, make_invoice: MakeInvoice, channel: int | None) -> None:
    """
    In the observed dialect every channelId is unknown, null included, as in a store with one storefront.
    """
    before = observed.ledger.snapshot()

    response = observed.post(make_invoice() | {"channelId": channel})

    assert_error(response, 404, "Store channels not exist")
    assert observed.ledger.snapshot() == before
    assert observed.read(observed.create(make_invoice()))["channelId"] is None


# ------------------------------------------------------------------------------------------ edge cases of settings


@pytest.mark.parametrize("value", ["", "12,50", "1e999", "NaN", " 1", "٣"])
def test_text_balances_must_be_numbers(make_client: MakeClient, make_invoice: MakeInvoice, value: str) -> None:
    """
    If balances may be text, text that is not a number is still invalid.
    """
    client = make_client(dialect=Dialect(text_balances="taken"))

    response = client.post(make_invoice(openBalance={"code": "USD", "value": value}))

    assert_error(response, 422, {"openBalance.value": ["A valid number is required."]})


def test_null_in_a_required_field(make_client: MakeClient, make_invoice: MakeInvoice) -> None:
    """
    If null means not set, a required field must still be set, and the body must still be an object.
    """
    client = make_client(dialect=Dialect(null_fields="unset"))

    assert_error(
        client.post(make_invoice() | {"customerId": None}), 422, {"customerId": ["This field may not be null."]}
    )
    assert client.post([]).status_code == 422
