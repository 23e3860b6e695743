"""
PostgreSQL ledger: opening, passwords, races, errors, timeouts and lost connections.
"""

import asyncio
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any
from unittest.mock import Mock

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b_invoices_mock import Settings, open_ledger
from b2b_invoices_mock.api.errors import (
    ApiError,
    InvoiceNumberTaken,
    LedgerBusy,
    LedgerError,
    LedgerUnavailable,
    OrderAlreadyInvoiced,
)
from b2b_invoices_mock.cli import main
from b2b_invoices_mock.ledger import InvoiceLedger, ListQuery
from b2b_invoices_mock.ledger.interface import _ATTEMPTS, _PAUSE
from b2b_invoices_mock.ledger.postgresql import PostgresLedger
from b2b_invoices_mock.ledger.postgresql_server import _LOCK_TIMEOUT, _SILENT, _STATEMENT_TIMEOUT, unavailable
from b2b_invoices_spec import Contract
from mock_server.tests.client import property_of_the_mock
from mock_server.tests.conftest import MakeRecord, add
from mock_server.tests.controlled import ControlledMock
from mock_server.tests.postgresql import Cluster

INVALID_URL = (
    "invalid ledger URL: expected postgresql://user:password@host:5432/database, "
    "with %40 for an @ in the password, %2F for a slash and so on"
)
UNREACHABLE = "The ledger's database cannot be reached; nothing was changed. Check that it runs, then try again."
SILENT_ON_CONNECT = "The ledger's database does not respond; nothing was changed. Check that it runs, then try again."
LOCKED = (
    "The ledger is locked by another program, or by a change that its database does not finish; nothing was changed. "
    "Try again, or find the blocking transaction in pg_stat_activity."
)
SILENT = (
    "The ledger's database stopped responding; the change may be stored. Check the database, then read the invoices."
)


@pytest.fixture(name="ledger")
def _ledger(database: str) -> Iterator[InvoiceLedger]:
    with closing(open_ledger(database)) as ledger:
        yield ledger


@pytest.fixture(name="lock")
def _lock(ledger: InvoiceLedger, database: str) -> Iterator[psycopg.Connection[Any]]:
    """
    Connection of another program that has locked the ledger.
    """
    assert ledger.version == 0
    with psycopg.connect(database) as connection:
        connection.execute("SELECT FROM b2b_mock.ledger FOR UPDATE")
        yield connection


@pytest.fixture(name="guest")
def _guest(cluster: Cluster, database: str) -> Iterator[str]:
    """
    URL of the same database for a user without privileges.
    """
    cluster.execute("CREATE USER guest")
    yield database.replace("mock@", "guest@")
    cluster.execute("DROP OWNED BY guest CASCADE; DROP USER guest")


# ---------------------------------------------------------------------------------------------------------- opening


def test_ledgers_that_create_one_schema(database: str, make_record: MakeRecord) -> None:
    """
    Mocks that open a ledger at the same time, before it exists, share one ledger.
    """
    with ThreadPoolExecutor(8) as pool:
        ledgers = list(pool.map(open_ledger, [database] * 8))

    ids = [add(ledger, "a", make_record()) for ledger in ledgers]
    for ledger in ledgers:
        ledger.close()

    assert ids == [1, 2, 3, 4, 5, 6, 7, 8]


def test_existing_empty_schema(cluster: Cluster, guest: str, make_record: MakeRecord) -> None:
    """
    A user who may not create a schema can use an empty schema that was created for them.
    """
    cluster.execute("CREATE SCHEMA b2b_mock AUTHORIZATION guest")

    with closing(open_ledger(guest)) as ledger:
        assert add(ledger, "a", make_record()) == 1


def _assert_not_opened(url: str, reason: str) -> None:
    with pytest.raises(LedgerError, match=f"^{re.escape(reason)}"):
        open_ledger(url)


def test_other_schema(cluster: Cluster, database: str) -> None:
    """
    A schema of another program with the same name is rejected and unchanged.
    """
    cluster.execute("CREATE SCHEMA b2b_mock; CREATE TABLE b2b_mock.ledger (id integer)")

    _assert_not_opened(database, f"the schema b2b_mock of '{database}' is not a ledger; use another database")

    assert cluster.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'b2b_mock'") == [(1,)]


def test_other_version(cluster: Cluster, database: str) -> None:
    """
    A ledger of another version is rejected with both versions.
    """
    open_ledger(database).close()
    cluster.execute("UPDATE b2b_mock.ledger SET version = 99")

    _assert_not_opened(database, f"the ledger '{database}' has version 99, expected 4; use another database")


def test_missing_database(database: str) -> None:
    """
    A missing database is reported with the message of the server.
    """
    url = database.replace("/postgres", "/missing")

    with pytest.raises(LedgerError) as caught:
        open_ledger(url)

    assert str(caught.value).startswith(f"the ledger '{url}' cannot be opened: connection failed: ")
    assert str(caught.value).endswith(
        ' FATAL: database "missing" does not exist; expected an existing database and a user who may use it'
    )


def test_psycopg_is_missing(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Without psycopg, the message names the package to install.
    """
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "b2b_invoices_mock.ledger.postgresql")
    monkeypatch.delitem(sys.modules, "b2b_invoices_mock.ledger.postgresql_server")

    _assert_not_opened(
        database, "a ledger in PostgreSQL needs psycopg, which is not installed: pip install 'psycopg[binary]'"
    )


# --------------------------------------------------------------------------------------------------- passwords


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("postgresql://u:XQZ@ZQX@127.0.0.1:1/db", id="at"),
        pytest.param("postgresql://u:XQZ/ZQX@127.0.0.1:1/db", id="slash"),
        pytest.param("postgresql://u:123/ZQX@127.0.0.1:1/db", id="slash-after-digits"),
        pytest.param("postgresql://u:XQZ?ZQX@127.0.0.1:1/db", id="question-mark"),
        pytest.param("postgresql://u:123#ZQX@127.0.0.1:1/db", id="hash"),
        pytest.param("postgresql://u:XQZ%ZQX@127.0.0.1:1/db", id="percent"),
        pytest.param("postgresql://u:XQZ", id="no-host"),
        pytest.param("postgres://127.0.0.1:1/db?XQZ=ZQX", id="unknown-option"),
    ],
)
def test_invalid_url(url: str) -> None:
    """
    An invalid URL is rejected and not quoted, since any part of it may be a password.
    """
    _assert_not_opened(url, INVALID_URL)


@given(password=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20).map(lambda text: f"XQZ{text}ZQX"))
@property_of_the_mock
def test_message_has_no_password(password: str) -> None:
    """
    No message contains a password, percent-encoded or not.
    """
    with pytest.raises(LedgerError) as caught:
        open_ledger(f"postgresql://user:{password}@127.0.0.1:1/db")

    message = str(caught.value)
    assert "XQZ" not in message
    assert "ZQX" not in message
    assert message == INVALID_URL or message.startswith(
        "the ledger 'postgresql://user@127.0.0.1:1/db' cannot be opened: connection failed: "
    )


def test_command_line_does_not_show_a_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A mock that cannot reach its ledger exits with 2 and one line without the password.
    """
    monkeypatch.setattr(sys, "argv", ["mock_server", "--port=0", "--ledger", "postgresql://u:XQZ@127.0.0.1:1/db"])

    with pytest.raises(SystemExit) as ended:
        main()

    output = capsys.readouterr()
    assert (ended.value.code, output.out) == (2, "")
    assert output.err.startswith("b2b-invoices-mock: the ledger 'postgresql://u@127.0.0.1:1/db' cannot be opened: ")
    assert output.err.count("\n") == 1
    assert "XQZ" not in output.err


def test_repr_has_no_password(cluster: Cluster, database: str) -> None:
    """
    The repr of a ledger and of its parts has no password.
    """
    url = database.replace("mock@", "mock:XQZ@")

    with closing(open_ledger(url)) as ledger:
        assert isinstance(ledger, PostgresLedger)
        assert ledger.version == 0
        shown = f"{ledger!r} {ledger._server!r} {ledger._idle!r}"

    assert str(cluster.port) in shown
    assert "XQZ" not in shown


# ------------------------------------------------------------------------------------------------------------ races


@pytest.mark.parametrize(
    ("number", "order", "error"),
    [
        pytest.param("7", "", InvoiceNumberTaken, id="number"),
        pytest.param(None, "101", OrderAlreadyInvoiced, id="order"),
        pytest.param("7", "101", InvoiceNumberTaken, id="both"),
    ],
)
def test_concurrent_creates_with_a_conflict(
    database: str, make_record: MakeRecord, number: str | None, order: str, error: type[ApiError]
) -> None:
    """
    Of concurrent creates with the same number or order, one succeeds and every other one is rejected.
    """
    fields = {"invoiceNumber": number} if number else {}
    ready = threading.Barrier(8)

    def race(_: int) -> list[int | type[ApiError]]:
        with closing(open_ledger(database)) as ledger:
            return [attempt(ledger, f"store-{place}") for place in range(10)]

    def attempt(ledger: InvoiceLedger, store: str) -> int | type[ApiError]:
        ready.wait(60)
        try:
            return add(ledger, store, make_record(**fields), order_number=order)
        except ApiError as rejected:
            return type(rejected)

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(race, range(8)))

    for place, results in enumerate(zip(*outcomes, strict=True), 1):
        assert results.count(error) == 7
        assert results.count(place) == 1


# ------------------------------------------------------------------------------------------------- locks, timeouts


@pytest.mark.parametrize(
    ("setting", "error", "message"),
    [
        ("lock_timeout", LedgerBusy, LOCKED),
        (
            "statement_timeout",
            LedgerUnavailable,
            "The ledger's database took too long; nothing was changed. Try again later.",
        ),
    ],
)
def test_locked_ledger(
    ledger: InvoiceLedger,
    database: str,
    make_record: MakeRecord,
    monkeypatch: pytest.MonkeyPatch,
    *,
    setting: str,
    error: type[ApiError],
    message: str,
) -> None:
    """
    A change that waits too long for a lock, or takes too long, fails and is not done later; reads do not wait.
    """
    monkeypatch.setattr("b2b_invoices_mock.ledger.postgresql_server._SETTINGS", f"SET {setting} = '50ms'")
    with psycopg.connect(database) as other:
        other.execute("SELECT FROM b2b_mock.ledger FOR UPDATE")

        for use in (lambda: add(ledger, "a", make_record()), ledger.erase, lambda: ledger.delete("a", 1)):
            with pytest.raises(error, match=f"^{re.escape(message)}$"):
                use()
        assert ledger.get("a", 1) is None
        other.rollback()

    assert ledger.list("a", ListQuery()).total == 0
    assert add(ledger, "a", make_record()) == 1


@contextmanager
def frozen(cluster: Cluster) -> Iterator[None]:
    """
    Stop the server process of the ledger's only connection while the context lasts.
    """
    ((backend,),) = cluster.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'b2b-invoices-mock'")
    assert isinstance(backend, int)
    os.kill(backend, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(backend, signal.SIGCONT)


def test_timeouts_are_those_of_a_file() -> None:
    """
    A silent server is given up after the same time as a locked file, and the server's own timeouts are shorter.
    """
    assert _SILENT == _PAUSE * _ATTEMPTS
    assert _LOCK_TIMEOUT < _STATEMENT_TIMEOUT < _SILENT


@pytest.mark.parametrize("use", ["add", "list", "snapshot", "erase"])
def test_silent_database(
    ledger: InvoiceLedger, cluster: Cluster, make_record: MakeRecord, use: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A server that does not respond is given up, also by operations on all invoices, and is used again when it does.
    """
    monkeypatch.setattr("b2b_invoices_mock.ledger.postgresql_server._SILENT", 0.2)
    uses = {
        "add": lambda: add(ledger, "a", make_record()),
        "list": lambda: ledger.list("a", ListQuery()),
        "snapshot": ledger.snapshot,
        "erase": ledger.erase,
    }
    assert ledger.version == 0

    with frozen(cluster), pytest.raises(LedgerUnavailable, match=f"^{re.escape(SILENT)}$"):
        uses[use]()

    assert add(ledger, "a", make_record()) in {1, 2}


def test_long_operations_have_longer_timeouts(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Operations on all invoices have longer timeouts, in the server and in the mock.
    """
    monkeypatch.setattr("b2b_invoices_mock.ledger.postgresql_server._SILENT", 0.3)
    with closing(open_ledger(database)) as ledger:
        assert isinstance(ledger, PostgresLedger)
        with ledger._reading() as execute:
            execute("SELECT pg_sleep(0.6)")
            allowed = execute("SHOW statement_timeout").fetchone()

        with ledger._connected() as execute:
            usual = execute("SHOW statement_timeout").fetchone()

    assert (allowed, usual) == (("10s",), ("4500ms",))


def test_connection_timeout(ledger: InvoiceLedger, make_record: MakeRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A server that accepts no connection in time is reported as silent, not as unreachable.
    """
    monkeypatch.setattr(psycopg.Connection, "connect", Mock(side_effect=psycopg.errors.ConnectionTimeout))

    with pytest.raises(LedgerUnavailable, match=f"^{re.escape(SILENT_ON_CONNECT)}$"):
        add(ledger, "a", make_record())


def test_read_only_database(ledger: InvoiceLedger, database: str, make_record: MakeRecord) -> None:
    """
    A read-only database can be read, and a write reports the cause.
    """
    invoice = make_record()
    add(ledger, "a", invoice)
    with closing(open_ledger(f"{database}?options=-c%20default_transaction_read_only%3Don")) as read_only:
        with pytest.raises(
            LedgerUnavailable,
            match=r"^The ledger is read-only; nothing was changed\. Let the mock write it, then try again\.$",
        ):
            add(read_only, "a", make_record())

        assert (read_only.get("a", 1) or {})["invoiceNumber"] == invoice["invoiceNumber"]


def test_user_who_may_only_read(ledger: InvoiceLedger, cluster: Cluster, guest: str, make_record: MakeRecord) -> None:
    """
    A user who may only read can read, and a write reports the missing privilege.
    """
    invoice_id = add(ledger, "a", make_record())
    cluster.execute("GRANT USAGE ON SCHEMA b2b_mock TO guest; GRANT SELECT ON ALL TABLES IN SCHEMA b2b_mock TO guest")

    with closing(open_ledger(guest)) as readable:
        with pytest.raises(
            LedgerUnavailable,
            match=r"^The ledger's user may not do this; nothing was changed\. Let it, then try again\.$",
        ):
            readable.delete("a", invoice_id)
        assert readable.get("a", invoice_id) is not None


@pytest.mark.parametrize(("exists", "denied"), [(True, "schema b2b_mock"), (False, "database postgres")])
def test_user_without_privileges(database: str, guest: str, denied: str, *, exists: bool) -> None:
    """
    A user who may neither read nor create a ledger gets the message of the server, without the statement.
    """
    if exists:
        open_ledger(database).close()

    _assert_not_opened(
        guest,
        f"the ledger '{guest}' cannot be opened: permission denied for {denied}; "
        "expected an existing database and a user who may use it",
    )


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (psycopg.errors.DiskFull(), "The ledger's disk is full; nothing was changed. Make room, then try again."),
        (psycopg.errors.SerializationFailure(), LOCKED),
        (psycopg.errors.DeadlockDetected(), LOCKED),
        (psycopg.errors.IdleInTransactionSessionTimeout(), SILENT),
        (psycopg.errors.AdminShutdown(), SILENT),
        (psycopg.errors.NotNullViolation(), "None"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_other_errors(error: psycopg.Error, message: str) -> None:
    """
    An error of the database is reported in a sentence; an error in the mock's statements is not.
    """
    assert str(unavailable(error)) == message


def test_missing_tables(ledger: InvoiceLedger, cluster: Cluster, make_record: MakeRecord) -> None:
    """
    A ledger whose tables were dropped reports it.
    """
    cluster.execute("DROP SCHEMA b2b_mock CASCADE")

    for use in (lambda: add(ledger, "a", make_record()), lambda: ledger.list("a", ListQuery())):
        with pytest.raises(
            LedgerUnavailable, match=r"^The ledger's tables are gone\. Stop the mock, and start it again\.$"
        ):
            use()


# ------------------------------------------------------------------------------------------------ lost connections


def test_database_restart(ledger: InvoiceLedger, cluster: Cluster, make_record: MakeRecord) -> None:
    """
    While the server is down each method reports it, and when it is up again they work.
    """
    add(ledger, "a", make_record())

    cluster.stop()
    for use in (lambda: add(ledger, "a", make_record()), lambda: ledger.get("a", 1), ledger.snapshot):
        with pytest.raises(LedgerUnavailable, match=f"^{re.escape(UNREACHABLE)}$"):
            use()
    cluster.start()

    assert add(ledger, "a", make_record()) == 2


def test_connection_lost_during_a_create(
    ledger: InvoiceLedger, lock: psycopg.Connection[Any], cluster: Cluster, make_record: MakeRecord
) -> None:
    """
    When the connection is lost during a create, the message leaves open whether it was done.
    """
    with ThreadPoolExecutor(1) as pool:
        create = pool.submit(add, ledger, "a", make_record())
        ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        while not cluster.execute(ends):
            pass
        with pytest.raises(LedgerUnavailable, match=f"^{re.escape(SILENT)}$"):
            create.result()
    lock.rollback()

    assert add(ledger, "a", make_record()) == 1


def test_idle_connection_is_lost(ledger: InvoiceLedger, cluster: Cluster, make_record: MakeRecord) -> None:
    """
    An idle connection that the server has closed is replaced without an error.
    """
    add(ledger, "a", make_record())
    cluster.execute(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'b2b-invoices-mock'"
    )

    assert add(ledger, "a", make_record()) == 2


# ------------------------------------------------------------------------------------------------ other requests


def test_locked_ledger_does_not_block_other_requests(
    ledger: InvoiceLedger, lock: psycopg.Connection[Any], contract: Contract, runner: asyncio.Runner
) -> None:
    """
    While a create waits for a locked ledger, other requests get their responses; then the create is done.
    """
    mock = ControlledMock.of(contract, Settings(), runner, ledger)

    assert mock.create_while_locked(lock.rollback) == ([200, 404, 400, 200, 422], True, 200)
