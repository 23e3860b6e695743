"""
The client and the contract, both ways: every valid draft is sent unchanged, and every response is read as what it is.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from b2b_invoices import Client, CreateInvoiceRequest, Retries, errors
from b2b_invoices.api.invoices import create_invoice, delete_invoice, get_invoice, list_invoices
from b2b_invoices_contract.drafts import Draft, Drafts
from b2b_invoices_contract.failures import same
from b2b_invoices_contract.traffic.edge_cases import edge_cases_of, whole
from b2b_invoices_spec import load_contract
from b2b_invoices_spec.document import Node, json_content

CONTRACT = load_contract()
DRAFTS = Drafts.of_contract("W", "12345")
VALID = CONTRACT.operation("createInvoice").body
DRAFT = CreateInvoiceRequest.from_dict(CONTRACT.example("MinimalInvoice"))

Call = Callable[[Client], Any]

CALLS: dict[str, Call] = {
    "createInvoice": lambda client: create_invoice.sync(client=client, body=DRAFT),
    "listInvoices": lambda client: list_invoices.sync(client=client),
    "getInvoice": lambda client: get_invoice.sync(12, client=client),
    "deleteInvoice": lambda client: delete_invoice.sync(12, client=client),
}
ANSWERS = [
    (operation.id, response.label, json_content(CONTRACT.document, response.node))
    for operation in CONTRACT.operations
    for response in operation.responses
]
STATUSES = [100, 201, 202, 204, 206, 301, 302, 304, 402, 406, 409, 410, 418, 451]

exactly = msgspec.json.Decoder(float_hook=Decimal).decode
some = settings(
    max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


def _client(answer: httpx.Response | None = None, sent: list[httpx.Request] | None = None) -> Client:
    """
    Return a client that gets *answer* for every request, a success if there is none, and adds the request to *sent*.
    """

    def handle(request: httpx.Request) -> httpx.Response:
        if sent is not None:
            sent.append(request)
        created = CONTRACT.example("Created")
        return answer or httpx.Response(200, json=created)

    return Client(
        store_hash="teststore",
        access_token="test-token",  # noqa: S106 - not a secret
        retries=Retries.off(),
        strict=True,
        httpx_args={"transport": httpx.MockTransport(handle)},
    )


def _sent(draft: Draft) -> bytes:
    sent: list[httpx.Request] = []
    create_invoice.sync(client=_client(sent=sent), body=CreateInvoiceRequest.from_dict(draft))
    return sent[0].content


@some
@given(data=st.data())
def test_any_draft_is_sent_valid_and_unchanged(data: st.DataObject) -> None:
    """
    Any valid draft is sent as valid JSON, with the same keys and values.
    """
    draft = data.draw(DRAFTS.drafts())

    body = _sent(draft)

    assert VALID.is_valid(msgspec.json.decode(body))
    assert same(exactly(body), exactly(msgspec.json.encode(draft)))


def test_every_edge_case_is_sent_unchanged() -> None:
    """
    Every edge case of every field is sent unchanged.
    """
    drafts = [case.of(whole(DRAFTS)) for case in edge_cases_of(CONTRACT.document)]

    assert [draft for draft in drafts if not same(exactly(_sent(draft)), exactly(msgspec.json.encode(draft)))] == []


def test_every_documented_status_has_an_example() -> None:
    """
    Every documented response of every operation has an example.
    """
    assert [(name, status) for name, status, content in ANSWERS if not content["examples"]] == []


@pytest.mark.parametrize(
    ("name", "status", "content"), ANSWERS, ids=[f"{name} {status}" for name, status, _ in ANSWERS]
)
def test_documented_response_is_read_as_its_model(name: str, status: str, content: Node) -> None:
    """
    A documented success becomes the model of its schema, unchanged; a documented error raises with its envelope.
    """
    model = content["schema"]["$ref"].rpartition("/")[2]
    code = int(status.replace("XX", "03"))

    for example in content["examples"].values():
        value = CONTRACT.resolve(example)["value"] | {"code": code}
        client = _client(httpx.Response(code, json=value))
        if status == "200":
            parsed = CALLS[name](client)
        else:
            with pytest.raises(errors.ApiError) as caught:
                CALLS[name](client)
            assert caught.value.status == code
            parsed = caught.value.envelope
        assert type(parsed).__name__ == model
        assert same(parsed.to_dict(), exactly(msgspec.json.encode(value)))


@some
@given(data=st.data())
def test_any_documented_response_is_read_as_its_model(data: st.DataObject) -> None:
    """
    Whatever matches the schema of a success becomes its model, unchanged.
    """
    name, _, content = data.draw(st.sampled_from([answer for answer in ANSWERS if answer[1] == "200"]))
    value = data.draw(DRAFTS.values(content["schema"]))

    parsed = CALLS[name](_client(httpx.Response(200, json=value)))

    assert same(parsed.to_dict(), exactly(msgspec.json.encode(value)))


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("name", CALLS)
def test_undocumented_status_raises(name: str, status: int) -> None:
    """
    A status that the contract does not have raises one of the client's errors, whatever the body.
    """
    with pytest.raises(errors.UnexpectedAnswer):
        CALLS[name](_client(httpx.Response(status, json={"code": status, "data": {}, "meta": {"message": "Hm"}})))


@some
@given(data=st.data())
def test_undocumented_body_raises(data: st.DataObject) -> None:
    """
    A success with a body that does not match its schema raises one of the client's errors, and nothing else.
    """
    name, _, content = data.draw(st.sampled_from([answer for answer in ANSWERS if answer[1] == "200"]))
    value = data.draw(st.one_of(_json(), _envelopes()))
    if CONTRACT.validator(content["schema"]).is_valid(value):
        return

    with pytest.raises(errors.UnexpectedAnswer):
        CALLS[name](_client(httpx.Response(200, json=value)))


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"{", b"\xff", b"null", b"[]", b'"text"', b"1"])
@pytest.mark.parametrize("status", [200, 400, 401, 404, 422, 429])
@pytest.mark.parametrize("name", CALLS)
def test_other_body_than_an_object_raises(name: str, status: int, body: bytes) -> None:
    """
    A documented status with a body that is not a JSON object raises one of the client's errors.
    """
    answer = httpx.Response(status, content=body, headers={"Content-Type": "application/json"})

    with pytest.raises(errors.B2BInvoicesError):
        CALLS[name](_client(answer))


def _envelopes() -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({"code": st.just(200) | _json(), "data": _json(), "meta": _json()})


def _json() -> st.SearchStrategy[Any]:
    scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
    return st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2)
    )
