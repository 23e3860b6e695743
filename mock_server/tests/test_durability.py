"""
Durability of the ledger in a file: kills, shutdowns, shared and locked files, and a full disk.
"""

import asyncio
import json
import resource
import signal
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import httpx
import pytest

from b2b_invoices_mock import Settings, open_ledger
from b2b_invoices_mock.api.errors import LedgerError
from b2b_invoices_spec import Contract
from mock_server.tests.controlled import INVOICES, ControlledMock
from mock_server.tests.server import HEADERS, INVOICE, Start, Writers, address

WRITERS = 16


def assert_whole(path: Path) -> dict[str, int]:
    """
    Assert that the file at *path* is intact and every row matches its document; return number -> id.
    """
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = connection.execute("SELECT id, invoice_number, external_id, document FROM invoice").fetchall()
    for _, number, external_id, document in rows:
        invoice = json.loads(document)
        assert (invoice["invoiceNumber"], invoice["externalId"]) == (number, external_id) == (number, number * 20)
    return {number: invoice_id for invoice_id, number, _, _ in rows}


# ---------------------------------------------------------------------------------------------- killed and stopped


def test_created_invoice_survives_a_kill(start: Start, path: Path, pytestconfig: pytest.Config) -> None:
    """
    After a kill during writes, every invoice that was reported as created is in the file, and the mock starts again.
    """
    random = Random(7)  # noqa: S311 - moments, not secrets
    created: dict[str, int] = {}
    sent: set[str] = set()
    for kill in range(pytestconfig.getoption("kills")):
        process, line = start("--ledger", str(path))
        writers = Writers(address(line), f"kill{kill}")
        writers.start(WRITERS)
        writers.wait_for(random.randrange(1, 200))
        time.sleep(random.random() / 100)  # seconds, so that it is not always killed just after a response

        process.kill()
        process.communicate()
        writers.join()

        created |= writers.answered
        sent |= writers.sent
        stored = assert_whole(path)
        assert writers.refused == {}
        assert created.items() <= stored.items()
        assert stored.keys() <= sent


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_graceful_shutdown(start: Start, path: Path, end: signal.Signals) -> None:
    """
    SIGTERM and SIGINT stop the mock without output; the ledger is one file with exactly the invoices that were created.
    """
    process, line = start("--ledger", str(path))
    writers = Writers(address(line), "stop")
    writers.start(WRITERS)
    writers.wait_for(100)

    process.send_signal(end)
    printed = process.communicate()
    writers.join()

    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert assert_whole(path) == writers.answered
    assert writers.refused == {}
    assert (printed, process.returncode) == (("", ""), 0)


def _sent(url: httpx.URL, method: str, rest: str) -> socket.socket:
    caller = socket.create_connection(("127.0.0.1", url.port or 0))
    head = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    caller.sendall(f"{method} {url.path}/invoices HTTP/1.1\r\nHost: mock\r\n{head}{rest}".encode())
    return caller


def test_incomplete_request_at_shutdown(start: Start, path: Path) -> None:
    """
    A mock that is stopped during an incomplete request waits for a while, then ends, and stores nothing.
    """
    process, line = start("--ledger", str(path))
    url = httpx.URL(address(line))
    with closing(_sent(url, "POST", "Content-Type: application/json\r\nContent-Length: 999\r\n\r\n{")):
        httpx.get(f"{url}/invoices", headers=HEADERS, trust_env=False)  # so that the mock has received the first one

        process.terminate()
        printed = process.communicate(timeout=60)

    assert process.returncode == 0
    assert "Traceback" not in "".join(printed)
    assert assert_whole(path) == {}


def test_unread_response_at_shutdown(start: Start, path: Path) -> None:
    """
    A mock that is stopped while a client does not read its response waits for a while, then ends normally.
    """
    process, line = start("--ledger", str(path))
    url = httpx.URL(address(line))
    large = {**INVOICE, "details": {"text": "x" * 9_000_000}}  # more than the socket buffers
    httpx.post(f"{url}/invoices", headers=HEADERS, json=large, trust_env=False)
    with closing(_sent(url, "GET", "\r\n")) as caller:
        assert caller.recv(1)

        process.terminate()
        printed = process.communicate(timeout=60)

    assert process.returncode == 0
    assert "Traceback" not in "".join(printed)
    assert [other.name for other in path.parent.iterdir()] == [path.name]


# ---------------------------------------------------------------------------------------------------------- shared


def test_two_mocks_on_one_file(start: Start, path: Path) -> None:
    """
    Two mocks can share a file: of two creates with the same number, one succeeds and the other is rejected.
    """
    mocks = [start("--ledger", str(path)) for _ in range(2)]
    pair = [Writers(address(line), "same") for _, line in mocks]

    for writers in pair:
        writers.start(4)
    for writers in pair:
        writers.wait_for(100)
    for process, _ in mocks:
        process.terminate()
    for writers in pair:
        writers.join()

    one, other = (writers.answered for writers in pair)
    assert one.keys().isdisjoint(other.keys())
    assert {400} <= {status for writers in pair for status in writers.refused.values()} <= {400, 503}
    assert assert_whole(path) == one | other


def test_mocks_that_create_one_file(start: Start, path: Path) -> None:
    """
    Mocks that are started at the same time on a file that does not exist all start.
    """
    lines = [line for _, line in [start("--ledger", str(path)) for _ in range(4)]]

    statuses = [
        httpx.post(f"{address(line)}/invoices", headers=HEADERS, json=INVOICE, trust_env=False).status_code
        for line in lines
    ]

    assert statuses == [200, 400, 400, 400]


# ---------------------------------------------------------------------------------------------------------- locked


@pytest.fixture(name="lock")
def _lock(path: Path) -> Iterator[sqlite3.Connection]:
    """
    Connection of another program that has locked the ledger.
    """
    open_ledger(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


@pytest.fixture(name="mock")
def _mock(lock: sqlite3.Connection, path: Path, contract: Contract, runner: asyncio.Runner) -> Iterator[ControlledMock]:
    """
    A mock whose ledger is locked.
    """
    assert lock.in_transaction
    with closing(open_ledger(path)) as ledger:
        yield ControlledMock.of(contract, Settings(), runner, ledger)


def test_locked_ledger_does_not_block_other_requests(mock: ControlledMock, lock: sqlite3.Connection) -> None:
    """
    While a create waits for a locked ledger, other requests get their responses; then the create is done.
    """
    outcome = mock.create_while_locked(lambda: lock.execute("COMMIT"))

    assert outcome == ([200, 404, 400, 200, 422], True, 200)


def test_ledger_that_stays_locked(
    mock: ControlledMock, lock: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A create or delete that waited too long gets a 503, and is not done later.
    """
    monkeypatch.setattr("b2b_invoices_mock.ledger.interface._ATTEMPTS", 2)

    created = mock.create(INVOICE)
    deleted = mock.call("DELETE", f"{INVOICES}/1", headers=HEADERS)
    lock.execute("COMMIT")

    assert (created.status_code, deleted.status_code) == (503, 503)
    assert created.json()["data"]["errMsg"] == (
        "The ledger is locked by another program; nothing was changed. Try again, or stop that program."
    )
    assert mock.stored == []


def test_ledger_that_is_locked_at_start(lock: sqlite3.Connection, path: Path) -> None:
    """
    Opening a file that another program has locked fails with a sentence.
    """
    lock.execute("COMMIT")
    lock.execute("PRAGMA journal_mode = DELETE")
    lock.execute("BEGIN EXCLUSIVE")

    with pytest.raises(LedgerError) as caught:
        open_ledger(path, patience=0)

    assert str(caught.value) == (
        f"the ledger '{path}' cannot be opened: database is locked; give a path to a new file, or to a ledger"
    )


# ------------------------------------------------------------------------------------------------------------ full


def test_full_disk(start: Start, path: Path) -> None:
    """
    When the file cannot grow, creates get a 503, reads succeed, and invoices created before are stored.
    """

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    _, line = start("--ledger", str(path), preexec_fn=limit)
    writers = Writers(address(line), "full")
    writers.start(1)
    with httpx.Client(base_url=address(line), headers=HEADERS, trust_env=False) as client:
        while not writers.refused:
            writers.wait_for(len(writers.answered) + len(writers.refused) + 1)
        failed = client.post("/invoices", json={**INVOICE, "invoiceNumber": "late", "externalId": "late" * 20})
        created = dict(writers.answered)
        read = [client.get(f"/invoices/{invoice_id}").status_code for invoice_id in list(created.values())[-3:]]

    assert failed.status_code == 503
    assert failed.json()["data"]["errMsg"] == (
        "The ledger's disk fails; the change may be stored. Check the disk, then read the invoices."
    )
    assert read == [200] * 3
    assert set(writers.refused.values()) == {503}
    assert assert_whole(path).items() >= created.items()
