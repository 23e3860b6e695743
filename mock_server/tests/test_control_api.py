"""
Control API: its description, invalid input, health, clock, dialect, faults and reset.
"""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, settings
from schemathesis import Case

from b2b_invoices_mock.control.routes import HANDLERS
from b2b_invoices_mock.control.state import DESCRIPTION
from b2b_invoices_mock.faults.kinds import Hang, Refuse
from mock_server.tests.client import NOW
from mock_server.tests.conftest import MakeInvoice
from mock_server.tests.controlled import ControlledMock
from mock_server.tests.server import address, starting

FAULTS = "/_mock/faults"
JSON = {"Content-Type": "application/json"}
HANG: dict[str, Any] = {"fault": "hang"}
NAMES = "delay, refuse, rate_limited, drop_before_commit, drop_after_commit, torn_body, wrong_content_type, hang"
OPERATIONS = "createInvoice, listInvoices, getInvoice, deleteInvoice"

control_api = schemathesis.openapi.from_path(DESCRIPTION)


@pytest.fixture(name="control_url", scope="module")
def _control_url() -> Iterator[str]:
    with starting() as start:
        _, line = start()
        yield str(httpx.URL(address(line)).join("/_mock"))


# ------------------------------------------------------------------------------------------------- description


@control_api.parametrize()
@settings(max_examples=10, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_it_is_as_described(case: Case[Any], control_url: str) -> None:
    """
    Every response is one that control.yaml describes, and invalid requests are rejected.
    """
    # A body that is valid by its schema can still be a fault that no operation documents, or an invalid invoice.
    positive_data_acceptance: Any = schemathesis.checks.CHECKS.get_one("positive_data_acceptance")

    case.call_and_validate(base_url=control_url, excluded_checks=[positive_data_acceptance])


def test_all_of_it_is_described() -> None:
    """
    control.yaml describes every method of every path, and no other.
    """
    paths = yaml.safe_load(DESCRIPTION.read_text(encoding="utf-8"))["paths"]
    described = {path: {m.upper() for m in item if m != "parameters"} for path, item in paths.items()}

    assert described == {path: set(handlers) for path, handlers in HANDLERS.items() if path != "/control.yaml"}


def test_the_description_is_served(controlled: ControlledMock) -> None:
    """
    The mock serves its control.yaml.
    """
    assert controlled.call("GET", "/_mock/control.yaml").content == DESCRIPTION.read_bytes()


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
def test_an_unknown_path(controlled: ControlledMock, method: str, path: str, shown: str) -> None:
    """
    An unknown path is 404 in the documented envelope, whatever the dialect, and without the headers of the API.
    """
    controlled.control("PUT", "/dialect", json={"name": "observed"})

    response = controlled.call(method, f"/_mock/{path}")

    assert (response.status_code, response.json()) == (
        404,
        {
            "code": 404,
            "data": {"errMsg": f"Unknown path '{shown}': GET /_mock/control.yaml describes every path."},
            "meta": {"message": "Not Found Error"},
        },
    )
    assert "Access-Control-Allow-Origin" not in response.headers
    assert controlled.call(method, f"/_mock/{path}", peer="192.0.2.1").status_code == 403


@pytest.mark.parametrize("path", ["", "requests/", "snapshots/", "seen/", "recorded/", "assets/", "reference"])
def test_a_path_that_is_not_utf8(controlled: ControlledMock, path: str) -> None:
    """
    A path that is not UTF-8, as some servers pass it on, is 404.
    """
    assert controlled.status_of(f"/_mock/{path}\udcff") == 404


def test_an_unsupported_method(controlled: ControlledMock) -> None:
    """
    An unsupported method is 405, with the supported ones in Allow.
    """
    response = controlled.call("PUT", FAULTS)

    assert (response.status_code, response.headers["Allow"]) == (405, "DELETE, GET, HEAD, POST")


# ----------------------------------------------------------------------------------------------- invalid input


@pytest.mark.parametrize(
    ("method", "path", "body", "reason"),
    [
        ("POST", "/seed", {}, "Invalid body: expected a list of createInvoice bodies."),
        (
            "POST",
            "/seed",
            [{"invoiceNumber": 1, "customerId": "7", "originalBalance": {"code": "USD", "value": 1}}],
            {"0.invoiceNumber": ["Not a valid string."], "0.openBalance": ["This field is required."]},
        ),
        ("POST", "/seed?storeHash=x", [], "Unknown store 'x': start the mock with --store x:TOKEN."),
        ("POST", "/clock", {}, "Missing change: expected set, forward or frozen."),
        (
            "POST",
            "/clock",
            {"set": 5, "forward": -1, "frozen": True},
            "cannot move the clock by -1.0 seconds: expected 0 or more; to go back, set the time",
        ),
        ("POST", "/clock", {"set": -1}, "invalid time -1.0: expected Unix seconds from 0 to 253402300799"),
        (
            "POST",
            "/clock",
            {"set": 253_402_300_800, "forward": 10},
            "invalid time 253402300800.0: expected Unix seconds from 0 to 253402300799",
        ),
        ("POST", "/clock", {"set": "now"}, "Expected `float`, got `str` - at `$.set`"),
        ("PUT", "/dialect", {"name": "x"}, "Unknown dialect 'x': expected documented or observed."),
        ("PUT", "/dialect", {"nam": 1}, "Object contains unknown field `nam`"),
        (
            "POST",
            "/snapshots",
            {"name": "a/b"},
            "Expected `str` matching regex '\\\\A[A-Za-z0-9._-]{1,64}\\\\Z' - at `$.name`",
        ),
        ("POST", "/restore", {"lastId": 1}, "Object missing required field `entries`"),
        ("GET", "/requests?limit=0", None, "Expected `int` >= 1 - at `$.limit`"),
        ("GET", "/invoices?offset=-1", None, "Expected `int` >= 0 - at `$.offset`"),
        ("GET", "/requests?verdikt=lost", None, "Object contains unknown field `verdikt`"),
        ("GET", "/requests?operation=x", None, f"Unknown operation 'x': expected one of {OPERATIONS}."),
        ("POST", "/faults", {"fault": "hang"}, "Expected `array`, got `object`"),
        ("POST", "/faults", ["hang"], "Expected `object`, got `str` - at `$[0]`"),
        ("POST", "/faults", [{}], "Object missing required field `fault` - at `$[0]`"),
        ("POST", "/faults", [{"fault": "dealy"}], f"Invalid value 'dealy' - at `$[0].fault`; expected one of {NAMES}"),
        ("POST", "/faults", [HANG, {"fault": "delay"}], "Object missing required field `seconds` - at `$[1]`"),
        ("POST", "/faults", [HANG | {"x": 1}], "Object contains unknown field `x` - at `$[0]`"),
        ("POST", "/faults", [HANG | {"times": "2"}], "Expected `int`, got `str` - at `$[0].times`"),
        ("POST", "/faults", [HANG | {"times": 0}], "Invalid times 0: expected at least 1 - at `$[0]`"),
        ("POST", "/faults", [HANG, HANG | {"operation": "x"}], f"Unknown operation 'x': expected one of {OPERATIONS}."),
    ],
)
def test_invalid_input(  # noqa: PLR0917 - two fixtures, and the columns of the table
    controlled: ControlledMock, make_invoice: MakeInvoice, method: str, path: str, body: Any, reason: Any
) -> None:
    """
    Invalid input is rejected with a sentence, or field by field, and nothing changes.
    """
    controlled.create(make_invoice())
    before = controlled.ledger.snapshot(), controlled.clock()

    response = controlled.call(method, f"/_mock{path}", json=body)

    message = response.json()["data"]["errMsg"]
    assert (response.status_code, response.json()["meta"]) == (422, {"message": "Parameter Error"})
    assert (message if isinstance(message, dict) else message.removesuffix(" - at `$`")) == reason
    assert (controlled.ledger.snapshot(), controlled.clock()) == before
    assert (controlled.clock.frozen, controlled.faults.left) == (False, ())


@pytest.mark.parametrize(
    ("options", "status", "reason"),
    [
        ({"content": "["}, 415, "Invalid Content-Type '': expected application/json."),
        ({"content": "[", "headers": JSON}, 400, "JSON parse error - Input data was truncated"),
        ({"content": b"[" * 20_000_000, "headers": JSON}, 413, "The body is larger than 1048576 bytes."),
    ],
    ids=["content-type", "malformed", "too-large"],
)
def test_an_unreadable_body(controlled: ControlledMock, options: dict[str, Any], status: int, reason: str) -> None:
    """
    A body that is not JSON, or too large, is rejected with the reason.
    """
    response = controlled.call("POST", FAULTS, **options)

    assert (response.status_code, response.json()["data"]) == (status, {"errMsg": reason})


# --------------------------------------------------------------------------------------- health, clock, dialect


def test_health(controlled: ControlledMock) -> None:
    """
    Health has the contract's version, the base path, the dialect and the operations.
    """
    assert controlled.control("GET", "/health") == {
        "status": "ok",
        "contract": "0.1.0",
        "basePath": "/api/v3/io/ip",
        "dialect": "documented",
        "operations": ["createInvoice", "listInvoices", "getInvoice", "deleteInvoice"],
    }


def test_clock(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    The clock is read, advanced, set, frozen and reset, and due dates depend on it.
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
    A new dialect is in force from the next request on.
    """
    before = controlled.create(make_invoice()).json()["meta"]

    changed = controlled.control("PUT", "/dialect", json={"name": "observed"})

    after = controlled.create(make_invoice()).json()["meta"]
    assert {setting["setting"]: setting["value"] for setting in changed}["success_message"] == "SUCCESS"
    assert (before, after) == ({"message": "Success"}, {"message": "SUCCESS"})


# ------------------------------------------------------------------------------------------------------- faults


def test_faults_are_added(controlled: ControlledMock) -> None:
    """
    Posted faults are added after those that are left, and the response lists all that are left.
    """
    controlled.faults.add(Hang(operation="getInvoice"))

    response = controlled.call("POST", FAULTS, json=[{"fault": "refuse", "error": 503, "times": 2}])

    assert controlled.faults.left == (Hang(operation="getInvoice"), Refuse(503, times=2))
    assert response.json() == {
        "code": 200,
        "data": [
            {"fault": "hang", "operation": "getInvoice", "times": 1},
            {"fault": "refuse", "operation": None, "times": 2, "error": 503},
        ],
        "meta": {"message": "Success"},
    }


def test_faults_are_removed_and_posted_again(controlled: ControlledMock) -> None:
    """
    DELETE removes every fault, and the faults that GET returned can be posted again.
    """
    controlled.faults.add(Refuse("too-many", times=2), Hang())
    listed = controlled.control("GET", "/faults")

    assert controlled.control("DELETE", "/faults") == []
    controlled.control("POST", "/faults", json=listed)

    assert controlled.faults.left == (Refuse("too-many", times=2), Hang())


def test_faults_do_not_affect_the_control_api(controlled: ControlledMock) -> None:
    """
    The control API needs no credentials of a store, and no fault affects it.
    """
    controlled.faults.add(Hang())

    assert controlled.call("GET", FAULTS).status_code == 200
    assert controlled.faults.left == (Hang(),)


# -------------------------------------------------------------------------------------------------------- reset


def test_reset(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    Reset restores the state of a mock that has just started.
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
