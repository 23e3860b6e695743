"""
Ledgers of either kind, told the same and asked the same: they answer the same.
"""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from b2b_invoices_mock import InvoiceLedger, open_ledger
from b2b_invoices_mock.api.errors import ApiError
from b2b_invoices_mock.invoices import InvoiceShape, record
from b2b_invoices_mock.ledger import ListQuery
from b2b_invoices_mock.ledger.rows import SEARCH_COLUMNS, SORT_COLUMNS
from b2b_invoices_spec import Contract
from mock_server.tests.client import property_of_the_mock

Pair = tuple[InvoiceLedger, InvoiceLedger]
Told = tuple[str, str, dict[str, Any]]

STORES = ["a", "a", "b"]
# Letters of one case, of two and of three; letters that are several in the other case; what means something in SQL.
LETTERS = [
    "a",
    "A",
    "ß",
    "S",
    "\u017f",
    "i",
    "İ",
    "K",
    "\u212a",
    "\u03c3",
    "Σ",
    "ς",
    "é",
    "E\u0301",
    "😀",
    "\0",
    "%",
    "_",
    "'",
]
TEXTS = st.lists(st.sampled_from(LETTERS), max_size=3).map("".join)
PARTS = st.lists(st.sampled_from(LETTERS), min_size=1, max_size=2).map("".join)
NUMBERS = st.integers(-2, 2) | st.sampled_from([2**63, -(2**63), 10**30])
BALANCES = st.builds(lambda value: {"code": "USD", "value": value}, NUMBERS)


@pytest.fixture(name="pair", scope="module")
def _pair(cluster: Any) -> Iterator[Pair]:
    """
    A ledger in memory and one in PostgreSQL.
    """
    with closing(open_ledger()) as one, closing(open_ledger(cluster.url)) as other:
        yield one, other
    cluster.execute("DROP SCHEMA b2b_mock CASCADE")


def drafts() -> st.SearchStrategy[Told]:
    """
    Return invoices to record, each with its store and its order.
    """
    optional = {
        "type": TEXTS,
        "purchaseOrderNumber": TEXTS,
        "externalId": TEXTS,
        "externalCustomerId": TEXTS,
        "status": st.integers(0, 2),
        "channelId": st.integers(1, 3),
        "issuedAt": NUMBERS,
        "dueDate": NUMBERS,
        "details": st.dictionaries(TEXTS, TEXTS | st.none(), max_size=2),
    }
    numbers = st.tuples(TEXTS, st.integers(0, 9)).map(lambda parts: f"{parts[0]}{parts[1]}")
    required = {"invoiceNumber": numbers, "customerId": TEXTS, "originalBalance": BALANCES, "openBalance": BALANCES}
    orders = st.sampled_from(["", "", "", "", "1", "01", "A\0"])
    return st.tuples(st.sampled_from(STORES), orders, st.fixed_dictionaries(required, optional=optional))


def queries() -> st.SearchStrategy[ListQuery]:
    """
    Return questions to ask.
    """
    filters = {
        "text": PARTS,
        "text_fields": st.lists(st.sampled_from(list(SEARCH_COLUMNS)), min_size=1, max_size=2),
        "customer_id": TEXTS,
        "customer_name": PARTS,
        "status": st.integers(0, 2),
        "created_from": NUMBERS,
        "created_to": NUMBERS,
        "external_ids": st.lists(TEXTS, max_size=3),
        "channel_ids": st.lists(st.integers(1, 3), max_size=2),
    }
    page = {
        "offset": st.sampled_from([0, 0, 1]),
        "limit": st.sampled_from([10, 10, 2, 0]),
        "sort_by": st.sampled_from(list(SORT_COLUMNS)),
        "direction": st.sampled_from(["ASC", "DESC"]),
    }
    chosen = st.sampled_from([(), *((name,) for name in filters), ("text", "text_fields"), ("status", "created_to")])
    return chosen.flatmap(lambda names: st.builds(ListQuery, **page, **{name: filters[name] for name in names}))


def assert_same(pair: Pair, method: str, *given: Any, **named: Any) -> None:
    """
    Fail unless *method* of both ledgers comes to the same, be it a refusal.
    """
    outcomes = []
    for ledger in pair:
        try:
            outcomes.append(getattr(ledger, method)(*given, **named))
        except ApiError as refusal:
            outcomes.append((type(refusal), str(refusal)))
    assert outcomes[0] == outcomes[1]


@given(
    told=st.lists(drafts(), min_size=6, max_size=9),
    asked=st.lists(queries(), min_size=6, max_size=9),
    texts=st.lists(PARTS, min_size=1, max_size=2),
)
@hypothesis_settings(property_of_the_mock, max_examples=80)
def test_they_answer_the_same(
    pair: Pair, contract: Contract, told: list[Told], asked: list[ListQuery], texts: list[str]
) -> None:
    """
    Whatever is recorded, both take it or both refuse it, and then list, search, sort, page and show the same.
    """
    shape = InvoiceShape.of(contract)
    invoices = [(store, order, record(draft, shape, now=1, payment_seconds=0)) for store, order, draft in told]

    assert_same(pair, "erase")
    for store, order, invoice in invoices:
        assert_same(pair, "add", store, invoice, order_number=order)

    for query in asked:
        assert_same(pair, "list", STORES[0], query)
    for text in texts:
        assert_same(pair, "browse", text=text, status=0, offset=1, limit=2)
        assert_same(pair, "browse", text=text, store_hash=STORES[-1])
    assert_same(pair, "snapshot")
