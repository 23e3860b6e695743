"""
The control API: what it tells and what it does, and that what is wrong is refused whole.
"""

import asyncio
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, settings
from schemathesis import Case

from b2b_invoices_mock import Settings
from b2b_invoices_mock.control.access import Guard
from b2b_invoices_mock.control.requests import curl
from b2b_invoices_mock.control.routes import HANDLERS
from b2b_invoices_mock.control.state import DESCRIPTION
from b2b_invoices_mock.faults.plan import Hang
from b2b_invoices_mock.request_log import LoggedRequest
from b2b_invoices_spec import Contract
from mock_server.tests.client import NOW
from mock_server.tests.conftest import MakeInvoice
from mock_server.tests.controlled import CREDENTIALS, INVOICES, ControlledMock

OFF = (
    "The mock cannot be controlled, since it listens to other machines and has no admin token; "
    "start it with --admin-token TOKEN, or on 127.0.0.1."
)
SHOW_IT = "The mock is controlled with its admin token, as a bearer token or as the password of anyone."

control_api = schemathesis.openapi.from_path(DESCRIPTION)


# ------------------------------------------------------------------------------------------------ as described


@pytest.fixture(name="address", scope="module")
def _address() -> Iterator[str]:
    """
    Where the control API of a mock in a process of its own is.
    """
    command = [sys.executable, "-m", "b2b_invoices_mock", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        assert process.stdout is not None
        url = httpx.URL(process.stdout.readline().removeprefix("listening on ").strip())
        yield str(url.join("/_mock"))
        process.terminate()


@control_api.parametrize()
@settings(max_examples=10, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_it_is_as_described(case: Case[Any], address: str) -> None:
    """
    Whatever is sent, the control API answers as control.yaml says: it takes what is valid and refuses what is not.
    """
    # What is valid by its schema can still be a fault that no operation documents, or an invoice that is none.
    taking_what_is_valid: Any = schemathesis.checks.CHECKS.get_one("positive_data_acceptance")

    case.call_and_validate(base_url=address, excluded_checks=[taking_what_is_valid])


def test_all_of_it_is_described() -> None:
    """
    control.yaml has every method of every path, and no other.
    """
    paths = yaml.safe_load(DESCRIPTION.read_text(encoding="utf-8"))["paths"]
    described = {path: {m.upper() for m in item if m != "parameters"} for path, item in paths.items()}

    assert described == {path: set(handlers) for path, handlers in HANDLERS.items() if path != "/control.yaml"}


def test_the_description_is_served(controlled: ControlledMock) -> None:
    """
    The mock tells its own description.
    """
    assert controlled.call("GET", "/_mock/control.yaml").content == DESCRIPTION.read_bytes()


def test_health(controlled: ControlledMock) -> None:
    """
    A mock that runs says so, with what it does.
    """
    assert controlled.control("GET", "/health") == {
        "status": "ok",
        "contract": "0.1.0",
        "basePath": "/api/v3/io/ip",
        "dialect": "documented",
        "operations": ["createInvoice", "listInvoices", "getInvoice", "deleteInvoice"],
    }


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("nothing", "/_mock/nothing"),
        ("requests/1/2", "/_mock/requests/1/2"),
        ("health%0A", "/_mock/health\\n"),
        ("%FF", "/_mock/\ufffd"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
def test_what_it_does_not_have(controlled: ControlledMock, method: str, path: str, shown: str) -> None:
    """
    Another path is 404, told in one way whatever dialect the API speaks, and is not the API's to answer.
    """
    controlled.control("PUT", "/dialect", json={"name": "observed"})

    response = controlled.call(method, f"/_mock/{path}")

    assert (response.status_code, response.json()) == (
        404,
        {
            "code": 404,
            "data": {"errMsg": f"The mock has nothing at '{shown}'; GET /_mock/control.yaml tells what it has."},
            "meta": {"message": "Not Found Error"},
        },
    )
    assert "Access-Control-Allow-Origin" not in response.headers
    assert controlled.call(method, f"/_mock/{path}", peer="192.0.2.1").status_code == 403


# ---------------------------------------------------------------------------------------------------- requests


def test_requests_seen(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    The requests are told newest first, each with its verdict and what was wrong with it.
    """
    controlled.create(make_invoice())
    controlled.create(make_invoice(customerId=7))

    told = controlled.control("GET", "/requests")

    assert [(seen["number"], seen["verdict"], seen["status"]) for seen in told] == [
        (2, "refused", 422),
        (1, "accepted", 200),
    ]
    assert told[0] == {
        "number": 2,
        "receivedAt": NOW,
        "method": "POST",
        "path": INVOICES,
        "query": "",
        "operation": "createInvoice",
        "verdict": "refused",
        "status": 422,
        "milliseconds": 0.0,
        "fault": None,
        "reason": "customerId: Not a valid string.",
        "violations": {"customerId": ["Not a valid string."]},
    }


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [3, 2, 1]),
        ("verdict=accepted", [3, 1]),
        ("verdict=refused", [2]),
        ("method=GET", [3]),
        ("method=get", [3]),
        ("operation=deleteInvoice", []),
        ("operation=createInvoice", [2, 1]),
        ("q=inv-1", [3, 1]),
        ("q=NOT%20A%20VALID", [2]),
        ("q=invoices%3F", [3, 2, 1]),
        ("limit=1&offset=1", [2]),
    ],
)
def test_requests_are_filtered(
    controlled: ControlledMock, make_invoice: MakeInvoice, query: str, numbers: list[int]
) -> None:
    """
    Requests are found by method, operation, verdict, and by any text in them.
    """
    controlled.create(make_invoice())
    controlled.create(make_invoice(customerId=7))
    controlled.call("GET", INVOICES, headers=CREDENTIALS)

    assert [seen["number"] for seen in controlled.control("GET", f"/requests?{query}")] == numbers


def test_requests_of_no_operation(controlled: ControlledMock) -> None:
    """
    Whoever looks for the requests of an operation that does not exist is told which do.
    """
    answer = controlled.call("GET", "/_mock/requests?operation=createinvoice")

    reason = "there is no operation 'createinvoice'; there are createInvoice, listInvoices, getInvoice, deleteInvoice"
    assert (answer.status_code, answer.json()["data"]) == (422, {"errMsg": reason})


def test_one_request(controlled: ControlledMock) -> None:
    """
    One request is told whole, with its answer and the command to send it again; no credential is in it.
    """
    controlled.call(
        "POST", f"{INVOICES}?a=1", content=b'{"it\'s": 1}', headers={**CREDENTIALS, "Content-Type": "application/json"}
    )

    told = controlled.control("GET", "/requests/1")

    assert told["body"] == {"text": '{"it\'s": 1}', "size": 11, "whole": True}
    assert told["headers"]["x-auth-token"] == "[hidden]"
    assert told["answer"]["text"].startswith('{"code":422,')
    assert told["answerHeaders"]["content-type"] == "application/json"
    assert told["curl"] == (
        "curl -X POST 'http://127.0.0.1:8000/api/v3/io/ip/invoices?a=1' \\\n"
        "  -H 'accept: */*' \\\n"
        '  -H "X-Store-Hash: $B2B_STORE_HASH" \\\n'
        '  -H "X-Auth-Token: $B2B_ACCESS_TOKEN" \\\n'
        "  -H 'content-type: application/json' \\\n"
        "  --data-raw '{\"it'\"'\"'s\": 1}'"
    )
    assert "test-token" not in str(told)


@pytest.mark.parametrize(
    ("method", "target", "body", "command"),
    [
        ("GET", "/invoices", b"", "curl http://mock/invoices"),
        ("HEAD", "/invoices", b"", "curl -I http://mock/invoices"),
        ("DELETE", "/invoices/1", b"", "curl -X DELETE http://mock/invoices/1"),
        ("GET", "/invoices", b"{}", "curl -X GET http://mock/invoices \\\n  --data-raw '{}'"),
        ("GET", "/invoices?externalId[]=a", b"", "curl -g 'http://mock/invoices?externalId[]=a'"),
        ("GET", "/invoices/{id}", b"", "curl -g 'http://mock/invoices/{id}'"),
        ("GET", "/a/../b", b"", "curl --path-as-is http://mock/a/../b"),
        ("GET", "/a/%2E%2e/b", b"", "curl --path-as-is http://mock/a/%2E%2e/b"),
        ("GET", "/a/.", b"", "curl --path-as-is http://mock/a/."),
        ("GET", "/a..b/...?q=/../", b"", "curl 'http://mock/a..b/...?q=/../'"),
        ("P'", "/$HOME", b"", "curl -X 'P'\"'\"'' 'http://mock/$HOME'"),
    ],
)
def test_curl(method: str, target: str, body: bytes, command: str) -> None:
    """
    The command sends what was sent: curl makes nothing else of the method, of brackets or of dots.
    """
    path, _, query = target.partition("?")

    seen = LoggedRequest(1, NOW, method, path, query, [], body=body, body_size=len(body))

    assert curl(seen, "http://mock/") == command


@pytest.mark.parametrize("number", ["2", "0", "-1", "x", "9" * 400, "1\n"])
def test_no_such_request(controlled: ControlledMock, number: str) -> None:
    """
    A number that no request has is 404.
    """
    controlled.call("GET", INVOICES)

    response = controlled.call("GET", f"/_mock/requests/{quote(number)}")

    assert response.status_code == 404
    assert response.json()["data"] == {
        "errMsg": f"There is no request {number!r} on record; it keeps the last ones alone, now 1."
    }


@pytest.mark.parametrize("path", ["", "requests/", "snapshots/", "seen/", "recorded/", "assets/", "reference"])
def test_a_path_that_is_no_text(controlled: ControlledMock, path: str) -> None:
    """
    A path with bytes that are no text, as some servers hand it on, leads nowhere and breaks nothing.
    """
    assert controlled.status_of(f"/_mock/{path}\udcff") == 404


def test_requests_are_forgotten(controlled: ControlledMock) -> None:
    """
    DELETE forgets the requests, and not the invoices.
    """
    controlled.call("GET", INVOICES)

    controlled.control("DELETE", "/requests")

    assert len(controlled.record) == 0


# ---------------------------------------------------------------------------------------------------- invoices


def test_invoices_of_every_store(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    Invoices are told newest first, whole and with their store, and are found by text and status.
    """
    controlled.create(make_invoice())
    controlled.create(make_invoice(customerId="Æsir", openBalance={"code": "USD", "value": 0}))

    everything = controlled.control("GET", "/invoices")

    assert [(invoice["id"], invoice["storeHash"], invoice["status"]) for invoice in everything] == [
        (2, "teststore", 2),
        (1, "teststore", 0),
    ]
    found = {
        query: [invoice["id"] for invoice in controlled.control("GET", f"/invoices?{query}")]
        for query in ("q=inv-1", "q=æSIR", "q=x", "status=0", "storeHash=teststore", "storeHash=x", "limit=1&offset=1")
    }
    assert list(found.values()) == [[1], [2], [], [1], [2, 1], [], [1]]


@pytest.mark.parametrize(("method", "path"), [("POST", "/erase"), ("DELETE", "/invoices")])
def test_erase(controlled: ControlledMock, make_invoice: MakeInvoice, method: str, path: str) -> None:
    """
    After erasing, the mock is as new: the next invoice has id 1. `/erase` forgets the requests as well.
    """
    controlled.create(make_invoice())

    controlled.control(method, path)

    assert controlled.control("GET", "/invoices") == []
    assert len(controlled.record) == (0 if path == "/erase" else 1)
    assert controlled.create(make_invoice()).json()["data"] == {"id": 1}


def test_seed(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    A seed is on record as if it had been created, and its ids are told.
    """
    drafts = [make_invoice(), make_invoice(originalBalance={"code": "USD", "value": 0.1})]

    told = controlled.control("POST", "/seed", json=drafts)

    read = controlled.call("GET", f"{INVOICES}/2", headers=CREDENTIALS).json()["data"]
    assert told == {"ids": [1, 2]}
    assert (read["invoiceNumber"], read["originalBalance"]["value"]) == (drafts[1]["invoiceNumber"], "0.1000")


@pytest.mark.parametrize(
    ("method", "path", "body", "reason"),
    [
        pytest.param("POST", "/seed", {}, "a seed is a list of invoices, each as it is sent to be created", id="seed"),
        pytest.param(
            "POST",
            "/seed",
            [{"invoiceNumber": 1}],
            {
                "0.invoiceNumber": ["Not a valid string."],
                "0.originalBalance": ["This field is required."],
                "0.openBalance": ["This field is required."],
                "0.customerId": ["This field is required."],
            },
            id="seed-invalid",
        ),
        pytest.param(
            "POST",
            "/seed?storeHash=x",
            [],
            "there is no store 'x' here; the mock is told its stores when it starts",
            id="seed-store",
        ),
        pytest.param(
            "POST", "/clock", {}, "there is nothing to do to the clock; give set, forward or frozen", id="clock"
        ),
        pytest.param(
            "POST",
            "/clock",
            {"set": 5, "forward": -1, "frozen": True},
            "cannot move the clock by -1.0 seconds: expected 0 or more; to go back, set the time",
            id="clock-back",
        ),
        pytest.param("POST", "/clock", {"set": "now"}, "Expected `float`, got `str` - at `$.set`", id="clock-text"),
        pytest.param(
            "PUT", "/dialect", {"name": "x"}, "there is no dialect 'x'; there are documented and observed", id="dialect"
        ),
        pytest.param("PUT", "/dialect", {"nam": 1}, "Object contains unknown field `nam`", id="dialect-field"),
        pytest.param(
            "POST",
            "/snapshots",
            {"name": "a/b"},
            "the name of a snapshot is 1 to 64 letters, digits, dots, dashes or underlines",
            id="snapshot-name",
        ),
        pytest.param("POST", "/restore", {"lastId": 1}, "Object missing required field `entries`", id="restore"),
        pytest.param(
            "POST",
            "/restore",
            {"lastId": 1, "entries": [{"id": 1, "storeHash": "teststore", "orderKey": None, "invoice": {"status": 9}}]},
            None,
            id="restore-invalid",
        ),
        pytest.param("GET", "/requests?limit=0", None, "limit is how many to list, from 1 to 1000; got 0", id="limit"),
        pytest.param("GET", "/invoices?offset=-1", None, "offset is how many to skip, 0 or more; got -1", id="offset"),
        pytest.param("GET", "/requests?verdikt=lost", None, "Object contains unknown field `verdikt`", id="query"),
    ],
)
def test_wrong_input(  # noqa: PLR0917 - two fixtures, and the columns of the table
    controlled: ControlledMock, make_invoice: MakeInvoice, method: str, path: str, body: Any, reason: Any
) -> None:
    """
    What makes no sense is refused with one sentence, or field by field, and nothing of it is done.
    """
    controlled.create(make_invoice())
    before = controlled.ledger.snapshot(), controlled.clock()

    response = controlled.call(method, f"/_mock{path}", json=body)

    told = response.json()["data"]["errMsg"]
    assert response.status_code == 422
    assert reason is None or (told if isinstance(told, dict) else told.removesuffix(" - at `$`")) == reason
    assert (controlled.ledger.snapshot(), controlled.clock()) == before
    assert not controlled.clock.frozen


def test_snapshots(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    What was on record is kept under a name, restored, downloaded, and forgotten.
    """
    controlled.create(make_invoice(details={"a": 1.5}, orderNumber="7"))
    controlled.control("POST", "/snapshots", json={"name": "one"})
    controlled.create(make_invoice())

    downloaded = controlled.call("GET", "/_mock/snapshots/one").content
    assert controlled.control("GET", "/snapshots") == [{"name": "one", "invoices": 1}]
    assert controlled.control("POST", "/restore", json={"name": "one"}) == {"invoices": 1}
    assert controlled.call("GET", "/_mock/snapshot").content == downloaded
    assert controlled.control("DELETE", "/snapshots/one") == []


def test_a_downloaded_snapshot_is_restored(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    What was downloaded goes in again, to the byte.
    """
    controlled.create(make_invoice(details={"a": 1.50, "b": 1e300}, orderNumber="07"))
    downloaded = controlled.call("GET", "/_mock/snapshot").content
    controlled.control("POST", "/erase")

    controlled.control("POST", "/restore", content=downloaded, headers={"Content-Type": "application/json"})

    assert controlled.call("GET", "/_mock/snapshot").content == downloaded


def test_whatever_was_created_is_restored(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    Times of any size, which the API takes, go in again as well.
    """
    controlled.create(make_invoice(issuedAt=10**30, dueDate=-(10**30)))
    downloaded = controlled.call("GET", "/_mock/snapshot").json()

    controlled.control("POST", "/restore", json=downloaded)

    assert controlled.call("GET", "/_mock/snapshot").json() == downloaded


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"id": 2**53}, "Expected `int` <= 9007199254740991 - at `$.entries[0].id`", id="id"),
        pytest.param({"storeHash": ""}, "Expected `str` of length >= 1 - at `$.entries[0].storeHash`", id="store"),
        pytest.param(
            {"invoice": {"id": 77}},
            {"entries.0.invoice.id": ["The id stands beside the invoice, not in it."]},
            id="id-inside",
        ),
        pytest.param(
            {"invoice": {"createdAt": "now"}},
            {"entries.0.invoice.createdAt": ["A valid integer is required."]},
            id="invoice",
        ),
    ],
)
def test_a_snapshot_that_cannot_be(
    controlled: ControlledMock, make_invoice: MakeInvoice, change: dict[str, Any], reason: Any
) -> None:
    """
    A snapshot that no ledger could have made is refused with what is wrong, and what is on record stays.
    """
    controlled.create(make_invoice())
    snapshot = controlled.call("GET", "/_mock/snapshot").json()
    (entry,) = snapshot["entries"]
    changed = entry | change | {"invoice": entry["invoice"] | change.get("invoice", {})}

    response = controlled.call("POST", "/_mock/restore", json=snapshot | {"entries": [changed]})

    assert (response.status_code, response.json()["data"]["errMsg"]) == (422, reason)
    assert controlled.call("GET", "/_mock/snapshot").json() == snapshot


def test_the_last_id_leaves_room(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    After the largest last id that a snapshot may have, invoices are created still; one more is refused.
    """
    controlled.control("POST", "/restore", json={"lastId": 2**53 - 1, "entries": []})

    beyond = controlled.call("POST", "/_mock/restore", json={"lastId": 2**63 - 1, "entries": []})

    assert beyond.json()["data"]["errMsg"] == "Expected `int` <= 9007199254740991 - at `$.lastId`"
    assert controlled.create(make_invoice()).json()["data"] == {"id": 2**53}


def test_no_such_snapshot(controlled: ControlledMock) -> None:
    """
    A name that no snapshot has is 404, with those that there are.
    """
    controlled.control("POST", "/snapshots", json={"name": "one"})

    response = controlled.call("POST", "/_mock/restore", json={"name": "two"})

    assert response.status_code == 404
    assert response.json()["data"] == {"errMsg": "There is no snapshot 'two'; there are: one."}


# ----------------------------------------------------------------------------------------------- clock, dialect


def test_clock(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    The clock is read, moved, set, frozen and reset, and invoices are due by it.
    """
    assert controlled.control("GET", "/clock") == {"now": NOW, "frozen": False, "ahead": 0}
    assert controlled.control("POST", "/clock", json={"forward": 86_400})["now"] == NOW + 86_400
    assert controlled.control("POST", "/clock", json={"set": 1000, "forward": 5, "frozen": True}) == {
        "now": 1005,
        "frozen": True,
        "ahead": 1005 - NOW,
    }
    controlled.create(make_invoice())
    assert controlled.control("GET", "/invoices")[0]["dueDate"] == 1005 + 30 * 86_400
    assert controlled.control("DELETE", "/clock") == {"now": NOW, "frozen": False, "ahead": 0}


def test_dialect(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    Another dialect is spoken from the next request on.
    """
    before = controlled.create(make_invoice()).json()["meta"]

    told = controlled.control("PUT", "/dialect", json={"name": "observed"})

    assert {setting["setting"]: setting["value"] for setting in told}["success_message"] == "SUCCESS"
    assert (before, controlled.create(make_invoice()).json()["meta"]) == (
        {"message": "Success"},
        {"message": "SUCCESS"},
    )


def test_requests_in_full(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    A list of requests tells each as by its number, when it is asked to.
    """
    controlled.create(make_invoice())

    assert controlled.control("GET", "/requests?full=true") == [controlled.control("GET", "/requests/1")]


def test_curl_of_a_body_that_is_cut(contract: Contract, runner: asyncio.Runner) -> None:
    """
    The command that sends a request again says so when it cannot send all of it.
    """
    mock = ControlledMock.of(contract, Settings(), runner)
    mock.record._body_limit = 4

    mock.create({"a": 1})

    mock.ledger.close()
    command = mock.control("GET", "/requests/1")["curl"]
    assert command.startswith("# the last 3 bytes of its body are not on record\ncurl -X POST ")
    assert command.endswith("--data-raw '{\"a\"'")


def test_reset(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    A mock that is reset is as it was when it started, whatever was asked and told.
    """
    controlled.create(make_invoice())
    controlled.control("PUT", "/dialect", json={"name": "observed"})
    controlled.control("POST", "/clock", json={"forward": 60, "frozen": True})
    controlled.control("POST", "/faults", json=[{"fault": "hang"}])
    controlled.control("POST", "/snapshots", json={"name": "before"})

    controlled.control("POST", "/reset")

    assert controlled.control("GET", "/health")["dialect"] == "documented"
    assert controlled.control("GET", "/clock") == {"now": NOW, "frozen": False, "ahead": 0}
    assert [controlled.control("GET", path) for path in ("/faults", "/snapshots", "/requests", "/invoices")] == [[]] * 4
    assert controlled.create(make_invoice()).json()["data"] == {"id": 1}
    assert controlled.control("GET", "/requests")[0]["number"] == 1


# ------------------------------------------------------------------------------------------------------- guard


def guarded(contract: Contract, runner: asyncio.Runner, guard: Guard) -> ControlledMock:
    """
    Return a mock with this guard.
    """
    return ControlledMock.of(contract, Settings(guard=guard), runner)


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (None, 401),
        ("Bearer wrong", 401),
        ("Bearer sesame", 200),
        ("bearer sesame", 200),
        ("Basic " + b64encode(b"anyone:sesame").decode(), 200),
        ("Basic " + b64encode(b"sesame:").decode(), 401),
        ("Basic sesame", 401),
        ("Digest sesame", 401),
    ],
)
@pytest.mark.parametrize("path", ["/_mock/health", "/_mock/", "/_mock/lists", "/_mock/reference"])
def test_admin_token(
    contract: Contract, runner: asyncio.Runner, path: str, authorization: str | None, status: int
) -> None:
    """
    A mock with an admin token is controlled from anywhere by those who show it, and by nobody else.
    """
    mock = guarded(contract, runner, Guard(admin_token="sesame"))  # noqa: S106 - made up
    headers = {"Authorization": authorization} if authorization else {}

    response = mock.call("GET", path, peer="192.0.2.1", headers={"Host": "mock.example", **headers})

    mock.ledger.close()
    assert response.status_code == status
    if status == 401:
        assert response.json()["data"] == {"errMsg": SHOW_IT}
        assert response.headers["WWW-Authenticate"] == 'Basic realm="mock", charset="UTF-8"'


def test_admin_token_and_other_pages(contract: Contract, runner: asyncio.Runner) -> None:
    """
    Who has the token is still not controlled by a page of another site in the same browser.
    """
    mock = guarded(contract, runner, Guard(admin_token="sesame"))  # noqa: S106 - made up
    mock.faults.add(Hang())

    headers = {"Authorization": "Bearer sesame", "Origin": "https://example.com"}
    response = mock.call("DELETE", "/_mock/faults", headers=headers)

    mock.ledger.close()
    assert (response.status_code, mock.faults.left) == (403, (Hang(),))


def test_control_that_is_off(contract: Contract, runner: asyncio.Runner) -> None:
    """
    A mock that other machines reach, and that has no token, is not controlled at all.
    """
    mock = guarded(contract, runner, Guard(is_on=False))

    responses = [mock.call("GET", path) for path in ("/_mock/health", "/_mock/")]

    mock.ledger.close()
    assert [response.status_code for response in responses] == [403, 403]
    assert responses[0].json()["data"] == {"errMsg": OFF}


@pytest.mark.parametrize(
    ("host", "admin_token", "is_on"),
    [
        ("127.0.0.1", None, True),
        ("localhost", None, True),
        ("::1", "", True),
        ("0.0.0.0", None, False),  # noqa: S104 - only named
        ("::", "", False),
        ("192.0.2.1", None, False),
        ("mock.example", None, False),
        ("0.0.0.0", "sesame", True),  # noqa: S104 - only named
    ],
)
def test_where_control_is_on(host: str, admin_token: str | None, is_on: bool) -> None:  # noqa: FBT001 - a column
    """
    A mock is controlled when it listens to its own machine alone, or has a token; an empty one is none.
    """
    assert Guard.of(host, admin_token) == Guard(is_on=is_on, admin_token=admin_token or None)


@pytest.mark.parametrize("token", ["pässwörd", "two words", " sesame", "sesame\n", "\u202esesame"])
def test_a_token_that_clients_cannot_say(token: str) -> None:
    """
    A token that would not arrive as it is written, by every client, is refused at the start, and is not shown.
    """
    with pytest.raises(ValueError, match=r"^an admin token is made of ASCII letters, digits and signs, ") as refused:
        Guard.of("0.0.0.0", token)  # noqa: S104 - where a token is needed

    assert token.strip() not in str(refused.value)


def test_the_token_is_not_shown() -> None:
    """
    What is printed of a guard does not hold its token.
    """
    assert repr(Guard(admin_token="sesame")) == "Guard(is_on=True)"  # noqa: S106 - made up
