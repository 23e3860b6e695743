"""
Write-ahead journal of the invoices that live runs create, so that cleanup works after a crash.
"""

import hashlib
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Literal, Self

import attrs
import httpx

from b2b_invoices_contract.targets import CannotRun, Target

from .lock import held
from .obstacles import is_rejection, obstacle, read_json

PREFIX = "CTL-"
"""Prefix of the invoice numbers of all live runs."""

MARKED = ("invoiceNumber", "purchaseOrderNumber", "externalId")
"""Fields of an invoice that can start with the mark of a run."""

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
_OK, _NO_CONTENT, _NOT_FOUND = 200, 204, 404

Clock = Callable[[], float]
"""Returns seconds."""


@attrs.frozen
class Run:
    """
    A run on a live store.

    Attributes:
        name: Eight characters, such as `K3V9QD2M`.
        base_url: Base URL of the API.
        store: Digest of the store hash, which itself is never stored.
        started: Start in Unix seconds.
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
        """The prefix of the invoice numbers of this run."""
        return f"{PREFIX}{self.name}-"

    def marked(self, invoice: Any) -> bool:
        """
        Return whether *invoice*, any JSON, is an invoice with the mark of this run.
        """
        if not isinstance(invoice, dict):
            return False
        return any(str(invoice.get(name) or "").startswith(self.mark) for name in MARKED)


class Journal:
    """
    All runs and the invoices that they created, in one SQLite file.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator["Journal"]:
        """
        Open the journal at *path*, or create it; raise `CannotRun` when it is not writable, or another kind of file.
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
                    raise _unusable(path, "it is another database")
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=FULL")  # a commit survives a crash of the machine
                connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
            except sqlite3.Error as error:
                raise _unusable(path, error) from error
            yield cls(connection, path)

    @contextmanager
    def hold(self, run: Run) -> Iterator[None]:
        """
        Lock *run* until the context ends, so that no other process cleans it up; raise `Held` when it is locked.
        """
        if self._path == _IN_MEMORY:  # no other process can open it
            yield
            return
        with held(self._path.with_name(f"{self._path.name}-{run.name}.lock"), f"run {run.name}"):
            yield

    def begin(self, run: Run) -> None:
        """
        Add *run*.
        """
        self._write(
            "INSERT INTO runs (name, base_url, store, started) VALUES (?, ?, ?, ?)",
            *(run.name, run.base_url, run.store, run.started),
        )

    def finish(self, run: Run, at: float, *, kept: bool) -> None:
        """
        Note that *run* needs no cleanup: nothing is left, or its invoices are *kept* on purpose.
        """
        self._write("UPDATE runs SET finished = ?, kept = ? WHERE name = ?", at, kept, run.name)

    def unfinished(self) -> list[Run]:
        """
        Return the runs that need cleanup, oldest first.
        """
        return self._runs("finished IS NULL")

    def find(self, name: str) -> Run | None:
        """
        Return the run *name*, or None when it is unknown.
        """
        return next(iter(self._runs("name = ?", name)), None)

    def kept(self) -> set[str]:
        """
        Return the names of the runs whose invoices are kept on purpose.
        """
        return {run.name for run in self._runs("kept")}

    def about_to_create(self, run: Run, at: float) -> int:
        """
        Add a create of *run* before it is sent, and return its row id.
        """
        cursor = self._write("INSERT INTO creations (run, sent) VALUES (?, ?)", run.name, at)
        assert cursor.lastrowid is not None  # noqa: S101 - a row was just inserted; for the type checker
        return cursor.lastrowid

    def note_outcome(self, creation: int) -> None:
        """
        Note that the outcome of *creation* is known.
        """
        self._write("UPDATE creations SET answered = 1 WHERE id = ?", creation)

    def pending(self, run: Run) -> list[float]:
        """
        Return when each create of *run* with an unknown outcome was sent, in Unix seconds.
        """
        rows = self._connection.execute("SELECT sent FROM creations WHERE run = ? AND NOT answered", (run.name,))
        return [float(sent) for (sent,) in rows]

    def claim(self, run: Run, invoice_id: int) -> None:
        """
        Add an invoice whose id was in the response to a create of *run*.
        """
        self._write(
            "INSERT INTO invoices (run, id, created) VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET created = 1",
            *(run.name, invoice_id),
        )

    def confirm(self, run: Run, invoice_id: int) -> None:
        """
        Note that a response showed the mark of *run* on the invoice *invoice_id*.
        """
        self._write(
            "INSERT INTO invoices (run, id, confirmed) VALUES (?, ?, 1)"
            " ON CONFLICT DO UPDATE SET confirmed = 1, gone = NULL",
            *(run.name, invoice_id),
        )

    def gone(self, run: Run, invoice_id: int, at: float) -> None:
        """
        Note that the invoice *invoice_id* no longer exists.
        """
        self._write("UPDATE invoices SET gone = ? WHERE run = ? AND id = ?", at, run.name, invoice_id)

    def ids(self, run: Run, fact: Literal["known", "created", "confirmed", "left"]) -> set[int]:
        """
        Return the ids of the invoices of *run* of which the journal has a *fact*.

        `known`: any; `created`: the id was in the response to a create; `confirmed`: a response showed the mark of the
        run on the invoice; `left`: the invoice may still exist.
        """
        condition = {"known": "1", "left": "gone IS NULL"}.get(fact, fact)
        statement = f"SELECT id FROM invoices WHERE run = ? AND {condition}"  # noqa: S608 - conditions are in this class
        return {invoice_id for (invoice_id,) in self._connection.execute(statement, (run.name,))}

    def _runs(self, condition: str, *values: Any) -> list[Run]:
        statement = f"SELECT name, base_url, store, started FROM runs WHERE {condition} ORDER BY started, name"  # noqa: S608 - conditions are in this class
        return [Run(*row) for row in self._connection.execute(statement, values)]

    def _write(self, statement: str, *values: Any) -> sqlite3.Cursor:
        try:
            return self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise CannotRun(f"the run was stopped: cannot write to the journal: {error}") from error


@attrs.define
class JournalTransport(httpx.BaseTransport):
    """
    Adds each create to the journal before *inner* sends it, and afterwards the invoices that are in responses.
    """

    inner: httpx.BaseTransport
    journal: Journal
    run: Run
    clock: Clock

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """
        Send *request*, and return the response, which is read to the end.
        """
        creation = self.journal.about_to_create(self.run, self.clock()) if request.method == "POST" else None
        response = self.inner.handle_request(request)
        parts = response.status_code, response.headers, response.read()
        if creation is not None:
            self._note_create(creation, response)
        elif response.status_code in {_OK, _NO_CONTENT, _NOT_FOUND} and not obstacle(*parts):
            self._note_invoices(request, response)
        return response

    def _note_create(self, creation: int, response: httpx.Response) -> None:
        invoice_id = id_of(_data(response)) if response.is_success else None
        if invoice_id:
            self.journal.claim(self.run, invoice_id)
        if invoice_id or is_rejection(response.status_code, response.headers, response.content):
            self.journal.note_outcome(creation)

    def _note_invoices(self, request: httpx.Request, response: httpx.Response) -> None:
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
    Return the id of *invoice*, any JSON, from `id` or `invoiceId`, the two names in the documentation.
    """
    if not isinstance(invoice, dict):
        return None
    return invoice_id_of(invoice.get("id")) or invoice_id_of(invoice.get("invoiceId"))


def invoice_id_of(value: Any) -> int | None:
    """
    Return *value*, a number or digits, as an id; None when it is something else or too large for the journal.
    """
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(text) if re.fullmatch("[1-9][0-9]{0,17}", text) else None


def digest(store_hash: str) -> str:
    """
    Return 12 hexadecimal digits that stand for a store hash in files.
    """
    return hashlib.sha256(store_hash.encode()).hexdigest()[:12]


def _data(response: httpx.Response) -> Any:
    body = read_json(response.content)
    return body.get("data") if isinstance(body, dict) else None


def _unusable(path: Path, error: object) -> CannotRun:
    return CannotRun(f"cannot use the journal {path}: {error}; pass another file with --journal")
