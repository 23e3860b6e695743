"""
What the contract documents about a response, and what is undocumented about one.
"""

import pickle

import attrs
import pytest

from b2b_invoices_contract.contract import unlisted_keys, violations
from contract_tests.tests.example import exchange
from contract_tests.tests.observed import PLAIN, invoice_of, response

NOT_FOUND = b'{"code": 404, "data": {"errMsg": "Not found."}, "meta": {"message": "Not found."}}'


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json;charset=utf-8", "application/json ; charset=utf-8", "Application/JSON"],
)
def test_media_type_may_be_written_in_any_case_and_with_parameters(content_type: str) -> None:
    """
    A content type is compared as HTTP says: in any case, with parameters, and with a space before them.
    """
    answer = exchange("GET", "/invoices/7", status=404, answered=NOT_FOUND, content_type=content_type)

    assert not list(violations(answer))


@pytest.mark.parametrize("content_type", ["application/jsonp", "text/html; a=application/json", ""])
def test_other_media_types_are_undocumented(content_type: str) -> None:
    """
    Another content type than that of JSON is undocumented, and shown as it was received.
    """
    answer = exchange("GET", "/invoices/7", status=404, answered=NOT_FOUND, content_type=content_type)

    (violation,) = violations(answer)
    assert (violation.at, violation.actual) == ("header Content-Type", content_type)


def test_required_headers_are_missed() -> None:
    """
    A response without a header that the contract requires is undocumented; one with it is not.
    """
    body = NOT_FOUND.replace(b"404", b"405")
    without = exchange("PUT", "/invoices", status=405, answered=body)
    complete = attrs.evolve(without, headers={**without.headers, "allow": "GET, POST"})

    assert [violation.at for violation in violations(without)] == ["header Allow"]
    assert not list(violations(complete))


def test_body_is_decoded_once() -> None:
    """
    The JSON of a response is decoded once, however often it is used, and is not sent to other processes.
    """
    answer = exchange(answered=b'{"data": {"id": 1}}')
    size = len(pickle.dumps(answer))

    first = answer.json

    assert answer.json is first == {"data": {"id": 1}}
    assert len(pickle.dumps(answer)) == size
    assert pickle.loads(pickle.dumps(answer)) == answer  # noqa: S301 - our own bytes


def test_place_of_a_violation() -> None:
    """
    A response that does not match its schema is undocumented at that place, by that part of the contract.
    """
    (violation,) = violations(response(data={"id": "x"}, method="POST"))

    assert (violation.at, violation.pointer) == ("/data/id", "#/components/schemas/InvoiceReference/properties/id/type")


def test_unlisted_keys() -> None:
    """
    Keys that the contract does not list are named, once each; those of details, which can have any, are not.
    """
    invoice = invoice_of(
        PLAIN, details={"any": 1}, storeHash="x", openBalance={"code": "USD", "value": "1.0000", "y": 1}
    )
    listed = response(data=[invoice, invoice], pagination={"totalCount": 2, "limit": 10, "offset": 0, "page": 1})

    assert unlisted_keys(listed) == ["data[].openBalance.y", "data[].storeHash", "meta.pagination.page"]
    assert unlisted_keys(response(data={"id": 1}, method="POST")) == []
    assert unlisted_keys(response(path="/elsewhere")) == unlisted_keys(response(418)) == []
