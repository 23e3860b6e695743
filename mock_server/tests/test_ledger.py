"""
The ledger in memory, in a file and in PostgreSQL, and the files that it opens.
"""

import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest

from b2b_invoices_mock import InvoiceLedger, Snapshot, open_ledger
from b2b_invoices_mock.api.errors import InvoiceNumberTaken, LedgerError, OrderAlreadyInvoiced
from b2b_invoices_mock.ledger import MEMORY, Create, ListQuery
from b2b_invoices_mock.ledger.rows import SEARCH_FIELDS, SORT_COLUMNS
from b2b_invoices_spec import Contract
from mock_server.tests.conftest import MakeRecord, add


@pytest.fixture(name="ledger", params=["memory", "file", "postgresql"])
def _ledger(request: pytest.FixtureRequest, path: Path) -> Iterator[InvoiceLedger]:
    places = {"memory": MEMORY, "file": str(path)}
    with closing(open_ledger(places.get(request.param) or request.getfixturevalue("database"))) as ledger:
        yield ledger


def test_added_invoice_reads_back(ledger: InvoiceLedger, make_record: MakeRecord) -> None:
    """
    A stored invoice reads back as it was added, with its id; numbers inside its details keep their digits.
    """
    numbers = ["566.50", "1E-400", "-0.0", "12345678901234567890.123456789"]
    invoice = make_record(details={"a": [1, {"b": None}], "numbers": [Decimal(number) for number in numbers]})

    invoice_id = add(ledger, "a", invoice)

    read = ledger.get("a", invoice_id) or {}
    assert read == {"id": invoice_id} | invoice
    assert [str(number) for number in read["details"]["numbers"]] == numbers


def test_stores_are_separate(ledger: InvoiceLedger, make_record: MakeRecord) -> None:
    """
    Two stores may use the same number and order, and neither reads or deletes the other's invoices.
    """
    first = add(ledger, "a", make_record(invoiceNumber="7"), order_number="1")
    second = add(ledger, "b", make_record(invoiceNumber="7"), order_number="1")

    assert ledger.get("a", second) is None
    assert not ledger.delete("a", second)
    assert [invoice["id"] for invoice in ledger.list("a", ListQuery()).invoices] == [first]


@pytest.mark.parametrize("invoice_id", [0, -1, 2**63 - 1, 2**63, 10**400, -(10**400)])
def test_ids_of_any_size(ledger: InvoiceLedger, make_record: MakeRecord, invoice_id: int) -> None:
    """
    An id of any size can be looked up.
    """
    add(ledger, "a", make_record())

    assert ledger.get("a", invoice_id) is None
    assert not ledger.delete("a", invoice_id)


def test_times_and_money_of_any_size(ledger: InvoiceLedger, make_record: MakeRecord) -> None:
    """
    Times and balances larger than 64 bits read back as they were added.
    """
    huge = 10**300
    invoice = make_record(dueDate=huge, issuedAt=-huge, openBalance={"code": "USD", "value": huge})

    invoice_id = add(ledger, "a", invoice)

    assert ledger.get("a", invoice_id) == {"id": invoice_id} | invoice


@pytest.mark.parametrize("text", ["0" * 100_000, "\0", "\0b", "a\0b", "\U0010ffff\ud7ff\x7f", "\\x00", "%s"])
def test_numbers_and_orders_of_any_text(ledger: InvoiceLedger, make_record: MakeRecord, text: str) -> None:
    """
    Numbers, orders and names of any length and with any character can be stored, listed, and are taken once.
    """
    invoice = make_record(invoiceNumber=text, customerId=text, externalId=text, details={text: text})

    invoice_id = add(ledger, text, invoice, order_number=text)

    assert ledger.get(text, invoice_id) == {"id": invoice_id} | invoice
    assert ledger.list(text, ListQuery(text=text, customer_id=text, external_ids=[text])).total == 1
    assert [entry.invoice for entry in ledger.snapshot().entries] == [invoice]
    with pytest.raises(InvoiceNumberTaken):
        add(ledger, text, invoice)
    with pytest.raises(OrderAlreadyInvoiced):
        add(ledger, text, make_record(), order_number=text)


def test_failure_is_rolled_back(ledger: InvoiceLedger, make_record: MakeRecord) -> None:
    """
    An invoice that cannot be stored leaves nothing behind, and the next one is stored.
    """
    broken = make_record() | {"status": None}

    with pytest.raises(
        (sqlite3.IntegrityError, psycopg.IntegrityError), match=r"invoice\.status$|\"status\" of relation"
    ):
        add(ledger, "a", broken)

    assert add(ledger, "a", make_record()) == 1


def test_every_field_of_the_contract_can_be_used(contract: Contract) -> None:
    """
    The ledger sorts by, and searches, exactly the fields that the contract names.
    """
    schemas = contract.document["components"]["schemas"]

    assert list(SORT_COLUMNS) == schemas["InvoiceSortField"]["enum"]
    assert set(SEARCH_FIELDS) == set(schemas["InvoiceSearchField"]["enum"])


# ----------------------------------------------------------------------------------------------- saved and shared


@pytest.fixture(name="place", params=["file", "postgresql"])
def _place(request: pytest.FixtureRequest, path: Path) -> str:
    return str(path) if request.param == "file" else request.getfixturevalue("database")


def test_ledger_is_saved(place: str, make_record: MakeRecord) -> None:
    """
    A ledger has its invoices when it is opened again, and does not reuse ids.
    """
    with closing(open_ledger(place)) as ledger:
        add(ledger, "a", make_record(invoiceNumber="kept"))
        gone = add(ledger, "a", make_record())
        ledger.delete("a", gone)

    with closing(open_ledger(place)) as reopened:
        assert [invoice["invoiceNumber"] for invoice in reopened.list("a", ListQuery()).invoices] == ["kept"]
        assert add(reopened, "a", make_record()) == gone + 1


def test_two_processes_share_a_ledger(place: str, make_record: MakeRecord) -> None:
    """
    Two processes see the invoices of each other at once, and share numbers, orders and ids.
    """
    invoice, another = make_record(), make_record()
    with closing(open_ledger(place)) as one, closing(open_ledger(place)) as other:
        first = add(one, "a", invoice, order_number="1")

        assert other.get("a", first) == {"id": first} | invoice
        with pytest.raises(InvoiceNumberTaken):
            add(other, "a", invoice)
        with pytest.raises(OrderAlreadyInvoiced):
            add(other, "a", another, order_number="1")
        assert add(other, "a", another) == first + 1
        assert other.delete("a", first)
        assert one.get("a", first) is None


def test_version_changes(place: str, make_record: MakeRecord) -> None:
    """
    The version changes with every change, by this process or another one, and not with a read.
    """
    with closing(open_ledger(place)) as ledger, closing(open_ledger(place)) as another:
        versions = [ledger.version]
        changes: list[Callable[[], Any]] = [
            lambda: add(ledger, "a", make_record()),
            lambda: add(another, "a", make_record()),
            lambda: another.delete("a", 1),
            lambda: another.restore(ledger.snapshot()),
            ledger.erase,
        ]
        for change in changes:
            change()
            versions.append(ledger.version)
        ledger.browse()

        assert len(set(versions)) == 6
        assert ledger.version == versions[-1]


# --------------------------------------------------------------------------------------------------------- files


def test_empty_file_becomes_a_ledger(path: Path, make_record: MakeRecord) -> None:
    """
    An empty file, such as `mktemp` creates, becomes a ledger.
    """
    path.touch()

    with closing(open_ledger(path)) as ledger:
        assert add(ledger, "a", make_record()) == 1


def _assert_not_opened(path: Path, reason: str) -> None:
    # Also asserts that a file there is unchanged.
    before = path.read_bytes() if path.is_file() else None

    with pytest.raises(LedgerError, match=f"^{re.escape(reason)}$"):
        open_ledger(path)

    assert (path.read_bytes() if path.is_file() else None) == before


def test_other_kind_of_file(path: Path) -> None:
    """
    A file that is not a database is rejected and unchanged.
    """
    path.write_text("not a database, but long enough to be mistaken for one " * 20, encoding="utf-8")

    _assert_not_opened(
        path,
        f"the ledger '{path}' cannot be opened: file is not a database; give a path to a new file, or to a ledger",
    )


def test_other_database(path: Path) -> None:
    """
    A database of another program is rejected and unchanged.
    """
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE invoice (id INTEGER)")

    _assert_not_opened(path, f"'{path}' is a database, but not a ledger; give a path to a new file, or to a ledger")


def test_other_version(path: Path) -> None:
    """
    A ledger of another version is rejected with both versions, and unchanged.
    """
    open_ledger(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")

    _assert_not_opened(path, f"the ledger '{path}' has version 99, expected 4; start with a new file")


@pytest.mark.parametrize("name", ["missing/ledger.sqlite3", "file/ledger.sqlite3", "."])
def test_path_that_cannot_be_a_file(tmp_path: Path, name: str) -> None:
    """
    A path in a missing folder, below a file, or of a folder is rejected.
    """
    (tmp_path / "file").touch()
    path = tmp_path / name

    _assert_not_opened(
        path,
        f"the ledger '{path}' cannot be opened: unable to open database file; "
        "give a path to a new file, or to a ledger",
    )


@pytest.fixture(name="read_only_folder")
def _read_only_folder() -> Iterator[Path]:
    """
    A read-only folder with a ledger in it; root becomes another user for the test.
    """
    user = os.geteuid()
    with TemporaryDirectory() as name:
        folder = Path(name)
        open_ledger(folder / "ledger.sqlite3").close()
        folder.chmod(0o555)
        os.seteuid(user or 65_534)
        yield folder
        os.seteuid(user)
        folder.chmod(0o755)


@pytest.mark.skipif(os.name == "nt", reason="folders have no such permissions on Windows")
@pytest.mark.parametrize(
    ("name", "why"),
    [
        pytest.param("ledger.sqlite3", "attempt to write a readonly database", id="a-ledger"),
        pytest.param("new.sqlite3", "unable to open database file", id="a-new-file"),
    ],
)
def test_read_only_folder(read_only_folder: Path, name: str, why: str) -> None:
    """
    In a read-only folder a ledger is neither opened nor created, and opening reports it.
    """
    path = read_only_folder / name

    _assert_not_opened(path, f"the ledger '{path}' cannot be opened: {why}; give a path to a new file, or to a ledger")


# --------------------------------------------------------------------------------------------------------- as a whole


def test_conflicts_in_a_group(ledger: InvoiceLedger, make_record: MakeRecord) -> None:
    """
    A create that conflicts with an earlier one of its group is rejected, and the others are stored.
    """
    creates = [
        Create("a", make_record(), "101"),
        Create("a", make_record(), "0101"),
        Create("a", make_record(invoiceNumber="same")),
        Create("a", make_record(invoiceNumber="same")),
        Create("a", make_record()),
    ]

    outcomes = ledger.add_each(creates)

    assert outcomes[0::2] == [1, 2, 3]
    assert [type(outcome) for outcome in outcomes[1::2]] == [OrderAlreadyInvoiced, InvoiceNumberTaken]
    assert ledger.list("a", ListQuery()).total == 3


def test_unexpected_error_in_a_group(ledger: InvoiceLedger, make_record: MakeRecord) -> None:
    """
    A create that fails with an unexpected error does not affect the others of its group.
    """
    invoices = [make_record(), make_record() | {"customerId": object()}, make_record()]

    first, failed, second = ledger.add_each([Create("a", invoice) for invoice in invoices])

    assert (first, second) == (1, 2)
    assert isinstance(failed, Exception)
    assert ledger.list("a", ListQuery()).total == 2


def test_invalid_snapshot(ledger: InvoiceLedger, make_record: MakeRecord) -> None:
    """
    A snapshot in which an id occurs twice is rejected, and the ledger is unchanged.
    """
    add(ledger, "a", make_record())
    before = ledger.snapshot()
    twice = Snapshot(last_id=1, entries=before.entries * 2)

    with pytest.raises(ValueError, match=r"^the id, number or order of invoice 1 occurs twice$"):
        ledger.restore(twice)

    assert ledger.snapshot() == before


def test_empty_path() -> None:
    """
    An empty path is rejected, since SQLite would open a temporary file for it.
    """
    with pytest.raises(LedgerError, match=r"^empty ledger path: expected a file, postgresql://\.\.\. or :memory:$"):
        open_ledger("")


@pytest.mark.parametrize(
    "place",
    [
        "postgresq://mock:s3cret@127.0.0.1/mock",
        "POSTGRESQL://mock:s3cret@127.0.0.1/mock",
        "postgresql+psycopg://mock:s3cret@127.0.0.1/mock",
        "postgresql//mock:s3cret@127.0.0.1/mock",
        "postgresql:/mock:s3cret@127.0.0.1/mock",
        "host=127.0.0.1 user=mock password=s3cret dbname=mock",
    ],
)
def test_unsupported_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """
    A misspelled database URL is not used as a file name, and not quoted, since it may contain a password.
    """
    monkeypatch.chdir(tmp_path)

    with pytest.raises(LedgerError) as caught:
        open_ledger(place)

    assert str(caught.value) == ("unsupported ledger URL: expected a URL such as postgresql://user@host/database")
    assert list(tmp_path.iterdir()) == []
