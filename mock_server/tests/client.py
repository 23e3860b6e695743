"""
A client of an in-process mock, which validates every response by the contract.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import attrs
import httpx
from hypothesis import HealthCheck, settings
from starlette.types import ASGIApp, Message, Scope

from b2b_invoices_mock import InvoiceLedger, MockClock, Settings, Store, create_app
from b2b_invoices_mock.api.errors import (
    AccessDenied,
    AdminTokenRequired,
    ApiError,
    BadRequest,
    CredentialsError,
    InvalidInput,
    NotFound,
)
from b2b_invoices_spec import Contract, Operation

NOW = 1_619_161_808.75
"""Unix seconds at the start of a test; also the creation time in the contract's minimal invoice."""

RUN = UUID("4f9c2a6e-4c1f-4d3e-9d0b-2d3c1a5e7f60")
"""First part of the request ids."""

STORE = Store("teststore", "test-token")
OTHER_STORE = Store("otherstore", "other-token")

property_of_the_mock = settings(
    database=None,
    deadline=None,
    derandomize=True,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
"""Hypothesis settings for properties of the mock. All examples of a property share one mock."""


@attrs.define
class Clock:
    """
    A clock that tests set.

    Attributes:
        now: Its time in Unix seconds.
    """

    now: float = NOW

    def __call__(self) -> float:
        """
        Return the time in Unix seconds.
        """
        return self.now


class MockClient:
    """
    Calls a mock as one of its stores.

    Attributes:
        ledger: The mock's ledger.
    """

    def __init__(
        self,
        contract: Contract,
        mock_settings: Settings,
        ledger: InvoiceLedger,
        clock: Clock,
        runner: asyncio.Runner,
        *,
        raises: bool = True,
        held: bool = True,
    ) -> None:
        self.ledger = ledger
        self._held = held
        self._runner = runner
        self._contract = contract
        self._http = httpx.AsyncClient(
            transport=httpx.ASGITransport(
                create_app(contract, mock_settings, ledger, clock=MockClock(clock), run=RUN),
                raise_app_exceptions=raises,
            ),
            base_url=f"http://mock{contract.base_path}",
            trust_env=False,
        )

    def request(
        self,
        method: str,
        path: str,
        *,
        store: Store = STORE,
        headers: Mapping[str, Any] | None = None,
        without: Sequence[str] = (),
        promised: bool = True,
        **content: Any,
    ) -> httpx.Response:
        """
        Send one request with a store's credentials, and validate the response by the contract.

        Args:
            method: Its method.
            path: Its path below the base path, and its query.
            store: The store whose credentials are sent.
            headers: Additional or different headers.
            without: Names of headers to omit.
            promised: False if the contract does not document the response.
            content: Its body, as httpx accepts it.
        """
        sent = {"X-Store-Hash": store.store_hash, "X-Auth-Token": store.access_token, **(headers or {})}
        sent = {name: value for name, value in sent.items() if name not in without}
        response = self._runner.run(self._http.request(method, path, headers=sent, **content))
        if promised and self._held:
            assert_documented(self._contract, method, path, response)
        return response

    def get(self, path: str, **options: Any) -> httpx.Response:
        """
        Send a GET request with `request`'s options.
        """
        return self.request("GET", path, **options)

    def delete(self, path: str, **options: Any) -> httpx.Response:
        """
        Send a DELETE request with `request`'s options.
        """
        return self.request("DELETE", path, **options)

    def post(self, body: Any, **options: Any) -> httpx.Response:
        """
        Create an invoice from *body*: bytes, text or chunks are sent as they are, anything else as JSON.
        """
        if isinstance(body, bytes | str | AsyncIterator):
            headers = {"Content-Type": "application/json", **options.pop("headers", {})}
            return self.request("POST", "/invoices", content=body, headers=headers, **options)
        return self.request("POST", "/invoices", json=body, **options)

    def create(self, body: Any, **options: Any) -> int:
        """
        Create an invoice, which must succeed, and return its id.
        """
        response = self.post(body, **options)
        assert response.status_code == 200, response.text
        invoice_id: int = response.json()["data"]["id"]
        return invoice_id

    def read(self, invoice_id: int, **options: Any) -> dict[str, Any]:
        """
        Return an existing invoice by its id.
        """
        response = self.get(f"/invoices/{invoice_id}", **options)
        assert response.status_code == 200, response.text
        invoice: dict[str, Any] = response.json()["data"]
        return invoice

    def listed(self, query: str = "", **options: Any) -> list[str]:
        """
        Return the numbers of the invoices that *query* lists, in order.
        """
        response = self.get(f"/invoices?{query}", **options)
        assert response.status_code == 200, response.text
        return [invoice["invoiceNumber"] for invoice in response.json()["data"]]

    def close(self) -> None:
        """
        Close the HTTP client and the ledger.
        """
        self._runner.run(self._http.aclose())
        self.ledger.close()


async def sent_by(app: ASGIApp, scope: Scope, *messages: Message) -> list[Message]:
    """
    Return what an ASGI application sends to a caller that sends *messages* and then disconnects.
    """
    unread, sent = list(messages), []

    async def receive() -> Message:
        return unread.pop(0) if unread else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


def assert_documented(contract: Contract, method: str, path: str, response: httpx.Response) -> None:
    """
    Fail unless the contract documents *response* for this method and path; unknown paths have no documentation.
    """
    resource, status = path.partition("?")[0], response.status_code
    operations = {it.method: it for it in contract.operations if re.fullmatch(_pattern(it), resource)}
    if not operations or (method, status) == ("OPTIONS", 204):
        return
    operation = operations.get("GET" if method == "HEAD" else method) or operations["GET"]
    documented = operation.response_for(status)
    assert documented, f"{operation.id} returned {status}, which the contract does not document"
    assert [name for name in documented.headers if name not in response.headers] == []
    assert response.headers["Content-Type"] == "application/json"
    if method != "HEAD":
        documented.body.validate(response.json())
        assert response.json()["code"] == status


def _pattern(operation: Operation) -> str:
    return re.sub(r"\{\w+\}", "[^/]+", operation.path)


def error_classes(kind: type[ApiError] = ApiError) -> Iterator[type[ApiError]]:
    """
    Yield every class of error that the API responds with.
    """
    for subclass in kind.__subclasses__():
        if subclass not in (BadRequest, CredentialsError, NotFound, InvalidInput, AdminTokenRequired, AccessDenied):
            yield subclass
        yield from error_classes(subclass)


def assert_error(response: httpx.Response, status: int, reason: Any) -> None:
    """
    Fail unless *response* is an error with this status and reason.
    """
    assert (response.status_code, response.json()["data"]) == (status, {"errMsg": reason})
