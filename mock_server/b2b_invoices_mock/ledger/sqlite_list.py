"""
Lists of a store's invoices, out of SQLite: by which index they are found, and in which order.
"""

import sqlite3
from collections.abc import Sequence

from .counts import Counts
from .facts import ListQuery, Page
from .rows import (
    SORT_COLUMNS,
    Condition,
    invoice_of,
    listed,
)
from .sqlite_file import is_locked
from .sqlite_search import FEW, Search
from .sqlite_where import BLOCKED, block, where_of

_LEADING = ("id", "external_id", "customer_id", "channel_id", "status")  # what few have first
_INDEXED = 10  # times as many are few when nothing is read but an index
_REMOVAL = "UPDATE removals SET number = number + 1"


class Listing:
    """
    The lists of one ledger.

    An index costs every create, so there are those that somebody ever had a use for.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._counts = Counts(connection)
        self._search = Search(connection)
        self._indexed: set[tuple[str, ...]] = set()

    def forget(self, store_hash: str, invoice_id: int) -> None:
        """
        List this invoice no more, in the transaction in which it is deleted.
        """
        self._connection.execute(_REMOVAL)
        self._search.forget(store_hash, invoice_id)

    def forget_all(self) -> None:
        """
        List nothing of what is there, in the transaction in which it is erased.
        """
        self._connection.execute(_REMOVAL)
        self._search.forget_all()

    def page(self, store_hash: str, query: ListQuery) -> Page:
        """
        Return the page of a store's invoices that *query* asks for.
        """
        sort = SORT_COLUMNS[query.sort_by]
        self._make_index(sort)
        conditions = listed(store_hash, query)
        text = next((condition for condition in conditions if condition.relation == "holds"), None)
        if text is None:
            return self._page(query, conditions, self._count(conditions))
        found, is_exact = self._search.find(store_hash, text), self._search.is_exact(text)
        total = found.total if is_exact and len(conditions) == 2 else None  # noqa: PLR2004 - a store's that have the text
        if found.is_few:
            kept = [condition for condition in conditions if condition is not text or not is_exact]
            conditions = [*kept, Condition(["id"], "in", found.ids)]
        if total is None:
            total = self._count(conditions)
        if not found.is_few:  # and so not counted, since that is remembered by what is asked
            conditions += [Condition(["id"], ">=", found.first), Condition(["id"], "<=", found.last)]
        return self._page(query, conditions, total)

    def _count(self, conditions: Sequence[Condition]) -> int:
        if (lead := _lead(conditions)) and lead.columns[0] != "id":
            self._make_index(lead.columns[0], "created_at")  # the order that it is nearly always wanted in
        return self._counts.count(*where_of(conditions, _found_by(lead)))

    def _page(self, query: ListQuery, conditions: Sequence[Condition], total: int) -> Page:
        if total <= query.offset:
            return Page([], total)
        sort = SORT_COLUMNS[query.sort_by]
        order, found_by = _way(conditions, sort, total)
        where, values = where_of(conditions, found_by)
        # In two steps, so that no document is read but those of the page.
        page = (
            f"SELECT id, document FROM invoice WHERE id IN (SELECT id FROM invoice WHERE {where} "  # noqa: S608 - no value is in it
            f"ORDER BY {order} {query.direction}, id {query.direction} LIMIT ? OFFSET ?) "
            f"ORDER BY +{sort} {query.direction}, id {query.direction}"
        )
        most = min(query.limit, total - query.offset)  # so that nothing is looked for beyond the last
        rows = self._connection.execute(page, (*values, most, query.offset))
        return Page([invoice_of(*row) for row in rows], total)

    def _make_index(self, *columns: str) -> None:
        # In a transaction it would be gone with what is not committed.
        if columns in self._indexed or self._connection.in_transaction:
            return
        self._indexed.add(columns)
        # Each entry of an index ends in its row's id, so what is alike in the columns is in the order of the ids.
        leading = ["store_hash", block()] if BLOCKED in columns else ["store_hash"]
        name, indexed = "_".join(columns), ", ".join([*leading, *columns])
        try:
            self._connection.execute(f"CREATE INDEX IF NOT EXISTS by_{name} ON invoice ({indexed})")
        except sqlite3.OperationalError as error:  # a ledger that is locked or full can be read all the same
            if is_locked(error):
                self._indexed.discard(columns)  # the next one who asks may have more luck


def _lead(conditions: Sequence[Condition]) -> Condition | None:
    exact = {condition.columns[0]: condition for condition in conditions if condition.relation in {"=", "in"}}
    return next((exact[column] for column in _LEADING if column in exact), None)


def _found_by(lead: Condition | None) -> tuple[str, ...]:
    if lead is None:
        return ("store_hash", "created_at")
    return ("id",) if lead.columns[0] == "id" else ("store_hash", lead.columns[0], "created_at")


def _way(conditions: Sequence[Condition], sort: str, total: int) -> tuple[str, tuple[str, ...]]:
    # What few have is looked up and sorted; of many, those that come first are the first of an index in that order.
    lead = _lead(conditions)
    found_by = _found_by(lead)
    if sort == "created_at" and _is_in_order(lead):
        return sort, found_by
    is_narrow = lead is not None or any("created_at" in condition.columns for condition in conditions)
    is_covered = sort in found_by and all(condition.columns[0] in found_by for condition in conditions)
    if is_narrow and total <= (_INDEXED * FEW if is_covered else FEW):
        return f"+{sort}", found_by
    return sort, ("store_hash",)


def _is_in_order(lead: Condition | None) -> bool:
    # Whether what an index finds comes in the order of creation.
    if lead is None:
        return True
    return lead.columns[0] != BLOCKED and (lead.relation == "=" or len(lead.operand) == 1)
