"""
The model of lists: which invoices match a query, in which order, and which queries are tried together.
"""

from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b_invoices_contract.queries import DEFAULT_PAGE, SEARCHED, Invoice, Query
from b2b_invoices_contract.traffic.lists import covering

from .observed import PLAIN, invoice_of, usd

_FEW = st.integers(0, 3)
_INVOICES = st.builds(
    lambda number, customer, status, created, channel: (
        invoice_of(PLAIN | {"invoiceNumber": f"No-{number}", "customerId": str(customer), "channelId": channel})
        | {"status": status, "createdAt": created, "externalId": f"e{number}", "customerName": f"Customer {customer}"}
    ),
    *[_FEW] * 5,
)
_FILTERS: dict[str, Any] = {
    "customerId": _FEW,
    "status": _FEW,
    "channelIds": st.lists(_FEW, min_size=1, max_size=2),
    "externalId_": st.lists(_FEW.map("e{}".format), min_size=1, max_size=2),
    "customerName": _FEW.map("CUSTOMER {}".format),
    "beginDateAt": _FEW,
    "endDateAt": _FEW,
    "q": _FEW.map("nO-{}".format),
}
_QUERIES = st.fixed_dictionaries({}, optional=_FILTERS).map(lambda values: Query.of(**values))

_INVOICE = invoice_of(
    PLAIN | {"invoiceNumber": "Ä-1", "customerId": "12", "orderNumber": "34", "channelId": 2, "externalId": "erp 1"}
) | {"createdAt": 100, "customerName": "Acme Ltd"}


@pytest.mark.parametrize(
    ("parameters", "matches"),
    [
        ({}, True),
        ({"customerId": 12}, True),
        ({"customerId": 1}, False),
        ({"customerName": "me l"}, True),
        ({"customerName": "Acme  Ltd"}, False),
        ({"status": 0}, True),
        ({"status": 1}, False),
        ({"externalId_": ["x", "erp 1"]}, True),
        ({"externalId_": ["erp"]}, False),
        ({"channelIds": [1, 2]}, True),
        ({"channelIds": [1]}, False),
        ({"beginDateAt": 100, "endDateAt": 100}, True),
        ({"beginDateAt": 101}, False),
        ({"endDateAt": 99}, False),
        ({"q": "ä-"}, True),
        ({"q": "34"}, True),
        ({"q": "erp 1"}, False),
        ({"q": "34", "searchBy": "invoiceNumber"}, False),
        ({"q": "", "searchBy": "invoiceNumber"}, True),
        ({"customerId": 12, "status": 1}, False),
    ],
    ids=str,
)
def test_matches(parameters: dict[str, Any], *, matches: bool) -> None:
    """
    An invoice matches a query if it matches every parameter: ids to the character, text in any case.
    """
    assert Query.of(**parameters).matches(_INVOICE) is matches


@given(query=_QUERIES, invoices=st.lists(_INVOICES, max_size=6))
def test_filters_are_joined(query: Query, invoices: list[Invoice]) -> None:
    """
    The invoices that match a query are those that match each of its parameters.
    """
    names = {name for name, _ in query.parameters}
    parts = [Query(tuple(pair for pair in query.parameters if pair[0] == name)) for name in names]

    assert query.matching(invoices) == [one for one in invoices if all(part.matches(one) for part in parts)]


@given(invoices=st.lists(_INVOICES, max_size=6), one=_QUERIES, other=_QUERIES)
def test_more_parameters_match_less(invoices: list[Invoice], one: Query, other: Query) -> None:
    """
    The parameters of another query replace those of the same name, and those beside them match no more than before.
    """
    both = one.and_(other)
    names = {name for name, _ in other.parameters}

    assert [pair for pair in both.parameters if pair[0] in names] == list(other.parameters)
    if not names & {name for name, _ in one.parameters}:
        assert both.matching(invoices) == one.matching(other.matching(invoices))


@given(values=st.lists(st.integers(-(10**20), 10**20).map(lambda units: units / 10_000), min_size=2, max_size=5))
def test_balances_are_sorted_by_value(values: list[float]) -> None:
    """
    A list by a balance is sorted by the exact amount, not by its text.
    """
    query = Query.of(sortBy="openBalance", orderBy="ASC")
    invoices = [invoice_of(PLAIN | {"openBalance": usd(value)}) for value in values]

    keys = sorted(map(query.key, invoices))

    assert keys == sorted(keys, key=float)
    assert (query.is_descending, Query().is_descending) == (False, True)


def test_key_without_a_field() -> None:
    """
    Without a sort field, a list is sorted by the creation time.
    """
    assert Query().key(_INVOICE) == 100
    assert Query.of(sortBy="dueDate").key(_INVOICE) == _INVOICE["dueDate"]


def test_page() -> None:
    """
    A query without limit and offset is for the first page of the default size.
    """
    assert (Query().limit, Query().offset) == (DEFAULT_PAGE, 0)
    assert (Query.of(limit=3, offset=6).limit, Query.of(limit=3, offset=6).offset) == (3, 6)
    assert [Query.of(q="a").is_search, Query.of(q="a", searchBy="type").is_search, Query().is_search] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize("text", ["a b", "a+b", "a%20b", "a&b=c", "ä/#?;"])
def test_text_is_encoded(text: str) -> None:
    """
    A value is encoded for the URL, whatever characters it has.
    """
    query = Query.of(q=text, externalId_=[text, "x"])

    assert str(query).isascii()
    assert len(str(query).split("&")) == 3
    assert Query.of(q=text).value("q") == text


def test_searched_fields() -> None:
    """
    A search without a field finds what is in any of the searched fields.
    """
    for field in SEARCHED:
        assert Query.of(q="find me").matches(_INVOICE | {field: "Find ME now"})


@given(sizes=st.lists(st.integers(1, 4), min_size=2, max_size=6))
def test_every_pair_is_covered(sizes: list[int]) -> None:
    """
    Queries that try parameters together have every pair of values at least once, in as many queries as pairs at most.
    """
    choices = [[Query.of(**{f"p{index}": value}) for value in range(size)] for index, size in enumerate(sizes)]

    queries = covering(choices)

    pairs = {pair for query in queries for pair in combinations(query.parameters, 2)}
    wanted = {
        (first.parameters[0], second.parameters[0])
        for one, other in combinations(choices, 2)
        for first, second in product(one, other)
    }
    assert pairs == wanted
    assert len(queries) <= len(wanted)
    assert {len(query.parameters) for query in queries} == {len(sizes)}
