"""
The dialects: the mock as documented, and as it was seen.
"""

import pytest

from mock_server import Dialect
from mock_server.dialect import DIALECTS

from .client import MockClient, assert_refused
from .conftest import MakeClient, MakeInvoice


@pytest.fixture(name="observed")
def _observed(make_client: MakeClient) -> MockClient:
    """
    A client of a mock that answers as it was seen.
    """
    return make_client(dialect=DIALECTS["observed"])


def test_documented_is_the_default() -> None:
    """
    A dialect that nothing is said of is the documented one.
    """
    assert Dialect() == DIALECTS["documented"]
    assert list(DIALECTS) == ["documented", "observed"]


def test_observed_success(observed: MockClient, make_invoice: MakeInvoice) -> None:
    """
    As observed, a success is shouted.
    """
    response = observed.post(make_invoice())

    assert response.json() == {"code": 200, "data": {"id": 1}, "meta": {"message": "SUCCESS"}}


def test_observed_invalid_body(observed: MockClient, make_invoice: MakeInvoice) -> None:
    """
    As observed, an invalid body is refused with 400 and all that is wrong in one text.
    """
    response = observed.post(make_invoice(customerId=None, status=9))

    assert_refused(response, 400, 'customerId: This field is required.; status: "9" is not a valid choice.; ')


def test_observed_invalid_query(observed: MockClient) -> None:
    """
    A query is refused in the same way whatever the dialect.
    """
    assert_refused(observed.get("/invoices?limit=x"), 400, {"limit": ["A valid integer is required."]})


def test_observed_channel(observed: MockClient, make_invoice: MakeInvoice) -> None:
    """
    As observed, a store has a single storefront, so that no channel exists.
    """
    before = observed.record()

    refused = observed.post(make_invoice(channelId=1))

    assert_refused(refused, 404, "Store channels not exist")
    assert observed.record() == before
    assert observed.read(observed.create(make_invoice()))["channelId"] is None


def test_observed_unknown_path(observed: MockClient) -> None:
    """
    As observed, a path that does not exist is answered without an envelope.
    """
    response = observed.get("/orders")

    assert response.status_code == 404
    assert response.json() == {"code": 404, "message": "Not Found"}
