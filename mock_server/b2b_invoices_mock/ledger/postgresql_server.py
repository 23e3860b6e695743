"""
PostgreSQL server of a ledger: its URL, connections, schema and errors.
"""

import re
from collections.abc import Mapping
from select import POLLIN, poll
from typing import Any, Self, TypeVar

import attrs
import psycopg
from psycopg import errors
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.numeric import Int8Dumper

from b2b_invoices_mock.api.errors import LedgerBusy, LedgerError, LedgerUnavailable

from .rows import INVOICE_TABLE, TABLE_VERSION

T = TypeVar("T")

_LOCK = 0x42324249  # "B2BI": lock for creating the schema

# Text is stored as its bytes, since PostgreSQL's text cannot contain NUL, and sorts as the database was configured.
# Indexes have the digest of a text, since they cannot contain a long one.
_SCHEMA = f"""
CREATE TABLE ledger ( -- one row, which every change locks first: so ids ascend, and there is no deadlock
    version integer NOT NULL,
    last_id bigint NOT NULL,
    changes bigint NOT NULL
);
INSERT INTO ledger VALUES ({TABLE_VERSION}, 0, 0);
{INVOICE_TABLE.format(text="bytea", integer="bigint", binary="bytea")};
CREATE UNIQUE INDEX by_invoice_number ON invoice (sha256(store_hash), sha256(invoice_number));
CREATE UNIQUE INDEX by_order_key ON invoice (sha256(store_hash), sha256(order_key));
CREATE INDEX by_external_id ON invoice (sha256(store_hash), sha256(external_id));
CREATE INDEX by_customer_id ON invoice (sha256(store_hash), sha256(customer_id), created_at NULLS FIRST);
CREATE INDEX by_created_at ON invoice (sha256(store_hash), created_at NULLS FIRST, id);
"""  # noqa: S608 - our own version and types

# At most one @, and the port is a number. Otherwise a part of a password that is not percent-encoded could be taken
# for a host or a database, and appear in a message.
_HOST = r"(\[[0-9A-Fa-f:.%]*\]|[^][@:/?#,]*)(:[0-9]*)?"
_URL = re.compile(rf"postgres(ql)?://([^@/?#]*@)?{_HOST}(,{_HOST})*(/[^@/?#]*)?(\?[^@#]*)?")

_LOCK_TIMEOUT, _STATEMENT_TIMEOUT = 2, 4.5  # seconds until the server cancels a statement
_SILENT, _SILENT_AT_LENGTH = 5, 12  # seconds until a server that does not respond is given up
_INTERVAL = 0.1  # seconds between checks for that

_PARAMETERS = {
    "connect_timeout": 5,  # seconds, as are the next two
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "fallback_application_name": "b2b-invoices-mock",
    "client_encoding": "utf8",
}
"""Connection parameters that the URL may override."""

_SETTINGS = f"""
SET lock_timeout = '{_LOCK_TIMEOUT}s';
SET statement_timeout = '{_STATEMENT_TIMEOUT}s';
SET idle_in_transaction_session_timeout = '10s';
SET default_transaction_isolation = 'read committed';
SET plan_cache_mode = force_custom_plan; -- a plan that was made for an empty table reads every row
"""

LONG_STATEMENTS = "SET LOCAL statement_timeout = '10s'"
"""Allows the other statements of a transaction, which may read every invoice, more time."""

_LOCKED = (
    "The ledger is locked by another program, or by a change that its database does not finish; nothing was changed. "
    "Try again, or find the blocking transaction in pg_stat_activity."
)

_GONE = "The ledger's tables are gone. Stop the mock, and start it again."
_LOST = (
    "The ledger's database stopped responding; the change may be stored. Check the database, then read the invoices."
)
_UNAVAILABLE: Mapping[type[psycopg.Error], str] = {
    errors.DiskFull: "The ledger's disk is full; nothing was changed. Make room, then try again.",
    errors.ReadOnlySqlTransaction: (
        "The ledger is read-only; nothing was changed. Let the mock write it, then try again."
    ),
    errors.InsufficientPrivilege: "The ledger's user may not do this; nothing was changed. Let it, then try again.",
    errors.QueryCanceled: "The ledger's database took too long; nothing was changed. Try again later.",
    errors.UndefinedTable: _GONE,
    errors.UndefinedColumn: _GONE,
    errors.InvalidSchemaName: _GONE,
    errors.IdleInTransactionSessionTimeout: _LOST,
    psycopg.OperationalError: _LOST,  # after those of its subclasses that are above
    psycopg.InterfaceError: _LOST,
}


class Connection(psycopg.Connection[tuple[Any, ...]]):
    """
    A connection that gives up a server that does not respond.

    Attributes:
        is_long: Whether to wait longer, in a transaction in which the server has responded already.
    """

    is_long = False

    def wait(self, gen: PQGen[T], interval: float = _INTERVAL, timeout: float | None = None) -> T:
        """
        Return the result of *gen*.

        Raises:
            psycopg.OperationalError: When the server does not respond in time.
        """
        longest = _SILENT_AT_LENGTH if self.is_long else _SILENT
        return super().wait(gen, interval, longest if timeout is None else timeout)

    @property
    def is_lost(self) -> bool:
        """Whether the server has closed an idle connection, as far as is known without a query."""
        received = poll()
        received.register(self.fileno(), POLLIN)
        return bool(received.poll(0))  # a server sends nothing on an idle connection but its end


@attrs.frozen
class Server:
    """
    A database on a PostgreSQL server.

    Attributes:
        name: Its URL without the password, for messages.
        parameters: Connection parameters, with the password.
    """

    name: str
    parameters: Mapping[str, Any] = attrs.field(repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """
        Return the database at *url*.

        Raises:
            LedgerError: When the URL is invalid. The message does not quote it, since it may contain a password.
        """
        try:
            given = conninfo_to_dict(url) if _URL.fullmatch(url) else None
        except psycopg.ProgrammingError:
            given = None
        if given is None:
            raise LedgerError(
                "invalid ledger URL: expected postgresql://user:password@host:5432/database, "
                "with %40 for an @ in the password, %2F for a slash and so on"
            )
        user, host, port, database = (given.get(name, "") for name in ("user", "host", "port", "dbname"))
        name = f"postgresql://{user}{'@' if user else ''}{host}{':' if port else ''}{port}/{database}"
        return cls(name, {**_PARAMETERS, **given})

    def connect(self) -> Connection:
        """
        Return a new connection.
        """
        connection = Connection.connect(**self.parameters, autocommit=True)
        # One type for integers of all sizes; otherwise a query is prepared for each size.
        connection.adapters.register_dumper(int, Int8Dumper)
        try:
            connection.execute("SET search_path TO b2b_mock")
            connection.execute(_SETTINGS)
        except BaseException:
            connection.close()
            raise
        return connection

    def prepare(self, connection: Connection) -> None:
        """
        Create the schema if it does not exist, and check that it is a ledger.

        Raises:
            LedgerError: When it is not a ledger, or has another version.
            psycopg.Error: When it cannot be used.
        """
        if not _has_tables(connection):
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
                if not _has_tables(connection):
                    _make_tables(connection)
        try:
            row = connection.execute("SELECT version FROM b2b_mock.ledger").fetchone()
        except (errors.UndefinedTable, errors.UndefinedColumn):
            row = None
        if row is None:
            raise LedgerError(f"the schema b2b_mock of {self.name!r} is not a ledger; use another database")
        if row != (TABLE_VERSION,):
            raise LedgerError(
                f"the ledger {self.name!r} has version {row[0]}, expected {TABLE_VERSION}; use another database"
            )


def unavailable(error: psycopg.Error) -> LedgerUnavailable | None:
    """
    Return the error to raise for *error*, or None if the database is not the cause.
    """
    if isinstance(error, (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)):
        return LedgerBusy(_LOCKED)
    return next((LedgerUnavailable(words) for kind, words in _UNAVAILABLE.items() if isinstance(error, kind)), None)


def message_of(error: psycopg.Error) -> str:
    """
    Return the message of *error* in one line, without the statement that the server quotes.
    """
    return " ".join((error.diag.message_primary or str(error)).split())


def _has_tables(connection: Connection) -> bool:
    query = "SELECT FROM pg_catalog.pg_class WHERE relnamespace = to_regnamespace('b2b_mock') LIMIT 1"
    return connection.execute(query).rowcount == 1


def _make_tables(connection: Connection) -> None:
    # CREATE SCHEMA IF NOT EXISTS needs the privilege to create one, even if it exists.
    if connection.execute("SELECT to_regnamespace('b2b_mock') IS NULL").fetchone() == (True,):
        connection.execute("CREATE SCHEMA b2b_mock")
    connection.execute(_SCHEMA)
