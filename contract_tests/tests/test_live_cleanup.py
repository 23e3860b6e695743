"""
Cleanup and journal: runs that were killed leave nothing in the store.
"""

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from b2b_invoices_contract.live.cleanup import Cleaned, clean, most_requests
from b2b_invoices_contract.live.cleanup_command import clean_all
from b2b_invoices_contract.live.journal import Journal, JournalTransport, Run, digest, id_of
from b2b_invoices_contract.live.lock import Held, held
from b2b_invoices_contract.live.names import LENGTH, LETTERS, lost_nightly_runs, nightly_name
from b2b_invoices_contract.live.probes import Probe
from b2b_invoices_contract.live.run import LiveOptions, Outcome, run_live
from b2b_invoices_contract.live.runner import Progress
from b2b_invoices_contract.live.summary import as_line
from b2b_invoices_contract.targets import CannotRun
from contract_tests.tests.standin import NOW, STORE, StandIn

NAME = "K3V9QD2M"
OTHER_RUN = "CTL-ZZZZZZZZ-a"


class Killed(BaseException):
    """The process of the run was killed."""


@pytest.fixture(name="store")
def _store() -> Iterator[StandIn]:
    with StandIn() as store:
        store.create_other(OTHER_RUN, "102")
        store.create_other(f"x{NAME}", "102")
        yield store


def _run(store: StandIn, path: Path, name: str = NAME, progress: Progress = lambda _: None) -> Outcome:
    with Journal.open(path) as journal:
        run = Run.on(store.target, name, store.time())
        options = LiveOptions(observations=None)
        return run_live(store.target, run, journal, options, around=store.around, progress=progress)


def _killed_run(store: StandIn, path: Path, at: int, *, after: bool, name: str = NAME) -> None:
    """
    Run, and kill the run at request number *at*: before the store receives it, or *after* the store executes it.
    """
    begun, killed = len(store.requests), []

    def trouble(request: httpx.Request, number: int) -> None:
        if number - begun == at and after:
            store.answer(request)
        if number - begun >= at:
            killed.append(store.time())
            raise Killed

    store.trouble = trouble
    with suppress(Killed):
        _run(store, path, name)
    store.trouble = lambda _, __: None
    store.time.now = killed[0]


def _clean_up(store: StandIn, path: Path) -> list[Cleaned]:
    with Journal.open(path) as journal:
        return [clean(store.target, run, journal, store.around, share=1) for run in journal.unfinished()]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after it is executed"])
@pytest.mark.parametrize("at", [2, 3, 4, 7, 9, 13, 22, 24, 43, 46, 47])
def test_killed_at_a_request(store: StandIn, tmp_path: Path, at: int, *, after: bool) -> None:
    """
    After a run that was killed at any request, cleanup deletes all of its invoices and no others.
    """
    before, journal = store.numbers(), tmp_path / "journal.sqlite3"
    _killed_run(store, journal, at, after=after)

    (cleaned,) = _clean_up(store, journal)

    assert cleaned.is_clean
    assert store.numbers() == before
    assert _clean_up(store, journal) == []


def test_journal_is_written_ahead(store: StandIn, tmp_path: Path) -> None:
    """
    When the store receives a create, the journal on disk already has it.
    """
    path, seen = tmp_path / "journal.sqlite3", []

    def look(request: httpx.Request, _: int) -> None:
        if request.method == "POST":
            with Journal.open(path) as other:
                seen.append(bool(other.unanswered(run)))

    store.trouble = look
    run = Run.on(store.target, NAME, store.time())
    _run(store, path)

    assert len(seen) > 15
    assert all(seen)


def _lag(store: StandIn, seconds: float) -> None:
    """
    Let *store* list created and deleted invoices so many seconds late.
    """
    born, died, known = dict[int, float](), dict[int, float](), dict[int, Any]()

    def change(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        body = response.json()
        found = body.get("data")
        if request.method == "POST" and isinstance(found, dict) and "id" in found:
            born[found["id"]] = store.time()
        if request.method == "DELETE" and response.is_success:
            died[int(request.url.path.rpartition("/")[2])] = store.time()
        if not isinstance(found, list) or b"limit=250" not in request.url.query:
            return response
        known.update({invoice["id"]: invoice for invoice in found})
        there = [invoice for invoice in found if store.time() - born.get(invoice["id"], 0) >= seconds]
        gone = [known[key] for key, at in died.items() if key in known and store.time() - at < seconds]
        body["data"] = [*there, *gone]
        return httpx.Response(response.status_code, json=body)

    store.change = change


@pytest.mark.parametrize("seconds", [5, 25])
def test_list_that_lags(store: StandIn, tmp_path: Path, seconds: float) -> None:
    """
    A list that shows creates and deletes late hides no invoice from the cleanup.
    """
    before = store.numbers()
    _lag(store, seconds)
    lost: list[httpx.Request] = []

    def lose(request: httpx.Request, _: int) -> httpx.ReadTimeout | None:
        if request.method != "POST" or b"-whole" not in request.content or lost:
            return None
        lost.append(request)
        return httpx.ReadTimeout("late", request=request)

    store.trouble = lose
    outcome = _run(store, tmp_path / "journal.sqlite3")
    store.change = lambda _, response: response

    assert outcome.cleaned is not None
    assert (outcome.cleaned.left, outcome.cleaned.problem) == ((), "")
    assert store.numbers() == before


@pytest.mark.parametrize(("seconds", "broken", "requests"), [(0, 0, 47), (10, 0, 49), (300, 1, 50)])
def test_list_that_lags_during_a_run(
    store: StandIn, tmp_path: Path, seconds: float, broken: int, requests: int
) -> None:
    """
    A list that lags is requested a few times more before it breaks a promise, within the budget of the run.
    """
    _lag(store, seconds)

    outcome = _run(store, tmp_path / "journal.sqlite3")

    assert (len(outcome.results.broken), outcome.results.requests) == (broken, requests)


def test_list_that_never_forgets(store: StandIn, tmp_path: Path) -> None:
    """
    If the list still shows a deleted invoice, cleanup reports that it may be left.
    """
    path, before = tmp_path / "journal.sqlite3", store.numbers()
    _killed_run(store, path, 4, after=True)
    _lag(store, 10_000)
    store.time.now += 20_000

    (cleaned,) = _clean_up(store, path)

    assert (cleaned.is_clean, cleaned.deleted, store.numbers()) == (False, 2, before)
    assert re.fullmatch(r"the list still shows invoice \d+, although the API reports it as deleted", cleaned.problem)


def test_delete_that_does_nothing(store: StandIn, tmp_path: Path) -> None:
    """
    A successful response to a delete is verified with the list.
    """
    path, before = tmp_path / "journal.sqlite3", store.numbers()
    _killed_run(store, path, 4, after=True)
    done = {"code": 200, "data": None, "meta": {"message": "SUCCESS"}}
    store.trouble = lambda request, _: httpx.Response(200, json=done) if request.method == "DELETE" else None

    (cleaned,) = _clean_up(store, path)

    assert cleaned.left == tuple(_left(store, before))
    assert (
        as_line(cleaned) == f"run {NAME}: 0 deleted, 2 invoices left; the list still shows them; run the command again"
    )


def test_read_that_lags(store: StandIn, tmp_path: Path) -> None:
    """
    An invoice in the list is deleted although a read does not find it.
    """
    path, before = tmp_path / "journal.sqlite3", store.numbers()
    _killed_run(store, path, 4, after=True)
    error = {"code": 404, "data": {"errMsg": "Invoice does not exist"}, "meta": {"message": "x"}}
    store.trouble = lambda request, _: (
        httpx.Response(404, json=error) if request.method == "GET" and "/invoices/" in request.url.path else None
    )

    (cleaned,) = _clean_up(store, path)

    assert (cleaned.is_clean, cleaned.deleted, store.numbers()) == (True, 2, before)


def _find_nothing(_: httpx.Request, response: httpx.Response) -> httpx.Response:
    body = response.json()
    if isinstance(body["data"], list):
        body["data"], body["meta"]["pagination"]["totalCount"] = [], 0
    return httpx.Response(response.status_code, json=body)


def test_list_that_finds_nothing(store: StandIn, tmp_path: Path) -> None:
    """
    An empty list does not prove that a create without a response left nothing; known invoices are deleted.
    """
    path, before = tmp_path / "journal.sqlite3", store.numbers()
    _killed_run(store, path, 4, after=True)
    store.change = _find_nothing

    (cleaned,) = _clean_up(store, path)

    assert cleaned.deleted == 1
    assert re.fullmatch(
        r"the list did not show invoice \d+, which existed, so it may also lack an invoice of a create without a "
        "response",
        cleaned.problem,
    )
    store.change = lambda _, response: response
    assert [number for number in store.numbers() if number not in before] == [f"CTL-{NAME}-whole"]
    (again,) = _clean_up(store, path)
    assert (again.is_clean, store.numbers()) == (True, before)


def test_search_that_finds_nothing(store: StandIn, tmp_path: Path) -> None:
    """
    If the search finds nothing, the invoice of a create without a response is found among the newest invoices.
    """
    path, before = tmp_path / "journal.sqlite3", store.numbers()
    _killed_run(store, path, 2, after=True)
    store.change = lambda request, response: _find_nothing(request, response) if "q=" in str(request.url) else response

    (cleaned,) = _clean_up(store, path)

    assert (cleaned.is_clean, cleaned.deleted) == (True, 1)
    assert store.numbers() == before


@pytest.mark.parametrize("seconds", [20, 40, 55])
def test_create_that_is_executed_late(store: StandIn, tmp_path: Path, seconds: float) -> None:
    """
    Cleanup waits for a create without a response, and looks for its invoice more than once.
    """
    path, before = tmp_path / "journal.sqlite3", store.numbers()
    _killed_run(store, path, 2, after=False)
    late = [request for request in store.requests if request.method == "POST"]
    killed = store.time()

    def arrive(_: httpx.Request, __: int) -> None:
        if store.time() > killed + seconds and late:
            store.answer(late.pop())

    store.trouble = arrive
    (cleaned,) = _clean_up(store, path)

    assert (cleaned.is_clean, cleaned.deleted, cleaned.untraced) == (True, 1, 0)
    assert store.numbers() == before


def test_create_without_a_trace(store: StandIn, tmp_path: Path) -> None:
    """
    Cleanup reports a create without a response of which it found no invoice.
    """
    path = tmp_path / "journal.sqlite3"
    _killed_run(store, path, 2, after=False)

    (cleaned,) = _clean_up(store, path)

    assert (cleaned.is_clean, cleaned.untraced) == (True, 1)
    assert as_line(cleaned) == (
        f"run {NAME}: 0 deleted, 0 invoices left (1 creates without a response, no invoice found)"
    )


def test_delete_that_is_rejected(store: StandIn, tmp_path: Path) -> None:
    """
    An invoice that cannot be deleted is reported; the others are deleted.
    """
    path, before = tmp_path / "journal.sqlite3", store.numbers()
    _killed_run(store, path, 13, after=True)
    kept = min(_left(store, before))
    error = {"code": 400, "data": {"errMsg": "It has a payment."}, "meta": {"message": "x"}}
    store.trouble = lambda request, _: (
        httpx.Response(400, json=error) if request.method == "DELETE" and str(kept) in request.url.path else None
    )

    (cleaned,) = _clean_up(store, path)

    assert (cleaned.left, cleaned.problem) == ((kept,), f"the response to the delete of invoice {kept} was 400")
    assert _left(store, before) == [kept]


def _left(store: StandIn, before: list[str]) -> list[int]:
    listed = store._ask("GET", "/invoices?limit=250").json()["data"]
    return [invoice["id"] for invoice in listed if invoice["invoiceNumber"] not in before]


def _endless(_: httpx.Request, response: httpx.Response) -> httpx.Response:
    body = response.json()
    if isinstance(body.get("data"), list):
        body["data"], body["meta"]["pagination"]["totalCount"] = [{"id": 1, "invoiceNumber": "INV-1"}], 10**6
    return httpx.Response(response.status_code, json=body)


def test_budget_of_cleanup(store: StandIn, tmp_path: Path) -> None:
    """
    Cleanup has a budget of its own and reports when it is used up; the next cleanup continues.
    """
    path, before = tmp_path / "journal.sqlite3", store.numbers()
    _killed_run(store, path, 13, after=True)
    begun = len(store.requests)
    store.trouble = lambda _, number: httpx.Response(503) if number % 4 else None
    store.change = _endless

    (cleaned,) = _clean_up(store, path)

    assert len(store.requests) - begun == most_requests(10) == 100
    assert cleaned.problem == "the run was stopped before it sent more than 100 requests"
    store.trouble, store.change = lambda _, __: None, lambda _, response: response
    (again,) = _clean_up(store, path)
    assert (again.is_clean, store.numbers()) == (True, before)


def test_cleanup_during_a_run(store: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Cleanup skips a run that is still running.
    """
    path, before = tmp_path / "journal.sqlite3", store.numbers()
    statuses: list[int] = []

    def progress(probe: Probe) -> None:
        if probe.name == "list own":
            with Journal.open(path) as other:
                statuses.append(clean_all(store.target, other.unfinished(), other, store.around, share=1))

    outcome = _run(store, path, progress=progress)
    with Journal.open(path) as journal:
        statuses.append(clean_all(store.target, journal.unfinished(), journal, store.around, share=1))

    assert statuses == [2, 0]
    assert (outcome.exit_status, outcome.results.broken) == (0, [])
    assert store.numbers() == before
    assert capsys.readouterr().out.splitlines() == [
        f"run {NAME}: 0 deleted, invoices may be left; run {NAME} is running, or being cleaned up, in another process, "
        "so it was skipped; run the command again",
        "nothing to clean up: all known runs are finished",
    ]
    assert [file.name for file in tmp_path.glob("*.lock")] == []


def test_lock_of_a_killed_process(tmp_path: Path) -> None:
    """
    A lock ends with its process, even when that is killed, and leaves no file.
    """
    path = tmp_path / "run.lock"
    code = "import pathlib, time; from b2b_invoices_contract.live.lock import held\n"
    code += f"with held(pathlib.Path({str(path)!r}), 'it'): print('held', flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as other:  # noqa: S603 - ours
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with (
            pytest.raises(Held, match=r"^run K is running, or being cleaned up, in another process$"),
            held(path, "run K"),
        ):
            pass
        other.kill()

    with held(path, "run K"), pytest.raises(Held), held(path, "run K"):
        pass

    assert not path.exists()


def test_flaky_cleanup(store: StandIn, tmp_path: Path) -> None:
    """
    Cleanup retries failed requests, and reports when they keep failing.
    """
    path = tmp_path / "journal.sqlite3"
    before = store.numbers()
    _killed_run(store, path, 30, after=True)
    store.trouble = lambda request, number: httpx.ReadTimeout("late", request=request) if number % 3 else None
    (cleaned,) = _clean_up(store, path)
    assert cleaned.is_clean
    assert store.numbers() == before

    _killed_run(store, path, 30, after=True, name="SECND222")
    store.trouble = lambda _, __: httpx.Response(503)
    (failed,) = _clean_up(store, path)

    assert not failed.is_clean
    assert re.fullmatch(r"GET /invoices/\d+ failed 4 times: the response was 503", failed.problem)
    store.trouble = lambda _, __: None
    (again,) = _clean_up(store, path)
    assert again.is_clean
    assert store.numbers() == before


def test_lost_nightly_run(store: StandIn, tmp_path: Path) -> None:
    """
    A killed nightly run without a journal is found by its name, but not in the first hour, and not if it is kept.
    """
    before = store.numbers()
    store_digest = digest(STORE.store_hash)
    name = nightly_name(store_digest, store.time())
    _killed_run(store, tmp_path / "lost.sqlite3", 12, after=True, name=name)
    kept = nightly_name(store_digest, store.time() + 60)
    store.create_other(f"CTL-{kept}-a", "102")

    with Journal.open(tmp_path / "new.sqlite3") as journal:
        journal.begin(Run.on(store.target, kept, store.time()))
        journal.finish(Run.on(store.target, kept, store.time()), store.time(), kept=True)
        assert list(lost_nightly_runs(store.target, journal, store.around, share=1)) == []
        store.time.now += 24 * 3600
        (found,) = lost_nightly_runs(store.target, journal, store.around, share=1)
        journal.begin(found)
        cleaned = clean(store.target, found, journal, store.around, share=1)

    assert (found.name, cleaned.is_clean, cleaned.deleted) == (name, True, 5)
    assert store.numbers() == sorted([*before, f"CTL-{kept}-a"])


def test_lost_nightly_run_of_a_store_that_is_down(store: StandIn) -> None:
    """
    If the store does not list its invoices, the search for nightly runs fails.
    """
    store.trouble = lambda _, __: httpx.Response(503)

    with Journal.open(Path(":memory:")) as journal, pytest.raises(CannotRun) as cannot:
        list(lost_nightly_runs(store.target, journal, store.around, share=1))

    assert str(cannot.value) == (
        "cannot find nightly runs: GET /invoices failed 4 times: the response was 503; run the command again"
    )


def test_nightly_names() -> None:
    """
    The name of a nightly run follows from the store and the minute, and is unique.
    """
    names = [nightly_name(store, NOW + 60 * minute) for store in ("d24f65a6f145", "f" * 12) for minute in range(2000)]

    assert names[0] == "KKFKCEYT"
    assert len(set(names)) == 4000
    assert all(len(name) == LENGTH and set(name) <= set(LETTERS) for name in names)


def test_foreign_id_in_the_journal(store: StandIn, tmp_path: Path) -> None:
    """
    An invoice in the journal that does not have the mark is not deleted, and is reported.
    """
    path = tmp_path / "journal.sqlite3"
    _killed_run(store, path, 12, after=True)
    other = store.create_other("INV-900", "102")
    with Journal.open(path) as journal:
        journal.confirm(Run.on(store.target, NAME, store.time()), other)

    (cleaned,) = _clean_up(store, path)

    assert cleaned.problem == f"invoice {other} is in the journal, but does not have the mark of the run"
    assert "INV-900" in store.numbers()


@pytest.mark.parametrize(
    ("value", "read"), [(12, 12), ("12", 12), (0, None), (-1, None), (True, None), (2**70, None), (None, None)]
)
def test_ids(value: object, read: int | None) -> None:
    """
    An id is a positive integer, as a number or text; other values are never requested or deleted.
    """
    assert id_of({"id": value}) == id_of({"invoiceId": value}) == read


def test_unreadable_response(tmp_path: Path) -> None:
    """
    A create with a response in invalid UTF-8 is journalled like one without a response.
    """
    run = Run(NAME, "https://store.test", "digest", 0.0)
    unreadable = httpx.MockTransport(lambda _: httpx.Response(200, content=b'{"data": {"id": 1, "memo": "\xe9"}}'))
    with Journal.open(tmp_path / "journal.sqlite3") as journal:
        journal.begin(run)

        with httpx.Client(transport=JournalTransport(unreadable, journal, run, lambda: 1.0)) as client:
            client.post("https://store.test/invoices")

        assert journal.unanswered(run) == [1.0]


def test_journal_without_secrets(store: StandIn, tmp_path: Path) -> None:
    """
    The journal has neither the access token nor the store hash.
    """
    path = tmp_path / "journal.sqlite3"
    _killed_run(store, path, 20, after=True)

    written = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert NAME.encode() in written
    assert STORE.access_token.encode() not in written
    assert STORE.store_hash.encode() not in written


def test_another_database(tmp_path: Path) -> None:
    """
    A database that is not a journal is rejected and not changed.
    """
    path = tmp_path / "invoices.sqlite3"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE invoices (id INTEGER)")
        other.commit()
    content = path.read_bytes()

    with pytest.raises(CannotRun, match=r"another database; pass another file with --journal$"), Journal.open(path):
        pass

    assert path.read_bytes() == content


def test_another_file(tmp_path: Path) -> None:
    """
    A file that is not a database is rejected.
    """
    path = tmp_path / "notes.txt"
    path.write_text("longer than the header of a database" * 20, encoding="utf-8")

    with pytest.raises(CannotRun) as cannot, Journal.open(path):
        pass

    assert str(cannot.value) == (
        f"cannot use the journal {path}: file is not a database; pass another file with --journal"
    )


def test_killed() -> None:
    """
    Ten runs over TLS, killed with kill -9 at random times, leave nothing after cleanup and change no other invoice.
    """
    seed = Random(20261122).randrange(1000)  # noqa: S311 - nothing is secret
    command = [sys.executable, "-m", "contract_tests.tests.sandbox", "10", str(seed)]

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)  # noqa: S603 - ours

    assert done.returncode == 0, done.stderr
    result = done.stdout.splitlines()[-1]
    assert re.fullmatch(r"KilledRuns\(kills=\d+, ended=\d+, found=\d+, left=0, others_untouched=True\)", result), result
    kills, found = (int(number) for number in re.findall(r"(?:kills|found)=(\d+)", result))
    assert kills == 10
    assert found > 5
