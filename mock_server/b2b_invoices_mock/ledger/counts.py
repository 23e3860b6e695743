"""
How many invoices a list has altogether, counted on from where they were last counted.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any

from .remembered import Remembered

_FEW = 20  # times as many were counted before
_NEWEST = "SELECT ifnull(max(id), 0) FROM invoice"


class Counts:
    """
    Counts of a ledger's rows. A row that was counted is not counted again, since new ones have greater ids.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._remembered: Remembered[tuple[int, int]] = Remembered(connection)  # how many, up to which id

    def count(self, where: str, values: Sequence[Any]) -> int:
        """
        Return how many rows *where* is true of, with *values* in the places that it has for them.
        """
        question = where, tuple(values)
        before, last = self._remembered.get(question) or (0, 0)
        beyond, last = self._count_beyond(last, where, values)
        self._remembered.keep(question, (before + beyond, last))
        return before + beyond

    def _count_beyond(self, last: int, where: str, values: Sequence[Any]) -> tuple[int, int]:
        rows = "invoice"
        if last:
            (newest,) = self._connection.execute(_NEWEST).fetchone()
            # A few rows are found by their ids. Of many, no more is read than an index has.
            is_few = (newest - last) * _FEW < last
            rows = "invoice NOT INDEXED" if is_few else rows
            where, values = f"{'' if is_few else '+'}id > ? AND {where}", (last, *values)
        count = f"SELECT count(*), ({_NEWEST}) FROM {rows} WHERE {where}"  # noqa: S608 - no value is in it
        total, last = self._connection.execute(count, values).fetchone()
        return total, last
