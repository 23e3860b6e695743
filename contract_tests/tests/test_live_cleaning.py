"""
Nothing left behind: the journal, and the cleaning up after runs that died.
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

from b2b_invoices_contract.live.cleaning import Cleaned, clean, most_requests
from b2b_invoices_contract.live.cleanup import clean_all
from b2b_invoices_contract.live.discovery import lost_runs
from b2b_invoices_contract.live.journal import Journal, Run, digest, id_of
from b2b_invoices_contract.live.journaling import Journaling
from b2b_invoices_contract.live.lock import Held, held
from b2b_invoices_contract.live.names import LENGTH, LETTERS, nightly_name, nightly_names
from b2b_invoices_contract.live.probes import Probe
from b2b_invoices_contract.live.run import LiveOptions, run_live
from b2b_invoices_contract.live.summary import as_line
from b2b_invoices_contract.targets import CannotRun
from contract_tests.tests.standin import NOW, STORE, StandIn

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


def _lag(store: StandIn, seconds: float) -> None:
    """
    Have *store* list what is created and deleted so many seconds late.
    """
    born, died, known = dict[int, float](), dict[int, float](), dict[int, Any]()

    def change(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        answer = response.json()
        found = answer.get("data")
        if request.method == "POST" and isinstance(found, dict) and "id" in found:
            born[found["id"]] = store.time()
        if request.method == "DELETE" and response.is_success:
            died[int(request.url.path.rpartition("/")[2])] = store.time()
        if not isinstance(found, list) or b"limit=250" not in request.url.query:
            return response
        known.update({invoice["id"]: invoice for invoice in found})
        there = [invoice for invoice in found if store.time() - born.get(invoice["id"], 0) >= seconds]
        gone = [known[key] for key, at in died.items() if key in known and store.time() - at < seconds]
        answer["data"] = [*there, *gone]
        return httpx.Response(response.status_code, json=answer)

    store.change = change


@pytest.mark.parametrize("seconds", [5, 25])
def test_list_that_lags(store: StandIn, tmp_path: Path, seconds: float) -> None:
    """
    A list that shows what is created and deleted only after a while keeps no invoice from being found, or told gone.
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
    with Journal.open(tmp_path / "journal.sqlite3") as journal:
        run = Run.on(store.target, NAME, store.time())
        outcome = run_live(
            store.target, run, journal, LiveOptions(observations=None), around=store.around, progress=lambda _: None
        )
    store.change = lambda _, response: response

    assert outcome.cleaned is not None
    assert (outcome.cleaned.left, outcome.cleaned.problem) == ((), "")
    assert store.numbers() == before


@pytest.mark.parametrize(("seconds", "broken", "requests"), [(0, 0, 47), (10, 0, 49), (300, 1, 50)])
def test_list_that_lags_during_a_run(
    store: StandIn, tmp_path: Path, seconds: float, broken: int, requests: int
) -> None:
    """
    A list that lags behind is looked at a few times more before it breaks a promise, within the budget of the run.
    """
    _lag(store, seconds)

    with Journal.open(tmp_path / "journal.sqlite3") as journal:
        run = Run.on(store.target, NAME, store.time())
        outcome = run_live(
            store.target, run, journal, LiveOptions(observations=None), around=store.around, progress=lambda _: None
        )

    assert (len(outcome.results.broken), outcome.results.requests) == (broken, requests)


def test_list_that_never_forgets(store: StandIn, tmp_path: Path) -> None:
    """
    An invoice that is deleted, but listed all the same, is no proof that nothing is left, and that is said.
    """
    path, before = tmp_path / "journal.sqlite3", store.numbers()
    _run_and_die(store, path, NAME, 4, after=True)
    _lag(store, 10_000)
    store.time.now += 20_000

    (cleaned,) = _clean_up(store, path)

    assert (cleaned.is_clean, cleaned.deleted, store.numbers()) == (False, 2, before)
    assert re.fullmatch(r"the list still shows invoice \d+, though the service says that it is gone", cleaned.problem)


def test_delete_that_does_nothing(store: StandIn, tmp_path: Path) -> None:
    """
    A delete that is said to have gone well is believed only when the list shows the invoice no more.
    """
    path, before = tmp_path / "journal.sqlite3", store.numbers()
    _run_and_die(store, path, NAME, 4, after=True)
    done = {"code": 200, "data": None, "meta": {"message": "SUCCESS"}}
    store.trouble = lambda request, _: httpx.Response(200, json=done) if request.method == "DELETE" else None

    (cleaned,) = _clean_up(store, path)

    assert cleaned.left == tuple(_left(store, before))
    assert as_line(cleaned) == f"run {NAME}: 0 deleted, 2 invoices left; the list still shows them; run it again"


def test_read_that_lags(store: StandIn, tmp_path: Path) -> None:
    """
    An invoice that a read does not find, but that the list has, is deleted.
    """
    path, before = tmp_path / "journal.sqlite3", store.numbers()
    _run_and_die(store, path, NAME, 4, after=True)
    answer = {"code": 404, "data": {"errMsg": "Invoice does not exist"}, "meta": {"message": "x"}}
    store.trouble = lambda request, _: (
        httpx.Response(404, json=answer) if request.method == "GET" and "/invoices/" in request.url.path else None
    )

    (cleaned,) = _clean_up(store, path)

    assert (cleaned.is_clean, cleaned.deleted, store.numbers()) == (True, 2, before)


def _find_nothing(_: httpx.Request, response: httpx.Response) -> httpx.Response:
    answer = response.json()
    if isinstance(answer["data"], list):
        answer["data"], answer["meta"]["pagination"]["totalCount"] = [], 0
    return httpx.Response(response.status_code, json=answer)


def test_list_that_finds_nothing(store: StandIn, tmp_path: Path) -> None:
    """
    A list that shows nothing does not prove that a create that nobody answered left nothing; what is known is deleted.
    """
    path, before = tmp_path / "journal.sqlite3", store.numbers()
    _run_and_die(store, path, NAME, 4, after=True)
    store.change = _find_nothing

    (cleaned,) = _clean_up(store, path)

    assert cleaned.deleted == 1
    assert re.fullmatch(
        r"the list did not show invoice \d+, which was there, so it does not tell whether a create that nobody "
        "answered has left one",
        cleaned.problem,
    )
    store.change = lambda _, response: response
    assert [number for number in store.numbers() if number not in before] == [f"CTL-{NAME}-whole"]
    (again,) = _clean_up(store, path)
    assert (again.is_clean, store.numbers()) == (True, before)


def test_search_that_finds_nothing(store: StandIn, tmp_path: Path) -> None:
    """
    Where the search alone finds nothing, a create that nobody answered is found among the newest invoices.
    """
    path, before = tmp_path / "journal.sqlite3", store.numbers()
    _run_and_die(store, path, NAME, 2, after=True)
    store.change = lambda request, response: _find_nothing(request, response) if "q=" in str(request.url) else response

    (cleaned,) = _clean_up(store, path)

    assert (cleaned.is_clean, cleaned.deleted) == (True, 1)
    assert store.numbers() == before


@pytest.mark.parametrize("seconds", [40, 55])
def test_create_that_lands_after_the_first_look(store: StandIn, tmp_path: Path, seconds: float) -> None:
    """
    Where a create was never answered, it is looked for more than once, since it can land after the first look.
    """
    path, before = tmp_path / "journal.sqlite3", store.numbers()
    _run_and_die(store, path, NAME, 2, after=False)
    late = [request for request in store.requests if request.method == "POST"]
    died = store.time()

    def arrive(_: httpx.Request, __: int) -> None:
        if store.time() > died + seconds and late:
            store.answer(late.pop())

    store.trouble = arrive
    (cleaned,) = _clean_up(store, path)

    assert (cleaned.is_clean, cleaned.deleted, cleaned.untraced) == (True, 1, 0)
    assert store.numbers() == before


def test_create_without_a_trace(store: StandIn, tmp_path: Path) -> None:
    """
    A create that nobody answered, and that left no trace, is told.
    """
    path = tmp_path / "journal.sqlite3"
    _run_and_die(store, path, NAME, 2, after=False)

    (cleaned,) = _clean_up(store, path)

    assert (cleaned.is_clean, cleaned.untraced) == (True, 1)
    assert as_line(cleaned) == (
        f"run {NAME}: 0 deleted, 0 invoices left (creates that nobody answered, without a trace: 1)"
    )


def test_delete_that_is_refused(store: StandIn, tmp_path: Path) -> None:
    """
    One invoice that cannot be deleted does not keep the others in the store, and is told.
    """
    path, before = tmp_path / "journal.sqlite3", store.numbers()
    _run_and_die(store, path, NAME, 13, after=True)
    kept = min(_left(store, before))
    answer = {"code": 400, "data": {"errMsg": "It has a payment."}, "meta": {"message": "x"}}
    store.trouble = lambda request, _: (
        httpx.Response(400, json=answer) if request.method == "DELETE" and str(kept) in request.url.path else None
    )

    (cleaned,) = _clean_up(store, path)

    assert (cleaned.left, cleaned.problem) == ((kept,), f"the delete of invoice {kept} was answered 400")
    assert _left(store, before) == [kept]


def _left(store: StandIn, before: list[str]) -> list[int]:
    listed = store._ask("GET", "/invoices?limit=250").json()["data"]
    return [invoice["id"] for invoice in listed if invoice["invoiceNumber"] not in before]


def _endless(_: httpx.Request, response: httpx.Response) -> httpx.Response:
    answer = response.json()
    if isinstance(answer.get("data"), list):
        answer["data"], answer["meta"]["pagination"]["totalCount"] = [{"id": 1, "invoiceNumber": "INV-1"}], 10**6
    return httpx.Response(response.status_code, json=answer)


def test_budget_of_cleaning(store: StandIn, tmp_path: Path) -> None:
    """
    Cleaning has a budget of its own, beyond which it ends and says so; the next goes on with it.
    """
    path, before = tmp_path / "journal.sqlite3", store.numbers()
    _run_and_die(store, path, NAME, 13, after=True)
    begun = len(store.requests)
    store.trouble = lambda _, number: httpx.Response(503) if number % 4 else None
    store.change = _endless

    (cleaned,) = _clean_up(store, path)

    assert len(store.requests) - begun == most_requests(10) == 100
    assert cleaned.problem == ("the run was stopped, since it tried more than 100 requests; nothing of that was sent")
    store.trouble, store.change = lambda _, __: None, lambda _, response: response
    (again,) = _clean_up(store, path)
    assert (again.is_clean, store.numbers()) == (True, before)


def test_run_under_way(store: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    While a run is at work, cleaning up leaves its invoices alone, and says so; afterwards there is nothing to do.
    """
    path, before = tmp_path / "journal.sqlite3", store.numbers()
    statuses: list[int] = []

    def progress(probe: Probe) -> None:
        if probe.name == "list own":
            with Journal.open(path) as other:
                statuses.append(clean_all(store.target, other.unfinished(), other, store.around, share=1))

    with Journal.open(path) as journal:
        run = Run.on(store.target, NAME, store.time())
        outcome = run_live(
            store.target, run, journal, LiveOptions(observations=None), around=store.around, progress=progress
        )
        statuses.append(clean_all(store.target, journal.unfinished(), journal, store.around, share=1))

    assert statuses == [2, 0]
    assert (outcome.exit_status, outcome.results.broken) == (0, [])
    assert store.numbers() == before
    assert capsys.readouterr().out.splitlines() == [
        f"run {NAME}: 0 deleted, and nobody can be sure that none is left; run {NAME} is still at work, or being "
        "cleaned up, in another process, so nothing of it was touched; run it again",
        "nothing to clean up: every run that is known is finished",
    ]
    assert [file.name for file in tmp_path.glob("*.lock")] == []


def test_lock_of_the_dead(tmp_path: Path) -> None:
    """
    The lock of a process that was killed is free, and a lock file that somebody else removed is not taken for the lock.
    """
    path = tmp_path / "run.lock"
    code = "import pathlib, time; from b2b_invoices_contract.live.lock import held\n"
    code += f"with held(pathlib.Path({str(path)!r}), 'it'): print('held', flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as other:  # noqa: S603 - ours
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with (
            pytest.raises(Held, match=r"^run K is still at work, or being cleaned up, in another process$"),
            held(path, "run K"),
        ):
            pass
        other.kill()

    with held(path, "run K"), pytest.raises(Held), held(path, "run K"):
        pass

    assert not path.exists()


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


def test_lost_nightly_run(store: StandIn, tmp_path: Path) -> None:
    """
    A nightly run that was killed, its journal lost, is known a day later by its name; one of this hour may be at work.
    """
    before = store.numbers()
    store_digest = digest(STORE.store_hash)
    name = nightly_name(store_digest, store.time())
    _run_and_die(store, tmp_path / "lost.sqlite3", name, 12, after=True)
    kept = nightly_name(store_digest, store.time() + 60)
    store.create_other(f"CTL-{kept}-a", "102")

    with Journal.open(tmp_path / "new.sqlite3") as journal:
        journal.begin(Run.on(store.target, kept, store.time()))
        journal.finish(Run.on(store.target, kept, store.time()), store.time(), kept=True)
        assert lost_runs(store.target, journal, store.around, share=1) == []
        store.time.now += 24 * 3600
        (found,) = lost_runs(store.target, journal, store.around, share=1)
        journal.begin(found)
        cleaned = clean(store.target, found, journal, store.around, share=1)

    assert (found.name, cleaned.is_clean, cleaned.deleted) == (name, True, 5)
    assert store.numbers() == sorted([*before, f"CTL-{kept}-a"])


def test_lost_runs_of_a_store_that_is_down(store: StandIn) -> None:
    """
    A store that does not list its invoices tells of no run, and that is said.
    """
    store.trouble = lambda _, __: httpx.Response(503)

    with Journal.open(Path(":memory:")) as journal, pytest.raises(CannotRun) as cannot:
        lost_runs(store.target, journal, store.around, share=1)

    assert str(cannot.value) == (
        "nobody can tell what earlier nights have left: GET /invoices failed 4 times: the answer was 503; run it again"
    )


def test_nightly_names() -> None:
    """
    The name of a nightly run follows from the store and the minute, and no two are the same.
    """
    minutes = [NOW + 60 * minute for minute in range(2000)]

    names = {nightly_name("d24f65a6f145", at) for at in minutes}

    assert nightly_name("d24f65a6f145", NOW) == "KKFKCEYT"
    assert len(names) == 2000
    assert names == nightly_names("d24f65a6f145", minutes[0], minutes[-1])
    assert not names & {nightly_name("ffffffffffff", at) for at in minutes}
    assert {len(name) for name in names} == {LENGTH}
    assert set("".join(names)) == set(LETTERS)


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


def test_database_of_something_else(tmp_path: Path) -> None:
    """
    A database of something else is not written to.
    """
    path = tmp_path / "invoices.sqlite3"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE invoices (id INTEGER)")
        other.commit()
    content = path.read_bytes()

    with pytest.raises(CannotRun) as cannot, Journal.open(path):
        pass

    assert str(cannot.value) == (
        f"the journal {path} cannot be used: it is a database of something else; name another file with --journal"
    )
    assert path.read_bytes() == content


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
