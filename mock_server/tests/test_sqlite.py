"""
SQLite ledger: full, read-only, damaged and locked files, and indexes.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from b2b_invoices_mock import open_ledger
from b2b_invoices_mock.api.errors import LedgerBusy, LedgerUnavailable
from b2b_invoices_mock.ledger import Create, ListQuery, SQLiteLedger
from b2b_invoices_mock.ledger.interface import Execute
from mock_server.tests.conftest import MakeRecord, add

STORE = "teststore"


@pytest.fixture(name="ledger")
def _ledger(path: Path) -> Iterator[SQLiteLedger]:
    with closing(SQLiteLedger.open(path)) as ledger:
        yield ledger


@pytest.mark.parametrize("method", ["add_each", "add_all"])
def test_full_ledger(ledger: SQLiteLedger, make_record: MakeRecord, method: str) -> None:
    """
    When the ledger is full in the middle of a group, nothing of it is stored, nothing is lost, and with room it works.
    """
    connection = ledger._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    add(ledger, STORE, make_record())
    groups: dict[str, Callable[[], object]] = {
        "add_each": lambda: ledger.add_each([Create(STORE, make_record()) for _ in range(100)]),
        "add_all": lambda: ledger.add_all(STORE, [(make_record(), "") for _ in range(100)]),
    }

    connection.execute(f"PRAGMA max_page_count = {pages + 8}")
    with pytest.raises(LedgerUnavailable) as caught:
        groups[method]()
    connection.execute("PRAGMA max_page_count = 1000000")

    assert str(caught.value) == "The ledger's disk is full; nothing was changed. Make room, then try again."
    assert ledger.list(STORE, ListQuery()).total == 1
    assert add(ledger, STORE, make_record()) == 2


def test_read_only_ledger(ledger: SQLiteLedger, path: Path, make_record: MakeRecord) -> None:
    """
    A read-only ledger can be read, and a write reports the cause.
    """
    invoice = make_record()
    add(ledger, STORE, invoice)
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)) as connection:
        read_only = SQLiteLedger(connection)

        words = r"^The ledger is read-only; nothing was changed\. Let the mock write it, then try again\.$"
        with pytest.raises(LedgerUnavailable, match=words):
            add(read_only, STORE, invoice)
        with pytest.raises(LedgerUnavailable, match=words):
            read_only.delete(STORE, 1)
        assert (read_only.get(STORE, 1) or {})["invoiceNumber"] == invoice["invoiceNumber"]


def test_damaged_ledger(path: Path, make_record: MakeRecord) -> None:
    """
    Reads of a damaged file report that it is damaged.
    """
    with closing(open_ledger(path)) as ledger:
        ledger.add_all(STORE, [(make_record(), "") for _ in range(200)])
    content = bytearray(path.read_bytes())
    content[4096:] = b"\x07" * (len(content) - 4096)
    path.write_bytes(content)

    with closing(open_ledger(path)) as ledger:
        words = r"^The ledger's file is damaged\. Stop the mock, and start it with another file\.$"
        with pytest.raises(LedgerUnavailable, match=words):
            ledger.get(STORE, 1)
        with pytest.raises(LedgerUnavailable, match=words):
            ledger.list(STORE, ListQuery())


def test_ledger_does_not_wait_for_a_lock(ledger: SQLiteLedger, path: Path, make_record: MakeRecord) -> None:
    """
    The ledger itself does not wait for a lock, since that would block the event loop.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(LedgerBusy):
            add(ledger, STORE, make_record())

    assert ledger._connection.execute("PRAGMA busy_timeout").fetchone() == (0,)
    assert add(ledger, STORE, make_record()) == 1


def test_group_whose_transaction_sqlite_rolled_back(
    ledger: SQLiteLedger, make_record: MakeRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    When SQLite runs out of memory and rolls back in the middle of a group, no create of the group gets an id.
    """
    create = ledger._create

    def fail_second(execute: Execute, invoice_id: int, row: Mapping[str, Any]) -> None:
        if invoice_id == 2:
            execute("ROLLBACK")
            raise MemoryError
        create(execute, invoice_id, row)

    monkeypatch.setattr(ledger, "_create", fail_second)

    with pytest.raises(MemoryError):
        ledger.add_each([Create(STORE, make_record()) for _ in range(3)])

    assert ledger.list(STORE, ListQuery()).total == 0


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (ListQuery(), "by_created_at"),
        (ListQuery(created_from=1, created_to=2), "by_created_at"),
        (ListQuery(status=1, channel_ids=[1, 2]), "by_created_at"),
        (ListQuery(text="inv", sort_by="dueDate"), "by_created_at"),
        (ListQuery(text="inv", text_field="type"), "by_created_at"),
        (ListQuery(customer_name="7", sort_by="updatedAt"), "by_created_at"),
        (ListQuery(sort_by="externalCustomerId", direction="ASC"), "by_created_at"),
        (ListQuery(sort_by="openBalance"), "by_created_at"),
        (ListQuery(customer_id="7"), "by_created_at"),
        (ListQuery(customer_id="7", status=1, sort_by="dueDate"), "by_created_at"),
        (ListQuery(external_ids=["a", "b"]), "by_external_id"),
        (ListQuery(external_ids=["a"], customer_id="7", status=1), "by_external_id"),
        (ListQuery(sort_by="invoiceNumber"), "by_invoice_number"),
    ],
    ids=str,
)
def test_lists_use_an_index(ledger: SQLiteLedger, query: ListQuery, index: str) -> None:
    """
    A list reads the index that its filters narrow the most, and never the table, which has every document.
    """
    connection = ledger._connection
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    ledger.list(STORE, query)
    connection.set_trace_callback(None)

    page = next(statement for statement in statements if "document" in statement)
    steps = [step for _, _, _, step in connection.execute(f"EXPLAIN QUERY PLAN {page}")]
    assert any(f"INDEX {index} " in step for step in steps), steps
    assert "SCAN invoice" not in steps
