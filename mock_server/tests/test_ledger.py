"""
The ledger: what it keeps, whom it shows it to, and which files it opens.
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
from b2b_invoices_mock.invoices import Invoice, InvoiceShape, record
from b2b_invoices_mock.ledger import MEMORY, ListQuery
from b2b_invoices_mock.ledger.models import Entry
from b2b_invoices_mock.ledger.rows import SEARCH_COLUMNS, SORT_COLUMNS
from b2b_invoices_spec import Contract
from mock_server.tests.conftest import MakeInvoice

MakeRecord = Callable[..., Invoice]


@pytest.fixture(name="ledger", params=["memory", "file", "postgresql"])
def _ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[InvoiceLedger]:
    """
    A new ledger, in memory, in a file, and in PostgreSQL.
    """
    places = {"memory": MEMORY, "file": str(tmp_path / "ledger.sqlite3")}
    with closing(open_ledger(places.get(request.param) or request.getfixturevalue("database"))) as ledger:
        yield ledger


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    """
    Where a ledger may be.
    """
    return tmp_path / "ledger.sqlite3"


@pytest.fixture(name="make_record")
def _make_record(contract: Contract, make_invoice: MakeInvoice) -> MakeRecord:
    """
    Make an invoice that is ready to be recorded, with a number of its own.
    """
    shape = InvoiceShape.of(contract)

    def make(**fields: Any) -> Invoice:
        return record(make_invoice(**fields), shape, now=1_619_161_808, payment_seconds=0)

    return make


def test_what_is_added_is_there(ledger: InvoiceLedger, make_record: MakeRecord) -> None:
    """
    A recorded invoice reads back as it is, with its id.
    """
    invoice = make_record(details={"a": [1, {"b": None}]})

    invoice_id = ledger.add("a", invoice)

    assert ledger.get("a", invoice_id) == {"id": invoice_id} | invoice


def test_details_are_kept_to_the_digit(ledger: InvoiceLedger, make_record: MakeRecord) -> None:
    """
    Numbers inside the details come back with the very digits that were sent.
    """
    details = {name: Decimal(name) for name in ("566.50", "1E-400", "-0.0", "12345678901234567890.123456789")}

    invoice_id = ledger.add("a", make_record(details=details))

    read = ledger.get("a", invoice_id) or {}
    assert [str(value) for value in read["details"].values()] == list(details)


def test_a_number_is_taken_once(ledger: InvoiceLedger, make_record: MakeRecord) -> None:
    """
    A second invoice with a number that is in use is refused, and the first one stays as it is.
    """
    ledger.add("a", make_record(invoiceNumber="7"))

    with pytest.raises(InvoiceNumberTaken, match=r"^The invoice number already exists\.$"):
        ledger.add("a", make_record(invoiceNumber="7", type="Bill"))

    assert [invoice["type"] for invoice in ledger.list("a", ListQuery()).invoices] == ["Invoice"]


def test_an_order_is_invoiced_once(ledger: InvoiceLedger, make_record: MakeRecord) -> None:
    """
    A second invoice for an order is refused, however its number is written.
    """
    ledger.add("a", make_record(), order_number="101")

    with pytest.raises(OrderAlreadyInvoiced, match=r"^The invoice exists for this order$"):
        ledger.add("a", make_record(), order_number="0101")

    assert ledger.list("a", ListQuery()).total == 1


def test_a_taken_number_is_said_first(ledger: InvoiceLedger, make_record: MakeRecord) -> None:
    """
    An invoice that is recorded again, as a caller does that got no answer, is refused for its number, not its order.
    """
    invoice = make_record()
    ledger.add("a", invoice, order_number="101")

    with pytest.raises(InvoiceNumberTaken):
        ledger.add("a", invoice, order_number="101")


def test_no_order_is_no_order(ledger: InvoiceLedger, make_record: MakeRecord) -> None:
    """
    Any number of invoices may be for no order.
    """
    for order_number in ["", "", ""]:
        ledger.add("a", make_record(), order_number=order_number)

    assert ledger.list("a", ListQuery()).total == 3


def test_stores_are_separate(ledger: InvoiceLedger, make_record: MakeRecord) -> None:
    """
    Two stores may use one number and one order, and neither gets at the other's invoices.
    """
    first = ledger.add("a", make_record(invoiceNumber="7"), order_number="1")
    second = ledger.add("b", make_record(invoiceNumber="7"), order_number="1")

    assert ledger.get("a", second) is None
    assert not ledger.delete("a", second)
    assert [invoice["id"] for invoice in ledger.list("a", ListQuery()).invoices] == [first]


def test_what_is_deleted_is_gone(ledger: InvoiceLedger, make_record: MakeRecord) -> None:
    """
    A deleted invoice is not there any more, and cannot be deleted again.
    """
    invoice_id = ledger.add("a", make_record())

    assert ledger.delete("a", invoice_id)
    assert not ledger.delete("a", invoice_id)
    assert ledger.get("a", invoice_id) is None


def test_ids_are_never_given_twice(ledger: InvoiceLedger, make_record: MakeRecord) -> None:
    """
    The id of a deleted invoice is not given to another, nor is one lost to a refusal.
    """
    ledger.add("a", make_record(invoiceNumber="1"))
    last = ledger.add("a", make_record(invoiceNumber="2"))
    ledger.delete("a", last)
    with pytest.raises(InvoiceNumberTaken):
        ledger.add("a", make_record(invoiceNumber="1"))

    assert ledger.add("a", make_record(invoiceNumber="2")) == last + 1


@pytest.mark.parametrize("invoice_id", [0, -1, 2**63 - 1, 2**63, 10**400, -(10**400)])
def test_ids_that_no_invoice_can_have(ledger: InvoiceLedger, make_record: MakeRecord, invoice_id: int) -> None:
    """
    An id of any size can be asked for.
    """
    ledger.add("a", make_record())

    assert ledger.get("a", invoice_id) is None
    assert not ledger.delete("a", invoice_id)


def test_times_and_money_of_any_size(ledger: InvoiceLedger, make_record: MakeRecord) -> None:
    """
    What is larger than a column can hold is still kept as it is.
    """
    huge = 10**300
    invoice = make_record(dueDate=huge, issuedAt=-huge, openBalance={"code": "USD", "value": huge})

    invoice_id = ledger.add("a", invoice)

    assert ledger.get("a", invoice_id) == {"id": invoice_id} | invoice


@pytest.mark.parametrize("text", ["0" * 100_000, "\0", "\0b", "a\0b", "\U0010ffff\ud7ff\x7f", "\\x00", "%s"])
def test_numbers_and_orders_of_any_text(ledger: InvoiceLedger, make_record: MakeRecord, text: str) -> None:
    """
    A number, an order and a name may be of any length and have any character in them, and are taken once.
    """
    invoice = make_record(invoiceNumber=text, customerId=text, externalId=text, details={text: text})

    invoice_id = ledger.add(text, invoice, order_number=text)

    assert ledger.get(text, invoice_id) == {"id": invoice_id} | invoice
    assert ledger.list(text, ListQuery(text=text, customer_id=text, external_ids=[text])).total == 1
    assert [entry.invoice for entry in ledger.snapshot().entries] == [invoice]
    with pytest.raises(InvoiceNumberTaken):
        ledger.add(text, invoice)
    with pytest.raises(OrderAlreadyInvoiced):
        ledger.add(text, make_record(), order_number=text)


def test_a_failure_is_rolled_back(ledger: InvoiceLedger, make_record: MakeRecord) -> None:
    """
    An invoice that cannot be recorded leaves nothing behind, and the next one is recorded.
    """
    broken = make_record() | {"status": None}

    with pytest.raises(
        (sqlite3.IntegrityError, psycopg.IntegrityError), match=r"invoice\.status$|\"status\" of relation"
    ):
        ledger.add("a", broken)

    assert ledger.add("a", make_record()) == 1


def test_every_field_of_the_contract_can_be_used(contract: Contract) -> None:
    """
    The ledger sorts by the fields that the contract names, and searches in them, no more and no fewer.
    """
    schemas = contract.document["components"]["schemas"]

    assert list(SORT_COLUMNS) == schemas["InvoiceSortField"]["enum"]
    assert list(SEARCH_COLUMNS) == schemas["InvoiceSearchField"]["enum"]


# ------------------------------------------------------------------------------------------------ kept, and shared


@pytest.fixture(name="place", params=["file", "postgresql"])
def _place(request: pytest.FixtureRequest, path: Path) -> str:
    """
    Where a ledger may be that stays: a file, and a database in PostgreSQL.
    """
    return str(path) if request.param == "file" else request.getfixturevalue("database")


def test_a_ledger_survives(place: str, make_record: MakeRecord) -> None:
    """
    A ledger holds its invoices when it is opened again, and gives no id that it gave before.
    """
    with closing(open_ledger(place)) as ledger:
        ledger.add("a", make_record(invoiceNumber="kept"))
        gone = ledger.add("a", make_record())
        ledger.delete("a", gone)

    with closing(open_ledger(place)) as reopened:
        assert [invoice["invoiceNumber"] for invoice in reopened.list("a", ListQuery()).invoices] == ["kept"]
        assert reopened.add("a", make_record()) == gone + 1


def test_what_is_added_is_there_for_all(place: str, make_record: MakeRecord) -> None:
    """
    An invoice is there for whoever else opens the ledger as soon as it is added, though the ledger be never closed.
    """
    with closing(open_ledger(place)) as ledger:
        invoice_id = ledger.add("a", make_record())

        with closing(open_ledger(place)) as another:
            assert (another.get("a", invoice_id) or {})["invoiceNumber"] == "INV-1"


def test_two_share_a_ledger(place: str, make_record: MakeRecord) -> None:
    """
    Numbers and orders are taken, and ids given, once for all who have the ledger open.
    """
    invoice, another = make_record(), make_record()
    with closing(open_ledger(place)) as one, closing(open_ledger(place)) as other:
        first = one.add("a", invoice, order_number="1")

        with pytest.raises(InvoiceNumberTaken):
            other.add("a", invoice)
        with pytest.raises(OrderAlreadyInvoiced):
            other.add("a", another, order_number="1")
        assert other.add("a", another) == first + 1
        assert other.delete("a", first)
        assert one.get("a", first) is None


def test_its_version_changes(place: str, make_record: MakeRecord) -> None:
    """
    Whatever changes, by this process or another one, the version tells that something did; a look changes nothing.
    """
    with closing(open_ledger(place)) as ledger, closing(open_ledger(place)) as another:
        versions = [ledger.version]
        changes: list[Callable[[], Any]] = [
            lambda: ledger.add("a", make_record()),
            lambda: another.add("a", make_record()),
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


def test_memory_is_not_shared(make_record: MakeRecord) -> None:
    """
    Every ledger in memory is one of its own.
    """
    first, second = open_ledger(), open_ledger()

    first.add("a", make_record())

    assert second.list("a", ListQuery()).total == 0
    first.close()
    second.close()


def test_an_empty_file_becomes_a_ledger(path: Path, make_record: MakeRecord) -> None:
    """
    An empty file, such as `mktemp` makes, can be used.
    """
    path.touch()

    ledger = open_ledger(path)

    assert ledger.add("a", make_record()) == 1
    ledger.close()


def assert_not_opened(path: Path, reason: str) -> None:
    """
    Fail unless opening *path* fails for this reason.
    """
    with pytest.raises(LedgerError, match=f"^{re.escape(reason)}$"):
        open_ledger(path)


def test_another_kind_of_file_is_refused(path: Path) -> None:
    """
    A file that is no database is refused, and stays as it is.
    """
    path.write_text("not a database, but long enough to be mistaken for one " * 20, encoding="utf-8")
    before = path.read_bytes()

    assert_not_opened(
        path,
        f"the ledger '{path}' cannot be opened: file is not a database; give a path to a new file, or to a ledger",
    )

    assert path.read_bytes() == before


def test_another_database_is_refused(path: Path) -> None:
    """
    A database of someone else is refused, and stays as it is.
    """
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE invoice (id INTEGER)")
    connection.close()
    before = path.read_bytes()

    assert_not_opened(path, f"'{path}' is a database, but not a ledger; give a path to a new file, or to a ledger")

    assert path.read_bytes() == before


def test_another_version_is_refused(path: Path) -> None:
    """
    A ledger of another version is refused with both of the versions, and stays as it is.
    """
    open_ledger(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()

    assert_not_opened(path, f"the ledger '{path}' is of version 99, this is 3; start with a new file")

    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["missing/ledger.sqlite3", "file/ledger.sqlite3", "."])
def test_a_place_for_no_file_is_refused(tmp_path: Path, name: str) -> None:
    """
    A path where no file can be is refused: below a folder that is not there, below a file, or a folder itself.
    """
    (tmp_path / "file").touch()
    path = tmp_path / name

    assert_not_opened(
        path,
        f"the ledger '{path}' cannot be opened: unable to open database file; "
        "give a path to a new file, or to a ledger",
    )


@pytest.fixture(name="read_only_folder")
def _read_only_folder() -> Iterator[Path]:
    """
    A folder with a ledger in it, where nothing can be written, not even by root, who is somebody else meanwhile.
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
def test_a_read_only_folder_is_refused(read_only_folder: Path, name: str, why: str) -> None:
    """
    Where nothing can be written, a ledger is neither opened nor made, and it is said at the start.
    """
    path = read_only_folder / name

    assert_not_opened(path, f"the ledger '{path}' cannot be opened: {why}; give a path to a new file, or to a ledger")


# ---------------------------------------------------------------- as a whole


def test_many_are_added_at_once(ledger: InvoiceLedger, make_record: MakeRecord) -> None:
    """
    Invoices that are added together get ids in their order.
    """
    invoices = [make_record(), make_record()]

    ids = ledger.add_all("a", [(invoice, "") for invoice in invoices])

    assert [ledger.get("a", invoice_id) for invoice_id in ids] == [
        {"id": invoice_id} | invoice for invoice_id, invoice in zip(ids, invoices, strict=True)
    ]


def test_many_are_added_or_none(ledger: InvoiceLedger, make_record: MakeRecord) -> None:
    """
    When one of many cannot be recorded, none is.
    """
    before = ledger.snapshot()

    with pytest.raises(OrderAlreadyInvoiced):
        ledger.add_all("a", [(make_record(), "101"), (make_record(), ""), (make_record(), "101")])

    assert ledger.snapshot() == before


def test_it_is_erased(ledger: InvoiceLedger, make_record: MakeRecord) -> None:
    """
    An erased ledger is as a new one: nothing on record, and ids begin at 1.
    """
    ledger.add("a", make_record())
    ledger.add("b", make_record())

    ledger.erase()

    assert ledger.snapshot() == Snapshot(last_id=0, entries=[])
    assert ledger.add("a", make_record()) == 1


def test_a_snapshot_is_restored(ledger: InvoiceLedger, make_record: MakeRecord) -> None:
    """
    A ledger goes back to what it held, orders and the next id included, whatever happened since.
    """
    kept = ledger.add("a", make_record(details={"a": Decimal("1.10")}), order_number="0101")
    ledger.delete("b", ledger.add("b", make_record()))
    snapshot = ledger.snapshot()
    ledger.delete("a", kept)
    ledger.add("a", make_record(), order_number="101")

    ledger.restore(snapshot)

    assert ledger.snapshot() == snapshot
    with pytest.raises(OrderAlreadyInvoiced):
        ledger.add("a", make_record(), order_number="101")
    assert ledger.add("a", make_record()) == 3


def test_ids_that_are_far_apart(ledger: InvoiceLedger, make_record: MakeRecord) -> None:
    """
    A company's invoices are found however far apart their ids are.
    """
    ids = [1, 5000, 2**52, 2**53 - 1]
    entries = [Entry(id=number, store_hash="a", order_key=None, invoice=make_record(customerId="7")) for number in ids]
    ledger.restore(Snapshot(last_id=ids[-1], entries=entries))

    page = ledger.list("a", ListQuery(customer_id="7", sort_by="isPendingPayment", direction="ASC"))

    assert [invoice["id"] for invoice in page.invoices] == ids


def test_an_impossible_snapshot(ledger: InvoiceLedger, make_record: MakeRecord) -> None:
    """
    A snapshot in which something comes twice is refused, and the ledger holds what it held.
    """
    ledger.add("a", make_record())
    before = ledger.snapshot()
    twice = Snapshot(last_id=1, entries=before.entries * 2)

    with pytest.raises(ValueError, match=r"^invoice 1 has an id, a number or an order that came before$"):
        ledger.restore(twice)

    assert ledger.snapshot() == before


def test_no_place_at_all() -> None:
    """
    An empty name is refused, since SQLite takes it for a file that each who opens it has alone.
    """
    with pytest.raises(
        LedgerError, match=r"^a ledger is a file, postgresql://\.\.\. or :memory:, and none of them is empty; name one$"
    ):
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
def test_a_database_that_is_named_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """
    What was meant for a database is not taken for a file, and is not repeated, since a password may be in it.
    """
    monkeypatch.chdir(tmp_path)

    with pytest.raises(LedgerError) as caught:
        open_ledger(place)

    assert str(caught.value) == (
        "a database is named by a URL that begins with postgresql://, and this one does not; "
        "write postgresql://user@host/database"
    )
    assert list(tmp_path.iterdir()) == []
