"""
The self-check: an answer that breaks the contract is found at run time, and said, without a secret.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.responses import PlainTextResponse, Response

from b2b_invoices_mock.api.operations import OPERATIONS, Call
from b2b_invoices_mock.api.responses import JSONResponse, error
from b2b_invoices_mock.api.self_check import SelfCheck
from b2b_invoices_spec import Contract
from mock_server.tests.client import MockClient
from mock_server.tests.conftest import MakeClient, MakeInvoice

Answer = Callable[[Call], Awaitable[Response]]

CREATED: dict[str, Any] = {"code": 200, "data": {"id": 7}, "meta": {"message": "Success"}}
BROKEN = [
    pytest.param(
        JSONResponse({**CREATED, "code": 201}, 201),
        "201, which the contract does not have; it has 200, 400, 401, 403, 404, 405, 406, 413, 415, 422, 429, 5XX",
        id="status",
    ),
    pytest.param(
        JSONResponse({**CREATED, "data": {"id": "7"}}),
        "200 with /data/id breaking the contract's rule 'type'",
        id="type",
    ),
    pytest.param(
        JSONResponse({**CREATED, "data": {}}), "200 with /data breaking the contract's rule 'required'", id="missing"
    ),
    pytest.param(JSONResponse([]), "200 with the body breaking the contract's rule 'type'", id="no-object"),
    pytest.param(JSONResponse({**CREATED, "code": 201}), "200 with another code in its envelope", id="code"),
    pytest.param(
        error(405, "No.", "Method Not Allowed"),
        "405 without the header Allow, which the contract requires",
        id="header",
    ),
    pytest.param(
        PlainTextResponse("{}"),
        "200 as text/plain; charset=utf-8, where the contract has application/json",
        id="media-type",
    ),
    pytest.param(Response(b"{", media_type="application/json"), "200 with a body that is not JSON", id="no-json"),
    pytest.param(Response(), "200 as None, where the contract has application/json", id="nothing"),
]


@pytest.mark.parametrize(("response", "violation"), BROKEN)
def test_each_violation_has_its_words(contract: Contract, response: Response, violation: str) -> None:
    """
    What is wrong with an answer is said in a few words.
    """
    create = contract.operation("createInvoice")

    assert SelfCheck().violation(create, response) == violation


@pytest.mark.parametrize(("response", "violation"), BROKEN)
def test_a_broken_answer_is_a_server_error(
    make_client: MakeClient,
    make_invoice: MakeInvoice,
    *,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    response: Response,
    violation: str,
) -> None:
    """
    With the self-check, a broken answer never leaves: a 500 says what was wrong, and so does the log.
    """

    async def broken(_: Call) -> Response:
        return response

    monkeypatch.setitem(OPERATIONS, "createInvoice", broken)
    client = make_client(self_check=True)

    answer = client.post(make_invoice())

    sentence = f"self-check: createInvoice answered {violation}"
    assert answer.status_code == 500
    assert answer.json() == {"code": 500, "data": {"errMsg": sentence}, "meta": {"message": "Server Error"}}
    assert caplog.record_tuples == [("b2b_invoices_mock", logging.ERROR, sentence)]


def test_without_it_answers_are_sent_as_they_are(
    make_client: MakeClient, make_invoice: MakeInvoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Nobody who did not ask for the self-check pays for it.
    """

    async def broken(_: Call) -> Response:
        return JSONResponse({}, 201)

    monkeypatch.setitem(OPERATIONS, "createInvoice", broken)

    assert make_client(held=False).post(make_invoice()).status_code == 201


def test_refusals_are_checked_too(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """
    A refusal before the operation is held to the contract like its answers.
    """
    monkeypatch.setattr(
        "b2b_invoices_mock.api.responses.error", lambda status, *_: JSONResponse({"code": status}, status)
    )
    client = make_client(self_check=True)

    answer = client.get("/invoices", headers={"X-Auth-Token": ""})

    assert answer.status_code == 500
    assert caplog.messages == [
        "self-check: listInvoices answered 401 with the body breaking the contract's rule 'required'"
    ]


def test_what_goes_wrong_on_purpose_is_let_through(client_with_self_check: MockClient) -> None:
    """
    An answer that was preferred, or is not on offer, is nobody's mistake.
    """
    answer = client_with_self_check.get("/invoices/1", headers={"Prefer": "code=418"}, promised=False)

    assert answer.status_code == 400


@pytest.fixture(name="client_with_self_check")
def _client_with_self_check(make_client: MakeClient) -> MockClient:
    """
    A client of a mock that checks itself.
    """
    return make_client(self_check=True)
