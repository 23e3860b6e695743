"""
A ledger in PostgreSQL, for mocks on many machines.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from typing import Any, Self

import psycopg
from psycopg.errors import ConnectionTimeout, UniqueViolation
from psycopg.pq import TransactionStatus

from b2b_invoices_mock.api.errors import (
    InvoiceNumberTaken,
    LedgerError,
    LedgerUnavailable,
    OrderAlreadyInvoiced,
)
from b2b_invoices_mock.invoices import Invoice, order_key

from .facts import (
    Entry,
    ListQuery,
    Page,
    Snapshot,
)
from .interface import InvoiceLedger
from .postgresql_server import (
    AT_LENGTH,
    FOLDED,
    Connection,
    Server,
    refusal_for,
    sentence_of,
)
from .rows import (
    SORT_COLUMNS,
    Condition,
    browsed,
    clamped,
    entry_of,
    invoice_of,
    listed,
    row_of,
)

_ENTRY = "SELECT id, store_hash, order_key, document FROM b2b_mock.invoice"
_LOOK = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {AT_LENGTH}"
_CHANGE = f"BEGIN; UPDATE b2b_mock.ledger SET changes = changes + 1; {AT_LENGTH}"
_NEXT = "UPDATE b2b_mock.ledger SET last_id = last_id + 1, changes = changes + 1 RETURNING last_id"
_NULLS = {"ASC": "NULLS FIRST", "DESC": "NULLS LAST"}  # as SQLite has it: nothing comes before everything
_TAKEN = {"invoice_number_taken": InvoiceNumberTaken, "order_invoiced": OrderAlreadyInvoiced}
_AWAY = "The ledger's database cannot be reached; nothing was changed. See that it is there, then try again."
_MUTE = "The ledger's database does not answer; nothing was changed. See that it is well, then try again."


class PostgresLedger(InvoiceLedger):
    """
    Every invoice on record, in a database; threads may share it.

    A method waits for its turn as long as the server lets it, and raises LedgerBusy after that. One that meets a lost
    connection raises LedgerUnavailable, and the next one connects again.
    """

    waits = True

    def __init__(self, server: Server) -> None:
        self._server = server
        self._idle: deque[Connection] = deque()  # as many as there were ever threads at work at one time

    @classmethod
    def open(cls, url: str) -> Self:
        """
        Open the ledger in the database at *url*, made when it is not there.

        Raises:
            LedgerError: When it cannot be opened, is no ledger, or is one of another version.
        """
        server = Server.parse(url)
        try:
            with closing(server.connect()) as connection:
                server.prepare(connection)
        except psycopg.Error as error:
            raise LedgerError(
                f"the ledger {server.name!r} cannot be opened: {sentence_of(error)}; "
                "give a database that is there, and a user who may use it"
            ) from error
        return cls(server)

    @property
    def version(self) -> tuple[int, ...]:
        with self._connected() as connection:
            return _only(connection, "SELECT changes FROM b2b_mock.ledger")

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def add(self, store_hash: str, invoice: Invoice, *, order_number: str = "") -> int:
        columns = _columns(row_of(store_hash, invoice, order_key(order_number)))
        # In one statement, since whoever waits for the next id waits for as long as it takes to answer this one.
        insertion = f"WITH next AS ({_NEXT}) {_insertion(tuple(columns), '(SELECT last_id FROM next)')} RETURNING id"
        with self._connected() as connection, _told_what_is_taken():
            (invoice_id,) = _only(connection, insertion, columns)
        return int(invoice_id)

    def add_all(self, store_hash: str, invoices: Iterable[tuple[Invoice, str]]) -> list[int]:
        ids = []
        with self._transaction(_CHANGE) as connection:
            # Ids are not asked for one by one: what changes often in one transaction is slow to find.
            (first,) = _only(connection, "SELECT last_id + 1 FROM b2b_mock.ledger")
            for invoice_id, (invoice, order_number) in enumerate(invoices, first):
                with _told_what_is_taken():
                    _insert(connection, invoice_id, row_of(store_hash, invoice, order_key(order_number)))
                ids.append(invoice_id)
            connection.execute("UPDATE b2b_mock.ledger SET last_id = last_id + %s", (len(ids),))
        return ids

    def find(self, invoice_id: int) -> Entry | None:
        with self._connected() as connection:
            row = connection.execute(f"{_ENTRY} WHERE id = %s", (clamped(invoice_id),)).fetchone()
        return None if row is None else _entry(*row)

    def browse(
        self, *, text: str = "", status: int | None = None, store_hash: str = "", offset: int = 0, limit: int = 100
    ) -> tuple[list[Entry], int]:
        where, values = _where(browsed(text, status, store_hash))
        with self._transaction(_LOOK) as connection:
            (total,) = _only(connection, f"SELECT count(*) FROM b2b_mock.invoice WHERE {where}", values)
            page = f"{_ENTRY} WHERE {where} ORDER BY id DESC LIMIT %s OFFSET %s"
            rows = connection.execute(page, (*values, clamped(limit), clamped(offset))).fetchall()
        return [_entry(*row) for row in rows], total

    def erase(self) -> None:
        with self._transaction(_CHANGE) as connection:
            _erase(connection)

    def snapshot(self) -> Snapshot:
        with self._transaction(_LOOK) as connection:
            entries = [_entry(*row) for row in connection.execute(f"{_ENTRY} ORDER BY id")]
            (last_id,) = _only(connection, "SELECT last_id FROM b2b_mock.ledger")
        return Snapshot(last_id=last_id, entries=entries)

    def restore(self, snapshot: Snapshot) -> None:
        with self._transaction(_CHANGE) as connection:
            _erase(connection)
            for entry in snapshot.entries:
                try:
                    _insert(connection, entry.id, row_of(entry.store_hash, entry.invoice, entry.order_key))
                except UniqueViolation:
                    raise ValueError(f"invoice {entry.id} has an id, a number or an order that came before") from None
            last_id = max([snapshot.last_id, *(entry.id for entry in snapshot.entries)])
            connection.execute("UPDATE b2b_mock.ledger SET last_id = %s", (last_id,))

    def get(self, store_hash: str, invoice_id: int) -> Invoice | None:
        with self._connected() as connection:
            row = connection.execute(
                "SELECT id, document FROM b2b_mock.invoice WHERE store_hash = %s AND id = %s",
                (_stored(store_hash), clamped(invoice_id)),
            ).fetchone()
        return None if row is None else invoice_of(*row)

    def delete(self, store_hash: str, invoice_id: int) -> bool:
        with self._transaction(_CHANGE) as connection:
            cursor = connection.execute(
                "DELETE FROM b2b_mock.invoice WHERE store_hash = %s AND id = %s",
                (_stored(store_hash), clamped(invoice_id)),
            )
        return cursor.rowcount == 1

    def list(self, store_hash: str, query: ListQuery) -> Page:
        where, values = _where(listed(store_hash, query))
        matching = f"FROM b2b_mock.invoice WHERE {where}"
        direction = query.direction
        order = f"{SORT_COLUMNS[query.sort_by]} {direction} {_NULLS[direction]}, id {direction}"
        with self._transaction(_LOOK) as connection:
            (total,) = _only(connection, f"SELECT count(*) {matching}", values)
            page = f"SELECT id, document {matching} ORDER BY {order} LIMIT %s OFFSET %s"
            rows = connection.execute(page, (*values, clamped(query.limit), clamped(query.offset))).fetchall()
        return Page([invoice_of(*row) for row in rows], total)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Connection]:
        with self._connected() as connection:
            connection.execute(begin)
            with connection.at_length():
                yield connection
                connection.commit()

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        connection = self._connection()
        try:
            yield connection
        except psycopg.Error as error:
            if (refusal := refusal_for(error)) is None:
                raise
            raise refusal from error
        finally:
            # What is still in a transaction, or lost, is closed; the server undoes what was not committed.
            if connection.info.transaction_status == TransactionStatus.IDLE:
                self._idle.append(connection)
            else:
                connection.close()

    def _connection(self) -> Connection:
        with suppress(IndexError):
            while (connection := self._idle.pop()).is_lost:
                connection.close()
            return connection
        try:
            return self._server.connect()
        except psycopg.Error as error:
            raise LedgerUnavailable(_MUTE if isinstance(error, ConnectionTimeout) else _AWAY) from error


@contextmanager
def _told_what_is_taken() -> Iterator[None]:
    try:
        yield
    except UniqueViolation as error:
        if (refusal := _TAKEN.get(error.diag.constraint_name or "")) is None:
            raise
        raise refusal from None


def _erase(connection: Connection) -> None:
    connection.execute("DELETE FROM b2b_mock.invoice")
    connection.execute("UPDATE b2b_mock.ledger SET last_id = 0")


def _insert(connection: Connection, invoice_id: int, row: Mapping[str, Any]) -> None:
    columns = _columns(row)
    connection.execute(_insertion(tuple(columns), "%(id)s"), columns | {"id": invoice_id})


@cache
def _insertion(columns: tuple[str, ...], new_id: str) -> str:
    return (
        f"INSERT INTO b2b_mock.invoice (id, {', '.join(columns)}) "
        f"VALUES ({new_id}, {', '.join(f'%({column})s' for column in columns)})"
    )


def _columns(row: Mapping[str, Any]) -> dict[str, Any]:
    folded = {f"{name}_folded": None if row[name] is None else row[name].casefold() for name in FOLDED}
    return {name: _stored(value) for name, value in {**row, **folded}.items()}


def _where(conditions: Sequence[Condition]) -> tuple[str, list[Any]]:
    parts, values = ["TRUE"], []
    for condition in conditions:
        match condition.relation:
            case "holds":
                found = [f"position(%s IN {column}_folded) > 0" for column in condition.columns]
                parts.append(f"({' OR '.join(found)})")
                values.extend([_stored(condition.operand)] * len(found))
            case "in":
                parts.append(f"{condition.columns[0]} = ANY(%s)")
                values.append([_stored(text) for text in condition.operand])
            case relation:
                parts.append(f"{condition.columns[0]} {relation} %s")
                values.append(_stored(condition.operand))
    return " AND ".join(parts), values


def _stored(value: Any) -> Any:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value


def _text(stored: bytes) -> str:
    return stored.decode("utf-8", "surrogatepass")


def _entry(invoice_id: int, store_hash: bytes, order: bytes | None, document: bytes) -> Entry:
    return entry_of(invoice_id, _text(store_hash), None if order is None else _text(order), document)


def _only(connection: Connection, query: str, values: Any = ()) -> tuple[Any, ...]:
    row = connection.execute(query, values).fetchone()
    assert row is not None  # noqa: S101 - the query has one always; this tells the type checker
    return row
