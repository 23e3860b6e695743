"""
Every error of every operation: each response is documented in the contract, in every dialect.
"""

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import httpx
import pytest

from b2b_invoices_mock.api.dialect import DIALECTS
from b2b_invoices_mock.api.errors import (
    ApiError,
    BodyTooLarge,
    ChannelNotFound,
    CompanyNotFound,
    ForeignToken,
    InvalidInvoice,
    InvalidQuery,
    InvoiceNotFound,
    InvoiceNumberTaken,
    LedgerBusy,
    LedgerUnavailable,
    MalformedBody,
    MethodNotAllowed,
    MissingCredentials,
    MissingStoreHash,
    NoSuchExample,
    NotAcceptable,
    OrderAlreadyInvoiced,
    PathNotFound,
    TooManyRequests,
    UnknownCredentials,
    UnknownStore,
    UnsupportedMediaType,
)
from b2b_invoices_mock.ledger import SQLiteLedger
from b2b_invoices_mock.settings import RateLimit
from b2b_invoices_spec import Contract
from mock_server.tests.client import MockClient, error_classes
from mock_server.tests.conftest import MakeClient, MakeInvoice

REQUESTS = {
    "createInvoice": ("POST", "/invoices"),
    "listInvoices": ("GET", "/invoices"),
    "getInvoice": ("GET", "/invoices/1"),
    "deleteInvoice": ("DELETE", "/invoices/1"),
}
EVERY = tuple(REQUESTS)
CREATE = ("createInvoice",)
ONE = ("getInvoice", "deleteInvoice")


@attrs.frozen
class Caller:
    """
    Calls one operation of a mock.

    Attributes:
        operation: The operation, by operationId.
        client: A client of the mock.
        make_invoice: Makes a valid body.
    """

    operation: str
    client: MockClient
    make_invoice: MakeInvoice

    def call(self, **options: Any) -> httpx.Response:
        """
        Call the operation, with a valid body or an existing id.
        """
        method, path = REQUESTS[self.operation]
        content: dict[str, Any] = {"json": self.make_invoice()} if method == "POST" else {}
        return self.client.request(method, path, **content, **options)

    def post(self, **fields: Any) -> httpx.Response:
        """
        Create an invoice with these fields.
        """
        return self.client.post(self.make_invoice(**fields))


@attrs.frozen
class Situation:
    """
    A situation in which the mock returns an error.

    Attributes:
        error: The error.
        example: Name of the contract's example of it, or None if it has none.
        operations: The operations that can return it.
        provoke: Sends the request that gets it.
        settings: The mock's settings.
    """

    error: type[ApiError]
    example: str | None
    operations: tuple[str, ...]
    provoke: Callable[[Caller], httpx.Response]
    settings: Mapping[str, Any] = {}


def twice(**fields: Any) -> Callable[[Caller], httpx.Response]:
    """
    Create two invoices with the same fields.
    """
    return lambda caller: [caller.post(**fields) for _ in range(2)][-1]


def throttled(caller: Caller) -> httpx.Response:
    """
    Send one request more than the limit allows.
    """
    caller.client.get("/invoices")
    return caller.call()


def headed(headers: dict[str, str]) -> Callable[[Caller], httpx.Response]:
    """
    Call the operation with these headers.
    """
    return lambda caller: caller.call(headers=headers)


SITUATIONS = [
    Situation(InvoiceNumberTaken, "number-taken", CREATE, twice(invoiceNumber="7")),
    Situation(OrderAlreadyInvoiced, "order-already-invoiced", CREATE, twice(orderNumber="7")),
    Situation(MalformedBody, "malformed-json", CREATE, lambda it: it.client.post("x")),
    Situation(InvalidQuery, "invalid-query", ("listInvoices",), lambda it: it.client.get("/invoices?limit=ten")),
    Situation(NoSuchExample, None, EVERY, lambda it: it.call(headers={"Prefer": "code=299"}, promised=False)),
    Situation(MissingCredentials, "missing-credentials", EVERY, headed({"X-Auth-Token": ""})),
    Situation(MissingStoreHash, "missing-credentials", EVERY, headed({"X-Store-Hash": ""})),
    Situation(UnknownCredentials, "unknown-credentials", EVERY, headed({"X-Auth-Token": "wrong"})),
    Situation(UnknownStore, "unknown-credentials", EVERY, headed({"X-Store-Hash": "wrong"})),
    Situation(ForeignToken, "another-store", EVERY, headed({"X-Store-Hash": "otherstore"})),
    Situation(PathNotFound, None, EVERY, lambda it: it.client.get(f"/orders/{it.operation}")),
    Situation(CompanyNotFound, "no-such-company", CREATE, lambda it: it.post(), {"companies": frozenset({"7"})}),
    Situation(
        ChannelNotFound,
        "no-such-channel",
        CREATE,
        lambda it: it.post(channelId=1),
        {"dialect": attrs.evolve(DIALECTS["documented"], channels="none")},
    ),
    Situation(
        InvoiceNotFound,
        "no-such-invoice",
        ONE,
        lambda it: it.client.request(REQUESTS[it.operation][0], "/invoices/12"),
    ),
    Situation(
        MethodNotAllowed,
        "method-not-allowed",
        EVERY,
        lambda it: it.client.request("PATCH", REQUESTS[it.operation][1]),
    ),
    Situation(NotAcceptable, "not-acceptable", EVERY, headed({"Accept": "application/xml"})),
    Situation(BodyTooLarge, "too-large", CREATE, lambda it: it.client.post(b" " * 10_485_761)),
    Situation(
        UnsupportedMediaType,
        "not-json",
        CREATE,
        lambda it: it.client.request("POST", "/invoices", data={"customerId": "1"}),
    ),
    Situation(
        InvalidInvoice,
        "violations",
        CREATE,
        lambda it: it.post(customerId=None, openBalance={"code": "USD", "value": "100"}),
    ),
    Situation(TooManyRequests, "too-many", EVERY, throttled, {"rate_limit": RateLimit(1, 60)}),
]
IN_TROUBLE: dict[type[ApiError], ApiError] = {
    LedgerUnavailable: LedgerUnavailable("The ledger's disk is full."),
    LedgerBusy: LedgerBusy(),
}
CASES = [
    pytest.param(situation, operation, id=f"{situation.error.__name__}-{operation}")
    for situation in SITUATIONS
    for operation in situation.operations
]


@pytest.mark.parametrize(("situation", "operation"), CASES)
def test_errors_are_the_contracts_examples(
    contract: Contract, make_client: MakeClient, make_invoice: MakeInvoice, situation: Situation, operation: str
) -> None:
    """
    The mock's error responses are exactly the contract's examples for the operation.
    """
    examples = {error.name: error.body for error in contract.operation(operation).errors}

    client = make_client(self_check=True, **situation.settings)
    response = situation.provoke(Caller(operation, client, make_invoice))

    assert response.status_code == situation.error.status
    if situation.example is not None:
        assert response.json() == examples[situation.example]


@pytest.mark.parametrize(("situation", "operation"), CASES)
def test_observed_errors_are_documented(
    make_client: MakeClient, make_invoice: MakeInvoice, situation: Situation, operation: str
) -> None:
    """
    In the observed dialect, every error response is documented as well; the client and the self-check validate it.
    """
    settings = {**situation.settings, "dialect": DIALECTS["observed"]}

    response = situation.provoke(Caller(operation, make_client(self_check=True, **settings), make_invoice))

    assert response.status_code >= 400
    assert "self-check" not in response.text


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("operation", EVERY)
def test_successes_are_documented(
    make_client: MakeClient, make_invoice: MakeInvoice, operation: str, dialect: str
) -> None:
    """
    Every operation's success is documented in the contract, in each named dialect.
    """
    client = make_client(self_check=True, dialect=DIALECTS[dialect])
    client.create(make_invoice(orderNumber="101", details={"header": {}}))

    assert Caller(operation, client, make_invoice).call().status_code == 200


@pytest.mark.parametrize("error", IN_TROUBLE)
@pytest.mark.parametrize("operation", EVERY)
def test_ledger_unavailable(
    make_client: MakeClient,
    make_invoice: MakeInvoice,
    monkeypatch: pytest.MonkeyPatch,
    error: type[ApiError],
    operation: str,
) -> None:
    """
    A ledger that is unavailable is 503 with the reason, for every operation.
    """
    client = make_client(self_check=True)
    client.create(make_invoice())

    def fail(*_: Any, **__: Any) -> None:
        raise IN_TROUBLE[error]

    for name in ("add_each", "get", "list", "delete"):
        monkeypatch.setattr(SQLiteLedger, name, fail)
    monkeypatch.setattr("b2b_invoices_mock.ledger.interface._ATTEMPTS", 1)
    response = Caller(operation, client, make_invoice).call()

    assert response.status_code == 503
    assert response.json() == {
        "code": 503,
        "data": {"errMsg": str(IN_TROUBLE[error])},
        "meta": {"message": "Service Unavailable"},
    }


@pytest.mark.parametrize("operation", EVERY)
def test_unexpected_exception(
    contract: Contract, make_client: MakeClient, make_invoice: MakeInvoice, operation: str
) -> None:
    """
    An unexpected exception is the contract's server error, for every operation.
    """
    client = make_client(raises=False)
    client.ledger.close()

    response = Caller(operation, client, make_invoice).call()

    assert response.json() == contract.document["components"]["examples"]["ServerError"]["value"]


def test_table_is_complete(contract: Contract) -> None:
    """
    The table above has every class of error and every error example of the contract.
    """
    provoked = {(operation, it.example) for it in SITUATIONS for operation in it.operations if it.example}
    failing = {(operation, "server-error") for operation in EVERY}
    shown = {(operation.id, error.name) for operation in contract.operations for error in operation.errors}

    assert {situation.error for situation in SITUATIONS} | set(IN_TROUBLE) == set(error_classes())
    assert provoked | failing == shown
    assert {operation.id for operation in contract.operations} == set(EVERY)
