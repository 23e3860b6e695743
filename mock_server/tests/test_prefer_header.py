"""
The Prefer header: it returns any example of the contract, and the request is not carried out.
"""

import pytest

from b2b_invoices_mock.settings import RateLimit
from b2b_invoices_spec import Contract, Example, Operation
from mock_server.tests.client import MockClient, assert_error
from mock_server.tests.conftest import MakeClient, MakeInvoice

EXAMPLES = [
    pytest.param(operation, example, id=f"{operation.id}-{example.label}-{example.name}")
    for operation in Contract.load().operations
    for example in operation.examples
]


@pytest.mark.parametrize(("operation", "example"), EXAMPLES)
@pytest.mark.parametrize("form", ["example={0.name}", "example={0.name}, code={0.status}"])
def test_every_example_can_be_preferred(client: MockClient, operation: Operation, example: Example, form: str) -> None:
    """
    Each example of the contract is returned for its name, alone or with its status.
    """
    path = operation.path.replace("{invoiceId}", "7")

    response = client.request(operation.method, path, headers={"Prefer": form.format(example)})

    assert (response.status_code, response.json()) == (example.status, example.body)
    assert "example=" + example.name in response.headers["Preference-Applied"]


@pytest.mark.parametrize(
    ("prefer", "status", "reason"),
    [
        pytest.param("code=400", 400, "The invoice number already exists.", id="first-of-its-status"),
        pytest.param("code=401", 401, "Invalid token header. No credentials provided.", id="valid-credentials"),
        pytest.param("example=no-such-channel", 404, "Store channels not exist", id="name"),
        pytest.param("dynamic=true; code=415", 415, None, id="with-another-of-prism's"),
        pytest.param('code="429"', 429, "Request was throttled.", id="quoted"),
        pytest.param("CODE = 403", 403, "Invalid token", id="case-and-blanks"),
        pytest.param("code=404, code=400", 404, "Store channels not exist", id="first-value-counts"),
    ],
)
def test_preferences(
    client: MockClient, make_invoice: MakeInvoice, prefer: str, status: int, reason: str | None
) -> None:
    """
    A create with a preferred error returns the error and stores nothing.
    """
    before = client.ledger.snapshot()

    response = client.post(make_invoice(), headers={"Prefer": prefer})

    assert response.status_code == status
    assert reason in (None, response.json()["data"]["errMsg"])
    assert client.ledger.snapshot() == before


def test_any_server_error(client: MockClient) -> None:
    """
    An example for 5XX is returned with any status from 500 to 599, also in its envelope.
    """
    response = client.get("/invoices", headers={"Prefer": "code=503"})

    assert (response.status_code, response.json()["code"]) == (503, 503)


def test_preferred_errors_have_their_headers(make_client: MakeClient) -> None:
    """
    429 has the rate-limit headers, with the mock's limit or the vendor's, and 405 lists the methods.
    """
    client = make_client(rate_limit=RateLimit(9, 60))

    limited = client.get("/invoices", headers={"Prefer": "code=429"})
    unlimited = make_client().get("/invoices", headers={"Prefer": "code=429"})
    not_allowed = client.get("/invoices", headers={"Prefer": "code=405"})

    assert limited.headers["X-Requests-Allocated"] == "9 times/60 s"
    assert limited.headers["X-Requests-Remaining"] == "0 times"
    assert unlimited.headers["X-Requests-Allocated"] == "150 times/60 s"
    assert not_allowed.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


def test_an_unknown_example(client: MockClient) -> None:
    """
    The error for an unknown example lists the examples of the operation.
    """
    response = client.get("/invoices/7", headers={"Prefer": "code=404, example=number-taken"}, promised=False)

    assert_error(
        response,
        400,
        "getInvoice has no example for code=404, example=number-taken; expected one of 200 minimal, 200 full, "
        "401 missing-credentials, 401 unknown-credentials, 403 another-store, 404 no-such-invoice, "
        "405 method-not-allowed, 406 not-acceptable, 429 too-many, 5XX server-error.",
    )


@pytest.mark.parametrize("prefer", ["", "respond-async", "return=minimal, wait=10", "dynamic=true", "=", ";,;"])
def test_other_preferences_are_ignored(client: MockClient, prefer: str) -> None:
    """
    Other preferences are ignored, as RFC 7240 requires.
    """
    response = client.get("/invoices", headers={"Prefer": prefer})

    assert response.status_code == 200
    assert "Preference-Applied" not in response.headers


def test_credentials_and_the_rate_limit_come_first(make_client: MakeClient) -> None:
    """
    Credentials and the rate limit are checked before the Prefer header.
    """
    client = make_client(rate_limit=RateLimit(1, 60))

    unauthorized = client.get("/invoices", headers={"X-Auth-Token": "wrong", "Prefer": "code=200"})
    responses = [client.get("/invoices", headers={"Prefer": "example=empty"}) for _ in range(2)]

    assert unauthorized.status_code == 401
    assert [response.status_code for response in responses] == [200, 429]
