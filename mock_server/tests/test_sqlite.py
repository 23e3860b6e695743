"""
SQLite ledger: several creates in one commit, and indexes.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from b2b_invoices_mock.api.errors import InvoiceNumberTaken, LedgerUnavailable, OrderAlreadyInvoiced
from b2b_invoices_mock.invoices import Invoice, InvoiceShape, build_invoice
from b2b_invoices_mock.ledger import Create, ListQuery, SQLiteLedger
from b2b_invoices_spec.contract import Contract
from mock_server.tests.conftest import MakeInvoice

MakeCreate = Callable[..., Create]

STORE = "teststore"


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    """
    Path of the ledger.
    """
    return tmp_path / "ledger.sqlite3"


@pytest.fixture(name="ledger")
def _ledger(path: Path) -> Iterator[SQLiteLedger]:
    """
    A new ledger in a file.
    """
    with closing(SQLiteLedger.open(path)) as ledger:
        yield ledger


@pytest.fixture(name="make_create")
def _make_create(contract: Contract, make_invoice: MakeInvoice) -> MakeCreate:
    """
    Make a create with a new invoice number.
    """
    shape = InvoiceShape.of(contract)

    def make(order_number: str = "", **fields: Any) -> Create:
        invoice: Invoice = build_invoice(make_invoice(**fields), shape, now=1_619_161_808, payment_seconds=0)
        return Create(STORE, invoice, order_number)

    return make


def test_conflicts_in_a_group(ledger: SQLiteLedger, make_create: MakeCreate) -> None:
    """
    A create that conflicts with an earlier one of its group is rejected, and the others are stored.
    """
    creates = [
        make_create(order_number="101"),
        make_create(order_number="0101"),
        make_create(invoiceNumber="same"),
        make_create(invoiceNumber="same"),
        make_create(),
    ]

    outcomes = ledger.add_each(creates)

    assert outcomes[0::2] == [1, 2, 3]
    assert [type(outcome) for outcome in outcomes[1::2]] == [OrderAlreadyInvoiced, InvoiceNumberTaken]
    assert ledger.list(STORE, ListQuery()).total == 3


def test_unexpected_error_in_a_group(ledger: SQLiteLedger, make_create: MakeCreate) -> None:
    """
    A create that fails with an unexpected error does not affect the others of its group.
    """
    broken = make_create()
    broken.invoice["customerId"] = object()

    first, failed, second = ledger.add_each([make_create(), broken, make_create()])

    assert (first, second) == (1, 2)
    assert isinstance(failed, Exception)
    assert ledger.list(STORE, ListQuery()).total == 2


def test_group_on_a_full_disk(ledger: SQLiteLedger, make_create: MakeCreate) -> None:
    """
    When the disk is full in the middle of a group, none of it is stored, and the ledger works again when there is room.
    """
    connection: sqlite3.Connection = ledger._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 8}")

    with pytest.raises(LedgerUnavailable, match=r"^The ledger's disk is full; nothing was changed\."):
        ledger.add_each([make_create() for _ in range(100)])
    connection.execute("PRAGMA max_page_count = 1000000")

    assert ledger.list(STORE, ListQuery()).total == 0
    assert ledger.add_each([make_create()]) == [1]


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (ListQuery(), "by_created_at"),
        (ListQuery(created_from=1, created_to=2), "by_created_at"),
        (ListQuery(status=1, channel_ids=[1, 2]), "by_created_at"),
        (ListQuery(text="inv", sort_by="dueDate"), "by_created_at"),
        (ListQuery(text="inv", text_fields=["type", "orderNumber"]), "by_created_at"),
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
    connection: sqlite3.Connection = ledger._connection
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    ledger.list(STORE, query)
    connection.set_trace_callback(None)

    page = next(statement for statement in statements if "document" in statement)
    steps = [step for _, _, _, step in connection.execute(f"EXPLAIN QUERY PLAN {page}")]
    assert any(f"INDEX {index} " in step for step in steps), steps
    assert "SCAN invoice" not in steps
