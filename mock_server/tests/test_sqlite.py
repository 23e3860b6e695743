"""
The ledger in SQLite: what it commits together, and that it finds things by an index.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from b2b_invoices_mock.api.errors import InvoiceNumberTaken, LedgerUnavailable, OrderAlreadyInvoiced
from b2b_invoices_mock.invoices import Invoice, InvoiceShape, record
from b2b_invoices_mock.ledger import (
    Create,
    ListQuery,
    SQLiteLedger,
    sqlite_list,
    sqlite_search,
)
from b2b_invoices_spec.contract import Contract
from mock_server.tests.conftest import MakeInvoice

MakeCreate = Callable[..., Create]

STORE = "teststore"


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    """
    Where the ledger is.
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
    Make a create whose invoice has a number of its own.
    """
    shape = InvoiceShape.of(contract)

    def make(order_number: str = "", **fields: Any) -> Create:
        invoice: Invoice = record(make_invoice(**fields), shape, now=1_619_161_808, payment_seconds=0)
        return Create(STORE, invoice, order_number)

    return make


def test_one_of_a_group_is_refused_alone(ledger: SQLiteLedger, make_create: MakeCreate) -> None:
    """
    Of creates that are committed together, each is recorded or refused on its own, also because of an earlier one.
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


def test_one_of_a_group_breaks_alone(ledger: SQLiteLedger, make_create: MakeCreate) -> None:
    """
    A create that no ledger can record, in a way that nobody foresaw, fails alone; the rest of its group is recorded.
    """
    broken = make_create()
    broken.invoice["customerId"] = object()

    first, failed, second = ledger.add_each([make_create(), broken, make_create()])

    assert (first, second) == (1, 2)
    assert isinstance(failed, Exception)
    assert ledger.list(STORE, ListQuery()).total == 2


def test_group_is_recorded_or_not(ledger: SQLiteLedger, make_create: MakeCreate) -> None:
    """
    When the disk is full in the middle of a group, none of it is recorded, and the ledger goes on when there is room.
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
        (ListQuery(sort_by="dueDate"), "by_due_date"),
        (ListQuery(sort_by="isPendingPayment"), "by_id"),
        (ListQuery(status=1), "by_status_created_at"),
        (ListQuery(customer_id="7"), "by_customer_id_created_at"),
        (ListQuery(channel_ids=[1]), "by_channel_id_created_at"),
        (ListQuery(external_ids=["a", "b"]), "by_external_id_created_at"),
        (ListQuery(status=1, channel_ids=[1], customer_id="7"), "by_customer_id_created_at"),
        (ListQuery(status=1, customer_id="7", external_ids=["a"]), "by_external_id_created_at"),
    ],
    ids=str,
)
def test_lists_are_found_by_an_index(
    ledger: SQLiteLedger, make_create: MakeCreate, query: ListQuery, index: str
) -> None:
    """
    Whatever a list is filtered or sorted by has an index, and it is the one of the filter that lets the fewest through.
    """
    ledger.add_each([make_create(customerId="7", channelId=1, status=1, externalId="a", issuedAt=1)])
    assert ledger.list(STORE, query).total == 1  # which makes it

    plan = plan_of(ledger, query)

    assert f"INDEX {index} " in plan
    assert ("TEMP B-TREE" in plan) == (len(query.external_ids) > 1 or index == "by_customer_id_created_at")


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (ListQuery(channel_ids=[1, 2]), "by_created_at"),
        (ListQuery(external_ids=["a"], sort_by="dueDate"), "by_due_date"),
        (ListQuery(created_from=1, sort_by="dueDate"), "by_due_date"),
        (ListQuery(customer_id="7"), "by_created_at"),
        (ListQuery(text="inv", sort_by="dueDate"), "by_due_date"),
    ],
    ids=str,
)
def test_many_are_not_sorted(
    ledger: SQLiteLedger, make_create: MakeCreate, monkeypatch: pytest.MonkeyPatch, query: ListQuery, index: str
) -> None:
    """
    When a list is of many invoices, its page is the beginning of an index in its order.
    """
    for module in (sqlite_list, sqlite_search):
        monkeypatch.setattr(module, "FEW", 0)
    ledger.add_each([make_create(customerId="7", channelId=1, externalId="a", issuedAt=1)])
    assert ledger.list(STORE, query).total == 1

    plan = plan_of(ledger, query)

    assert f"INDEX {index} " in plan
    assert "TEMP B-TREE" not in plan


def plan_of(ledger: SQLiteLedger, query: ListQuery) -> str:
    """
    Return how SQLite finds the ids of the page that *query* asks for.
    """
    connection: sqlite3.Connection = ledger._connection
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    ledger.list(STORE, query)
    connection.set_trace_callback(None)
    page = next(statement for statement in statements if "document" in statement)
    steps = connection.execute(f"EXPLAIN QUERY PLAN {page}")
    return " ".join(step for _, part_of, _, step in steps if part_of)


def test_total_is_that_of_now(ledger: SQLiteLedger, path: Path, make_create: MakeCreate) -> None:
    """
    A total that is remembered from page to page is that of the ledger as it is, whoever changed it.
    """
    totals = [ledger.list(STORE, ListQuery()).total]

    ledger.add_each([make_create()])
    totals.append(ledger.list(STORE, ListQuery(offset=1)).total)
    with closing(SQLiteLedger.open(path)) as other:
        other.add_each([make_create()])
    totals.append(ledger.list(STORE, ListQuery(offset=2)).total)
    totals.append(ledger.list(STORE, ListQuery(offset=3)).total)
    totals.append(ledger.list(STORE, ListQuery(status=2)).total)

    assert totals == [0, 1, 2, 2, 0]


def test_list_without_room_for_an_index(ledger: SQLiteLedger, make_create: MakeCreate) -> None:
    """
    A ledger on a full disk is listed all the same.
    """
    ledger.add_each([make_create() for _ in range(200)])
    connection: sqlite3.Connection = ledger._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")

    page = ledger.list(STORE, ListQuery(sort_by="dueDate"))

    assert page.total == 200


def test_index_is_made_when_the_lock_is_gone(ledger: SQLiteLedger, path: Path) -> None:
    """
    An index that could not be made while another process had the ledger locked is made when the list is next asked for.
    """
    connection: sqlite3.Connection = ledger._connection
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        ledger.list(STORE, ListQuery(status=1))
        other.execute("COMMIT")

    ledger.list(STORE, ListQuery(status=1))

    indexes = {row[1] for row in connection.execute("PRAGMA index_list (invoice)")}
    assert {"by_created_at", "by_status_created_at"} <= indexes


def test_empty_page_is_not_looked_for(ledger: SQLiteLedger, make_create: MakeCreate) -> None:
    """
    Beyond the last invoice nothing is looked for, however many there are.
    """
    ledger.add_each([make_create() for _ in range(3)])
    statements: list[str] = []
    ledger.list(STORE, ListQuery())
    ledger._connection.set_trace_callback(statements.append)

    page = ledger.list(STORE, ListQuery(offset=3))

    assert (page.invoices, page.total) == ([], 3)
    assert [statement for statement in statements if "LIMIT" in statement] == []


def test_creates_take_no_part_in_searches(
    ledger: SQLiteLedger, make_create: MakeCreate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What is kept for searches is kept from the first search on, and the next search adds to it.
    """
    monkeypatch.setattr(sqlite_search, "_BLOCK", 2)
    totals, kept = [], []

    for _ in range(2):
        ledger.add_each([make_create() for _ in range(3)])
        kept.append(blocks_of(ledger))
        totals.append(ledger.list(STORE, ListQuery(text="inv-")).total)
    kept.append(blocks_of(ledger))

    assert totals == [3, 6]
    assert kept == [0, 1, 3]


def test_search_of_a_locked_ledger(
    ledger: SQLiteLedger, path: Path, make_create: MakeCreate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A ledger that another process has locked is searched all the same, and what helps searches is kept at the next one.
    """
    monkeypatch.setattr(sqlite_search, "_BLOCK", 2)
    ledger.add_each([make_create() for _ in range(4)])
    totals, kept = [], []

    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        totals.append(ledger.list(STORE, ListQuery(text="inv-")).total)
        kept.append(blocks_of(ledger))
        other.execute("COMMIT")
    totals.append(ledger.list(STORE, ListQuery(text="inv-")).total)
    kept.append(blocks_of(ledger))

    assert totals == [4, 4]
    assert kept == [0, 2]


def test_search_without_room(ledger: SQLiteLedger, make_create: MakeCreate) -> None:
    """
    A ledger on a full disk is searched all the same.
    """
    ledger.add_each([make_create() for _ in range(1_100)])
    connection: sqlite3.Connection = ledger._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")

    totals = [ledger.list(STORE, ListQuery(text="inv-")).total for _ in range(2)]

    assert totals == [1_100, 1_100]
    assert blocks_of(ledger) == 0


def blocks_of(ledger: SQLiteLedger) -> int:
    """
    Return how many pieces of text are kept for searches.
    """
    (blocks,) = ledger._connection.execute("SELECT count(*) FROM search_text").fetchone()
    return int(blocks)
