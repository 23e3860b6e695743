"""
The self-check: a response that breaks the contract becomes a server error, without any of its data.
"""

import logging
from typing import Any

import pytest
from starlette.responses import PlainTextResponse, Response

from b2b_invoices_mock.api.operations import OPERATIONS, Call
from b2b_invoices_mock.api.responses import JSONResponse
from mock_server.tests.conftest import MakeClient, MakeInvoice

CREATED: dict[str, Any] = {"code": 200, "data": {"id": 7}, "meta": {"message": "Success"}}
BROKEN = [
    pytest.param(
        JSONResponse({**CREATED, "code": 201}, 201),
        "201, expected one of 200, 400, 401, 403, 404, 405, 406, 413, 415, 422, 429, 5XX",
        id="status",
    ),
    pytest.param(
        JSONResponse({**CREATED, "data": {"id": "7"}}),
        "200, /data/id breaks the rule 'type' of its schema",
        id="type",
    ),
    pytest.param(
        JSONResponse({**CREATED, "data": {}}), "200, /data breaks the rule 'required' of its schema", id="missing"
    ),
    pytest.param(JSONResponse([]), "200, the body breaks the rule 'type' of its schema", id="not-an-object"),
    pytest.param(JSONResponse({**CREATED, "code": 201}), "200 with another code in its envelope", id="code"),
    pytest.param(
        JSONResponse({"code": 405, "data": {"errMsg": "No."}, "meta": {"message": "Method Not Allowed"}}, 405),
        "405 without the required header Allow",
        id="header",
    ),
    pytest.param(
        PlainTextResponse("{}"),
        "200 with Content-Type text/plain; charset=utf-8, expected application/json",
        id="media-type",
    ),
    pytest.param(Response(b"{", media_type="application/json"), "200 with a body that is not JSON", id="not-json"),
    pytest.param(Response(), "200 with Content-Type None, expected application/json", id="empty"),
]


@pytest.mark.parametrize(("response", "violation"), BROKEN)
def test_an_invalid_response_is_a_server_error(
    make_client: MakeClient,
    make_invoice: MakeInvoice,
    *,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    response: Response,
    violation: str,
) -> None:
    """
    With the self-check an invalid response is replaced by a 500; the 500 and the log say what is wrong.
    """

    async def broken(_: Call) -> Response:
        return response

    monkeypatch.setitem(OPERATIONS, "createInvoice", broken)
    client = make_client(self_check=True)

    replaced = client.post(make_invoice())

    message = f"self-check: invalid response of createInvoice: {violation}"
    assert replaced.status_code == 500
    assert replaced.json() == {"code": 500, "data": {"errMsg": message}, "meta": {"message": "Server Error"}}
    assert caplog.record_tuples == [("b2b_invoices_mock", logging.ERROR, message)]


def test_without_the_self_check_responses_are_sent_unchanged(
    make_client: MakeClient, make_invoice: MakeInvoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Without the self-check an invalid response is sent as it is.
    """

    async def broken(_: Call) -> Response:
        return JSONResponse({}, 201)

    monkeypatch.setitem(OPERATIONS, "createInvoice", broken)

    assert make_client(held=False).post(make_invoice()).status_code == 201


def test_errors_are_checked(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """
    Errors that occur before the operation runs are checked too.
    """
    monkeypatch.setattr("b2b_invoices_mock.api.responses._body", lambda *_: {})
    client = make_client(self_check=True)

    response = client.get("/invoices", headers={"X-Auth-Token": ""})

    assert response.status_code == 500
    assert caplog.messages == [
        "self-check: invalid response of listInvoices: 401, the body breaks the rule 'required' of its schema"
    ]


def test_an_unknown_example_is_not_checked(make_client: MakeClient) -> None:
    """
    The error for an unknown example is the mock's own, so the self-check ignores it.
    """
    client = make_client(self_check=True)

    response = client.get("/invoices/1", headers={"Prefer": "code=418"}, promised=False)

    assert response.status_code == 400
