"""
`Prefer`: every example of the contract can be asked for, and nothing is done then.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b_invoices_mock.api.prefer_header import Preference, read_preference
from b2b_invoices_mock.settings import RateLimit
from b2b_invoices_spec import Contract, Example, Operation
from mock_server.tests.client import MockClient, assert_refused, property_of_the_mock
from mock_server.tests.conftest import MakeClient, MakeInvoice

ANSWERS = [
    pytest.param(operation, answer, id=f"{operation.id}-{answer.label}-{answer.name}")
    for operation in Contract.load().operations
    for answer in operation.examples
]


def path_of(operation: Operation) -> str:
    """
    Return a path of *operation*.
    """
    return operation.path.replace("{invoiceId}", "7")


@pytest.mark.parametrize(("operation", "answer"), ANSWERS)
@pytest.mark.parametrize("form", ["example={0.name}", "example={0.name}, code={0.status}"])
def test_every_example_can_be_preferred(client: MockClient, operation: Operation, answer: Example, form: str) -> None:
    """
    An example is answered to the letter, by its name alone or with its status.
    """
    response = client.request(operation.method, path_of(operation), headers={"Prefer": form.format(answer)})

    assert (response.status_code, response.json()) == (answer.status, answer.body)
    assert "example=" + answer.name in response.headers["Preference-Applied"]


@pytest.mark.parametrize(
    ("prefer", "status", "words"),
    [
        pytest.param("code=400", 400, "The invoice number already exists.", id="first-of-its-status"),
        pytest.param(
            "code=401", 401, "Invalid token header. No credentials provided.", id="credentials-notwithstanding"
        ),
        pytest.param("example=no-such-channel", 404, "Store channels not exist", id="name"),
        pytest.param("dynamic=true; code=415", 415, None, id="with-another-of-prism's"),
        pytest.param('code="429"', 429, "Request was throttled.", id="quoted"),
        pytest.param("CODE = 403", 403, "Invalid token", id="case-and-blanks"),
        pytest.param("code=404, code=400", 404, "Store channels not exist", id="first-word-counts"),
    ],
)
def test_preferences(
    client: MockClient, make_invoice: MakeInvoice, prefer: str, status: int, words: str | None
) -> None:
    """
    A preferred error is answered in place of a create, which is not done.
    """
    before = client.record()

    response = client.post(make_invoice(), headers={"Prefer": prefer})

    assert response.status_code == status
    assert words in (None, response.json()["data"]["errMsg"])
    assert client.record() == before


def test_any_server_error(client: MockClient) -> None:
    """
    A status that stands for a hundred can be any of them, in the envelope too.
    """
    response = client.get("/invoices", headers={"Prefer": "code=503"})

    assert (response.status_code, response.json()["code"]) == (503, 503)


def test_preferred_errors_have_their_headers(make_client: MakeClient) -> None:
    """
    429 tells when to come back, by the mock's own limit or the vendor's, and 405 which methods there are.
    """
    client = make_client(rate_limit=RateLimit(9, 60))

    limited = client.get("/invoices", headers={"Prefer": "code=429"})
    unlimited = make_client().get("/invoices", headers={"Prefer": "code=429"})
    refused = client.get("/invoices", headers={"Prefer": "code=405"})

    assert limited.headers["X-Requests-Allocated"] == "9 times/60 s"
    assert limited.headers["X-Requests-Remaining"] == "0 times"
    assert unlimited.headers["X-Requests-Allocated"] == "150 times/60 s"
    assert refused.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


def test_what_is_not_on_offer(client: MockClient) -> None:
    """
    An answer that the operation does not have is refused with all that it has.
    """
    response = client.get("/invoices/7", headers={"Prefer": "code=404, example=number-taken"}, promised=False)

    assert_refused(
        response,
        400,
        "getInvoice has no answer with code=404, example=number-taken; it has 200 minimal, 200 full, "
        "401 missing-credentials, 401 unknown-credentials, 403 another-store, 404 no-such-invoice, "
        "405 method-not-allowed, 406 not-acceptable, 429 too-many, 5XX server-error.",
    )


@pytest.mark.parametrize("prefer", ["", "respond-async", "return=minimal, wait=10", "dynamic=true", "=", ";,;"])
def test_other_preferences_change_nothing(client: MockClient, prefer: str) -> None:
    """
    What a caller prefers besides is ignored, as the standard has it.
    """
    response = client.get("/invoices", headers={"Prefer": prefer})

    assert response.status_code == 200
    assert "Preference-Applied" not in response.headers


def test_credentials_and_the_limit_come_first(make_client: MakeClient) -> None:
    """
    A preference opens no doors: who is not let in is told so.
    """
    client = make_client(rate_limit=RateLimit(1, 60))

    stranger = client.get("/invoices", headers={"X-Auth-Token": "wrong", "Prefer": "code=200"})
    answers = [client.get("/invoices", headers={"Prefer": "example=empty"}) for _ in range(2)]

    assert stranger.status_code == 401
    assert [answer.status_code for answer in answers] == [200, 429]


def test_head_prefers_too(client: MockClient) -> None:
    """
    HEAD has the headers of the preferred answer, and no body.
    """
    response = client.request("HEAD", "/invoices/7", headers={"Prefer": "code=404"})

    assert (response.status_code, response.content) == (404, b"")


@given(header=st.text(st.characters(codec="latin-1"), max_size=40))
@property_of_the_mock
def test_any_header(header: str) -> None:
    """
    Whatever a header says, it is a preference or none.
    """
    assert isinstance(read_preference(header), Preference | None)
