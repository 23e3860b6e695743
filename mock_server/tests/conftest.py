"""
Fixtures: a mock of its own for each test, and factories for request bodies.
"""

import asyncio
from collections.abc import Callable, Iterator
from copy import deepcopy
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml

from b2b_invoices_mock import Settings, open_ledger
from b2b_invoices_mock.invoices import Invoice, InvoiceShape, build_invoice
from b2b_invoices_mock.ledger import InvoiceLedger
from b2b_invoices_spec import Contract
from mock_server.tests.client import OTHER_STORE, STORE, Clock, MockClient
from mock_server.tests.controlled import ControlledMock
from mock_server.tests.postgresql import Cluster, throw_away_cluster
from mock_server.tests.server import Start, starting

Body = dict[str, Any]
MakeClient = Callable[..., MockClient]
MakeInvoice = Callable[..., Body]
MakeRecord = Callable[..., Invoice]
EditContract = Callable[[Callable[[Body], None]], Contract]
MakeControlled = Callable[..., ControlledMock]
ClientWithField = Callable[[Body, Body], MockClient]


def add(ledger: InvoiceLedger, store_hash: str, invoice: Invoice, *, order_number: str = "") -> int:
    """
    Store one invoice and return its id.
    """
    return ledger.add_all(store_hash, [(invoice, order_number)])[0]


def pytest_addoption(parser: pytest.Parser) -> None:
    """
    Add `--kills`.
    """
    parser.addoption("--kills", type=int, default=5, help="how often test_durability.py kills a mock that is writing")


@pytest.fixture(name="start")
def _start() -> Iterator[Start]:
    """
    Start mocks in processes of their own, and kill them at the end.
    """
    with starting() as start:
        yield start


@pytest.fixture(name="cluster", scope="session")
def _cluster() -> Iterator[Cluster]:
    """
    A PostgreSQL server; the test is skipped if PostgreSQL is not installed.
    """
    with throw_away_cluster() as made:
        yield made


@pytest.fixture(name="database")
def _database(cluster: Cluster) -> Iterator[str]:
    """
    The URL of an empty database.
    """
    yield cluster.url
    cluster.execute("DROP SCHEMA IF EXISTS b2b_mock CASCADE")


@pytest.fixture(name="contract", scope="session")
def _contract() -> Contract:
    """
    The contract of this repository.
    """
    return Contract.load()


@pytest.fixture(name="edited_contract")
def _edited_contract(contract: Contract, tmp_path: Path) -> EditContract:
    """
    Load a copy of the contract with an edited document.
    """

    def edit_and_load(edit: Callable[[Body], None]) -> Contract:
        document = deepcopy(dict(contract.document))
        edit(document)
        path = tmp_path / "openapi.yaml"
        path.write_text(yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False), encoding="utf-8")
        return Contract.load(path)

    return edit_and_load


@pytest.fixture(name="clock")
def _clock() -> Clock:
    """
    The mock's clock, which the test can set.
    """
    return Clock()


@pytest.fixture(name="runner", scope="session")
def _runner() -> Iterator[asyncio.Runner]:
    """
    The event loop of all calls.
    """
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(name="make_client")
def _make_client(contract: Contract, clock: Clock, runner: asyncio.Runner) -> Iterator[MakeClient]:
    """
    Create a client of a new mock with two stores and the given settings.
    """
    clients = []

    def make(
        *, of_contract: Contract = contract, raises: bool = True, held: bool = True, **settings: Any
    ) -> MockClient:
        mock_settings = Settings(**{"stores": (STORE, OTHER_STORE)} | settings)
        client = MockClient(of_contract, mock_settings, open_ledger(), clock, runner, raises=raises, held=held)
        clients.append(client)
        return client

    yield make

    for client in clients:
        client.close()


@pytest.fixture(name="client")
def _client(make_client: MakeClient) -> MockClient:
    """
    A client of a new mock with two stores.
    """
    return make_client()


@pytest.fixture(name="client_with_field")
def _client_with_field(edited_contract: EditContract, make_client: MakeClient) -> ClientWithField:
    """
    Create a client of a mock whose contract has one more field, `salesRep`, in requests and responses.
    """

    def make(sent: Body, read: Body) -> MockClient:
        def add_field(document: Body) -> None:
            schemas = document["components"]["schemas"]
            schemas["CreateInvoiceRequest"]["properties"]["salesRep"] = sent
            schemas["Invoice"]["properties"]["salesRep"] = read

        return make_client(of_contract=edited_contract(add_field))

    return make


@pytest.fixture(name="make_invoice")
def _make_invoice() -> MakeInvoice:
    """
    Create a valid body with a new number; fields that are None are omitted.
    """
    numbers = count(1)

    def make(**fields: Any) -> Body:
        body = {
            "invoiceNumber": f"INV-{next(numbers)}",
            "originalBalance": {"code": "USD", "value": 100},
            "openBalance": {"code": "USD", "value": 100},
            "customerId": "12345",
        }
        return {name: value for name, value in (body | fields).items() if value is not None}

    return make


@pytest.fixture(name="make_record")
def _make_record(contract: Contract, make_invoice: MakeInvoice) -> MakeRecord:
    """
    Make an invoice that can be stored, with a new number.
    """
    shape = InvoiceShape.of(contract)
    return lambda **fields: build_invoice(make_invoice(**fields), shape, now=1_619_161_808, payment_seconds=0)


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    """
    Path of a ledger that does not exist yet.
    """
    return tmp_path / "ledger.sqlite3"


@pytest.fixture(name="make_controlled")
def _make_controlled(contract: Contract, runner: asyncio.Runner) -> Iterator[MakeControlled]:
    """
    Make a mock for tests of the control API, with settings of the test's choice.
    """
    mocks = []

    def make(**settings: Any) -> ControlledMock:
        mocks.append(ControlledMock.of(contract, Settings(**settings), runner))
        return mocks[-1]

    yield make

    for mock in mocks:
        mock.ledger.close()


@pytest.fixture(name="controlled")
def _controlled(make_controlled: MakeControlled) -> ControlledMock:
    """
    A mock for tests of the control API, with default settings.
    """
    return make_controlled()
