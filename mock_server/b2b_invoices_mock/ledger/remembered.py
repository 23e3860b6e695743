"""
What was found in a ledger, remembered for as long as it holds.
"""

import sqlite3
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """
    What was found among the rows up to some id, by what was asked; the last few questions alone.

    More rows do not change it, since their ids are beyond that. It ends when rows are taken away, whoever does so.
    """

    def __init__(self, connection: sqlite3.Connection, *, most: int = 64) -> None:
        self._connection = connection
        self._kept: OrderedDict[Hashable, T] = OrderedDict()
        self._most = most
        self._removals = 0

    def get(self, question: Hashable) -> T | None:
        """
        Return what was found last, or None; ask before looking, so that what others do in the meantime is noticed.
        """
        (removals,) = self._connection.execute("SELECT number FROM removals").fetchone()
        if removals != self._removals:
            self._removals = removals
            self._kept.clear()
        return self._kept.get(question)

    def keep(self, question: Hashable, found: T) -> None:
        """
        Remember what was *found*, unless it comes of what is not committed: its ids may be given again.
        """
        if self._connection.in_transaction:
            return
        self._kept[question] = found
        self._kept.move_to_end(question)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
