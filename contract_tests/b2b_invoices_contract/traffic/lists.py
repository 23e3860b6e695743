"""
Lists: filters, searches, sorting and pages, alone and in combination, over a few invoices that differ in everything.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations as pairs_of
from itertools import product
from typing import Any

import attrs
import httpx

from b2b_invoices_contract.observations import (
    Case,
    Invoice,
    Listed,
    ListedAndRead,
    Paged,
    Unchanged,
    Valid,
    invoice_in,
)
from b2b_invoices_contract.queries import LONGEST_PAGE, SEARCHED, Query
from b2b_invoices_contract.readings import reading
from b2b_invoices_contract.session import Session
from b2b_invoices_contract.store import Halt, Store

from .source import source

WINDOW = Query.of(beginDateAt=1_700_000_000, endDateAt=1_700_000_003, limit=LONGEST_PAGE)
"""Narrows a list to the seconds in which the invoices of this module were issued."""

_MILLISECONDS = "1900000000000"  # a time in milliseconds, taken for seconds: far in the future
_SIGNS = "50% _ ' \\ ("
_ENCODED = ("a b", "a+b", "a%20b", "a&b", "a/b", "a?b", "a#b", "ä=ß", "a%2Bb", "a;b")
_NOTHING = "no invoice has this 5d0c1f"
_SORT_FIELDS = (
    *("invoiceNumber", "createdAt", "updatedAt", "customerId", "externalCustomerId", "dueDate", "status"),
    *("openBalance", "originalBalance"),
)


@source(makes=(Listed,))
def filters(session: Session) -> None:
    """
    Every filter alone, and one that nothing matches.
    """
    made = _made(session)
    for query in session.pace.some(list(_filters(made[3]).values()), 2):
        _list(session.store, WINDOW.and_(query), made)
    session.store.page(Query.of(q=_NOTHING), known=made, only_known=True)


@source(makes=(Listed,))
def searches(session: Session) -> None:
    """
    A text of every searchable field, without naming the field; and signs that mean something in other places.
    """
    made = _made(session)
    for field in session.pace.some(SEARCHED, 1):
        _list(session.store, WINDOW.and_(Query.of(q=str(made[3][field]).swapcase())), made)
    if not session.pace.profile.sampled:
        for sign in ("", *_SIGNS.split()):
            _list(session.store, WINDOW.and_(Query.of(q=sign, searchBy="purchaseOrderNumber")), made)


@source(makes=(Listed,))
def sorting(session: Session) -> None:
    """
    Every sort field in both directions, and no sort field.
    """
    made = _made(session)
    cases = list(product(_SORT_FIELDS, ("ASC", "DESC")))
    for field, direction in session.pace.some(cases, 2):
        _list(session.store, _own(session).and_(Query.of(sortBy=field, orderBy=direction)), made, only_known=True)
    _list(session.store, _own(session), made, only_known=True)


@source(makes=(Listed, Paged))
def pages(session: Session) -> None:
    """
    All pages of a list, of every size around the length of the list.
    """
    made, store = _made(session), session.store
    whole = _list(store, _own(session), made, only_known=True).ids
    count = len(made)
    sizes = [3, count - 1, count, count + 1, 4]
    if not session.pace.profile.sampled:  # a page for each invoice takes many requests
        sizes.append(1)
    for limit in session.pace.some(sizes, 1):
        ids: list[int] = []
        for offset in range(0, count + 1, limit):
            query = _own(session).and_(Query.of(limit=limit, offset=offset))
            ids += _list(store, query, made, only_known=True).ids
        store.judge.see(Paged(exchange=store.exchanges.last, limit=limit, ids=ids, whole=whole))


@source(makes=(Listed,), thorough=True)
def combinations(session: Session) -> None:
    """
    Filters, searches, sorting and paging together: every pair of their values at least once.
    """
    made = _made(session)
    for query in covering(_choices(made)):
        _list(session.store, _own(session, searched=False).and_(query), made)


@source(makes=(Listed,), thorough=True)
def encoded_lookups(session: Session) -> None:
    """
    Searches for numbers with characters that a URL encodes.
    """
    store = session.store
    drafts = [_draft(session, number=store.drafts.number(text)) for text in _ENCODED]
    made = [{**store.created(draft), **reading(draft)} for draft in drafts]
    for invoice in made:
        query = WINDOW.and_(Query.of(q=invoice["invoiceNumber"], searchBy="invoiceNumber"))
        store.page(query, known=made, only_known=True)
        if " " in invoice["invoiceNumber"]:
            store.page(attrs.evolve(query, has_plus=False), known=made, only_known=True)


@source(makes=(Listed,), thorough=True)
def whole_store(session: Session) -> None:
    """
    The list without any parameter, and the largest pages of all invoices.
    """
    store = session.store
    store.page(Query())
    gone = store.created_id(_draft(session, number=store.drafts.number()))
    store.delete(gone)
    for offset in range(0, 10 * LONGEST_PAGE, LONGEST_PAGE):
        query = Query.of(limit=LONGEST_PAGE, offset=offset)
        if len(store.page(query, gone=frozenset({gone})).invoices) < LONGEST_PAGE:
            break


@source(makes=(Listed, Valid), thorough=True)
def rare_lists(session: Session) -> None:
    """
    Sort fields that no invoice shows, a direction or a search field alone, times far away, and a page beyond the end.
    """
    choices = [("sortBy", "isPendingPayment"), ("searchBy", "type"), ("offset", "5000"), ("orderBy", "ASC")]
    choices += [("beginDateAt", _MILLISECONDS), ("endDateAt", _MILLISECONDS), ("beginDateAt", f"-{_MILLISECONDS}")]
    for name, value in choices:
        exchange = session.store.send("GET", f"/invoices?{httpx.QueryParams({'limit': 1, name: value})}")
        session.judge.see(Valid(exchange=exchange, case=Case(name=f"{name}={value}")))


@source(makes=(Listed, ListedAndRead, Unchanged))
def reads(session: Session) -> None:
    """
    Invoices in lists with and without extra fields, and the same invoices read twice.
    """
    made, store = _made(session), session.store
    for choice in session.pace.some([{}, {"isIncludeExtraFields": 0}], 1):
        _list(store, _own(session).and_(Query.of(**choice)), made)
    listed = _list(store, _own(session).and_(Query.of(isIncludeExtraFields=1)), made)
    rows = [row for row in listed.invoices if row["id"] in {invoice["id"] for invoice in made}]
    for row in session.pace.some(rows, 1) if rows else ():
        read = store.read(row["id"])
        invoice = invoice_in(read)
        if invoice is None:
            raise Halt(f"a read of a listed invoice returned {read.status}")
        store.judge.see(ListedAndRead(exchange=read, listed=row, read=invoice))
        again = store.read(row["id"])
        store.judge.see(Unchanged(exchange=again, cause="read", was=invoice, is_now=invoice_in(again)))


# ------------------------------------------------------------------------------------------- what the sources share


def covering(choices: Sequence[Sequence[Query]]) -> list[Query]:
    """
    Return queries of one choice from each sequence, which together have every pair of choices at least once.

    Greedy: each query takes, one sequence after another, the choice that covers most pairs that are still missing.
    """
    positions = range(len(choices))
    missing = {
        ((one, first), (other, second))
        for one, other in pairs_of(positions, 2)
        for first, second in product(range(len(choices[one])), range(len(choices[other])))
    }
    queries = []
    while missing:
        chosen = dict(min(missing))
        for position in positions:
            if position not in chosen:
                chosen[position] = max(
                    range(len(choices[position])), key=lambda index: len(_covered(chosen | {position: index}) & missing)
                )
        missing -= _covered(chosen)
        query = Query()
        for position in positions:
            query = query.and_(choices[position][chosen[position]])
        queries.append(query)
    return queries


def _covered(chosen: Mapping[int, int]) -> set[tuple[tuple[int, int], tuple[int, int]]]:
    return set(pairs_of(sorted(chosen.items()), 2))


def _list(store: Store, query: Query, made: Sequence[Invoice], *, only_known: bool = False) -> Listed:
    return store.page(query, known=made, only_known=only_known)


def _own(session: Session, *, searched: bool = True) -> Query:
    """
    Return the query of the invoices of the running source, by their numbers.
    """
    prefix = Query.of(q=session.shared["prefix"], searchBy="invoiceNumber")
    return WINDOW.and_(prefix) if searched else WINDOW


def _filters(wanted: Invoice) -> Mapping[str, Query]:
    """
    Return every filter by its name, with a value that *wanted* matches.
    """
    name = wanted["customerName"]
    channel = wanted["channelId"] or 1
    several = {"externalId": [wanted["externalId"], "no-such-id"]}
    return {
        "customerId": Query.of(customerId=wanted["customerId"]),
        "customerName": Query.of(customerName=name),
        "part of customerName": Query.of(customerName=name[2:].upper()),
        "status": Query.of(status=wanted["status"]),
        "externalId": Query.of(externalId_=several["externalId"]),
        "channelIds": Query.of(channelIds=[channel]),
        "two channelIds": Query.of(channelIds=[channel, 3]),
        "beginDateAt": Query.of(beginDateAt=wanted["createdAt"]),
        "endDateAt": Query.of(endDateAt=wanted["createdAt"]),
        **{f"q in {field}": Query.of(q=wanted[field], searchBy=field) for field in SEARCHED},
    }


def _choices(made: Sequence[Invoice]) -> list[list[Query]]:
    """
    Return the values of each parameter that are tried together: none, one that several match, one, and none.
    """
    one, other = made[3], made[5]
    return [
        [Query(), Query.of(customerId=one["customerId"]), Query.of(customerId="999999998")],
        [Query(), Query.of(customerName=one["customerName"][2:].upper()), Query.of(customerName=other["customerName"])],
        [Query(), Query.of(status=0), Query.of(status=1)],
        [
            Query(),
            Query.of(externalId_=[one["externalId"], other["externalId"]]),
            Query.of(externalId_=[made[0]["externalId"]]),
        ],
        [Query(), Query.of(channelIds=[1, 3]), Query.of(channelIds=[2])],
        [Query(), Query.of(beginDateAt=one["createdAt"]), Query.of(beginDateAt=1_700_000_003)],
        [Query(), Query.of(endDateAt=other["createdAt"]), Query.of(endDateAt=1_700_000_001)],
        [
            Query.of(q=one["externalCustomerId"], searchBy="externalCustomerId"),
            Query.of(q=made[0]["invoiceNumber"][:-3]),
            Query.of(q="kind 3", searchBy="type"),
        ],
        [Query(), Query.of(sortBy="openBalance", orderBy="ASC"), Query.of(sortBy="dueDate", orderBy="DESC")],
        [Query(), Query.of(limit=2), Query.of(limit=2, offset=1)],
        [Query(), Query.of(isIncludeExtraFields=1)],
    ]


def _made(session: Session) -> list[Invoice]:
    """
    Return a few invoices that differ in everything that a list can tell apart, created if they do not exist yet.

    Raises:
        Halt: They were not created.
    """
    if "prefix" not in session.shared:
        session.shared["made"] = _create(session)
        session.shared["prefix"] = f"{session.store.drafts.prefix}-"
    made: list[Invoice] = session.shared["made"]
    return made


def _create(session: Session) -> list[Invoice]:
    store = session.store
    # No two fields sort alike, numbers are neither in order nor of one length, and some have values in common.
    numbers = [store.drafts.number(f"list {index} äß" + "x" * (index * 5 % 7)) for index in range(7)]
    balances = [3, 0.0001, 20, -5, 3, 100000.5, 0]
    drafts = [
        _draft(session, index, number=numbers[index * 3 % 7], open_balance=value)
        for index, value in enumerate(balances)
    ]
    ids = [store.created_id(draft) for draft in drafts]
    made = {invoice["id"]: invoice for invoice in store.own()}
    if set(ids) - made.keys():
        created = [{"id": invoice_id, **draft} for invoice_id, draft in zip(ids, drafts, strict=True)]
        query = Query.of(limit=LONGEST_PAGE, isIncludeExtraFields=1)
        store.judge.see(Listed(exchange=store.exchanges.last, query=query, known=created))
        raise Halt("a list lacks invoices that were created")
    # What was sent counts, not what the list shows of it.
    return [
        {**made[key], **reading(draft), "customerName": made[key].get("customerName") or ""}
        for key, draft in zip(ids, drafts, strict=True)
    ]


def _draft(session: Session, index: int = 0, *, number: str, open_balance: float = 3) -> dict[str, Any]:
    make, target = session.store.drafts, session.target
    companies = [company for company in (target.company_id, target.other_company_id) if company]
    draft = {
        "invoiceNumber": number,
        "orderNumber": make.order_number(),
        "customerId": companies[index % len(companies)],
        "originalBalance": {"code": "USD", "value": [50, 700, 9, 0.5, 50, 33, 8000][index]},
        "openBalance": {"code": "USD", "value": open_balance},
        "status": index // 2 % 2,
        "type": f"Kind {index}",
        # One has what others have in other fields, so that a search of one field has something to leave out.
        "purchaseOrderNumber": make.number(f"po Kind 3 {companies[-1]}" if index == 4 else f"po {_SIGNS[index]}"),  # noqa: PLR2004 - any one
        "externalId": make.number("erp"),
        "externalCustomerId": f"Buyer {index * 5 % 4} {make.prefix}",
        "extraFields": [{"fieldName": "Index", "fieldValue": str(index)}],
        "channelId": 1 + index % 3,
        "issuedAt": 1_700_000_000 + [1, 1, 3, 2, 0, 3, 0][index],
        "dueDate": 1_800_000_000 + [4, 90, 1, 4, 17, 200, 90][index],
    }
    if make.channels is False:
        del draft["channelId"]
    return draft
