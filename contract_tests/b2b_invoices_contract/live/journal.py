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

from b2b_invoices_contract.targets import CannotRun, Target

from .lock import held

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
_TABLES = {"runs", "creations", "invoices"}
_IN_MEMORY = Path(":memory:")
MARKED = ("invoiceNumber", "purchaseOrderNumber", "externalId")
"""Fields of an invoice that can bear the mark of a run."""

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
        return any(str(invoice.get(name) or "").startswith(self.mark) for name in MARKED)


class Journal:
    """
    The record of all runs, in one SQLite file.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator["Journal"]:
        """
        Open the journal at *path*, made when it is not there.

        Raises:
            CannotRun: When it cannot be written, or holds something else.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise _unusable(path, error) from error
        with closing(connection):
            try:
                tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
                if tables and not tables >= _TABLES:
                    raise _unusable(path, "it is a database of something else")
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=FULL")  # what is written outlives the machine, not just the run
                connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
            except sqlite3.Error as error:
                raise _unusable(path, error) from error
            yield cls(connection, path)

    @contextmanager
    def hold(self, run: Run) -> Iterator[None]:
        """
        Keep others who have this journal from cleaning up after *run*, for as long as the context lasts.

        Raises:
            Held: When it is still at work, or somebody is cleaning up after it.
        """
        if self._path == _IN_MEMORY:  # which nobody else has
            yield
            return
        with held(self._path.with_name(f"{self._path.name}-{run.name}.lock"), f"run {run.name}"):
            yield

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

    def kept(self) -> set[str]:
        """
        Return the names of the runs that left their invoices on purpose.
        """
        return {name for (name,) in self._connection.execute("SELECT name FROM runs WHERE kept")}

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

    def untraced(self, run: Run) -> int:
        """
        Return how many creates of *run* there are that nobody answered and that no invoice was found of.
        """
        (unanswered,) = self._connection.execute(
            "SELECT count(*) FROM creations WHERE run = ? AND NOT answered", (run.name,)
        ).fetchone()
        (found,) = self._connection.execute(
            "SELECT count(*) FROM invoices WHERE run = ? AND confirmed AND NOT created", (run.name,)
        ).fetchone()
        return max(0, int(unanswered) - int(found))

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


def _unusable(path: Path, error: object) -> CannotRun:
    return CannotRun(f"the journal {path} cannot be used: {error}; name another file with --journal")
