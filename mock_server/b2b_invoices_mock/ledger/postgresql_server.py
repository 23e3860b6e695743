"""
The PostgreSQL server that keeps a ledger: its address, its connections, its tables, and what goes wrong with it.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from select import POLLIN, poll
from typing import Any, Self, TypeVar

import attrs
import psycopg
from psycopg import errors
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.numeric import Int8Dumper

from b2b_invoices_mock.api.errors import LedgerBusy, LedgerError, LedgerUnavailable

from .sql import INVOICE_TABLE

T = TypeVar("T")

_VERSION = 2
_LOCK = 0x42324249  # "B2BI": who begins a ledger holds it

# Text is stored as its bytes, since PostgreSQL's text cannot contain NUL, and sorts as the database was configured.
# Indexes have the digest of a text, since they cannot contain a long one.
_SCHEMA = f"""
CREATE TABLE ledger ( -- one row, which every change locks first: so ids ascend, and there is no deadlock
    version integer NOT NULL,
    last_id bigint NOT NULL,
    changes bigint NOT NULL
);
INSERT INTO ledger VALUES ({_VERSION}, 0, 0);
{INVOICE_TABLE.format(text="bytea", integer="bigint", binary="bytea")};
CREATE UNIQUE INDEX by_invoice_number ON invoice (sha256(store_hash), sha256(invoice_number));
CREATE UNIQUE INDEX by_order_key ON invoice (sha256(store_hash), sha256(order_key));
CREATE INDEX by_external_id ON invoice (sha256(store_hash), sha256(external_id));
CREATE INDEX by_customer_id ON invoice (sha256(store_hash), sha256(customer_id), created_at NULLS FIRST);
CREATE INDEX by_created_at ON invoice (sha256(store_hash), created_at NULLS FIRST, id);
"""  # noqa: S608 - our own version and types

# One @ at most, and a port is a number: so no part of a password that is not written as %XX is taken for something
# else, which would then be said in a message.
_HOST = r"(\[[0-9A-Fa-f:.%]*\]|[^][@:/?#,]*)(:[0-9]*)?"
_URL = re.compile(rf"postgres(ql)?://([^@/?#]*@)?{_HOST}(,{_HOST})*(/[^@/?#]*)?(\?[^@#]*)?")

_LONGEST_LOCK, _LATEST = 2, 4.5  # seconds until the server gives up; then what was asked for is not done
_UNANSWERED, _UNFINISHED = 5, 12  # seconds until a server that is silent is given up
_GLANCE = 0.1  # seconds, after which a thread that waits sees whether it is too long

_PARAMETERS = {
    "connect_timeout": 5,  # seconds, as are the next two
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "fallback_application_name": "b2b-invoices-mock",
    "client_encoding": "utf8",
}
"""What holds unless the URL says otherwise."""

_SETTINGS = f"""
SET lock_timeout = '{_LONGEST_LOCK}s';
SET statement_timeout = '{_LATEST}s';
SET idle_in_transaction_session_timeout = '10s';
SET default_transaction_isolation = 'read committed';
"""

_SCHEMA_NAME = "SET search_path TO b2b_mock"

LONG_STATEMENTS = "SET LOCAL statement_timeout = '10s'"
"""Lets the rest of a transaction take its time, as what looks at all invoices may have to."""

_LOCKED = (
    "The ledger is locked by another program, or by a change that its database does not finish; nothing was changed. "
    "Try again, or see what holds the database up."
)

_TROUBLE: tuple[tuple[tuple[type[psycopg.Error], ...], str], ...] = (
    (
        (errors.DiskFull,),
        "The ledger's disk is full; nothing was changed. Make room, then try again.",
    ),
    (
        (errors.ReadOnlySqlTransaction,),
        "The ledger is read-only; nothing was changed. Let the mock write it, then try again.",
    ),
    (
        (errors.InsufficientPrivilege,),
        "The ledger's user may not do this; nothing was changed. Let it, then try again.",
    ),
    (
        (errors.QueryCanceled,),
        "The ledger's database took too long; nothing was changed. Try again later.",
    ),
    (
        (errors.UndefinedTable, errors.UndefinedColumn, errors.InvalidSchemaName),
        "The ledger's tables are gone. Stop the mock, and start it again.",
    ),
    (
        (psycopg.OperationalError, psycopg.InterfaceError, errors.IdleInTransactionSessionTimeout),
        "The ledger's database does not answer; whether anything was changed shows when it does again.",
    ),
)


class Connection(psycopg.Connection[tuple[Any, ...]]):
    """A connection on which no answer is waited for without end."""

    _is_long = False

    @contextmanager
    def long_statements(self) -> Iterator[None]:
        """
        Wait longer, for as long as the context lasts, for what takes a server long that has just answered.
        """
        self._is_long = True
        try:
            yield
        finally:
            self._is_long = False

    def wait(self, gen: PQGen[T], interval: float = _GLANCE, timeout: float | None = None) -> T:
        """
        Return what *gen* comes to.

        Raises:
            psycopg.OperationalError: When it takes too long.
        """
        longest = _UNFINISHED if self._is_long else _UNANSWERED
        return super().wait(gen, interval, longest if timeout is None else timeout)

    @property
    def is_lost(self) -> bool:
        """Whether the server has ended it, as far as is known without asking."""
        news = poll()
        news.register(self.fileno(), POLLIN)
        return bool(news.poll(0))  # nothing was asked, so there is nothing else to be told


@attrs.frozen
class Server:
    """
    A database on a PostgreSQL server.

    Attributes:
        name: Its address as it is told, without the password.
        parameters: How to connect to it; never shown.
    """

    name: str
    parameters: Mapping[str, Any] = attrs.field(repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """
        Return the database that *url* leads to.

        Raises:
            LedgerError: When it is no URL of PostgreSQL's; the message has nothing of it, for the password in it.
        """
        try:
            given = conninfo_to_dict(url) if _URL.fullmatch(url) else None
        except psycopg.ProgrammingError:
            given = None
        if given is None:
            raise LedgerError(
                "the ledger's URL is none of PostgreSQL's; give postgresql://user:password@host:5432/database, "
                "with %40 for an @ in the password, %2F for a slash and so on"
            )
        user, host, port, database = (given.get(name, "") for name in ("user", "host", "port", "dbname"))
        name = f"postgresql://{user}{'@' if user else ''}{host}{':' if port else ''}{port}/{database}"
        return cls(name, {**_PARAMETERS, **given})

    def connect(self) -> Connection:
        """
        Connect to it.

        Raises:
            psycopg.OperationalError: When that fails.
        """
        connection = Connection.connect(**self.parameters, autocommit=True)
        connection.adapters.register_dumper(int, Int8Dumper)  # not one for each size: a query is prepared for each
        try:
            connection.execute(_SCHEMA_NAME)
            connection.execute(_SETTINGS)
        except BaseException:
            connection.close()
            raise
        return connection

    def prepare(self, connection: Connection) -> None:
        """
        Make a ledger in it, when it has none, and see that it is one.

        Raises:
            LedgerError: When it is none, or one of another version.
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
            raise LedgerError(f"{self.name!r} has a schema b2b_mock that is no ledger; give another database")
        if row != (_VERSION,):
            raise LedgerError(
                f"the ledger {self.name!r} is of version {row[0]}, this is {_VERSION}; give another database"
            )


def unavailable(error: psycopg.Error) -> LedgerUnavailable | None:
    """
    Return what a caller is told of *error*, or None when it is no trouble of the ledger's.
    """
    if isinstance(error, (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)):
        return LedgerBusy(_LOCKED)
    return next((LedgerUnavailable(words) for kinds, words in _TROUBLE if isinstance(error, kinds)), None)


def message_of(error: psycopg.Error) -> str:
    """
    Return what *error* says, in one line, without the statement that the server repeats.
    """
    return " ".join((error.diag.message_primary or str(error)).split())


def _has_tables(connection: Connection) -> bool:
    query = "SELECT FROM pg_catalog.pg_class WHERE relnamespace = to_regnamespace('b2b_mock') LIMIT 1"
    return connection.execute(query).rowcount == 1


def _make_tables(connection: Connection) -> None:
    # IF NOT EXISTS would take a right that it takes to make one, also where somebody else made it.
    if connection.execute("SELECT to_regnamespace('b2b_mock') IS NULL").fetchone() == (True,):
        connection.execute("CREATE SCHEMA b2b_mock")
    connection.execute(_SCHEMA)
