"""
PostgreSQL ledger, for mocks on many machines.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from typing import Any, Self

import psycopg
from psycopg.errors import ConnectionTimeout
from psycopg.pq import TransactionStatus

from b2b_invoices_mock.api.errors import ApiError, LedgerError, LedgerUnavailable

from .interface import Execute, InvoiceLedger
from .postgresql_server import LONG_STATEMENTS, Connection, Server, message_of, unavailable
from .rows import Syntax

_READ = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {LONG_STATEMENTS}"
_WRITE = f"BEGIN; UPDATE ledger SET changes = changes + 1; {LONG_STATEMENTS}"  # noqa: S608 - a setting of our own
_UNREACHABLE = "The ledger's database cannot be reached; nothing was changed. Check that it runs, then try again."
_SILENT = "The ledger's database does not respond; nothing was changed. Check that it runs, then try again."


class PostgresLedger(InvoiceLedger):
    """
    A ledger in a PostgreSQL database; threads may share it.

    A method waits for a lock as long as the server allows, then raises LedgerBusy. When the connection is lost it
    raises LedgerUnavailable, and the next method connects again.
    """

    waits = True
    _syntax = Syntax(position="position({part} IN {text})", literal="'\\x{}'::bytea", key="sha256({})")

    def __init__(self, server: Server) -> None:
        self._server = server
        self._idle: deque[Connection] = deque()  # at most one for each thread

    @classmethod
    def open(cls, url: str) -> Self:
        server = Server.parse(url)
        try:
            with closing(server.connect()) as connection:
                server.prepare(connection)
        except psycopg.Error as error:
            raise LedgerError(
                f"the ledger {server.name!r} cannot be opened: {message_of(error)}; "
                "expected an existing database and a user who may use it"
            ) from error
        return cls(server)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _connected(self) -> Iterator[Execute]:
        with self._connection() as connection:
            yield _execute_on(connection)

    def _reading(self) -> AbstractContextManager[Execute]:
        return self._transaction(_READ)

    def _writing(self) -> AbstractContextManager[Execute]:
        return self._transaction(_WRITE)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Execute]:
        with self._connection() as connection:
            connection.execute(begin)
            connection.is_long = True
            try:
                yield _execute_on(connection)
            except ApiError:  # a conflict; any other error may have broken the connection
                connection.rollback()
                raise
            connection.commit()

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        connection = self._connect()
        try:
            yield connection
        except psycopg.Error as error:
            if (reported := unavailable(error)) is None:
                raise
            raise reported from error
        finally:
            connection.is_long = False
            # A connection that is lost, or still in a transaction, is closed; the server rolls the transaction back.
            if connection.info.transaction_status == TransactionStatus.IDLE:
                self._idle.append(connection)
            else:
                connection.close()

    def _connect(self) -> Connection:
        with suppress(IndexError):
            while (connection := self._idle.pop()).is_lost:
                connection.close()
            return connection
        try:
            return self._server.connect()
        except psycopg.Error as error:
            raise LedgerUnavailable(_SILENT if isinstance(error, ConnectionTimeout) else _UNREACHABLE) from error


def _execute_on(connection: Connection) -> Execute:
    def execute(statement: str, values: Sequence[Any] = ()) -> Any:
        return connection.execute(statement.replace("?", "%s"), [_stored(value) for value in values])

    return execute


def _stored(value: Any) -> Any:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
