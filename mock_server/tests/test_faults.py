"""
Faults in process: what the caller receives, what is stored, and which requests they affect.
"""

import re
from contextlib import suppress
from typing import Any

import httpx
import pytest

from b2b_invoices_mock import Dialect
from b2b_invoices_mock.faults import kinds
from b2b_invoices_mock.faults.kinds import (
    Delay,
    DropAfterCommit,
    DropBeforeCommit,
    Fault,
    Hang,
    RateLimited,
    Refuse,
    TornBody,
    WrongContentType,
)
from b2b_invoices_mock.settings import RateLimit
from b2b_invoices_spec import Contract
from mock_server.tests.conftest import MakeControlled, MakeInvoice
from mock_server.tests.controlled import INVOICES, ControlledMock
from mock_server.tests.server import HEADERS

NO_RESPONSE = "Server disconnected without sending a response."
CREATED = {"code": 200, "data": {"id": 1}, "meta": {"message": "Success"}}
# ------------------------------------------------------------------------------------ what the caller receives


@pytest.mark.parametrize(("method", "path"), [("HEAD", INVOICES), ("DELETE", f"{INVOICES}/1")])
def test_a_torn_response_without_a_body(
    make_controlled: MakeControlled, make_invoice: MakeInvoice, method: str, path: str
) -> None:
    """
    Of a response without a body nothing is sent: the caller would take its head for the whole response.
    """
    mock = make_controlled(dialect=Dialect(delete_status=204))
    mock.create(make_invoice())
    mock.faults.add(TornBody())

    with pytest.raises(httpx.RemoteProtocolError, match=f"^{NO_RESPONSE}$"):
        mock.call(method, path, headers=HEADERS)


def test_delay(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    A delayed response comes after the wait, unchanged.
    """
    controlled.faults.add(Delay(2.5))

    response = controlled.create(make_invoice())

    assert (response.json(), controlled.slept, controlled.stored) == (CREATED, [2.5], ["INV-1"])


@pytest.mark.parametrize("status", [200, 504])
def test_wrong_content_type(controlled: ControlledMock, make_invoice: MakeInvoice, status: int) -> None:
    """
    An HTML page is returned instead of the response, although the invoice is stored.
    """
    controlled.faults.add(WrongContentType(status))

    response = controlled.create(make_invoice())

    assert (response.status_code, response.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert response.text.startswith("<!DOCTYPE html>\n")
    assert controlled.stored == ["INV-1"]


def test_rate_limited(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    A rate-limited request gets the vendor's headers, in the vendor's spelling, and stores nothing.
    """
    controlled.faults.add(RateLimited(0.25))

    response = controlled.create(make_invoice())

    assert (response.status_code, controlled.stored) == (429, [])
    assert {
        name: value
        for name, value in response.headers.items()
        if name.startswith("x-request") and name != "x-request-id"
    } == {
        "x-requests-allocated": "150 times/60 s",
        "x-requests-window-length": "0 times",
        "x-requests-remaining": "0 times",
        "x-request-window-resets-after": "0.25 s",
    }


def test_rate_limited_within_a_limit(make_controlled: MakeControlled, make_invoice: MakeInvoice) -> None:
    """
    With a rate limit, the headers of the fault report that limit as used up.
    """
    mock = make_controlled(rate_limit=RateLimit(20, 10))
    mock.faults.add(RateLimited(0.25))

    headers = [mock.create(make_invoice()).headers for _ in range(2)]

    assert [h["X-Requests-Allocated"] for h in headers] == ["20 times/10 s"] * 2
    assert [h["X-Requests-Remaining"] for h in headers] == ["0 times", "18 times"]


def test_every_documented_error(controlled: ControlledMock, make_invoice: MakeInvoice, contract: Contract) -> None:
    """
    Every documented error of createInvoice can be requested by name: its status, its example, nothing stored.
    """
    errors = contract.operation("createInvoice").errors

    for error in errors:
        controlled.faults.add(Refuse(error.name))
        response = controlled.create(make_invoice())
        assert (response.status_code, response.json()) == (error.statuses[0], error.body)

    assert [error.statuses[0] for error in errors] == [
        *(400, 400, 400, 401, 401, 403, 404, 404, 405, 406, 413, 415, 422, 429, 500),
    ]
    assert controlled.stored == []


@pytest.mark.parametrize(
    ("status", "data"),
    [
        pytest.param(400, {"errMsg": "The invoice number already exists."}, id="first-of-three"),
        pytest.param(500, {}, id="500"),
        pytest.param(503, {}, id="another-of-5XX"),
    ],
)
def test_refuse_by_status(
    controlled: ControlledMock, make_invoice: MakeInvoice, status: int, data: dict[str, Any]
) -> None:
    """
    A status means its first example, and `code` of the envelope is that status.
    """
    controlled.faults.add(Refuse(status))

    response = controlled.create(make_invoice())

    assert (response.status_code, response.json()["code"], response.json()["data"]) == (status, status, data)


@pytest.mark.parametrize(
    ("error", "header", "value"),
    [
        pytest.param("method-not-allowed", "Allow", "GET, HEAD, OPTIONS, POST", id="405"),
        pytest.param("too-many", "X-Request-Window-Resets-After", "1.0 s", id="429"),
    ],
)
def test_an_error_has_its_headers(
    controlled: ControlledMock, make_invoice: MakeInvoice, error: str, header: str, value: str
) -> None:
    """
    An error response has the headers that the contract documents for it.
    """
    controlled.faults.add(Refuse(error))

    assert controlled.create(make_invoice()).headers[header] == value


@pytest.mark.parametrize("fault", [DropAfterCommit(), TornBody(), WrongContentType(), Delay(1.0)])
def test_an_error_response_is_affected_too(controlled: ControlledMock, fault: Fault) -> None:
    """
    A fault after the commit also affects the error response of an invalid request, and nothing is stored.
    """
    controlled.faults.add(fault)

    with suppress(httpx.RemoteProtocolError):
        controlled.create({"invoiceNumber": 1})

    assert (controlled.stored, controlled.faults.left) == ([], ())


# ------------------------------------------------------------------------------------ which requests are affected


def test_the_next_requests_are_affected(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    A fault affects as many requests as its `times` says, then the next fault follows.
    """
    controlled.faults.add(Refuse(400, times=2), Refuse(503))

    assert [controlled.create(make_invoice()).status_code for _ in range(4)] == [400, 400, 503, 200]


def test_faults_left(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    The plan lists the faults that are left; `times` is the number of requests that each still affects.
    """
    controlled.faults.add(Refuse(400, times=3), Hang(operation="getInvoice"))

    controlled.create(make_invoice())

    assert controlled.faults.left == (Refuse(400, times=2), Hang(operation="getInvoice"))


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Refuse(503, operation="createInvoice"), id="operation"),
        pytest.param(Refuse(422), id="error-that-only-create-documents"),
    ],
)
def test_other_operations_are_not_affected(
    controlled: ControlledMock, make_invoice: MakeInvoice, fault: Refuse
) -> None:
    """
    A fault affects only its operation or, without one, the operations that document its error.
    """
    controlled.faults.add(fault)

    listed = controlled.call("GET", INVOICES, headers=HEADERS)
    created = controlled.create(make_invoice())

    assert (listed.status_code, created.status_code) == (200, fault.error)


def test_rejected_requests_are_not_affected(make_controlled: MakeControlled, make_invoice: MakeInvoice) -> None:
    """
    A request with invalid credentials or beyond the rate limit is rejected as usual, and uses up no fault.
    """
    mock = make_controlled(rate_limit=RateLimit(1, 60))
    mock.create(make_invoice())
    mock.faults.add(DropBeforeCommit())

    unauthorized = mock.create(make_invoice(), headers={**HEADERS, "X-Auth-Token": "wrong"})
    rate_limited = mock.create(make_invoice())

    assert (unauthorized.status_code, rate_limited.status_code) == (401, 429)
    assert mock.faults.left == (DropBeforeCommit(),)


def test_the_tree_of_faults() -> None:
    """
    The tree at the top of the module shows every fault, with its name and its sentence.
    """
    drawn = re.findall(r"^    [├└]── (\w+) +(\w+) +(.+)$", kinds.__doc__ or "", re.MULTILINE)

    classes = {kind.__name__: kind for kind in Fault.__subclasses__()}

    assert [name for name, _, _ in drawn] == list(classes)
    for name, tag, sentence in drawn:
        assert classes[name].__struct_config__.tag == tag
        assert (classes[name].__doc__ or "").strip().partition(".")[0] == sentence[0].upper() + sentence[1:]
