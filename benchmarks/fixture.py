"""
Cost of the fixture `b2b_mock`: a create, compared with a fixed response of respx, and the set-up.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from functools import partial
from time import perf_counter

import httpx
import respx

from b2b_invoices import Balance, Client, CreateInvoiceRequest
from b2b_invoices.api.invoices import create_invoice
from b2b_invoices_mock.testing import local_mock
from b2b_invoices_spec import Contract

from .figures import Figure, compare

_MOST_CREATES = 3.0
_MOST_SETUP = 0.005  # seconds
_BATCH = 25
_RESPONSE = {"code": 200, "data": {"id": 1}, "meta": {"message": "Success"}}

Clients = Callable[[], AbstractContextManager[Client]]


def measure_fixture(*, rounds: int) -> Iterator[Figure]:
    """
    Compare creates in the mock with creates that get a fixed response of respx, and the set-up with 5 ms.
    """
    contract = Contract.load()
    own, others, fixed = (
        _side(clients) for clients in (partial(_own, contract), partial(_others, contract), partial(_fixed, contract))
    )
    yield Figure(
        "create through b2b_mock.client / a fixed response of respx", compare(own, fixed, rounds=rounds), _MOST_CREATES
    )
    yield Figure(
        "create through another client / a fixed response of respx",
        compare(others, fixed, rounds=rounds),
        _MOST_CREATES,
    )
    setup = compare(partial(_setup, contract), lambda: _MOST_SETUP, rounds=rounds)
    yield Figure("set-up of b2b_mock after the first / 5 ms", setup, 1.0)


@contextmanager
def _own(contract: Contract) -> Iterator[Client]:
    with local_mock(contract) as mock:
        yield mock.client


@contextmanager
def _others(contract: Contract) -> Iterator[Client]:
    with local_mock(contract) as mock:
        yield Client.from_env(mock.environ, retries=mock.retries)


@contextmanager
def _fixed(contract: Contract) -> Iterator[Client]:
    base_url = f"https://fixed.test{contract.base_path}"
    with respx.mock as router:
        router.post(f"{base_url}/invoices").mock(return_value=httpx.Response(200, json=_RESPONSE))
        yield Client(store_hash="teststore", access_token="test-token", base_url=base_url)  # noqa: S106 - not a secret


def _side(clients: Clients) -> Callable[[], float]:
    def seconds() -> float:
        batch = _bodies(_BATCH)
        with clients() as client:
            create_invoice.sync(client=client, body=batch.pop())  # creates the client's transport
            start = perf_counter()
            for body in batch:
                create_invoice.sync(client=client, body=body)
            return (perf_counter() - start) / len(batch)

    return seconds


def _bodies(number: int) -> list[CreateInvoiceRequest]:
    due = Balance(code="USD", value=Decimal("100.10"))
    return [
        CreateInvoiceRequest(invoice_number=f"INV-{n}", customer_id="12345", original_balance=due, open_balance=due)
        for n in range(number)
    ]


def _setup(contract: Contract) -> float:
    start = perf_counter()
    with local_mock(contract):
        return perf_counter() - start
