"""
The ledger in PostgreSQL: where it is opened, what it says when it cannot be used, and that nobody waits for it in vain.
"""

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any
from unittest.mock import Mock

import httpx
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b_invoices_mock import Settings, create_app, open_ledger
from b2b_invoices_mock.api.errors import (
    ApiError,
    InvoiceNumberTaken,
    LedgerBusy,
    LedgerError,
    LedgerUnavailable,
    OrderAlreadyInvoiced,
)
from b2b_invoices_mock.cli import main
from b2b_invoices_mock.invoices import Invoice, InvoiceShape, record
from b2b_invoices_mock.ledger import InvoiceLedger, ListQuery
from b2b_invoices_mock.ledger.postgresql import PostgresLedger
from b2b_invoices_mock.ledger.postgresql_server import (
    _LATEST,
    _LONGEST_LOCK,
    _UNANSWERED,
    unavailable,
)
from b2b_invoices_mock.ledger.waiting import _ATTEMPTS, _PAUSE
from b2b_invoices_spec import Contract
from mock_server.tests.client import property_of_the_mock
from mock_server.tests.conftest import MakeInvoice
from mock_server.tests.postgresql import Cluster
from mock_server.tests.server import HEADERS, INVOICE

NOT_A_URL = (
    "the ledger's URL is none of PostgreSQL's; give postgresql://user:password@host:5432/database, "
    "with %40 for an @ in the password, %2F for a slash and so on"
)
AWAY = "The ledger's database cannot be reached; nothing was changed. See that it is there, then try again."
MUTE = "The ledger's database does not answer; nothing was changed. See that it is well, then try again."
LOCKED = (
    "The ledger is locked by another program, or by a change that its database does not finish; nothing was changed. "
    "Try again, or see what holds the database up."
)
SILENT = "The ledger's database does not answer; whether anything was changed shows when it does again."

MakeRecord = Callable[..., Invoice]


@pytest.fixture(name="make_record")
def _make_record(contract: Contract, make_invoice: MakeInvoice) -> MakeRecord:
    """
    Make an invoice that is ready to be recorded, with a number of its own.
    """
    shape = InvoiceShape.of(contract)
    return lambda **fields: record(make_invoice(**fields), shape, now=0, payment_seconds=0)


@pytest.fixture(name="ledger")
def _ledger(database: str) -> Iterator[InvoiceLedger]:
    """
    A new ledger.
    """
    with closing(open_ledger(database)) as ledger:
        yield ledger


@pytest.fixture(name="lock")
def _lock(ledger: InvoiceLedger, database: str) -> Iterator[psycopg.Connection[Any]]:
    """
    Another program that has the ledger locked.
    """
    assert ledger.version == 0
    with psycopg.connect(database) as connection:
        connection.execute("SELECT FROM b2b_mock.ledger FOR UPDATE")
        yield connection


@pytest.fixture(name="guest")
def _guest(cluster: Cluster, database: str) -> Iterator[str]:
    """
    The URL of the same database for a user who may do nothing in it.
    """
    cluster.execute("CREATE USER guest")
    yield database.replace("mock@", "guest@")
    cluster.execute("DROP OWNED BY guest CASCADE; DROP USER guest")


# ------------------------------------------------------------------------------------------------------- opened


def test_many_begin_one_ledger(database: str, make_record: MakeRecord) -> None:
    """
    Whoever opens a ledger that is not there yet at the same time as others has the same one as they.
    """
    ledgers: list[InvoiceLedger] = []
    threads = [threading.Thread(target=lambda: ledgers.append(open_ledger(database))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    ids = [ledger.add("a", make_record()) for ledger in ledgers]
    for ledger in ledgers:
        ledger.close()

    assert ids == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_schema_that_is_there(cluster: Cluster, guest: str, make_record: MakeRecord) -> None:
    """
    A user who may make no schema uses an empty one of the right name that was made for them.
    """
    cluster.execute("CREATE SCHEMA b2b_mock AUTHORIZATION guest")

    with closing(open_ledger(guest)) as ledger:
        assert ledger.add("a", make_record()) == 1


def assert_not_opened(url: str, reason: str) -> None:
    """
    Fail unless opening *url* fails for this reason.
    """
    with pytest.raises(LedgerError, match=f"^{re.escape(reason)}"):
        open_ledger(url)


def test_another_schema_is_refused(cluster: Cluster, database: str) -> None:
    """
    A schema of someone else that has the same name is refused, and stays as it is.
    """
    cluster.execute("CREATE SCHEMA b2b_mock; CREATE TABLE b2b_mock.ledger (id integer)")

    assert_not_opened(database, f"'{database}' has a schema b2b_mock that is no ledger; give another database")

    assert cluster.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'b2b_mock'") == [(1,)]


def test_another_version_is_refused(cluster: Cluster, database: str) -> None:
    """
    A ledger of another version is refused with both of the versions.
    """
    open_ledger(database).close()
    cluster.execute("UPDATE b2b_mock.ledger SET version = 99")

    assert_not_opened(database, f"the ledger '{database}' is of version 99, this is 2; give another database")


def test_a_database_that_is_not_there(database: str) -> None:
    """
    A database that is not there is refused with what the server says.
    """
    url = database.replace("/postgres", "/missing")

    with pytest.raises(LedgerError) as caught:
        open_ledger(url)

    assert str(caught.value).startswith(f"the ledger '{url}' cannot be opened: connection failed: ")
    assert str(caught.value).endswith(
        ' FATAL: database "missing" does not exist; give a database that is there, and a user who may use it'
    )


def test_psycopg_is_left_alone() -> None:
    """
    Where no ledger is in PostgreSQL, psycopg is not loaded, and need not be there.
    """
    program = "import sys, b2b_invoices_mock.cli as main; main.open_ledger().close(); print('psycopg' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - ours alone

    assert done.stdout == "False\n"


def test_it_takes_psycopg(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Without psycopg, it is said what to install.
    """
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "b2b_invoices_mock.ledger.postgresql")
    monkeypatch.delitem(sys.modules, "b2b_invoices_mock.ledger.postgresql_server")

    assert_not_opened(
        database, "a ledger in PostgreSQL takes psycopg, which is not installed: pip install 'psycopg[binary]'"
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
def test_what_is_no_url(url: str) -> None:
    """
    A URL that cannot be understood is refused, and nothing of it is said, since a password may be in any part of it.
    """
    assert_not_opened(url, NOT_A_URL)


@given(password=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20).map(lambda text: f"XQZ{text}ZQX"))
@property_of_the_mock
def test_a_password_is_never_said(password: str) -> None:
    """
    Whatever a password is, written as it should be or not, no message has any of it.
    """
    with pytest.raises(LedgerError) as caught:
        open_ledger(f"postgresql://user:{password}@127.0.0.1:1/db")

    told = str(caught.value)
    assert "XQZ" not in told
    assert "ZQX" not in told
    assert told == NOT_A_URL or told.startswith(
        "the ledger 'postgresql://user@127.0.0.1:1/db' cannot be opened: connection failed: "
    )


def test_the_command_line_does_not_repeat_a_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A mock whose ledger cannot be reached ends with 2 and one sentence, without the password.
    """
    monkeypatch.setattr(sys, "argv", ["mock_server", "--port=0", "--ledger", "postgresql://u:XQZ@127.0.0.1:1/db"])

    with pytest.raises(SystemExit) as ended:
        main()

    told = capsys.readouterr()
    assert (ended.value.code, told.out) == (2, "")
    assert told.err.startswith("b2b-invoices-mock: the ledger 'postgresql://u@127.0.0.1:1/db' cannot be opened: ")
    assert told.err.count("\n") == 1
    assert "XQZ" not in told.err


def test_a_ledger_does_not_show_its_password(cluster: Cluster, database: str) -> None:
    """
    Neither a ledger nor what it is made of shows the password.
    """
    url = database.replace("mock@", "mock:XQZ@")

    with closing(open_ledger(url)) as ledger:
        assert isinstance(ledger, PostgresLedger)
        assert ledger.version == 0
        shown = f"{ledger!r} {ledger._server!r} {ledger._idle!r}"

    assert str(cluster.port) in shown
    assert "XQZ" not in shown


# ------------------------------------------------------------------------------------------------------- raced


@pytest.mark.parametrize(
    ("number", "order", "refused"),
    [
        pytest.param("7", "", InvoiceNumberTaken, id="number"),
        pytest.param(None, "101", OrderAlreadyInvoiced, id="order"),
        pytest.param("7", "101", InvoiceNumberTaken, id="both"),
    ],
)
def test_one_of_many_wins(
    database: str, make_record: MakeRecord, number: str | None, order: str, refused: type[ApiError]
) -> None:
    """
    Of many who record one number or one order at the same moment, one does, and every other one is refused for it.
    """
    fields = {"invoiceNumber": number} if number else {}
    ready = threading.Barrier(8)
    outcomes: list[tuple[int, int | type[ApiError]]] = []

    def race(rounds: list[Invoice]) -> None:
        with closing(open_ledger(database)) as ledger:
            for place, invoice in enumerate(rounds):
                ready.wait(60)
                try:
                    outcomes.append((place, ledger.add(f"store-{place}", invoice, order_number=order)))
                except ApiError as refusal:
                    outcomes.append((place, type(refusal)))

    threads = [threading.Thread(target=race, args=([make_record(**fields) for _ in range(10)],)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for place in range(10):
        met = [outcome for at, outcome in outcomes if at == place]
        assert met.count(refused) == 7
        assert {place + 1} == set(met) - {refused}


# ---------------------------------------------------------------------------------------------- locked, silent


def test_a_locked_ledger(database: str, make_record: MakeRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What has waited long enough for another program is refused, and not done later; reads wait for nobody.
    """
    monkeypatch.setattr("b2b_invoices_mock.ledger.postgresql_server._SETTINGS", "SET lock_timeout = '50ms'")
    with closing(open_ledger(database)) as ledger, psycopg.connect(database) as other:
        other.execute("SELECT FROM b2b_mock.ledger FOR UPDATE")

        for use in (lambda: ledger.add("a", make_record()), ledger.erase, lambda: ledger.delete("a", 1)):
            with pytest.raises(LedgerBusy, match=f"^{re.escape(LOCKED)}$"):
                use()
        assert ledger.get("a", 1) is None
        other.rollback()

        assert ledger.list("a", ListQuery()).total == 0
        assert ledger.add("a", make_record()) == 1


def test_a_slow_database(database: str, make_record: MakeRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What takes the server too long is refused, and not done later.
    """
    monkeypatch.setattr("b2b_invoices_mock.ledger.postgresql_server._SETTINGS", "SET statement_timeout = '50ms'")
    with closing(open_ledger(database)) as ledger, psycopg.connect(database) as other:
        other.execute("SELECT FROM b2b_mock.ledger FOR UPDATE")

        with pytest.raises(
            LedgerUnavailable,
            match=r"^The ledger's database took too long; nothing was changed\. Try again later\.$",
        ):
            ledger.add("a", make_record())
        other.rollback()

        assert ledger.list("a", ListQuery()).total == 0


@contextmanager
def frozen(cluster: Cluster) -> Iterator[None]:
    """
    Have the server's part of the ledger's one connection stand still for as long as the context lasts.
    """
    ((backend,),) = cluster.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'b2b-invoices-mock'")
    assert isinstance(backend, int)
    os.kill(backend, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(backend, signal.SIGCONT)


def test_a_silent_database(
    ledger: InvoiceLedger, cluster: Cluster, make_record: MakeRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A server that neither answers nor goes away is given up, and is used again when it answers.
    """
    monkeypatch.setattr("b2b_invoices_mock.ledger.postgresql_server._UNANSWERED", 0.2)
    assert ledger.version == 0

    with frozen(cluster), pytest.raises(LedgerUnavailable, match=f"^{re.escape(SILENT)}$"):
        ledger.add("a", make_record())

    assert ledger.add("a", make_record()) in {1, 2}


def test_nobody_waits_longer_than_for_a_file() -> None:
    """
    A server that answers nobody is given up as soon as a file that is locked, and one that answers can say so before.
    """
    assert _UNANSWERED == _PAUSE * _ATTEMPTS
    assert _LONGEST_LOCK < _LATEST < _UNANSWERED


@pytest.mark.parametrize("use", ["list", "snapshot", "erase"])
def test_what_may_take_long_begins_at_once(
    ledger: InvoiceLedger, cluster: Cluster, use: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What looks at all invoices may take a server longer, but one that does not even begin is given up as soon as ever.
    """
    monkeypatch.setattr("b2b_invoices_mock.ledger.postgresql_server._UNANSWERED", 0.2)
    uses = {"list": lambda: ledger.list("a", ListQuery()), "snapshot": ledger.snapshot, "erase": ledger.erase}
    assert ledger.version == 0

    with frozen(cluster), pytest.raises(LedgerUnavailable, match=f"^{re.escape(SILENT)}$"):
        uses[use]()

    assert ledger.list("a", ListQuery()).total == 0


def test_a_look_at_all_invoices_may_take_longer(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What looks at all invoices is let take longer, by the server and by who waits for it.
    """
    monkeypatch.setattr("b2b_invoices_mock.ledger.postgresql_server._UNANSWERED", 0.3)
    with closing(open_ledger(database)) as ledger:
        assert isinstance(ledger, PostgresLedger)
        with ledger._reading() as execute:
            execute("SELECT pg_sleep(0.6)")
            allowed = execute("SHOW statement_timeout").fetchone()

        with ledger._connected() as execute:
            usual = execute("SHOW statement_timeout").fetchone()

    assert (allowed, usual) == (("10s",), ("4500ms",))


def test_a_database_that_takes_no_connection(
    ledger: InvoiceLedger, make_record: MakeRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Of a server that is there and does not answer, this is said, and not that it is away.
    """
    monkeypatch.setattr(psycopg.Connection, "connect", Mock(side_effect=psycopg.errors.ConnectionTimeout))

    with pytest.raises(LedgerUnavailable, match=f"^{re.escape(MUTE)}$"):
        ledger.add("a", make_record())


def test_a_read_only_database(ledger: InvoiceLedger, database: str, make_record: MakeRecord) -> None:
    """
    A database that may not be written says so, and can still be read.
    """
    invoice = make_record()
    ledger.add("a", invoice)
    with closing(open_ledger(f"{database}?options=-c%20default_transaction_read_only%3Don")) as read_only:
        with pytest.raises(
            LedgerUnavailable,
            match=r"^The ledger is read-only; nothing was changed\. Let the mock write it, then try again\.$",
        ):
            read_only.add("a", make_record())

        assert (read_only.get("a", 1) or {})["invoiceNumber"] == invoice["invoiceNumber"]


def test_a_user_who_may_only_look(ledger: InvoiceLedger, cluster: Cluster, guest: str, make_record: MakeRecord) -> None:
    """
    A user who may not change anything can read, and is told that it is they who may not.
    """
    invoice_id = ledger.add("a", make_record())
    cluster.execute("GRANT USAGE ON SCHEMA b2b_mock TO guest; GRANT SELECT ON ALL TABLES IN SCHEMA b2b_mock TO guest")

    with closing(open_ledger(guest)) as looking:
        with pytest.raises(
            LedgerUnavailable,
            match=r"^The ledger's user may not do this; nothing was changed\. Let it, then try again\.$",
        ):
            looking.delete("a", invoice_id)
        assert looking.get("a", invoice_id) is not None


def test_a_user_who_may_nothing(guest: str) -> None:
    """
    A user for whom nothing was prepared is refused at the start, with what the server says.
    """
    assert_not_opened(
        guest,
        f"the ledger '{guest}' cannot be opened: permission denied for database postgres; "
        "give a database that is there, and a user who may use it",
    )


def test_a_user_who_may_not_look(ledger: InvoiceLedger, guest: str) -> None:
    """
    A user who may not read a ledger that is there is told the server's sentence, and nothing of the statement.
    """
    assert ledger.version == 0

    assert_not_opened(
        guest,
        f"the ledger '{guest}' cannot be opened: permission denied for schema b2b_mock; "
        "give a database that is there, and a user who may use it",
    )


@pytest.mark.parametrize(
    ("error", "told"),
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
def test_other_trouble(error: psycopg.Error, told: str) -> None:
    """
    Trouble of the database is told in a sentence, and what is no trouble of the database is not made out to be any.
    """
    assert str(unavailable(error)) == told


def test_tables_that_are_gone(ledger: InvoiceLedger, cluster: Cluster, make_record: MakeRecord) -> None:
    """
    A ledger whose tables somebody took away says so.
    """
    cluster.execute("DROP SCHEMA b2b_mock CASCADE")

    words = r"^The ledger's tables are gone\. Stop the mock, and start it again\.$"
    with pytest.raises(LedgerUnavailable, match=words):
        ledger.add("a", make_record())
    with pytest.raises(LedgerUnavailable, match=words):
        ledger.list("a", ListQuery())


# --------------------------------------------------------------------------------------------------------- lost


def test_a_database_that_goes_away_and_comes_back(
    ledger: InvoiceLedger, cluster: Cluster, make_record: MakeRecord
) -> None:
    """
    While the server is away that is said, nothing is changed, and when it is back all goes on.
    """
    ledger.add("a", make_record())

    cluster.stop()
    for use in (lambda: ledger.add("a", make_record()), lambda: ledger.get("a", 1), ledger.snapshot):
        with pytest.raises(LedgerUnavailable, match=f"^{re.escape(AWAY)}$"):
            use()
    cluster.start()

    assert ledger.add("a", make_record()) == 2


def test_a_connection_that_is_lost_under_way(
    ledger: InvoiceLedger, lock: psycopg.Connection[Any], cluster: Cluster, make_record: MakeRecord
) -> None:
    """
    Of what was under way when the connection was lost, nobody says that it was done, or that it was not.
    """
    refusals: list[LedgerUnavailable] = []

    def add() -> None:
        try:
            ledger.add("a", make_record())
        except LedgerUnavailable as refusal:
            refusals.append(refusal)

    thread = threading.Thread(target=add)
    thread.start()
    ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    while not cluster.execute(ends):
        pass
    thread.join()
    lock.rollback()

    assert [str(refusal) for refusal in refusals] == [SILENT]
    assert ledger.add("a", make_record()) == 1


def test_a_connection_that_was_lost_unused(ledger: InvoiceLedger, cluster: Cluster, make_record: MakeRecord) -> None:
    """
    A connection that the server ended while nothing was asked of it costs nobody a refusal.
    """
    ledger.add("a", make_record())
    cluster.execute(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'b2b-invoices-mock'"
    )

    assert ledger.add("a", make_record()) == 2


# ---------------------------------------------------------------------------------------------- nobody is held up


def test_a_locked_ledger_holds_up_nobody_else(
    ledger: InvoiceLedger, lock: psycopg.Connection[Any], contract: Contract, runner: asyncio.Runner
) -> None:
    """
    While a create waits for a locked ledger others are answered, and when the lock goes the create is done.
    """

    async def story() -> tuple[list[int], bool, int]:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(contract, Settings(), ledger)),
            base_url=f"http://127.0.0.1{contract.base_path}",
            headers=HEADERS,
            trust_env=False,
        ) as caller:
            create = asyncio.create_task(caller.post("/invoices", json=INVOICE))
            paths = ("/invoices", "/invoices/1", "/invoices?limit=x", "/_mock/lists")
            others = [(await caller.get(path)).status_code for path in paths]
            waits = not create.done()
            lock.rollback()
            return others, waits, (await create).status_code

    assert runner.run(story()) == ([200, 404, 400, 404], True, 200)
