"""
Lists out of SQLite: whatever is remembered, looked up or walked through, they are what a look at every row comes to.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from b2b_invoices_mock.invoices import Invoice, InvoiceShape, record
from b2b_invoices_mock.ledger import (
    Create,
    ListQuery,
    SQLiteLedger,
    counts,
    sqlite_list,
    sqlite_search,
    sqlite_where,
)
from b2b_invoices_mock.ledger.rows import SORT_COLUMNS, listed
from b2b_invoices_mock.ledger.sqlite_where import where_of
from b2b_invoices_spec.contract import Contract
from mock_server.tests.client import property_of_the_mock

Change = tuple[str, int, Any]

STORE = "a"
STORES = st.sampled_from([STORE, STORE, STORE, "b"])
QUERIES = st.sampled_from(
    [
        ListQuery(),
        ListQuery(sort_by="dueDate", limit=3, offset=1),
        ListQuery(status=1, direction="ASC"),
        ListQuery(customer_id="7"),
        ListQuery(customer_id="7", limit=2, offset=1, direction="ASC"),
        ListQuery(customer_id="77", created_from=2),
        ListQuery(customer_id="7", status=1, created_to=2),
        ListQuery(customer_id="8", sort_by="dueDate"),
        ListQuery(customer_name="COMPANY"),
        ListQuery(customer_name="7", sort_by="dueDate", limit=2),
        ListQuery(customer_name="none"),
        ListQuery(customer_name="y 7", status=1),
        ListQuery(customer_name="7", text="v-2"),
        ListQuery(channel_ids=[1, 2], created_from=2),
        ListQuery(channel_ids=[1], status=1, created_to=2),
        ListQuery(external_ids=["e1", "e2"], sort_by="status"),
        ListQuery(text="Inv-1"),
        ListQuery(text="V-", offset=1, limit=3),
        ListQuery(text="7", sort_by="dueDate"),
        ListQuery(text="v-1", created_from=2),
        ListQuery(text="i", text_fields=["type", "invoiceNumber"], sort_by="dueDate"),
        ListQuery(text="7", text_fields=["customerId"], status=1),
    ]
)
BODIES = st.fixed_dictionaries(
    {
        "customerId": st.sampled_from(["7", "77", "8"]),
        "status": st.integers(0, 1),
        "channelId": st.integers(1, 3),
        "externalId": st.sampled_from(["e1", "e2", "e3"]),
        "issuedAt": st.integers(1, 3),
        "dueDate": st.integers(1, 3),
    }
)
WHO = st.integers(0, 1)  # of two who have the file open
CHANGES = st.one_of(
    st.tuples(st.just("create"), WHO, st.lists(st.tuples(STORES, BODIES), min_size=1, max_size=5)),
    st.tuples(st.just("delete"), WHO, st.integers(1, 9)),
    st.tuples(st.sampled_from(["keep", "erase", "restore", "fail"]), WHO, st.none()),
)


@pytest.fixture(name="shape", scope="module")
def _shape() -> InvoiceShape:
    """
    What the contract says of an invoice.
    """
    return InvoiceShape.of(Contract.load())


class Story:
    """
    What becomes of a ledger that two have open.
    """

    def __init__(self, ledgers: list[SQLiteLedger], queries: list[ListQuery], shape: InvoiceShape) -> None:
        self._ledgers = ledgers
        self._queries = queries
        self._shape = shape
        self._numbers = count(1)
        self._kept = ledgers[0].snapshot()

    def change(self, action: str, who: int, what: Any) -> None:
        """
        Let one of the two change it.
        """
        ledger = self._ledgers[who]
        match action:
            case "create":
                ledger.add_each([Create(store, self._invoice(body)) for store, body in what])
            case "delete":
                ledger.delete(STORE, what)
            case "keep":
                self._kept = ledger.snapshot()
            case "erase":
                ledger.erase()
            case "restore":
                ledger.restore(self._kept)
            case "fail":
                with pytest.raises(ZeroDivisionError):
                    ledger.add_all(STORE, self._invoices_until_it_fails(who))

    def ask(self, who: int) -> None:
        """
        Fail unless one of the two is told what a look at every row comes to.
        """
        connection: sqlite3.Connection = self._ledgers[who]._connection
        for query in self._queries:
            where, values = where_of(listed(STORE, query))
            order = f"+{SORT_COLUMNS[query.sort_by]} {query.direction}, id {query.direction}"
            looked = f"SELECT id FROM invoice NOT INDEXED WHERE {where} ORDER BY {order}"  # noqa: S608 - no value is in it
            ids = [invoice_id for (invoice_id,) in connection.execute(looked, values)]

            page = self._ledgers[who].list(STORE, query)

            assert page.total == len(ids)
            assert [invoice["id"] for invoice in page.invoices] == ids[query.offset : query.offset + query.limit]

    def _invoices_until_it_fails(self, who: int) -> Iterator[tuple[Invoice, str]]:
        yield self._invoice({"customerId": "7", "status": 1}), ""
        self.ask(who)
        raise ZeroDivisionError

    def _invoice(self, body: Any) -> Invoice:
        balance = {"code": "USD", "value": 1}
        draft = body | {
            "invoiceNumber": f"INV-{next(self._numbers)}",
            "originalBalance": balance,
            "openBalance": balance,
        }
        return record(draft, self._shape, now=1, payment_seconds=0)


@pytest.mark.parametrize("few", [20_000, 0, 2])
@given(
    changes=st.lists(st.tuples(CHANGES, WHO), min_size=5, max_size=15),
    queries=st.lists(QUERIES, min_size=1, max_size=4),
)
@hypothesis_settings(property_of_the_mock, max_examples=40)
def test_lists_are_true(
    shape: InvoiceShape,
    monkeypatch: pytest.MonkeyPatch,
    few: int,
    changes: list[tuple[Change, int]],
    queries: list[ListQuery],
) -> None:
    """
    Whatever two who have a ledger open create, delete, erase and restore, a list is what the rows come to.
    """
    for module in (sqlite_list, sqlite_search):
        monkeypatch.setattr(module, "FEW", few)
    monkeypatch.setattr(sqlite_where, "_BLOCK", 1)
    monkeypatch.setattr(sqlite_where, "_DENSE", few)
    monkeypatch.setattr(sqlite_search, "_BLOCK", 2)
    monkeypatch.setattr(sqlite_search, "_AT_A_TIME", 2)
    monkeypatch.setattr(counts, "_FEW", 2)
    with TemporaryDirectory() as folder, ExitStack() as opened:
        path = Path(folder) / "ledger.sqlite3"
        ledgers = [opened.enter_context(closing(SQLiteLedger.open(path))) for _ in range(2)]
        story = Story(ledgers, queries, shape)

        for change, who in changes:
            story.change(*change)
            story.ask(who)
