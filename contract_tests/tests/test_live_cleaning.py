"""
Nothing left behind: the journal, and the cleaning up after runs that died.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

import httpx
import pytest

from contract_tests.live.cleaning import Cleaned, clean
from contract_tests.live.journal import Journal, Journaling, Run, id_of
from contract_tests.live.run import LiveOptions, run_live
from contract_tests.targets import CannotRun

from .standin import STORE, StandIn

NAME = "K3V9QD2M"
OTHER_RUN = "CTL-ZZZZZZZZ-a"


class Dead(BaseException):
    """The process is dead: no code of the run is carried out to any effect any more."""


@pytest.fixture(name="store")
def _store() -> Iterator[StandIn]:
    with StandIn() as store:
        store.create_other(OTHER_RUN, "102")
        store.create_other(f"x{NAME}", "102")
        yield store


def _run_and_die(store: StandIn, path: Path, name: str, at: int, *, after: bool) -> None:
    """
    Run, and die at request number *at*: before the store gets it, or after it is carried out.
    """
    begun, died = len(store.requests), []

    def trouble(request: httpx.Request, number: int) -> None:
        if number - begun == at and after:
            store.answer(request)
        if number - begun >= at:
            died.append(store.time())
            raise Dead

    store.trouble = trouble
    with Journal.open(path) as journal, suppress(Dead):
        run = Run.on(store.target, name, store.time())
        run_live(
            store.target, run, journal, LiveOptions(observations=None), around=store.around, progress=lambda _: None
        )
    store.trouble = lambda _, __: None
    store.time.now = died[0]


def _clean_up(store: StandIn, path: Path) -> list[Cleaned]:
    with Journal.open(path) as journal:
        return [clean(store.target, run, journal, store.around, share=1) for run in journal.unfinished()]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after it is carried out"])
@pytest.mark.parametrize("at", [2, 3, 4, 7, 9, 13, 22, 24, 43, 46, 47])
def test_died_at_a_request(store: StandIn, tmp_path: Path, at: int, after: bool) -> None:  # noqa: FBT001 - pytest names it
    """
    Whichever request a run dies at, cleaning up leaves nothing of it, and all of the others.
    """
    before, journal = store.numbers(), tmp_path / "journal.sqlite3"
    _run_and_die(store, journal, NAME, at, after=after)

    (cleaned,) = _clean_up(store, journal)

    assert cleaned.is_clean
    assert store.numbers() == before
    assert _clean_up(store, journal) == []


def test_written_down_before_it_is_sent(store: StandIn, tmp_path: Path) -> None:
    """
    At the moment that the store gets a create, the journal on disk already has it.
    """
    path, seen = tmp_path / "journal.sqlite3", []

    def look(request: httpx.Request, _: int) -> None:
        if request.method == "POST":
            with Journal.open(path) as other:
                seen.append(other.last_unanswered(run) is not None)

    store.trouble = look
    run = Run.on(store.target, NAME, store.time())
    with Journal.open(path) as journal:
        run_live(
            store.target, run, journal, LiveOptions(observations=None), around=store.around, progress=lambda _: None
        )

    assert len(seen) > 15
    assert all(seen)


def test_create_that_arrives_late(store: StandIn, tmp_path: Path) -> None:
    """
    A create that nobody answered is waited for before the store is said to be clean.
    """
    path = tmp_path / "journal.sqlite3"
    before = store.numbers()
    _run_and_die(store, path, NAME, 2, after=False)
    late = next(request for request in reversed(store.requests) if request.method == "POST")
    died = store.time()

    def arrive(_: httpx.Request, __: int) -> None:
        if store.time() > died + 20 and late in store.requests:
            store.requests.remove(late)
            store.answer(late)

    store.trouble = arrive
    (cleaned,) = _clean_up(store, path)

    assert (cleaned.is_clean, cleaned.deleted) == (True, 1)
    assert store.numbers() == before


def test_flaky_cleaning(store: StandIn, tmp_path: Path) -> None:
    """
    Deletes and looks that fail are made again; when they fail for good, it says that nobody can be sure.
    """
    path = tmp_path / "journal.sqlite3"
    before = store.numbers()
    _run_and_die(store, path, NAME, 30, after=True)
    store.trouble = lambda request, number: httpx.ReadTimeout("late", request=request) if number % 3 else None
    (cleaned,) = _clean_up(store, path)
    assert cleaned.is_clean
    assert store.numbers() == before

    _run_and_die(store, path, "SECND222", 30, after=True)
    store.trouble = lambda _, __: httpx.Response(503)
    (failed,) = _clean_up(store, path)

    assert not failed.is_clean
    assert re.fullmatch(r"GET /invoices/\d+ failed 4 times: the answer was 503", failed.problem)
    store.trouble = lambda _, __: None
    (again,) = _clean_up(store, path)
    assert again.is_clean
    assert store.numbers() == before


def test_run_without_a_journal(store: StandIn, tmp_path: Path) -> None:
    """
    Where the journal is lost, too, a run that is named is found by its mark, in the store alone.
    """
    before = store.numbers()
    _run_and_die(store, tmp_path / "lost.sqlite3", NAME, 12, after=True)

    with Journal.open(tmp_path / "new.sqlite3") as journal:
        own = Run.on(store.target, NAME, store.time())
        journal.begin(own)
        cleaned = clean(store.target, own, journal, store.around, share=1)

    assert (cleaned.is_clean, store.numbers()) == (True, before)


def test_id_that_was_given_anew(store: StandIn, tmp_path: Path) -> None:
    """
    An id that the journal knows, and that is somebody else's invoice by now, stays, and that is said.
    """
    path = tmp_path / "journal.sqlite3"
    _run_and_die(store, path, NAME, 12, after=True)
    other = store.create_other("INV-900", "102")
    with Journal.open(path) as journal:
        journal.confirm(Run.on(store.target, NAME, store.time()), other)

    (cleaned,) = _clean_up(store, path)

    assert cleaned.problem == f"invoice {other} was said to be created, but does not bear the run's mark"
    assert "INV-900" in store.numbers()


@pytest.mark.parametrize(
    ("value", "read"), [(12, 12), ("12", 12), (0, None), (-1, None), (True, None), (2**70, None), (None, None)]
)
def test_ids(value: object, read: int | None) -> None:
    """
    An id is a number above zero, or a text that is one; nothing else is asked for or deleted.
    """
    assert id_of({"id": value}) == id_of({"invoiceId": value}) == read


def test_answer_that_cannot_be_read(tmp_path: Path) -> None:
    """
    A create whose answer is in no UTF-8 stays open in the journal, as one without an answer, and ends nothing.
    """
    run = Run(NAME, "https://store.test", "digest", 0.0)
    unreadable = httpx.MockTransport(lambda _: httpx.Response(200, content=b'{"data": {"id": 1, "memo": "\xe9"}}'))
    with Journal.open(tmp_path / "journal.sqlite3") as journal:
        journal.begin(run)

        with httpx.Client(transport=Journaling(unreadable, journal, run, lambda: 1.0)) as client:
            client.post("https://store.test/invoices")

        assert journal.last_unanswered(run) == 1.0


def test_two_runs_at_once(store: StandIn, tmp_path: Path) -> None:
    """
    Cleaning up after one run leaves the invoices of another alone.
    """
    _run_and_die(store, tmp_path / "one.sqlite3", NAME, 12, after=True)
    _run_and_die(store, tmp_path / "other.sqlite3", "SECND222", 12, after=True)

    _clean_up(store, tmp_path / "one.sqlite3")

    marks = {re.sub("-.*", "", number.removeprefix("CTL-")) for number in store.numbers() if number.startswith("CTL-")}
    assert marks == {"SECND222", "ZZZZZZZZ"}


def test_journal_holds_no_secret(store: StandIn, tmp_path: Path) -> None:
    """
    Neither the access token nor the store's hash is in the journal.
    """
    path = tmp_path / "journal.sqlite3"
    _run_and_die(store, path, NAME, 20, after=True)

    written = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert NAME.encode() in written
    assert STORE.access_token.encode() not in written
    assert STORE.store_hash.encode() not in written


def test_journal_that_cannot_be_used(tmp_path: Path) -> None:
    """
    A file that is no journal is named, with what to do.
    """
    (tmp_path / "notes.txt").write_text("not a database, but long enough to be taken for one" * 20, encoding="utf-8")

    with pytest.raises(CannotRun) as cannot, Journal.open(tmp_path / "notes.txt"):
        pass

    assert str(cannot.value) == (
        f"the journal {tmp_path / 'notes.txt'} cannot be used: file is not a database; name another file with --journal"
    )


def test_killed() -> None:
    """
    Ten runs over TLS, killed with kill -9 at random moments and cleaned up after, leave nothing and touch nobody's.
    """
    seed = Random(20261122).randrange(1000)  # noqa: S311 - nothing is secret
    command = [sys.executable, "-m", "contract_tests.tests.sandbox", "10", str(seed)]

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)  # noqa: S603 - ours

    assert done.returncode == 0, done.stderr
    result = done.stdout.splitlines()[-1]
    assert re.fullmatch(r"Killed\(kills=\d+, ended=\d+, found=\d+, left=0, others_untouched=True\)", result), result
    kills, found = (int(number) for number in re.findall(r"(?:kills|found)=(\d+)", result))
    assert kills == 10
    assert found > 5
