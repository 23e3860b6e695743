"""
What the contract documents of answers: what is held against them, and what is not.
"""

import pickle

import attrs
import pytest

from b2b_invoices_contract.contract import violations
from contract_tests.tests.example import exchange

NOT_FOUND = b'{"code": 404, "data": {"errMsg": "Not found."}, "meta": {"message": "Not found."}}'


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json;charset=utf-8", "application/json ; charset=utf-8", "Application/JSON"],
)
def test_media_type_may_be_written_in_any_case_and_with_parameters(content_type: str) -> None:
    """
    A content type is what HTTP says it is: in any case, with parameters, and with space before them.
    """
    answer = exchange("GET", "/invoices/7", status=404, answered=NOT_FOUND, content_type=content_type)

    assert not list(violations(answer))


@pytest.mark.parametrize("content_type", ["application/jsonp", "text/html; a=application/json", ""])
def test_other_media_types_are_undocumented(content_type: str) -> None:
    """
    A content type that is not JSON's is told as it was met.
    """
    answer = exchange("GET", "/invoices/7", status=404, answered=NOT_FOUND, content_type=content_type)

    assert [violation.what for violation in violations(answer)] == [f"content type {content_type!r}"]


def test_required_headers_are_missed() -> None:
    """
    An answer without a header that the contract requires of it is undocumented; one with it is not.
    """
    body = NOT_FOUND.replace(b"404", b"405")
    without = exchange("PUT", "/invoices", status=405, answered=body)
    complete = attrs.evolve(without, headers={**without.headers, "allow": "GET, POST"})

    assert [violation.what for violation in violations(without)] == ["no header Allow in an answer with status 405"]
    assert not list(violations(complete))


def test_body_is_decoded_once() -> None:
    """
    The JSON of an answer is decoded once, however often it is looked at, and goes to no other process.
    """
    answer = exchange(answered=b'{"data": {"id": 1}}')
    size = len(pickle.dumps(answer))

    first = answer.json

    assert answer.json is first == {"data": {"id": 1}}
    assert len(pickle.dumps(answer)) == size
    assert pickle.loads(pickle.dumps(answer)) == answer  # noqa: S301 - our own bytes
