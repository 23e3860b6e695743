"""
Ledgers in SQLite and PostgreSQL compared with each other, and their lists with a model in Python.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from b2b_invoices_mock import InvoiceLedger, open_ledger
from b2b_invoices_mock.api.errors import ApiError
from b2b_invoices_mock.invoices import InvoiceShape, build_invoice
from b2b_invoices_mock.ledger import Entry, ListQuery, Page
from b2b_invoices_mock.ledger.rows import SEARCH_FIELDS, SORT_COLUMNS, clamped
from b2b_invoices_spec import Contract
from mock_server.tests.client import property_of_the_mock
from mock_server.tests.postgresql import Cluster

Pair = tuple[InvoiceLedger, InvoiceLedger]
Added = tuple[str, str, dict[str, Any]]

STORE, STORES = "a", ["a", "a", "b"]
# Letters with one, two or three case variants, letters whose other case has several characters, and SQL wildcards.
LETTERS = [*"aASiİKΣςßé😀%_'", "\u017f", "\u212a", "\u03c3", "E\u0301", "\0"]
TEXTS = st.lists(st.sampled_from(LETTERS), max_size=3).map("".join)
PARTS = st.lists(st.sampled_from(LETTERS), min_size=1, max_size=2).map("".join)
NUMBERS = st.integers(-2, 2) | st.sampled_from([2**63, -(2**63), 10**30])
BALANCES = st.builds(lambda value: {"code": "USD", "value": value}, NUMBERS)


@pytest.fixture(name="pair", scope="module")
def _pair(cluster: Cluster) -> Iterator[Pair]:
    with closing(open_ledger()) as one, closing(open_ledger(cluster.url)) as other:
        yield one, other
    cluster.execute("DROP SCHEMA b2b_mock CASCADE")


def drafts() -> st.SearchStrategy[Added]:
    """
    Return drafts, each with its store and order number.
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
    Return list queries with few filters, so that most of them match some invoices.
    """
    filters = {
        "text": PARTS,
        "text_field": st.sampled_from(SEARCH_FIELDS),
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
    chosen = st.sampled_from([(), *((name,) for name in filters), ("text", "text_field"), ("status", "created_to")])
    return chosen.flatmap(lambda names: st.builds(ListQuery, **page, **{name: filters[name] for name in names}))


def contains(part: str | None, texts: Sequence[str | None]) -> bool:
    """
    Return whether one of *texts* contains *part*, ignoring case; no part is always contained.
    """
    return not part or any(part.casefold() in text.casefold() for text in texts if text is not None)


def matches(entry: Entry, query: ListQuery) -> bool:
    """
    Return whether an invoice of STORE matches the filters of *query*.
    """
    invoice = entry.invoice | {"orderNumber": entry.order_key}
    created = clamped(invoice["createdAt"])
    return (
        entry.store_hash == STORE
        and contains(
            query.text, [invoice[field] for field in ([query.text_field] if query.text_field else SEARCH_FIELDS)]
        )
        and query.customer_id in {None, "", invoice["customerId"]}
        and contains(query.customer_name, [invoice["customerName"]])
        and query.status in {None, invoice["status"]}
        and (query.created_from is None or created >= clamped(query.created_from))
        and (query.created_to is None or created <= clamped(query.created_to))
        and (not query.external_ids or invoice["externalId"] in query.external_ids)
        and (not query.channel_ids or invoice["channelId"] in [str(channel) for channel in query.channel_ids])
    )


def sort_key(entry: Entry, field: str) -> tuple[bool, Any, int]:
    """
    Return what an invoice is sorted by: missing values come first, equal ones are sorted by id.
    """
    value: Any = entry.invoice.get(field)
    if field == "isPendingPayment":  # always false
        value = None
    elif field in {"originalBalance", "openBalance"}:
        value = clamped(int(Decimal(value["value"]) * 10_000))
    elif isinstance(value, int):
        value = clamped(value)
    return value is not None, value, entry.id


def expected_page(entries: Sequence[Entry], query: ListQuery) -> Page:
    """
    Return the page that *query* selects from all invoices of a ledger.
    """
    found = [entry for entry in entries if matches(entry, query)]
    found.sort(key=lambda entry: sort_key(entry, query.sort_by), reverse=query.direction == "DESC")
    page = found[query.offset : query.offset + query.limit]
    return Page([{"id": entry.id} | entry.invoice for entry in page], len(found))


def assert_same(pair: Pair, method: str, *given: Any, **named: Any) -> None:
    """
    Assert that *method* returns, or raises, the same for both ledgers.
    """
    outcomes = []
    for ledger in pair:
        try:
            outcomes.append(getattr(ledger, method)(*given, **named))
        except ApiError as error:
            outcomes.append((type(error), str(error)))
    assert outcomes[0] == outcomes[1]


@given(
    added=st.lists(drafts(), min_size=6, max_size=9),
    listed=st.lists(queries(), min_size=6, max_size=9),
    texts=st.lists(PARTS, min_size=1, max_size=2),
)
@hypothesis_settings(property_of_the_mock, max_examples=80)
def test_both_databases_give_the_same_results(
    pair: Pair, contract: Contract, added: list[Added], listed: list[ListQuery], texts: list[str]
) -> None:
    """
    Both databases store and reject the same invoices, list what the filters select, and search and export the same.
    """
    shape = InvoiceShape.of(contract)
    invoices = [(store, order, build_invoice(draft, shape, now=1, payment_seconds=0)) for store, order, draft in added]

    assert_same(pair, "erase")
    for store, order, invoice in invoices:
        assert_same(pair, "add_all", store, [(invoice, order)])

    entries = pair[0].snapshot().entries
    for query in listed:
        assert [ledger.list(STORE, query) for ledger in pair] == [expected_page(entries, query)] * 2
    for text in texts:
        assert_same(pair, "browse", text=text, status=0, offset=1, limit=2)
        assert_same(pair, "browse", text=text, store_hash=STORES[-1])
    assert_same(pair, "snapshot")
