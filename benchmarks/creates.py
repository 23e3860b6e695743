"""
Creating invoices over TCP: through the client, and the same bytes through bare httpx.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from time import perf_counter
from typing import Any

import attrs
import httpx

from b2b_invoices import Client
from b2b_invoices.api.invoices import create_invoice
from b2b_invoices.models import CreateInvoiceRequest
from b2b_invoices_contract.targets import Target
from b2b_invoices_spec import load_contract

from .figures import Figure, compare

_TARGET = 1.15
_BATCH = 25
_BODIES = {
    "MinimalInvoice": "the page's minimal body",
    "FullInvoice": "the page's full body",
    "ExternalInvoice": "a body with every field",
}


@attrs.frozen
class Wire:
    """
    A client whose requests are captured instead of sent.

    Attributes:
        client: The client.
        caught: The captured requests.
    """

    client: Client
    caught: list[httpx.Request]

    @classmethod
    def of(cls, target: Target) -> "Wire":
        """
        Return a client for *target* that captures.
        """
        caught: list[httpx.Request] = []

        def catch(request: httpx.Request) -> httpx.Response:
            caught.append(request)
            return httpx.Response(200, json={"code": 200, "data": {"id": 1}, "meta": {"message": "Success"}})

        return cls(_client(target, transport=httpx.MockTransport(catch)), caught)

    def sent(self, body: CreateInvoiceRequest) -> httpx.Request:
        """
        Return the request that a create of *body* would send.
        """
        create_invoice.sync(client=self.client, body=body)
        return self.caught.pop()


def measure_creates(target: Target, *, rounds: int) -> Iterator[Figure]:
    """
    Measure a create through the client, with its retries, relative to the same bytes sent with bare httpx.
    """
    for example, description in _BODIES.items():
        bodies = _bodies(example)
        with _sides(target, bodies) as (ours, theirs):
            ratio = compare(ours, theirs, rounds=rounds)
        yield Figure(f"create, {description}: the client / bare httpx", ratio, _TARGET)


@contextmanager
def _sides(target: Target, bodies: Iterator[CreateInvoiceRequest]) -> Iterator[Sequence[Callable[[], float]]]:
    wire = Wire.of(target)
    first = wire.sent(next(bodies))
    with (
        _client(target) as client,
        httpx.Client(headers=_settings(first), timeout=httpx.Timeout(30, connect=5)) as http,
    ):

        def ours() -> float:
            batch = [next(bodies) for _ in range(_BATCH)]
            return _seconds(lambda body: create_invoice.sync(client=client, body=body), batch)

        def theirs() -> float:
            batch = [wire.sent(next(bodies)).content for _ in range(_BATCH)]
            return _seconds(lambda content: http.post(first.url, content=content).raise_for_status(), batch)

        yield ours, theirs


def _seconds(create: Callable[[Any], object], batch: Sequence[Any]) -> float:
    start = perf_counter()
    for body in batch:
        create(body)
    return (perf_counter() - start) / len(batch)


def _bodies(example: str) -> Iterator[CreateInvoiceRequest]:
    body = load_contract().example(example)
    for number in count(1):
        own = {"invoiceNumber": f"{example}-{number}"} | ({"orderNumber": str(number)} if "orderNumber" in body else {})
        yield CreateInvoiceRequest.from_dict({**body, **own})


def _client(target: Target, **httpx_args: Any) -> Client:
    store = target.store
    return Client(
        store_hash=store.store_hash, access_token=store.access_token, base_url=target.base_url, httpx_args=httpx_args
    )


def _settings(request: httpx.Request) -> Mapping[str, str]:
    # httpx adds these two itself.
    return {name: value for name, value in request.headers.items() if name not in ("host", "content-length")}
