"""
The envelope: every answer is code, data and meta.
"""

import json
from decimal import Decimal

import pytest

from b2b_invoices_mock import Dialect
from b2b_invoices_mock.api.dialect import DIALECTS
from b2b_invoices_mock.api.errors import (
    ApiError,
    InvalidInvoice,
    InvoiceNumberTaken,
    MethodNotAllowed,
    PathNotFound,
)
from b2b_invoices_mock.api.responses import refuse, server_error, success

DOCUMENTED = DIALECTS["documented"]
OBSERVED = DIALECTS["observed"]
VIOLATIONS = {"customerId": ["This field is required."], "status": ["A valid integer is required."]}


def test_success() -> None:
    """
    A success has code 200, the data, and a message with whatever else there is to say of it.
    """
    response = success({"id": 12}, DOCUMENTED, pagination={"limit": 10})

    assert response.status_code == 200
    assert json.loads(bytes(response.body)) == {
        "code": 200,
        "data": {"id": 12},
        "meta": {"message": "Success", "pagination": {"limit": 10}},
    }


def test_decimals_are_numbers() -> None:
    """
    A decimal is written as the number it is, to the last digit.
    """
    response = success({"value": Decimal("566.50"), "tiny": Decimal("1E-400")}, DOCUMENTED)

    assert b'"data":{"value":566.50,"tiny":1E-400}' in bytes(response.body)


def test_refusal() -> None:
    """
    A refusal has its status as the code too, its reason as errMsg, and its kind as the message.
    """
    response = refuse(InvoiceNumberTaken(), DOCUMENTED)

    assert response.status_code == 400
    assert json.loads(bytes(response.body)) == {
        "code": 400,
        "data": {"errMsg": "The invoice number already exists."},
        "meta": {"message": "Bad Requests Error"},
    }


def test_refusal_with_headers() -> None:
    """
    The headers of a refusal are sent along.
    """
    response = refuse(MethodNotAllowed("PUT", ["GET", "POST"]), DOCUMENTED)

    assert response.headers["Allow"] == "GET, POST"


def test_server_error() -> None:
    """
    When the mock fails it says nothing of why.
    """
    response = server_error()

    assert response.status_code == 500
    assert json.loads(bytes(response.body)) == {"code": 500, "data": {}, "meta": {"message": "Server Error"}}


@pytest.mark.parametrize(
    ("refusal", "dialect", "status", "answer"),
    [
        pytest.param(
            InvalidInvoice(VIOLATIONS),
            DOCUMENTED,
            422,
            {"code": 422, "data": {"errMsg": VIOLATIONS}, "meta": {"message": "Parameter Error"}},
            id="invalid-documented",
        ),
        pytest.param(
            InvalidInvoice(VIOLATIONS),
            OBSERVED,
            400,
            {
                "code": 400,
                "data": {
                    "errMsg": "customerId: This field is required.; status: A valid integer is required.; ",
                },
                "meta": {"message": "Bad Requests Error"},
            },
            id="invalid-observed",
        ),
        pytest.param(
            PathNotFound(),
            DOCUMENTED,
            404,
            {"code": 404, "data": {"errMsg": "Not Found"}, "meta": {"message": "Not Found Error"}},
            id="no-path-documented",
        ),
        pytest.param(PathNotFound(), OBSERVED, 404, {"code": 404, "message": "Not Found"}, id="no-path-observed"),
    ],
)
def test_a_dialect_shapes_refusals(refusal: ApiError, dialect: Dialect, status: int, answer: object) -> None:
    """
    Where the record is open, the dialect decides on status and shape.
    """
    response = refuse(refusal, dialect)

    assert response.status_code == status
    assert json.loads(bytes(response.body)) == answer
