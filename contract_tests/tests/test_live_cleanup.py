"""
Cleanup and journal: runs that were killed leave nothing in the store.
"""

import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from random import Random
from typing import Any

import attrs
import httpx
import pytest

from b2b_invoices_contract.live.cleanup import Cleaned, clean, most_requests
from b2b_invoices_contract.live.cleanup_command import clean_all
from b2b_invoices_contract.live.journal import Journal, JournalTransport, Run, digest
from b2b_invoices_contract.live.lock import Held, held
from b2b_invoices_contract.live.names import LENGTH, LETTERS, lost_nightly_runs, nightly_name
from b2b_invoices_contract.live.probes import Probe
from b2b_invoices_contract.live.run import LiveOptions, Outcome, run_live
from b2b_invoices_contract.live.runner import Progress
from b2b_invoices_contract.live.summary import as_line
from b2b_invoices_contract.targets import CannotRun
from contract_tests.tests.standin import NOW, STORE, StandIn

NAME = "K3V9QD2M"
NOT_FOUND = {"code": 404, "data": {"errMsg": "Invoice does not exist"}, "meta": {"message": "x"}}
HAS_PAYMENT = {"code": 400, "data": {"errMsg": "It has a payment."}, "meta": {"message": "x"}}
SUCCESS = {"code": 200, "data": None, "meta": {"message": "SUCCESS"}}


class Killed(BaseException):
    """The process of the run was killed."""


@attrs.define
class Scene:
    """
    A store, the journal of the runs on it, and the numbers of the invoices of other integrations.
    """

    store: StandIn
    path: Path
    others: list[str]

    def run(self, name: str = NAME, progress: Progress = lambda _: None) -> Outcome:
        """
        Make a run.
        """
        with Journal.open(self.path) as journal:
            run = Run.on(self.store.target, name, self.store.time())
            options = LiveOptions(observations=None)
            return run_live(self.store.target, run, journal, options, around=self.store.around, progress=progress)

    def kill(self, at: int, *, executed: bool = True, name: str = NAME) -> None:
        """
        Kill a run at request number *at*: before the store receives it, or after it is *executed*.
        """
        begun, killed = len(self.store.requests), []

        def trouble(request: httpx.Request, number: int) -> None:
            if number - begun == at and executed:
                self.store.answer(request)
            if number - begun >= at:
                killed.append(self.store.time())
                raise Killed

        self.store.trouble = trouble
        with suppress(Killed):
            self.run(name)
        self.heal()
        self.store.time.now = killed[0]

    def heal(self) -> None:
        """
        End all problems of the store.
        """
        self.store.trouble, self.store.change = lambda _, __: None, lambda _, response: response

    def clean_up(self) -> Cleaned:
        """
        Clean up the unfinished run.
        """
        with Journal.open(self.path) as journal:
            (run,) = journal.unfinished()
            return clean(self.store.target, run, journal, self.store.around, share=1)

    def left(self) -> dict[int, str]:
        """
        Return the numbers of the invoices that were left, by id.
        """
        listed = self.store._ask("GET", "/invoices?limit=250").json()["data"]
        numbers = {invoice["id"]: invoice["invoiceNumber"] for invoice in listed}
        assert set(self.others) <= set(numbers.values())
        return {one: number for one, number in numbers.items() if number not in self.others}


@pytest.fixture(name="scene")
def _scene(tmp_path: Path) -> Iterator[Scene]:
    with StandIn() as store:
        store.create_other("CTL-ZZZZZZZZ-a", "102")
        store.create_other(f"x{NAME}", "102")
        yield Scene(store, tmp_path / "journal.sqlite3", store.numbers())


def _listed(change: Callable[[Any], None]) -> Callable[[httpx.Request, httpx.Response], httpx.Response]:
    """
    Return a function that changes the JSON of every list.
    """

    def apply(_: httpx.Request, response: httpx.Response) -> httpx.Response:
        body = response.json()
        if isinstance(body.get("data"), list):
            change(body)
        return httpx.Response(response.status_code, json=body)

    return apply


def _empty(body: Any) -> None:
    body["data"], body["meta"]["pagination"]["totalCount"] = [], 0


def _endless(body: Any) -> None:
    body["data"], body["meta"]["pagination"]["totalCount"] = [{"id": 1, "invoiceNumber": "INV-1"}], 10**6


@pytest.mark.parametrize("executed", [False, True], ids=["before", "after it is executed"])
@pytest.mark.parametrize("at", [2, 3, 4, 7, 9, 13, 22, 24, 43, 46, 47])
def test_killed_at_a_request(scene: Scene, at: int, *, executed: bool) -> None:
    """
    After a run that was killed at any request, cleanup deletes all of its invoices and no others.
    """
    scene.kill(at, executed=executed)

    assert scene.clean_up().is_clean
    assert scene.left() == {}
    with Journal.open(scene.path) as journal:
        assert journal.unfinished() == []


def test_journal_is_written_ahead(scene: Scene) -> None:
    """
    When the store receives a create, the journal on disk already has it.
    """
    run, seen = Run.on(scene.store.target, NAME, NOW), []

    def look(request: httpx.Request, _: int) -> None:
        if request.method == "POST":
            with Journal.open(scene.path) as other:
                seen.append(bool(other.pending(run)))

    scene.store.trouble = look
    scene.run()

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
def test_list_that_lags(scene: Scene, seconds: float) -> None:
    """
    A list that shows creates and deletes late hides no invoice from the cleanup.
    """
    _lag(scene.store, seconds)
    lost: list[httpx.Request] = []

    def lose(request: httpx.Request, _: int) -> httpx.ReadTimeout | None:
        if request.method != "POST" or b"-whole" not in request.content or lost:
            return None
        lost.append(request)
        return httpx.ReadTimeout("late", request=request)

    scene.store.trouble = lose
    outcome = scene.run()
    scene.heal()

    assert outcome.cleaned is not None
    assert outcome.cleaned.is_clean
    assert scene.left() == {}


@pytest.mark.parametrize(("seconds", "broken", "requests"), [(0, 0, 47), (10, 0, 49), (300, 3, 50)])
def test_list_that_lags_during_a_run(scene: Scene, seconds: float, broken: int, requests: int) -> None:
    """
    A list that lags is requested a few times more before it breaks a promise, within the budget of the run.
    """
    _lag(scene.store, seconds)

    outcome = scene.run()

    assert (len(outcome.results.broken), outcome.results.requests) == (broken, requests)


def test_list_that_never_forgets(scene: Scene) -> None:
    """
    If the list still shows a deleted invoice, cleanup reports that it may be left.
    """
    scene.kill(4)
    _lag(scene.store, 10_000)
    scene.store.time.now += 20_000

    cleaned = scene.clean_up()

    scene.heal()
    assert (cleaned.is_clean, cleaned.deleted, scene.left()) == (False, 2, {})
    assert re.fullmatch(r"the list still shows invoice \d+, although the API reports it as deleted", cleaned.problem)


def test_delete_that_does_nothing(scene: Scene) -> None:
    """
    A successful response to a delete is verified with the list.
    """
    scene.kill(4)
    scene.store.trouble = lambda request, _: httpx.Response(200, json=SUCCESS) if request.method == "DELETE" else None

    cleaned = scene.clean_up()

    assert cleaned.left == tuple(sorted(scene.left()))
    assert as_line(cleaned) == (
        f"run {NAME}: 0 deleted, 2 invoices left; the list still shows them; run the command again"
    )


def test_delete_that_is_rejected(scene: Scene) -> None:
    """
    An invoice that cannot be deleted is reported; the others are deleted.
    """
    scene.kill(13)
    kept = min(scene.left())
    scene.store.trouble = lambda request, _: (
        httpx.Response(400, json=HAS_PAYMENT) if request.method == "DELETE" and str(kept) in request.url.path else None
    )

    cleaned = scene.clean_up()

    assert (cleaned.left, cleaned.problem) == ((kept,), f"the response to the delete of invoice {kept} was 400")
    assert list(scene.left()) == [kept]


def test_read_that_lags(scene: Scene) -> None:
    """
    An invoice in the list is deleted although a read does not find it.
    """
    scene.kill(4)
    scene.store.trouble = lambda request, _: (
        httpx.Response(404, json=NOT_FOUND) if request.method == "GET" and "/invoices/" in request.url.path else None
    )

    cleaned = scene.clean_up()

    assert (cleaned.is_clean, cleaned.deleted, scene.left()) == (True, 2, {})


def test_list_that_finds_nothing(scene: Scene) -> None:
    """
    An empty list does not prove that a create without a response left nothing; known invoices are deleted.
    """
    scene.kill(4)
    scene.store.change = _listed(_empty)

    cleaned = scene.clean_up()

    scene.heal()
    assert cleaned.deleted == 1
    assert re.fullmatch(
        r"the list did not show invoice \d+, which existed, so it may also lack an invoice of a create without a "
        "response",
        cleaned.problem,
    )
    assert list(scene.left().values()) == [f"CTL-{NAME}-whole"]
    assert scene.clean_up().is_clean
    assert scene.left() == {}


def test_search_that_finds_nothing(scene: Scene) -> None:
    """
    If the search finds nothing, the invoice of a create without a response is found among the newest invoices.
    """
    scene.kill(2)
    find_nothing = _listed(_empty)
    scene.store.change = lambda request, response: (
        find_nothing(request, response) if "q=" in str(request.url) else response
    )

    cleaned = scene.clean_up()

    assert (cleaned.is_clean, cleaned.deleted, scene.left()) == (True, 1, {})


@pytest.mark.parametrize("seconds", [20, 40, 55])
def test_create_that_is_executed_late(scene: Scene, seconds: float) -> None:
    """
    Cleanup waits for a create without a response, and looks for its invoice more than once.
    """
    scene.kill(2, executed=False)
    late = [request for request in scene.store.requests if request.method == "POST"]
    killed = scene.store.time()

    def execute(_: httpx.Request, __: int) -> None:
        if scene.store.time() > killed + seconds and late:
            scene.store.answer(late.pop())

    scene.store.trouble = execute
    cleaned = scene.clean_up()

    assert (cleaned.is_clean, cleaned.deleted, cleaned.untraced) == (True, 1, 0)
    assert scene.left() == {}


def test_create_without_a_trace(scene: Scene) -> None:
    """
    Cleanup reports a create without a response of which it found no invoice.
    """
    scene.kill(2, executed=False)

    cleaned = scene.clean_up()

    assert cleaned.is_clean
    assert as_line(cleaned) == (
        f"run {NAME}: 0 deleted, 0 invoices left (creates without a response and an invoice: 1)"
    )


def test_budget_of_cleanup(scene: Scene) -> None:
    """
    Cleanup has a budget of its own and reports when it is used up; the next cleanup continues.
    """
    scene.kill(13)
    begun = len(scene.store.requests)
    scene.store.trouble = lambda _, number: httpx.Response(503) if number % 4 else None
    scene.store.change = _listed(_endless)

    cleaned = scene.clean_up()

    assert len(scene.store.requests) - begun == most_requests(10) == 100
    assert cleaned.problem == "the run was stopped before it sent more than 100 requests"
    scene.heal()
    assert scene.clean_up().is_clean
    assert scene.left() == {}


def test_flaky_store(scene: Scene) -> None:
    """
    Cleanup retries requests without a response.
    """
    scene.kill(30)
    scene.store.trouble = lambda request, number: httpx.ReadTimeout("late", request=request) if number % 3 else None

    assert scene.clean_up().is_clean
    assert scene.left() == {}


def test_store_that_is_down(scene: Scene) -> None:
    """
    Cleanup reports requests that keep failing; the next cleanup continues.
    """
    scene.kill(30)
    scene.store.trouble = lambda _, __: httpx.Response(503)

    cleaned = scene.clean_up()

    assert re.fullmatch(r"GET /invoices/\d+ failed 4 times: the response was 503", cleaned.problem)
    scene.heal()
    assert scene.clean_up().is_clean
    assert scene.left() == {}


def test_foreign_id_in_the_journal(scene: Scene) -> None:
    """
    An invoice in the journal that does not have the mark is not deleted, and is reported.
    """
    scene.kill(12)
    foreign = scene.store.create_other("INV-900", "102")
    with Journal.open(scene.path) as journal:
        journal.confirm(Run.on(scene.store.target, NAME, NOW), foreign)

    cleaned = scene.clean_up()

    assert cleaned.problem == f"invoice {foreign} is in the journal, but does not have the mark of the run"
    assert list(scene.left().values()) == ["INV-900"]


def test_cleanup_during_a_run(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Cleanup skips a run that is still running.
    """
    statuses: list[int] = []

    def clean_unfinished() -> None:
        with Journal.open(scene.path) as other:
            runs = other.unfinished()
            statuses.append(clean_all(scene.store.target, runs, other, scene.store.around, share=1))

    def progress(probe: Probe) -> None:
        if probe.name == "list own":
            clean_unfinished()

    outcome = scene.run(progress=progress)
    clean_unfinished()

    assert (statuses, outcome.exit_status, scene.left()) == ([2, 0], 0, {})
    assert capsys.readouterr().out.splitlines() == [
        f"run {NAME}: 0 deleted, invoices may be left; run {NAME} is running, or being cleaned up, in another process, "
        "so it was skipped; run the command again",
        "nothing to clean up: all known runs are finished",
    ]
    assert list(scene.path.parent.glob("*.lock")) == []


def test_interrupted_cleanup(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    """
    An interrupted cleanup does not continue with the next run.
    """
    scene.kill(12)
    scene.kill(12, name="SECND222")

    def interrupt(request: httpx.Request, _: int) -> None:
        if request.method == "DELETE":
            raise KeyboardInterrupt

    scene.store.trouble = interrupt
    with Journal.open(scene.path) as journal:
        status = clean_all(scene.store.target, journal.unfinished(), journal, scene.store.around, share=1)

    assert status == 2
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"run {NAME}: 0 deleted, 5 invoices left")
    assert line.endswith("; it was interrupted; run the command again")


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
        with pytest.raises(Held, match=r"^run K is running, or being cleaned up, in another"), held(path, "run K"):
            pass
        other.kill()

    with held(path, "run K"), pytest.raises(Held), held(path, "run K"):
        pass

    assert not path.exists()


def test_lost_nightly_run(scene: Scene) -> None:
    """
    A killed nightly run without a journal is found by its name, but not in the first hour, and not if it is kept.
    """
    store, around = scene.store, scene.store.around
    name, kept = (nightly_name(digest(STORE.store_hash), store.time() + later) for later in (0, 60))
    scene.kill(12, name=name)
    store.create_other(f"CTL-{kept}-a", "102")

    with Journal.open(scene.path.with_name("new.sqlite3")) as journal:
        journal.begin(Run.on(store.target, kept, NOW))
        journal.finish(Run.on(store.target, kept, NOW), NOW, kept=True)
        assert list(lost_nightly_runs(store.target, journal, around, share=1)) == []
        store.time.now += 24 * 3600
        (found,) = lost_nightly_runs(store.target, journal, around, share=1)
        journal.begin(found)
        cleaned = clean(store.target, found, journal, around, share=1)

    assert (found.name, cleaned.is_clean, cleaned.deleted) == (name, True, 5)
    assert list(scene.left().values()) == [f"CTL-{kept}-a"]


def test_lost_nightly_run_of_a_store_that_is_down(scene: Scene) -> None:
    """
    If the store does not list its invoices, the search for nightly runs fails.
    """
    scene.store.trouble = lambda _, __: httpx.Response(503)

    with Journal.open(Path(":memory:")) as journal, pytest.raises(CannotRun) as cannot:
        list(lost_nightly_runs(scene.store.target, journal, scene.store.around, share=1))

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


def test_unreadable_response() -> None:
    """
    A create with a response in invalid UTF-8 is journalled like one without a response.
    """
    run = Run(NAME, "https://store.test", "digest", 0.0)
    unreadable = httpx.MockTransport(lambda _: httpx.Response(200, content=b'{"data": {"id": 1, "memo": "\xe9"}}'))

    with Journal.open(Path(":memory:")) as journal:
        journal.begin(run)
        with httpx.Client(transport=JournalTransport(unreadable, journal, run, lambda: 1.0)) as client:
            client.post("https://store.test/invoices")

        assert journal.pending(run) == [1.0]


def test_journal_without_secrets(scene: Scene) -> None:
    """
    The journal has neither the access token nor the store hash.
    """
    scene.kill(20)

    written = b"".join(file.read_bytes() for file in scene.path.parent.iterdir())

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


def test_kill_9() -> None:
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
