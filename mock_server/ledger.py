"""
The ledger: every invoice on record, in SQLite, in memory or in a file.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import wraps
from pathlib import Path
from time import sleep
from typing import Annotated, Any, Concatenate, Literal, ParamSpec, Self, TypeVar

import attrs
import msgspec

from .errors import InvoiceNumberTaken, LedgerBusy, LedgerError, LedgerUnavailable, OrderAlreadyInvoiced, Refusal
from .invoices import Invoice, order_key

MEMORY = ":memory:"

_VERSION = 1
_APPLICATION = 0x42324249  # "B2BI", how a file says that it is one of ours
_LARGEST = 2**63 - 1
_LARGEST_ID = 2**53 - 1  # the last that every reader of JSON gets whole; far more come after it

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS invoice ( -- two mocks may begin one file at the same time
    id                    INTEGER PRIMARY KEY AUTOINCREMENT, -- so that no id is ever given twice
    store_hash            TEXT NOT NULL,
    invoice_number        TEXT NOT NULL,
    order_key             TEXT,
    type                  TEXT NOT NULL,
    purchase_order_number TEXT,
    customer_id           TEXT NOT NULL,
    customer_name         TEXT,
    external_id           TEXT,
    external_customer_id  TEXT,
    channel_id            TEXT,
    status                INTEGER NOT NULL,
    due_date              INTEGER NOT NULL,
    original_balance      INTEGER NOT NULL,
    open_balance          INTEGER NOT NULL,
    created_at            INTEGER NOT NULL,
    updated_at            INTEGER NOT NULL,
    document              BLOB NOT NULL,
    UNIQUE (store_hash, order_key),
    UNIQUE (store_hash, invoice_number) -- last, since SQLite names the last rule that is broken: a taken number
) STRICT;
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {_VERSION};
"""

_SORT_COLUMNS = {
    "invoiceNumber": "invoice_number",
    "createdAt": "created_at",
    "customerId": "customer_id",
    "externalCustomerId": "external_customer_id",
    "dueDate": "due_date",
    "updatedAt": "updated_at",
    "isPendingPayment": "NULL",  # the mock takes no payments, so none is pending
    "openBalance": "open_balance",
    "originalBalance": "original_balance",
    "status": "status",
}
_SEARCH_COLUMNS = {
    "invoiceNumber": "invoice_number",
    "type": "type",
    "orderNumber": "order_key",
    "purchaseOrderNumber": "purchase_order_number",
    "customerId": "customer_id",
    "externalCustomerId": "external_customer_id",
}

_ENTRY = "SELECT id, store_hash, order_key, document FROM invoice"

_PRIMARY_CODE = 0xFF
_ATTEMPTS, _PAUSE = 50, 0.02  # seconds
_TROUBLE = {
    sqlite3.SQLITE_FULL: "The ledger's disk is full; nothing was changed. Make room, then try again.",
    sqlite3.SQLITE_READONLY: "The ledger is read-only; nothing was changed. Let the mock write it, then try again.",
    sqlite3.SQLITE_IOERR: "The ledger's disk fails; whether anything was changed shows when it works again.",
    sqlite3.SQLITE_CANTOPEN: "The ledger's file cannot be opened; nothing was changed. Put it back, then try again.",
    sqlite3.SQLITE_CORRUPT: "The ledger's file is damaged. Stop the mock, and start it with another file.",
    sqlite3.SQLITE_NOTADB: "The ledger's file is no ledger any more. Stop the mock, and start it with another file.",
}

_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal).decode


@attrs.frozen
class ListQuery:
    """
    Which invoices to list; a filter that is None or empty lets every invoice through.

    Attributes:
        offset: How many matching invoices to skip.
        limit: How many to return at most.
        sort_by: Field to sort by, by its name on the wire.
        direction: Whether the order ascends or descends.
        text: Text to look for in *text_fields*, in either case.
        text_fields: Fields to look in, by their names on the wire; none means all that can be searched.
        customer_id: Company that owes the invoice.
        customer_name: Text in the name of that company, in either case.
        status: Status of the invoice.
        created_from: Earliest creation, in Unix seconds, inclusive.
        created_to: Latest creation, in Unix seconds, inclusive.
        external_ids: ERP ids, one of which is the invoice's.
        channel_ids: Channels, one of which is the invoice's.
    """

    offset: int = 0
    limit: int = 10
    sort_by: str = "createdAt"
    direction: Literal["ASC", "DESC"] = "DESC"
    text: str | None = None
    text_fields: Sequence[str] = ()
    customer_id: str | None = None
    customer_name: str | None = None
    status: int | None = None
    created_from: int | None = None
    created_to: int | None = None
    external_ids: Sequence[str] = ()
    channel_ids: Sequence[int] = ()


@attrs.frozen
class Page:
    """
    One page of a list.

    Attributes:
        invoices: The invoices on it.
        total: How many match altogether.
    """

    invoices: list[Invoice]
    total: int


class Entry(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """
    An invoice of a store, with all that the ledger knows of it.

    Attributes:
        id: Its id.
        store_hash: The store it belongs to, not empty.
        order_key: What makes its order number the same as another's; None when it has no order.
        invoice: The invoice as it is read back, without its id.
    """

    id: Annotated[int, msgspec.Meta(ge=1, le=_LARGEST_ID)]
    store_hash: Annotated[str, msgspec.Meta(min_length=1)]
    order_key: str | None
    invoice: dict[str, Any]


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """
    All that a ledger holds at a time.

    Attributes:
        last_id: The last id that was given.
        entries: Every invoice, by id.
    """

    last_id: Annotated[int, msgspec.Meta(ge=0, le=_LARGEST_ID)]
    entries: list[Entry]


P = ParamSpec("P")
T = TypeVar("T")


def _or_refused(
    method: "Callable[Concatenate[InvoiceLedger, P], T]",
) -> "Callable[Concatenate[InvoiceLedger, P], T]":
    @wraps(method)
    def use(self: "InvoiceLedger", /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(self, *args, **kwargs)
        except sqlite3.DatabaseError as error:
            if (refusal := _trouble(error)) is None:
                raise
            raise refusal from error

    return use


class InvoiceLedger:
    """
    Every invoice on record; a store sees its own alone. It stays in one thread, unless told otherwise.

    Several processes may have one file open. None waits for another: each method raises LedgerBusy when the file is
    locked, and LedgerUnavailable when its disk is full, may not be written, or fails.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("PRAGMA busy_timeout = 0")
        connection.create_function("holds", -1, _holds, deterministic=True)

    @classmethod
    def open(cls, path: str | Path = MEMORY, *, patience: float = 5, any_thread: bool = False) -> Self:
        """
        Open the ledger at *path*, made when it is not there; `:memory:` is a new one that nothing remains of.

        Args:
            path: Where it is.
            patience: Seconds to wait for another process that has it locked.
            any_thread: Whether threads may share it; the caller then sees to it that they do so one at a time.

        Raises:
            LedgerError: When it cannot be opened, is no ledger, or is one of another version.
        """
        try:
            connection = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=not any_thread)
            try:
                _prepare(connection, str(path))
            except BaseException:
                connection.close()
                raise
        except sqlite3.Error as error:
            raise LedgerError(
                f"the ledger {str(path)!r} cannot be opened: {error}; give a path to a new file, or to a ledger"
            ) from error
        return cls(connection)

    @property
    def version(self) -> tuple[int, int]:
        """What changes with everything that does, whichever process does it."""
        (by_others,) = self._connection.execute("PRAGMA data_version").fetchone()
        return self._connection.total_changes, by_others

    def close(self) -> None:
        """
        Close the ledger; one in a file stays.
        """
        self._connection.close()

    @_or_refused
    def add(self, store_hash: str, invoice: Invoice, *, order_number: str = "") -> int:
        """
        Record *invoice* for a store, all of it or nothing, and return its new id.

        Raises:
            InvoiceNumberTaken: When the store has an invoice with its number.
            OrderAlreadyInvoiced: When the store has an invoice for its order.
        """
        with self._atomic():
            return self._insert(_row(store_hash, invoice, order_key(order_number)))

    @_or_refused
    def add_all(self, store_hash: str, invoices: Iterable[tuple[Invoice, str]]) -> list[int]:
        """
        Record *invoices*, each with its order number or empty text, all of them or none, and return their new ids.

        Raises:
            InvoiceNumberTaken: When one has a number that is in use.
            OrderAlreadyInvoiced: When one has an order that has an invoice.
        """
        with self._atomic():
            return [
                self._insert(_row(store_hash, invoice, order_key(order_number))) for invoice, order_number in invoices
            ]

    @_or_refused
    def find(self, invoice_id: int) -> Entry | None:
        """
        Return the invoice with this id, of whatever store, or None when there is none.
        """
        row = self._connection.execute(f"{_ENTRY} WHERE id = ?", (_clamped(invoice_id),)).fetchone()
        return row and _entry(*row)

    @_or_refused
    def browse(
        self, *, text: str = "", status: int | None = None, store_hash: str = "", offset: int = 0, limit: int = 100
    ) -> tuple[list[Entry], int]:
        """
        Return invoices of every store, newest first, and how many there are altogether.

        Args:
            text: Text to look for in numbers, in the ERP's ids, and in the ids and names of companies.
            status: Status of the invoices; None for any.
            store_hash: The store they belong to; empty for any.
            offset: How many to skip.
            limit: How many to return at most.
        """
        columns = ("invoice_number", "external_id", "customer_id", "customer_name")
        conditions = {
            f"holds(:text, {', '.join(columns)})": text.casefold(),
            "status = :status": status is not None,
            "store_hash = :store": store_hash,
        }
        where = " AND ".join(["TRUE", *(condition for condition, wanted in conditions.items() if wanted)])
        values = {
            "text": text.casefold(),
            "status": None if status is None else _clamped(status),
            "store": store_hash,
            "offset": _clamped(offset),
        }
        (total,) = self._connection.execute(f"SELECT count(*) FROM invoice WHERE {where}", values).fetchone()  # noqa: S608 - no value is in it
        values["limit"] = max(0, min(limit, total - offset))  # so that nothing is looked for beyond the last
        rows = self._connection.execute(f"{_ENTRY} WHERE {where} ORDER BY id DESC LIMIT :limit OFFSET :offset", values)
        return [_entry(*row) for row in rows], total

    @_or_refused
    def erase(self) -> None:
        """
        Forget every invoice of every store; the next id is 1, as in a new ledger.
        """
        with self._atomic():
            self._erase()

    @_or_refused
    def snapshot(self) -> Snapshot:
        """
        Return all that it holds.
        """
        with self._atomic():
            entries = [_entry(*row) for row in self._connection.execute(f"{_ENTRY} ORDER BY id")]
            last = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'invoice'").fetchone()
        return Snapshot(last_id=last[0] if last else 0, entries=entries)

    @_or_refused
    def restore(self, snapshot: Snapshot) -> None:
        """
        Hold what *snapshot* says and nothing else, or, when that cannot be, what it held before.

        Raises:
            ValueError: When an id, or in one store a number or an order, comes twice.
        """
        with self._atomic():
            self._erase()
            for entry in snapshot.entries:
                row = _row(entry.store_hash, entry.invoice, entry.order_key) | {"id": entry.id}
                try:
                    self._insert(row)
                except (Refusal, sqlite3.IntegrityError):
                    raise ValueError(f"invoice {entry.id} has an id, a number or an order that came before") from None
            last_id = max([snapshot.last_id, *(entry.id for entry in snapshot.entries)])
            self._connection.execute("DELETE FROM sqlite_sequence WHERE name = 'invoice'")
            self._connection.execute("INSERT INTO sqlite_sequence VALUES ('invoice', ?)", (last_id,))

    def _erase(self) -> None:
        self._connection.execute("DELETE FROM invoice")
        self._connection.execute("DELETE FROM sqlite_sequence WHERE name = 'invoice'")

    def _insert(self, row: Mapping[str, Any]) -> int:
        try:
            cursor = self._connection.execute(_insert(row), row)
        except sqlite3.IntegrityError as error:
            if "invoice.invoice_number" in str(error):
                raise InvoiceNumberTaken from None
            if "invoice.order_key" in str(error):
                raise OrderAlreadyInvoiced from None
            raise
        invoice_id = cursor.lastrowid
        assert invoice_id is not None  # noqa: S101 - an insert has one; this tells the type checker
        return invoice_id

    @_or_refused
    def get(self, store_hash: str, invoice_id: int) -> Invoice | None:
        """
        Return a store's invoice, or None when it has none with this id.
        """
        row = self._connection.execute(
            "SELECT id, document FROM invoice WHERE store_hash = ? AND id = ?", (store_hash, _clamped(invoice_id))
        ).fetchone()
        return row and _invoice(*row)

    @_or_refused
    def list(self, store_hash: str, query: ListQuery) -> Page:
        """
        Return the page of a store's invoices that *query* asks for.
        """
        conditions, values = _conditions(store_hash, query)
        matching = f"FROM invoice WHERE {' AND '.join(conditions)}"
        (total,) = self._connection.execute(f"SELECT count(*) {matching}", values).fetchone()
        order = f"{_SORT_COLUMNS[query.sort_by]} {query.direction}, id {query.direction}"
        rows = self._connection.execute(
            f"SELECT id, document {matching} ORDER BY {order} LIMIT ? OFFSET ?",
            (*values, _clamped(query.limit), _clamped(query.offset)),
        )
        return Page([_invoice(*row) for row in rows], total)

    @_or_refused
    def delete(self, store_hash: str, invoice_id: int) -> bool:
        """
        Remove a store's invoice, and return whether there was one.
        """
        with self._atomic():
            cursor = self._connection.execute(
                "DELETE FROM invoice WHERE store_hash = ? AND id = ?", (store_hash, _clamped(invoice_id))
            )
        return cursor.rowcount == 1

    @contextmanager
    def _atomic(self) -> Iterator[None]:
        with self._connection:  # commits, or rolls back
            self._connection.execute("BEGIN IMMEDIATE")
            yield


def _trouble(error: sqlite3.DatabaseError) -> LedgerUnavailable | None:
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE  # Python's own complaints have none
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return LedgerBusy()
    return LedgerUnavailable(_TROUBLE[code]) if code in _TROUBLE else None


def _prepare(connection: sqlite3.Connection, path: str) -> None:
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    # These come after it, since another mock that begins the file writes all three at once.
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if tables == 0:
        connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
    elif application != _APPLICATION:
        raise LedgerError(f"{path!r} is a database, but not a ledger; give a path to a new file, or to a ledger")
    elif version != _VERSION:
        raise LedgerError(f"the ledger {path!r} is of version {version}, this is {_VERSION}; start with a new file")
    _write_ahead(connection)
    connection.execute("PRAGMA synchronous = FULL")


def _write_ahead(connection: sqlite3.Connection) -> None:
    # SQLite does not wait here for another mock that begins the file, however patient it was told to be.
    for _ in range(_ATTEMPTS):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY_CODE != sqlite3.SQLITE_BUSY:
                raise
            sleep(_PAUSE)
        else:
            return
    connection.execute("PRAGMA journal_mode = WAL")


def _row(store_hash: str, invoice: Invoice, order: str | None) -> dict[str, Any]:
    return {
        "store_hash": store_hash,
        "invoice_number": invoice["invoiceNumber"],
        "order_key": order,
        "type": invoice["type"],
        "purchase_order_number": invoice["purchaseOrderNumber"],
        "customer_id": invoice["customerId"],
        "customer_name": invoice["customerName"],
        "external_id": invoice["externalId"],
        "external_customer_id": invoice["externalCustomerId"],
        "channel_id": invoice["channelId"],
        "status": invoice["status"],
        "due_date": _clamped(invoice["dueDate"]),
        "original_balance": _ten_thousandths(invoice["originalBalance"]),
        "open_balance": _ten_thousandths(invoice["openBalance"]),
        "created_at": _clamped(invoice["createdAt"]),
        "updated_at": _clamped(invoice["updatedAt"]),
        "document": _encode(invoice),
    }


def _insert(row: Mapping[str, Any]) -> str:
    return f"INSERT INTO invoice ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})"  # noqa: S608 - as above


def _conditions(store_hash: str, query: ListQuery) -> tuple[list[str], list[Any]]:
    conditions, values = ["store_hash = ?"], [store_hash]

    def require(condition: str, *operands: Any) -> None:
        conditions.append(condition)
        values.extend(operands)

    if query.text:
        columns = [_SEARCH_COLUMNS[field] for field in query.text_fields or _SEARCH_COLUMNS]
        require(f"holds(?, {', '.join(columns)})", query.text.casefold())
    if query.customer_id:
        require("customer_id = ?", query.customer_id)
    if query.customer_name:
        require("holds(?, customer_name)", query.customer_name.casefold())
    if query.status is not None:
        require("status = ?", query.status)
    if query.created_from is not None:
        require("created_at >= ?", _clamped(query.created_from))
    if query.created_to is not None:
        require("created_at <= ?", _clamped(query.created_to))
    if query.external_ids:
        require(f"external_id IN ({_marks(query.external_ids)})", *query.external_ids)
    if query.channel_ids:
        require(f"channel_id IN ({_marks(query.channel_ids)})", *map(str, query.channel_ids))
    return conditions, values


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def _invoice(invoice_id: int, document: bytes) -> Invoice:
    return {"id": invoice_id} | _decode(document)


def _entry(invoice_id: int, store_hash: str, order: str | None, document: bytes) -> Entry:
    return Entry(id=invoice_id, store_hash=store_hash, order_key=order, invoice=_decode(document))


def _holds(casefolded: str, *texts: str | None) -> bool:
    # Called for every row that there is, so it is spelled out: this takes half as long as any() does.
    for text in texts:  # noqa: SIM110 - as above
        if text is not None and casefolded in text.casefold():
            return True
    return False


def _ten_thousandths(balance: Mapping[str, str]) -> int:
    return _clamped(int(balance["value"].replace(".", "")))


def _clamped(number: int) -> int:
    # Columns hold 64 bits. They are there to find and to sort; the document keeps the number as it is.
    return max(-_LARGEST, min(number, _LARGEST))
