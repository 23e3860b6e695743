"""
Text that is looked for in the invoices of a ledger in SQLite.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, Self

import attrs

from .lines import (
    Needle,
    line_of,
    packed,
    picked,
    unpacked,
    without_line,
)
from .remembered import Remembered
from .rows import SEARCH_COLUMNS, Condition
from .sqlite_file import is_locked
from .sqlite_where import where_of

FEW = 20_000
"""Invoices that are looked up and sorted about as fast as they are found in their order."""

_BLOCK = 1_000  # rows
_AT_A_TIME = 100  # blocks
_TEXTS = {"names": ("customer_name",), "fields": tuple(SEARCH_COLUMNS.values())}
_COLUMNS = ", ".join(column for columns in _TEXTS.values() for column in columns)
_NEXT = f"SELECT id, store_hash, {_COLUMNS} FROM invoice WHERE id > ? ORDER BY id LIMIT ?"  # noqa: S608 - as it says


@attrs.frozen
class Found:
    """
    The invoices of a store that have a text.

    Attributes:
        total: How many there are.
        ids: Their ids, when they are few.
        first: An id that none of theirs comes before.
        last: An id that none of theirs comes after.
        upto: The last id that was looked at.
    """

    total: int = 0
    ids: Sequence[int] = ()
    first: int = 0
    last: int = 0
    upto: int = 0

    @property
    def is_few(self) -> bool:
        """Whether their ids are known."""
        return self.total <= FEW

    def plus(self, ids: Sequence[int]) -> Self:
        """
        Return these and those with greater *ids*.
        """
        if not ids:
            return self
        total = self.total + len(ids)
        known = (*self.ids, *ids) if total <= FEW else ()
        return attrs.evolve(self, total=total, ids=known, first=self.first or ids[0], last=ids[-1])


class Search:
    """
    The searches of one ledger.

    The text of a thousand invoices is kept in one piece. Creates take no part in it: what is new is taken in when
    somebody searches.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._remembered: Remembered[Found] = Remembered(connection, most=16)
        self._can_write = True

    def find(self, store_hash: str, text: Condition) -> Found:
        """
        Return the invoices of a store that *text* is true of. Unless it is exact, they are all that it can be true of.
        """
        self._take_in()
        texts = _texts(text)
        question = store_hash, texts, text.operand
        found = self._in_blocks(self._remembered.get(question) or Found(), *question)
        self._remembered.keep(question, found)
        return found.plus(self._beyond(found.upto, store_hash, attrs.evolve(text, columns=_TEXTS[texts])))

    def is_exact(self, text: Condition) -> bool:
        """
        Return whether *text* is looked for in all the columns whose texts are kept together.
        """
        return set(text.columns) == set(_TEXTS[_texts(text)])

    def forget(self, store_hash: str, invoice_id: int) -> None:
        """
        Find this invoice no more, in the transaction in which it is deleted.
        """
        block = self._connection.execute(
            "SELECT rowid, ids, names, fields FROM search_text WHERE store_hash = ? AND last_id >= ? "
            "ORDER BY last_id LIMIT 1",
            (store_hash, invoice_id),
        ).fetchone()
        if block:
            rowid, ids, names, fields = block
            left = unpacked(ids)
            number = left.index(invoice_id)
            del left[number]
            self._connection.execute(
                "UPDATE search_text SET ids = ?, names = ?, fields = ? WHERE rowid = ?",
                (packed(left), without_line(names, number), without_line(fields, number), rowid),
            )

    def forget_all(self) -> None:
        """
        Find nothing of what is there, in the transaction in which it is erased.
        """
        self._connection.execute("DELETE FROM search_text")

    def _in_blocks(self, found: Found, store_hash: str, texts: str, text: str) -> Found:
        upto = self._upto()  # as of now: another process may take in more
        if found.upto == upto:
            return found
        blocks = self._connection.execute(
            f"SELECT last_id, ids, {texts} FROM search_text "  # noqa: S608 - no value is in it
            "WHERE store_hash = ? AND last_id > ? AND last_id <= ? ORDER BY last_id",
            (store_hash, found.upto, upto),
        )
        needle, ids = Needle.of(text), list[int]()
        for last_id, block, lines in blocks:
            if not needle.is_in(lines):
                continue
            if found.total + len(ids) <= FEW:
                ids += picked(block, needle.numbers(lines))
            else:
                found, ids = found.plus(ids), []
                found = attrs.evolve(found, total=found.total + needle.count(lines), last=last_id)
        return attrs.evolve(found.plus(ids), upto=upto)

    def _beyond(self, last_id: int, store_hash: str, text: Condition) -> list[int]:
        where, values = where_of([Condition(["store_hash"], "=", store_hash), text])
        rows = self._connection.execute(
            f"SELECT id FROM invoice NOT INDEXED WHERE id > ? AND {where} ORDER BY id",  # noqa: S608 - no value is in it
            (last_id, *values),
        )
        return [invoice_id for (invoice_id,) in rows]

    def _take_in(self) -> None:
        (newest,) = self._connection.execute("SELECT ifnull(max(id), 0) FROM invoice").fetchone()
        if self._connection.in_transaction or not self._can_write or newest - self._upto() < _BLOCK:
            return
        try:
            while self._write():
                pass
        except sqlite3.OperationalError as error:  # a ledger that is locked or full can be searched all the same
            self._can_write = is_locked(error)

    def _write(self) -> bool:
        # A few at a time, since no other process can write meanwhile.
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            upto = self._upto()
            for _ in range(_AT_A_TIME):
                rows = self._connection.execute(_NEXT, (upto, _BLOCK)).fetchall()
                if len(rows) < _BLOCK:
                    return False
                upto = rows[-1][0]
                self._connection.executemany("INSERT INTO search_text VALUES (?, ?, ?, ?, ?)", _blocks(rows))
        return True

    def _upto(self) -> int:
        last = self._connection.execute("SELECT last_id FROM search_text ORDER BY rowid DESC LIMIT 1").fetchone()
        return last[0] if last else 0


def _texts(text: Condition) -> str:
    return next(texts for texts, columns in _TEXTS.items() if set(text.columns) <= set(columns))


def _blocks(rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[str, int, bytes, bytes, bytes]]:
    stores: dict[str, list[tuple[int, bytes, bytes]]] = {}
    for invoice_id, store_hash, name, *fields in rows:
        stores.setdefault(store_hash, []).append((invoice_id, line_of([name]), line_of(fields)))
    for store_hash, lines in stores.items():
        ids, names, searched = zip(*lines, strict=True)
        yield store_hash, rows[-1][0], packed(ids), b"".join(names), b"".join(searched)
