"""
Mocks that share a ledger in PostgreSQL: together they keep every promise of the contract.
"""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from b2b_invoices_mock import Settings, open_ledger
from b2b_invoices_spec import Contract
from mock_server.tests.client import OTHER_STORE, STORE
from mock_server.tests.conftest import MakeControlled, MakeInvoice
from mock_server.tests.controlled import ControlledMock
from mock_server.tests.front import spread
from mock_server.tests.postgresql import Cluster
from mock_server.tests.server import HEADERS, INVOICE, Start, Writers, address
from mock_server.tests.test_control_api import test_reset  # noqa: F401 - run again, with the fixture below
from mock_server.tests.test_control_invoices import (  # noqa: F401 - as above
    test_a_downloaded_snapshot_is_restored,
    test_an_invalid_snapshot,
    test_erase,
    test_invoices_are_listed,
    test_one_invalid_draft,
    test_orders_and_ids_are_restored,
    test_seed,
    test_snapshots,
    test_the_largest_last_id,
)

MOCKS = 4


@pytest.fixture(name="make_controlled")
def _make_controlled(contract: Contract, runner: asyncio.Runner, database: str) -> Iterator[MakeControlled]:
    with closing(open_ledger(database)) as ledger:
        yield lambda **settings: ControlledMock.of(contract, Settings(**settings), runner, ledger)


@pytest.fixture(name="addresses")
def _addresses(start: Start, database: str) -> list[str]:
    stores = [f"--store={store.store_hash}:{store.access_token}" for store in (STORE, OTHER_STORE)]
    return [address(line) for _, line in [start("--ledger", database, *stores) for _ in range(MOCKS)]]


def test_four_mocks_keep_every_promise(addresses: list[str], tmp_path: Path) -> None:
    """
    The contract checks find no broken promise when the requests are spread over four mocks.
    """
    with spread([httpx.URL(url).port or 0 for url in addresses]) as port:
        done = subprocess.run(  # noqa: S603 - ours alone
            [
                *(sys.executable, "-m", "b2b_invoices_contract"),
                *("--base-url", str(httpx.URL(addresses[0]).copy_with(port=port))),
                *("--store-hash", STORE.store_hash, "--access-token", STORE.access_token),
                *("--other-store-hash", OTHER_STORE.store_hash, "--other-access-token", OTHER_STORE.access_token),
                *("--seed", "1", "--report-dir", str(tmp_path)),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    logs = [httpx.get(str(httpx.URL(url).join("/_mock/requests")), trust_env=False).json() for url in addresses]

    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken, 1 not checked; " in done.stdout  # the rate limit, which is off
    assert min(log["meta"]["pagination"]["totalCount"] for log in logs) > 300


def test_four_mocks_create_an_invoice_once(start: Start, database: str) -> None:
    """
    Of creates with the same number at four mocks one succeeds, and its invoice survives a kill of all four.
    """
    mocks = [start("--ledger", database) for _ in range(MOCKS)]
    callers = [Writers(address(line), "same") for _, line in mocks]
    for writers in callers:
        writers.start(2)
    for writers in callers:
        writers.wait_for(50)
    for process, _ in mocks:
        process.kill()
    for writers in callers:
        writers.join()

    _, line = start("--ledger", database)
    kept = httpx.get(str(httpx.URL(address(line)).join("/_mock/snapshot")), trust_env=False).json()
    following = httpx.post(f"{address(line)}/invoices", json=INVOICE, headers=HEADERS, trust_env=False)

    created = [item for writers in callers for item in writers.answered.items()]
    stored = {entry["invoice"]["invoiceNumber"]: entry["id"] for entry in kept["entries"]}
    assert {400} == {status for writers in callers for status in writers.refused.values()}
    assert len(dict(created)) == len(created) > 0
    assert dict(created).items() <= stored.items()
    assert stored.keys() <= set().union(*(writers.sent for writers in callers))
    assert following.json()["data"]["id"] == kept["lastId"] + 1 == len(stored) + 1


def test_database_crash(start: Start, cluster: Cluster, database: str) -> None:
    """
    When the database crashes and restarts, no created invoice is lost, and the mock works again.
    """
    process, line = start("--ledger", database)
    writers = Writers(address(line), "crash")
    writers.start(8)
    writers.wait_for(50)

    cluster.stop(signal.SIGQUIT)
    before = dict(writers.answered)
    cluster.start()
    writers.wait_for(len(writers.answered) + len(writers.refused) + 50)
    process.kill()
    writers.join()

    with closing(open_ledger(database)) as ledger:
        stored = {entry.invoice["invoiceNumber"]: entry.id for entry in ledger.snapshot().entries}
    assert {503} == set(writers.refused.values())
    assert before.items() < writers.answered.items() <= stored.items()
    assert stored.keys() <= writers.sent


def test_ui_shows_invoices_of_another_mock(
    controlled: ControlledMock, contract: Contract, runner: asyncio.Runner, make_invoice: MakeInvoice, database: str
) -> None:
    """
    The UI of a mock is updated when another mock stores an invoice, and shows it.
    """
    tag = controlled.call("GET", "/_mock/lists").json()["tag"]
    unchanged = controlled.call("GET", f"/_mock/lists?tag={tag}").status_code
    with closing(open_ledger(database)) as ledger:
        ControlledMock.of(contract, Settings(), runner, ledger).create(make_invoice(invoiceNumber="from elsewhere"))

    changed = controlled.call("GET", f"/_mock/lists?tag={tag}")

    assert unchanged == 204
    assert "from elsewhere" in changed.json()["parts"]["invoices"]
    assert controlled.call("GET", "/_mock/recorded/1").status_code == 200
    assert controlled.call("GET", "/api/v3/io/ip/invoices/1", headers=HEADERS).status_code == 200
