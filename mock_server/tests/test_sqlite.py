"""
SQLite ledger: a full disk, and indexes.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from b2b_invoices_mock.api.errors import LedgerUnavailable
from b2b_invoices_mock.ledger import Create, ListQuery, SQLiteLedger
from b2b_invoices_mock.ledger.interface import Execute
from mock_server.tests.conftest import MakeRecord

STORE = "teststore"


@pytest.fixture(name="ledger")
def _ledger(path: Path) -> Iterator[SQLiteLedger]:
    with closing(SQLiteLedger.open(path)) as ledger:
        yield ledger


def test_group_on_a_full_disk(ledger: SQLiteLedger, make_record: MakeRecord) -> None:
    """
    When the disk is full in the middle of a group, none of it is stored, and the ledger works again when there is room.
    """
    connection = ledger._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 8}")

    with pytest.raises(LedgerUnavailable, match=r"^The ledger's disk is full; nothing was changed\."):
        ledger.add_each([Create(STORE, make_record()) for _ in range(100)])
    connection.execute("PRAGMA max_page_count = 1000000")

    assert ledger.list(STORE, ListQuery()).total == 0
    assert ledger.add_each([Create(STORE, make_record())]) == [1]


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
