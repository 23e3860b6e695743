"""
What was created where people work, written down before it is, so that it can be deleted whatever happens to the run.
"""

import hashlib
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Self

import attrs
import httpx

from contract_tests.targets import CannotRun, Target
from contract_tests.traffic import json_in

PREFIX = "CTL-"
"""What the number of every invoice begins with that a run on a live store creates."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    name TEXT PRIMARY KEY, base_url TEXT NOT NULL, store TEXT NOT NULL, started REAL NOT NULL,
    kept INTEGER NOT NULL DEFAULT 0, finished REAL
) STRICT;
CREATE TABLE IF NOT EXISTS creations (
    id INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs, sent REAL NOT NULL, answered INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS invoices (
    run TEXT NOT NULL REFERENCES runs, id INTEGER NOT NULL, created INTEGER NOT NULL DEFAULT 0,
    confirmed INTEGER NOT NULL DEFAULT 0, gone REAL,
    PRIMARY KEY (run, id)
) STRICT;
"""
_MARKED = ("invoiceNumber", "purchaseOrderNumber", "externalId")
_OK, _NOT_FOUND = 200, 404
_REFUSED = range(400, 500)
Clock = Callable[[], float]
"""Returns seconds."""


@attrs.frozen
class Run:
    """
    A run on a live store.

    Attributes:
        name: What tells it from any other, such as `K3V9QD2M`.
        base_url: Where the API is.
        store: A digest of the store's hash, which itself is written down nowhere.
        started: When it began, in Unix seconds.
    """

    name: str
    base_url: str
    store: str
    started: float

    @classmethod
    def on(cls, target: Target, name: str, started: float) -> Self:
        """
        Return the run *name* on *target*.
        """
        return cls(name, target.base_url, digest(target.store.store_hash), started)

    @property
    def mark(self) -> str:
        """What the number of each of its invoices begins with."""
        return f"{PREFIX}{self.name}-"

    def marked(self, invoice: Any) -> bool:
        """
        Return whether *invoice*, as it was read, is one of this run.
        """
        if not isinstance(invoice, dict):
            return False
        return any(str(invoice.get(name) or "").startswith(self.mark) for name in _MARKED)


class Journal:
    """
    The record of all runs, in one SQLite file.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator["Journal"]:
        """
        Open the journal at *path*, made when it is not there.

        Raises:
            CannotRun: When it cannot be written.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise _unusable(path, error) from error
        with closing(connection):
            try:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=FULL")  # what is written outlives the machine, not just the run
                connection.executescript(_SCHEMA)
            except sqlite3.Error as error:
                raise _unusable(path, error) from error
            yield cls(connection)

    def begin(self, run: Run) -> None:
        """
        Write down that *run* begins.
        """
        self._write(
            "INSERT INTO runs (name, base_url, store, started) VALUES (?, ?, ?, ?)",
            *(run.name, run.base_url, run.store, run.started),
        )

    def finish(self, run: Run, at: float, *, kept: bool) -> None:
        """
        Write down that *run* left nothing, or what it was told to keep.
        """
        self._write("UPDATE runs SET finished = ?, kept = ? WHERE name = ?", at, kept, run.name)

    def unfinished(self) -> list[Run]:
        """
        Return the runs that may have left something that nobody wants, oldest first.
        """
        rows = self._connection.execute(
            "SELECT name, base_url, store, started FROM runs WHERE finished IS NULL ORDER BY started, name"
        )
        return [Run(*row) for row in rows]

    def find(self, name: str) -> Run | None:
        """
        Return the run *name*, or None when it is not in here.
        """
        row = self._connection.execute(
            "SELECT name, base_url, store, started FROM runs WHERE name = ?", (name,)
        ).fetchone()
        return Run(*row) if row else None

    def about_to_create(self, run: Run, at: float) -> int:
        """
        Write down that a create of *run* is about to be sent, and return what to call it.
        """
        cursor = self._write("INSERT INTO creations (run, sent) VALUES (?, ?)", run.name, at)
        assert cursor.lastrowid is not None  # noqa: S101 - a row was just inserted; this tells the type checker
        return cursor.lastrowid

    def answered(self, creation: int) -> None:
        """
        Write down that it is known what became of *creation*.
        """
        self._write("UPDATE creations SET answered = 1 WHERE id = ?", creation)

    def last_unanswered(self, run: Run) -> float | None:
        """
        Return when the latest create of *run* was sent of which nobody knows what became; None when all are known.
        """
        (sent,) = self._connection.execute(
            "SELECT max(sent) FROM creations WHERE run = ? AND NOT answered", (run.name,)
        ).fetchone()
        return None if sent is None else float(sent)

    def claim(self, run: Run, invoice_id: int) -> None:
        """
        Write down that a create of *run* was answered with *invoice_id*.
        """
        self._write(
            "INSERT INTO invoices (run, id, created) VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET created = 1",
            *(run.name, invoice_id),
        )

    def confirm(self, run: Run, invoice_id: int) -> None:
        """
        Write down that the invoice *invoice_id* bears the mark of *run*.
        """
        self._write(
            "INSERT INTO invoices (run, id, confirmed) VALUES (?, ?, 1)"
            " ON CONFLICT DO UPDATE SET confirmed = 1, gone = NULL",
            *(run.name, invoice_id),
        )

    def gone(self, run: Run, invoice_id: int, at: float) -> None:
        """
        Write down that the invoice *invoice_id* is no longer there.
        """
        self._write("UPDATE invoices SET gone = ? WHERE run = ? AND id = ?", at, run.name, invoice_id)

    def left(self, run: Run) -> list[int]:
        """
        Return the ids of the invoices of *run* that are not known to be gone.
        """
        rows = self._connection.execute(
            "SELECT id FROM invoices WHERE run = ? AND gone IS NULL ORDER BY id", (run.name,)
        )
        return [invoice_id for (invoice_id,) in rows]

    def created(self, run: Run) -> set[int]:
        """
        Return the ids that the creates of *run* were answered with.
        """
        rows = self._connection.execute("SELECT id FROM invoices WHERE run = ? AND created", (run.name,))
        return {invoice_id for (invoice_id,) in rows}

    def is_claimed(self, run: Run, invoice_id: int) -> bool:
        """
        Return whether a create of *run* was answered with *invoice_id*, or the invoice bears its mark.
        """
        return self._has(run, invoice_id, least=0)

    def is_confirmed(self, run: Run, invoice_id: int) -> bool:
        """
        Return whether the invoice *invoice_id* bears the mark of *run*.
        """
        return self._has(run, invoice_id, least=1)

    def _has(self, run: Run, invoice_id: int, *, least: int) -> bool:
        found = self._connection.execute(
            "SELECT 1 FROM invoices WHERE run = ? AND id = ? AND confirmed >= ?", (run.name, invoice_id, least)
        )
        return found.fetchone() is not None

    def _write(self, statement: str, *values: Any) -> sqlite3.Cursor:
        try:
            return self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise CannotRun(f"the journal cannot be written: {error}; the run was stopped") from error


@attrs.define
class Journaling(httpx.BaseTransport):
    """
    Sends by another transport, each create after it was written down, and writes down what the answers tell.

    Attributes:
        inner: Sends.
        journal: Where to write.
        run: The run.
        clock: Returns Unix seconds.
    """

    inner: httpx.BaseTransport
    journal: Journal
    run: Run
    clock: Clock

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """
        Send *request*, and return its answer, read to the end.
        """
        creation = self.journal.about_to_create(self.run, self.clock()) if request.method == "POST" else None
        response = self.inner.handle_request(request)
        response.read()
        if creation is not None:
            self._note_create(creation, response)
        elif response.status_code in {_OK, 204, _NOT_FOUND}:
            self._note(request, response)
        return response

    def close(self) -> None:
        """
        Close the other transport.
        """
        self.inner.close()

    def _note_create(self, creation: int, response: httpx.Response) -> None:
        data = _data(response)
        ids = [data.get(key) for key in ("id", "invoiceId")] if isinstance(data, dict) and response.is_success else []
        claimed = [value for value in map(invoice_id_of, ids) if value]
        for invoice_id in claimed:
            self.journal.claim(self.run, invoice_id)
        if claimed or response.status_code in _REFUSED:
            self.journal.answered(creation)

    def _note(self, request: httpx.Request, response: httpx.Response) -> None:
        one = re.search("/invoices/([0-9]+)$", request.url.path)
        if one and (request.method == "DELETE" or response.status_code == _NOT_FOUND):
            self.journal.gone(self.run, int(one[1]), self.clock())
            return
        data = _data(response)
        for invoice in data if isinstance(data, list) else [data]:
            if self.run.marked(invoice) and (invoice_id := id_of(invoice)):
                self.journal.confirm(self.run, invoice_id)


def id_of(invoice: Any) -> int | None:
    """
    Return the id of *invoice*, as it was read, under either of the names that the vendor's pages have for it.
    """
    found = (invoice_id_of(invoice.get(name)) for name in ("id", "invoiceId")) if isinstance(invoice, dict) else ()
    return next((invoice_id for invoice_id in found if invoice_id), None)


def invoice_id_of(value: Any) -> int | None:
    """
    Return the id that *value* is, as a number or as text; None when it is none, or more than the journal can hold.
    """
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(text) if re.fullmatch("[1-9][0-9]{0,17}", text) else None


def digest(store_hash: str) -> str:
    """
    Return what a store is called where its hash must not be written.
    """
    return hashlib.sha256(store_hash.encode()).hexdigest()[:12]


def _data(response: httpx.Response) -> Any:
    answer = json_in(response.content)
    return answer.get("data") if isinstance(answer, dict) else None


def _unusable(path: Path, error: Exception) -> CannotRun:
    return CannotRun(f"the journal {path} cannot be used: {error}; name another file with --journal")
