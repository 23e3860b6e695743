"""
Exactly once: despite faults, a create leaves one invoice, and its id is returned.
"""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import httpx
import pytest

from b2b_invoices import Client, CreateInvoiceRequest
from b2b_invoices.api.invoices import create_invoice_once
from b2b_invoices.retries import Retries
from b2b_invoices_contract.targets import Target, embedded_mock
from contract_tests.tests.simulation import AsyncRefusingTransport, Body, RefusingTransport, Simulation, Verdict

CREATES = 1000
FEWER = 90

Caller = Callable[[httpx.Client, Body], int]


@pytest.fixture(name="mock")
def _mock() -> Iterator[Target]:
    """
    A mock without invoices.
    """
    with embedded_mock() as target:
        yield target


# ---------------------------------------------------------------- the client


async def _no_time(_: float) -> None:
    pass


def _client(target: Target, transport: httpx.BaseTransport | httpx.AsyncBaseTransport) -> Client:
    store = target.store
    return Client(
        store_hash=store.store_hash,
        access_token=store.access_token,
        base_url=target.base_url,
        httpx_args={"transport": transport},
        retries=Retries(sleep=lambda _: None, async_sleep=_no_time),
    )


def test_exactly_once(mock: Target) -> None:
    """
    If connections are refused or dropped, and responses limited, cut or replaced, each create leaves one invoice.
    """
    transport = RefusingTransport()
    with _client(mock, transport) as client:

        def create(body: Body) -> int:
            return create_invoice_once.sync(client=client, body=CreateInvoiceRequest.from_dict(body)).id

        assert Simulation(mock, transport, seed=1).run(create, CREATES) == Verdict()


def test_exactly_once_awaited(mock: Target) -> None:
    """
    The awaited create does the same.
    """
    transport = AsyncRefusingTransport()
    client = _client(mock, transport)
    with asyncio.Runner() as runner:

        def create(body: Body) -> int:
            answer = runner.run(create_invoice_once.asyncio(client=client, body=CreateInvoiceRequest.from_dict(body)))
            return answer.id

        assert Simulation(mock, transport, seed=1).run(create, CREATES) == Verdict()
        runner.run(client.aclose())


_SCRIPT = """
from b2b_invoices import Client, CreateInvoiceRequest
from b2b_invoices.api.invoices import create_invoice_once

balance = {"code": "USD", "value": 100}
body = {"invoiceNumber": "INV-1", "customerId": "12345", "originalBalance": balance, "openBalance": balance}
with Client.from_env() as client:
    print(create_invoice_once.sync(client=client, body=CreateInvoiceRequest.from_dict(body)).id)
"""


def test_killed_and_started_again(mock: Target) -> None:
    """
    A process that is killed while it waits for its response, and started again, finds the invoice that it created.
    """
    environment = {
        "B2B_BASE_URL": mock.base_url,
        "B2B_STORE_HASH": mock.store.store_hash,
        "B2B_ACCESS_TOKEN": mock.store.access_token,
    }
    command = [sys.executable, "-c", _SCRIPT]
    faults = mock.base_url.replace("/api/v3/io/ip", "/_mock/faults")
    httpx.post(faults, json=[{"fault": "delay", "seconds": 600, "operation": "createInvoice"}]).raise_for_status()

    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as first:  # noqa: S603 - our own words
        while first.poll() is None and not _ids(mock):
            pass  # until it is stored; its response is delayed for much longer
        first.kill()
    again = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - as above

    assert first.returncode == -signal.SIGKILL
    assert (again.stdout, again.stderr) == ("1\n", "")
    assert _ids(mock) == [1]


def _ids(mock: Target) -> list[int]:
    answer = httpx.get(f"{mock.base_url}/invoices", headers=mock.store.headers)
    return [invoice["id"] for invoice in answer.json()["data"]]


# ---------------------------------------------------------------- the simulation itself


def careful(http: httpx.Client, body: Body) -> int:
    """
    Search for the number before sending the create again.
    """
    for _ in range(5):
        if invoice_id := _sent(http, body) or _found(http, body):
            return invoice_id
    raise RuntimeError("too many attempts")


def hopeful(http: httpx.Client, body: Body) -> int:
    """
    Send the create once.
    """
    if invoice_id := _sent(http, body):
        return invoice_id
    raise RuntimeError("no response")


def stubborn(http: httpx.Client, body: Body) -> int:
    """
    Send the create again until a response has an id.
    """
    for _ in range(5):
        if invoice_id := _sent(http, body):
            return invoice_id
    raise RuntimeError("no response")


def inventive(http: httpx.Client, body: Body) -> int:
    """
    Send the create again, with another number each time, since the one before may be in use.
    """
    for attempt in range(5):
        if invoice_id := _sent(http, body | {"invoiceNumber": f"{body['invoiceNumber']}-{attempt}"}):
            return invoice_id
    raise RuntimeError("no response")


def forgetful(http: httpx.Client, body: Body) -> int:
    """
    Return the id of another invoice.
    """
    return careful(http, body) + 1


def _sent(http: httpx.Client, body: Body) -> int | None:
    try:
        return int(http.post("/invoices", json=body).raise_for_status().json()["data"]["id"])
    except (httpx.HTTPError, ValueError):
        return None


def _found(http: httpx.Client, body: Body) -> int | None:
    query = {"searchBy": "invoiceNumber", "q": body["invoiceNumber"]}
    for _ in range(5):
        try:
            invoices = http.get("/invoices", params=query).raise_for_status().json()["data"]
        except (httpx.HTTPError, ValueError):
            continue
        return int(invoices[0]["id"]) if invoices else None
    return None


def _simulated(target: Target, caller: Caller) -> Verdict:
    transport = RefusingTransport()
    with httpx.Client(transport=transport, base_url=target.base_url, headers=target.store.headers) as http:
        return Simulation(target, transport, seed=1).run(lambda body: caller(http, body), FEWER)


def test_a_careful_caller_passes(mock: Target) -> None:
    """
    The simulation reports nothing about a correct caller.
    """
    assert _simulated(mock, careful) == Verdict()


def test_awaited_caller_gets_faults(mock: Target) -> None:
    """
    An awaited caller gets refused connections and faults as well.
    """
    transport = AsyncRefusingTransport()
    http = httpx.AsyncClient(transport=transport, base_url=mock.base_url, headers=mock.store.headers)
    with asyncio.Runner() as runner:

        def create(body: Body) -> int:
            response = runner.run(http.post("/invoices", json=body))
            return int(response.json()["data"]["id"])

        verdict = Simulation(mock, transport, seed=1).run(create, FEWER)
        runner.run(http.aclose())

    assert {error.partition("(")[0] for error in verdict.raised.values()} == {
        *("ConnectError", "JSONDecodeError", "KeyError", "RemoteProtocolError"),
    }


@pytest.mark.parametrize(
    ("caller", "found"),
    [
        pytest.param(hopeful, {"missing", "raised"}, id="sends once, loses invoices"),
        pytest.param(stubborn, {"raised"}, id="sends again, gets an error"),
        pytest.param(inventive, {"doubled"}, id="sends another number, creates twice"),
        pytest.param(forgetful, {"misreported"}, id="returns another id"),
    ],
)
def test_a_naive_caller_fails(mock: Target, caller: Caller, found: set[str]) -> None:
    """
    Each way to get it wrong is found, with what is wrong.
    """
    verdict = _simulated(mock, caller)

    assert {name for name in ("missing", "doubled", "misreported", "raised") if getattr(verdict, name)} == found


def test_it_is_the_same_each_time(mock: Target) -> None:
    """
    With the same seed the same faults happen to the same creates.
    """
    with embedded_mock() as another:
        assert _simulated(mock, hopeful) == _simulated(another, hopeful)
