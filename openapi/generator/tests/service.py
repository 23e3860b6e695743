"""
Test doubles of the service: canned responses, a fake store with faults, and a clock.
"""

import copy
import json
from collections.abc import Awaitable, Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import httpx
import yaml

from b2b_invoices import Balance, Client, CreateInvoiceRequest, Retries

CONTRACT = yaml.safe_load(Path(__file__).parents[2].joinpath("openapi.yaml").read_text(encoding="utf-8"))
EXAMPLES = CONTRACT["components"]["examples"]

STORE_HASH = "teststore"
TOKEN = "a-token-nobody-should-see"  # noqa: S105  nobody's

Handler = Callable[[httpx.Request], httpx.Response]


def draft(number: str = "0000001", **fields: Any) -> CreateInvoiceRequest:
    """
    An invoice to create.
    """
    balance = Balance(code="USD", value=Decimal("100.10"))
    return CreateInvoiceRequest(
        **{"customer_id": "12345", "original_balance": balance, "open_balance": balance, **fields},
        invoice_number=number,
    )


def client_of(handler: Any, **options: Any) -> Client:
    """
    A client whose requests go to *handler*, each of them once unless *options* say otherwise.
    """
    return Client(
        **{
            "store_hash": STORE_HASH,
            "access_token": TOKEN,
            "retries": Retries.off(),
            "httpx_args": {"transport": httpx.MockTransport(handler)},
            **options,
        }
    )


def client_returning(status: int, body: Any, **options: Any) -> Client:
    """
    A client that gets the same response to everything; *body* is sent as it is if it is bytes, else as JSON.
    """
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client_of(lambda _request: httpx.Response(status, content=content), **options)


def failing(error: Exception, **options: Any) -> Client:
    """
    A client whose every request fails with *error*.
    """

    def handler(_request: httpx.Request) -> httpx.Response:
        raise error

    return client_of(handler, **options)


def example(name: str) -> Any:
    """
    A copy of the contract's example *name*.
    """
    return copy.deepcopy(EXAMPLES[name]["value"])


def example_response(name: str, status: int = 200, **options: Any) -> httpx.Response:
    """
    A response with the contract's example *name*.
    """
    return httpx.Response(status, json=example(name), **options)


@attrs.define
class Clock:
    """
    Time that passes only when somebody sleeps.

    Attributes:
        now: Seconds since the start.
        slept: Every sleep.
    """

    now: float = 0.0
    slept: list[float] = attrs.field(factory=list)

    def __call__(self) -> float:  # noqa: D102  a clock is called for the time
        return self.now

    def sleep(self, seconds: float) -> None:
        """
        Let *seconds* pass.
        """
        self.slept.append(seconds)
        self.now += seconds

    def async_sleep(self, seconds: float) -> Awaitable[None]:
        """
        As `sleep`, for async calls.
        """

        async def asleep() -> None:
            self.sleep(seconds)

        return asleep()

    def retries(self, **options: Any) -> Retries:
        """
        A policy that goes by this clock, and waits for the whole of what it may.
        """
        return Retries(clock=self, sleep=self.sleep, async_sleep=self.async_sleep, random=lambda: 1.0, **options)


@attrs.define
class Store:
    """
    A fake store, with a fault for each request.

    Attributes:
        invoices: Its invoices, by number.
        faults: The fault of each coming request, or None.
        requests: Method and fault of each request received.
    """

    invoices: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    faults: list[str | None] = attrs.field(factory=list)
    requests: list[str] = attrs.field(factory=list)
    created: int = 0

    FAULTS = (
        "refuse_connection",
        "drop_before_commit",
        "drop_after_commit",
        "torn_body",
        "cut_body",
        "hang",
        "error_before_commit",
        "error_after_commit",
        "html",
        "too_many",
    )

    def __call__(self, request: httpx.Request) -> httpx.Response:  # noqa: D102  a handler
        fault = self.faults.pop(0) if self.faults else None
        self.requests.append(f"{request.method} {fault}" if fault else request.method)
        if fault == "refuse_connection":
            raise httpx.ConnectError("refused", request=request)
        if fault == "drop_before_commit":
            raise httpx.RemoteProtocolError("Server disconnected", request=request)
        if fault == "too_many":
            return example_response("TooMany", 429, headers={"X-Request-Window-Resets-After": "0.39 s"})
        if fault == "error_before_commit":
            return example_response("ServerError", 503)
        return self._spoilt(self._carry_out(request), fault, request)

    def _carry_out(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return self._list(request) if request.url.path.endswith("/invoices") else self._read(request)
        body = json.loads(request.content, parse_float=Decimal)
        if body["invoiceNumber"] in self.invoices:
            return example_response("NumberTaken", 400)
        if body.get("orderNumber") in {known["orderNumber"] for known in self.invoices.values()} - {None}:
            return example_response("OrderAlreadyInvoiced", 400)
        self.created += 1
        self.invoices[body["invoiceNumber"]] = self._recorded(body)
        return httpx.Response(200, json={**example("Created"), "data": {"id": self.created}})

    def _recorded(self, body: dict[str, Any]) -> dict[str, Any]:
        balances = {
            name: {"code": body[name]["code"], "value": f"{Decimal(body[name]['value']):.4f}"}
            for name in ("originalBalance", "openBalance")
        }
        known = example("ReadMinimalInvoice")["data"]
        sent = {name: body.get(name) for name in ("invoiceNumber", "customerId", "externalId", "orderNumber")}
        return {**known, **sent, **balances, "id": self.created}

    def _read(self, request: httpx.Request) -> httpx.Response:
        for known in self.invoices.values():
            if request.url.path.endswith(f"/{known['id']}"):
                body = {**example("ReadMinimalInvoice"), "data": {**known, "orderNumber": None}}
                return httpx.Response(200, json=body)
        return example_response("NoSuchInvoice", 404)

    def _list(self, request: httpx.Request) -> httpx.Response:
        query = request.url.params
        matching = [known for number, known in self.invoices.items() if query.get("q", "").lower() in number.lower()]
        offset, limit = int(query["offset"]), int(query["limit"])
        page = [{**known, "orderNumber": None} for known in matching[offset : offset + limit]]
        meta = {"message": "Success", "pagination": {"totalCount": len(matching), "limit": limit, "offset": offset}}
        return httpx.Response(200, json={"code": 200, "data": page, "meta": meta})

    def _spoilt(self, good: httpx.Response, fault: str | None, request: httpx.Request) -> httpx.Response:
        match fault:
            case "drop_after_commit":
                raise httpx.ReadError("Connection reset", request=request)
            case "hang":
                raise httpx.ReadTimeout("timed out", request=request)
            case "torn_body":
                return httpx.Response(good.status_code, stream=Torn(good.content[:9]))
            case "cut_body":
                return httpx.Response(good.status_code, content=good.content[:9])
            case "error_after_commit":
                return example_response("ServerError", 500)
            case "html":
                return httpx.Response(502, html="<h1>Bad Gateway</h1>")
            case _:
                return good


class Torn(httpx.SyncByteStream, httpx.AsyncByteStream):
    """
    A body that breaks off: the connection goes before the promised length has come.
    """

    def __init__(self, start: bytes) -> None:
        self._start = start

    def __iter__(self) -> Any:
        yield self._start
        raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")

    async def __aiter__(self) -> Any:
        for chunk in self:
            yield chunk


def script(
    *responses: httpx.Response | Exception | Callable[[], httpx.Response],
) -> tuple[Handler, list[httpx.Request]]:
    """
    A handler that gives one of *responses* after the other, and the requests that it got.
    """
    rest, seen = iter(responses), []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        next_response = next(rest)
        if isinstance(next_response, Exception):
            raise next_response
        return next_response() if callable(next_response) else next_response

    return handler, seen


def subclasses(kind: type[Any]) -> Iterable[type[Any]]:
    """
    All classes below *kind*.
    """
    for below in kind.__subclasses__():
        yield below
        yield from subclasses(below)
