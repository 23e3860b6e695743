"""
Runs on a stand-in for a live store, in process: what they find out, what they cost, and what they leave.
"""

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import httpx
import msgspec
import pytest

from b2b_invoices_contract.live.cleaning import clean
from b2b_invoices_contract.live.drift import changes
from b2b_invoices_contract.live.guard import Budget
from b2b_invoices_contract.live.journal import Journal, Run
from b2b_invoices_contract.live.observations import load, save
from b2b_invoices_contract.live.probes import Probe
from b2b_invoices_contract.live.run import LiveOptions, Outcome, run_live
from b2b_invoices_contract.live.summary import as_lines, as_message
from b2b_invoices_contract.report import read, write_report
from b2b_invoices_mock.api.dialect import DIALECTS, Dialect
from b2b_invoices_mock.settings import RateLimit
from contract_tests.tests.standin import BASE_URL, NOW, STORE, StandIn, flaky

NAME = "K3V9QD2M"
LiveRun = Callable[..., Outcome]


@pytest.fixture(name="store")
def _store() -> Iterator[StandIn]:
    with StandIn() as store:
        yield store


@pytest.fixture(name="journal")
def _journal() -> Iterator[Journal]:
    with Journal.open(Path(":memory:")) as journal:
        yield journal


@pytest.fixture(name="warned")
def _warned() -> list[str]:
    """What a run says while it goes on."""
    return []


@pytest.fixture(name="live")
def _live(journal: Journal, tmp_path: Path, warned: list[str]) -> LiveRun:
    """Make a run on a store."""

    def live(store: StandIn, *, name: str = NAME, progress: Any = lambda _: None, **options: Any) -> Outcome:
        run = Run.on(store.target, name, store.time())
        chosen = LiveOptions(**({"observations": tmp_path / "observations"} | options))
        around = attrs.evolve(store.around, warn=warned.append)
        return run_live(store.target, run, journal, chosen, around=around, progress=progress)

    return live


def _as_json(change: Callable[[httpx.Request, Any], Any]) -> Callable[[httpx.Request, httpx.Response], httpx.Response]:
    """
    Return what changes the JSON of an answer.
    """

    def apply(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        headers = {k: v for k, v in response.headers.items() if k != "content-length"}
        changed = msgspec.json.encode(change(request, response.json()))
        return httpx.Response(response.status_code, headers=headers, content=changed)

    return apply


def test_figures(store: StandIn, live: LiveRun) -> None:
    """
    A run takes at most 60 requests and 10 creations, gets no 429, keeps to half of the quota, and leaves nothing.
    """
    before, begun, started = store.numbers(), len(store.requests), store.time()

    outcome = live(store)

    requests = store.requests[begun:]
    minutes = (store.time() - started) / 60
    answered = zip(requests, store.statuses, strict=True)
    creations = sum(one.method == "POST" for one, status in answered if status == 200)
    assert (outcome.exit_status, outcome.results.problem) == (0, "")
    assert len(requests) == 59
    assert creations == 8
    assert store.statuses.count(429) == 0
    assert len(requests) / minutes <= 78  # 75 a minute, and the first one at once
    assert store.numbers() == before
    assert list(as_lines(outcome))[-2:] == [
        "cleaned: 7 deleted at the end, 0 invoices left",
        "quota: 0 answers 429, 34 s waited for it",
    ]


@pytest.mark.parametrize("name", list(DIALECTS))
def test_dialects_are_no_failures(name: str, live: LiveRun) -> None:
    """
    However the store answers where the record is open, no promise is called broken.
    """
    with StandIn(DIALECTS[name]) as store:
        outcome = live(store)

    assert [result.promise.id for result in outcome.results.broken] == []
    assert outcome.exit_status == 0


@pytest.mark.parametrize(
    "dialect",
    [
        Dialect(create_status=201, delete_status=204),
        Dialect(created_key="invoiceId"),
        Dialect(invalid_body="under_data", invalid_query="under_data"),
        Dialect(error_envelope="meta_errors"),
        Dialect(refused_credentials="flat"),
        Dialect(read_times="text", read_order_number="text"),
        Dialect(unsent_status="by_balances", due_date_from="midnight", list_order="oldest"),
    ],
    ids=lambda dialect: ",".join(attrs.asdict(dialect, filter=lambda a, v: v != a.default).keys()),
)
def test_open_questions_are_no_failures(dialect: Dialect, live: LiveRun) -> None:
    """
    Answers that leave the contract in a way that the record knows are observations.
    """
    with StandIn(dialect, limit=None) as store:
        outcome = live(store)

    assert {r.promise.id: [f.received for f in r.failures] for r in outcome.results.broken} == {}
    assert outcome.observations is not None
    chosen = attrs.asdict(dialect, filter=lambda attribute, value: value != attribute.default)
    assert {name: outcome.observations.settings[name] for name in chosen} == chosen


def test_broken_promise(live: LiveRun) -> None:
    """
    A documented promise that is not kept fails the run, with what was met and what was expected.
    """

    def forget(request: httpx.Request, answer: Any) -> Any:
        one = answer.get("data") if isinstance(answer, dict) else None
        if request.method == "GET" and isinstance(one, dict) and one.get("type") == "Invoice":
            one["type"] = "Bill"
        return answer

    with StandIn(change=_as_json(forget)) as store:
        outcome = live(store)

    assert outcome.exit_status == 1
    (broken,) = outcome.results.broken
    assert broken.promise.id == "type-default"
    assert [(f.received, f.expected) for f in broken.failures] == [('/type "Bill"', '/type "Invoice"')]


def test_assumed_promise_is_an_observation(live: LiveRun) -> None:
    """
    A promise that is only assumed or was only seen does not fail the run when it is not kept; it is told as observed.
    """

    def lose(_: httpx.Request, answer: Any) -> Any:
        found = answer.get("data") if isinstance(answer, dict) else None
        for invoice in found if isinstance(found, list) else [found]:
            if isinstance(invoice, dict) and isinstance(invoice.get("termsConditions"), str):
                invoice["termsConditions"] = invoice["termsConditions"].replace("\x07", "")
        return answer

    with StandIn(change=_as_json(lose)) as store:
        outcome = live(store)

    assert outcome.exit_status == 0
    reason = outcome.results.promises["any-text-is-unchanged"].reason
    assert reason.startswith(
        "the store does otherwise, and nothing documented says so: received the invoice /termsConditions"
    )


def test_flaky_network(live: LiveRun) -> None:
    """
    With 502, 503 and lost answers among the requests no promise is called broken, and nothing is left behind.
    """
    for seed in range(4):
        with StandIn(trouble=lambda _, __: None) as store:
            before = store.numbers()
            store.trouble = flaky(seed, 0.05)
            outcome = live(store, name=f"FLAKY22{seed + 2}")
            store.trouble = lambda _, __: None

            assert [result.promise.id for result in outcome.results.broken] == [], seed
            assert outcome.exit_status in {0, 3}
            assert store.numbers() == before, seed
            assert len(store.requests) < 60 + 20 + 30


@pytest.mark.parametrize("recorded", [False, True], ids=["on the way there", "on the way back"])
def test_lost_create_of_an_order(store: StandIn, live: LiveRun, *, recorded: bool) -> None:
    """
    A create for an order whose answer gets lost is sent again for another order, since the first may have its invoice.
    """
    before = store.numbers()
    lost: list[httpx.Request] = []

    def trouble(request: httpx.Request, _: int) -> Exception | None:
        if request.method != "POST" or b'settled",' not in request.content:
            return None
        lost.append(request)
        error = httpx.ReadTimeout if recorded else httpx.RemoteProtocolError
        return error("lost", request=request) if len(lost) == 1 else None

    store.trouble = trouble
    outcome = live(store)

    orders = [msgspec.json.decode(request.content)["orderNumber"] for request in lost]
    assert len(set(orders[:2])) == 2
    assert [result.promise.id for result in outcome.results.broken] == []
    assert outcome.results.promises["settled-is-completed"].verdict == "kept"
    assert store.numbers() == before


def test_pauses_are_not_the_services(store: StandIn, live: LiveRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The time that a run waits for its turn does not count as time that the service took to answer.
    """
    monkeypatch.setattr("b2b_invoices_contract.exchanges.time", SimpleNamespace(monotonic=store.time))

    outcome = live(store, share=0.05)

    assert outcome.waited > 300
    assert outcome.results.promises["responses-within-five-seconds"].verdict == "kept"


def test_could_not_check(store: StandIn, live: LiveRun, tmp_path: Path) -> None:
    """
    What stays unanswered could not be checked, has an exit status of its own, and says why.
    """

    def trouble(request: httpx.Request, _: int) -> httpx.Response | None:
        return httpx.Response(503, html="<h1>Maintenance</h1>") if "sortBy" in request.url.query.decode() else None

    store.trouble = trouble

    outcome = live(store)

    assert outcome.exit_status == 3
    assert outcome.accidents == {"list-sorting": "'list sorted' could not be observed: the answer was 503"}
    assert "could not check list-sorting: 'list sorted' could not be observed: the answer was 503" in list(
        as_lines(outcome)
    )
    assert outcome.results.promises["list-sorting"].verdict == "not checked"
    write_report(outcome.results, tmp_path)
    assert read(tmp_path)["exit_status"] == 3
    assert "Some promises could not be checked" in (tmp_path / "index.html").read_text(encoding="utf-8")


OBSTACLES: dict[str, Callable[[], httpx.Response]] = {
    "408": lambda: httpx.Response(408, html="<h1>Request Timeout</h1>"),
    "522": lambda: httpx.Response(522, html="<h1>Connection timed out</h1>"),
    "500": lambda: httpx.Response(500, json={"code": 500, "data": {"errMsg": "x"}, "meta": {"message": "x"}}),
    "firewall": lambda: httpx.Response(403, html="<h1>Attention Required!</h1>"),
    "redirect": lambda: httpx.Response(307, headers={"Location": "https://elsewhere.example/x"}),
    "redirect to nowhere": lambda: httpx.Response(308, headers={"Location": "https://[x"}),
    "login page": lambda: httpx.Response(200, html="<form>Sign in</form>"),
    "no gzip": lambda: httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"no gzip")),
    "cut off": lambda: httpx.Response(200, headers={"Content-Type": "application/json"}, content=b'{"code": 200, "da'),
    "no text": lambda: httpx.Response(200, headers={"Content-Type": "application/json"}, content=b'{"data": "\xff"}'),
    "too deep": lambda: httpx.Response(200, content=b'{"data":' + b"[" * 900 + b"]" * 900 + b"}"),
    "scope": lambda: httpx.Response(403, json={"code": 403, "data": {"errMsg": "no scope"}, "meta": {"message": "x"}}),
}
"""Answers that are not the service's own, or not to what was asked."""

HIT: dict[str, Callable[[httpx.Request], bool]] = {
    "a create": lambda request: b"-whole" in request.content,
    "all creates": lambda request: request.method == "POST",
    "reads and lists": lambda request: request.method == "GET" and request.url.query != b"q=CTL-K3V9QD2M-&limit=1",
    "deletes": lambda request: request.method == "DELETE",
}
"""The requests that meet one."""

MEETINGS = [
    (kind, hit, carried_out)
    for kind in OBSTACLES
    for hit in HIT
    for carried_out in (False, True)
    if not carried_out or (hit != "reads and lists" and kind != "scope")
    if (kind, hit) != ("scope", "all creates")  # which ends the run at once
]
"""What is met by what, in place of the service or after it has done its work."""


@pytest.mark.parametrize(("kind", "hit", "carried_out"), MEETINGS)
def test_obstacle(store: StandIn, live: LiveRun, journal: Journal, *, kind: str, hit: str, carried_out: bool) -> None:
    """
    Whatever comes back in place of the service's own answer breaks no promise, and is no proof that nothing is left.
    """
    before = store.numbers()

    def trouble(request: httpx.Request, _: int) -> httpx.Response | None:
        if not HIT[hit](request):
            return None
        if carried_out:
            store.answer(request)
        return OBSTACLES[kind]()

    store.trouble = trouble

    outcome = live(store)

    assert {result.promise.id: result.failures[0].received for result in outcome.results.broken} == {}
    assert outcome.exit_status in {2, 3}
    assert journal.unfinished() != [] or store.numbers() == before
    store.trouble = lambda _, __: None
    for run in journal.unfinished():
        clean(store.target, run, journal, store.around, share=1)
    assert store.numbers() == before


def test_answered_when_sent_again(store: StandIn, live: LiveRun) -> None:
    """
    A request that was lost once, which may be the network's doing, leaves open whether every one is answered.
    """
    lost: list[httpx.Request] = []

    def trouble(request: httpx.Request, _: int) -> Exception | None:
        if "sortBy" not in request.url.query.decode() or lost:
            return None
        lost.append(request)
        return httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)

    store.trouble = trouble

    outcome = live(store)

    assert outcome.exit_status == 0
    assert outcome.results.promises["list-sorting"].verdict == "kept"
    answered = outcome.results.promises["every-request-gets-a-response"]
    assert answered.verdict == "not checked"
    assert answered.reason == (
        "it could not be observed: no response to 'list sorted', and the network may be to blame"
    )


def test_retries_stay_within_the_budget(store: StandIn, live: LiveRun) -> None:
    """
    When everything fails after the first look, a run ends within its budget of requests.
    """
    store.trouble = lambda request, _: (
        httpx.ConnectError("refused", request=request) if request.method == "POST" else None
    )
    begun = len(store.requests)

    outcome = live(store, budget=Budget(30, 5))

    assert outcome.exit_status == 3
    checking = [r for r in store.requests[begun:] if r.url.query != b"q=CTL-K3V9QD2M-&limit=250&offset=0"]
    assert len(checking) <= 30


def test_busy_store(live: LiveRun) -> None:
    """
    While others use up the store's quota it waits for the next window instead of taking what is left.
    """
    with StandIn() as store:
        numbers = iter(range(1000, 2000))

        def busy(_: httpx.Request, number: int) -> None:
            if number % 3 == 0:
                for _turn in range(8):
                    store.create_other(f"INV-{next(numbers)}", "102")
                    store.time.now -= 0.99

        store.trouble = busy
        outcome = live(store)

    assert store.statuses.count(429) == 0
    assert outcome.waited > 60
    assert outcome.exit_status == 0


SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.mark.parametrize("number", SIGNALS)
def test_interrupted(store: StandIn, live: LiveRun, number: signal.Signals) -> None:
    """
    A run that is interrupted, by hand or by the end of its job or terminal, deletes what it had created, and says so.
    """
    before = store.numbers()

    def progress(probe: Probe) -> None:
        if probe.name == "create in a channel":
            signal.raise_signal(number)

    outcome = live(store, progress=progress)

    assert outcome.exit_status == 2
    assert outcome.results.problem == "interrupted; what the run had created was deleted, and the rest was not checked"
    assert store.numbers() == before


@pytest.mark.parametrize("number", SIGNALS)
def test_interrupted_while_it_deletes(
    store: StandIn, live: LiveRun, journal: Journal, warned: list[str], number: signal.Signals
) -> None:
    """
    Deleting goes on when it is interrupted, and says so; interrupted again, it stops, and says what finishes it.
    """
    before, probes = store.numbers(), list[Probe]()
    times = iter([1])

    def trouble(request: httpx.Request, _: int) -> None:
        if request.method == "DELETE" and probes[-1].name == "list own at the end":
            for _turn in range(next(times, 0)):
                signal.raise_signal(number)

    store.trouble = trouble
    outcome = live(store, progress=probes.append)
    assert (outcome.exit_status, store.numbers()) == (0, before)
    assert warned == [
        "what was created is being deleted, which goes on to its end; interrupt it once more to stop that too"
    ]

    times = iter([2])
    outcome = live(store, name="SECND222", progress=probes.append)

    assert outcome.exit_status == 2
    assert outcome.results.problem == "it was interrupted; b2b-invoices-contract cleanup goes on with it"
    (unfinished,) = journal.unfinished()
    assert clean(store.target, unfinished, journal, store.around, share=1).is_clean
    assert store.numbers() == before


def test_end_of_the_terminal(store: StandIn, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Deleting goes on when the terminal ends, though nothing can be said there any more.
    """
    before, probes = store.numbers(), list[Probe]()
    times = iter([1])

    def trouble(request: httpx.Request, _: int) -> None:
        if request.method == "DELETE" and probes[-1].name == "list own at the end" and next(times, 0):
            signal.raise_signal(signal.SIGHUP)

    def fail(_: str) -> None:
        raise OSError(5, "Input/output error")

    store.trouble = trouble
    monkeypatch.setattr(sys, "stderr", SimpleNamespace(write=fail))
    run = Run.on(store.target, NAME, store.time())
    outcome = run_live(
        store.target, run, journal, LiveOptions(observations=None), around=store.around, progress=probes.append
    )

    assert (outcome.exit_status, store.numbers()) == (0, before)


def test_ignored_signals(store: StandIn, live: LiveRun) -> None:
    """
    What is ignored when a run begins, as a hang-up is under nohup, is ignored by the run, and afterwards.
    """
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        outcome = live(store, progress=lambda _: signal.raise_signal(signal.SIGHUP))

        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
    assert outcome.exit_status == 0


def test_interrupted_with_keep(store: StandIn, live: LiveRun) -> None:
    """
    A run that is to keep its invoices and is interrupted does not say that they were deleted.
    """

    def progress(probe: Probe) -> None:
        if probe.name == "create in a channel":
            raise KeyboardInterrupt

    outcome = live(store, progress=progress, keep=True)

    assert outcome.results.problem == (
        "interrupted; what the run had created was left in the store, as --keep says, and the rest was not checked"
    )
    assert [number for number in store.numbers() if number.startswith("CTL-")] != []


def test_interrupted_without_an_end(store: StandIn, live: LiveRun) -> None:
    """
    A run that is interrupted and then cannot delete says so instead of claiming that it did.
    """

    def progress(probe: Probe) -> None:
        if probe.name == "create in a channel":
            store.trouble = lambda request, _: httpx.Response(403) if request.method == "DELETE" else None
            raise KeyboardInterrupt

    outcome = live(store, progress=progress)

    assert outcome.results.problem.startswith("interrupted; the delete of invoice ")
    assert outcome.results.problem.endswith(" was answered 403; b2b-invoices-contract cleanup goes on with it")


def test_invoice_of_others(live: LiveRun, tmp_path: Path) -> None:
    """
    Of a read that is answered with an invoice without the mark nothing is kept but that it was so.
    """
    read: list[httpx.Request] = []

    def foreign(request: httpx.Request, answer: Any) -> Any:
        one = answer.get("data")
        if (
            request.method == "GET"
            and isinstance(one, dict)
            and one.get("invoiceNumber") == f"CTL-{NAME}-a"
            and not read
        ):
            read.append(request)
            answer["data"] = one | {
                "invoiceNumber": "INV-9",
                "externalId": "",
                "purchaseOrderNumber": "",
                "type": "Private words",
                "status": "Private words",
            }
        return answer

    with StandIn(change=_as_json(foreign)) as store:
        outcome = live(store)

    write_report(outcome.results, tmp_path / "report")
    assert outcome.file is not None
    told = [outcome.file, *(tmp_path / "report").iterdir()]
    assert [path for path in told if "Private words" in path.read_text(encoding="utf-8")] == []
    assert "read barest" not in load(outcome.file).answers
    reasons = [result.reason for result in outcome.results.unchecked]
    why = "it could not be observed: 'read barest' returned an invoice without the mark of the run"
    assert why in reasons


def test_crash(store: StandIn, live: LiveRun) -> None:
    """
    A run that fails by its own fault deletes what it had created before it says so.
    """
    before = store.numbers()

    def progress(probe: Probe) -> None:
        if probe.name == "list settled":
            raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        live(store, progress=progress)

    assert store.numbers() == before


def test_keep(store: StandIn, live: LiveRun, journal: Journal) -> None:
    """
    Where deleting is not wanted, the invoices stay, and no cleaning goes after them unasked.
    """
    before = store.numbers()

    outcome = live(store, keep=True)

    left = [number for number in store.numbers() if number not in before]
    assert len(left) == 7
    assert all(number.startswith("CTL-K3V9QD2M-") for number in left)
    assert (outcome.cleaned, journal.unfinished()) == (None, [])


def test_create_without_an_id(live: LiveRun) -> None:
    """
    An invoice that is recorded under an id that the answer does not tell is blamed on no list, and is deleted.
    """

    def unknown(request: httpx.Request, answer: Any) -> Any:
        if request.method == "POST" and b"-whole" in request.content and "id" in answer["data"]:
            answer["data"]["id"] = 0
        return answer

    with StandIn(change=_as_json(unknown)) as store:
        before = store.numbers()
        outcome = live(store)

        assert store.numbers() == before
    assert [result.promise.id for result in outcome.results.broken] == []


def test_ids_of_others(live: LiveRun) -> None:
    """
    A store that answers a create with the id of somebody else's invoice does not have that deleted.
    """

    def wrong(request: httpx.Request, answer: Any) -> Any:
        if request.method == "POST" and isinstance(answer.get("data"), dict) and "id" in answer["data"]:
            answer["data"]["id"] = 3
        return answer

    with StandIn(change=_as_json(wrong)) as store:
        before = store.numbers()
        outcome = live(store)
        after = store.numbers()

    assert "INV-2" in before
    assert after == before
    assert outcome.results.problem.startswith("the run was stopped, since it tried DELETE ")
    assert outcome.cleaned is not None
    assert outcome.cleaned.problem == "invoice 3 was said to be created, but does not bear the run's mark"
    assert all(
        request.url.path != "/api/v3/io/ip/invoices/3" for request in store.requests if request.method == "DELETE"
    )


def test_observations_hold_no_secret(store: StandIn, live: LiveRun) -> None:
    """
    The observations have neither credentials, nor the company, nor anything of an invoice of others, and load again.
    """
    outcome = live(store)

    assert outcome.file is not None
    assert outcome.file.name == "sandbox.example.com-d24f65a6f145-2026-09-21T141340Z.json"
    text = outcome.file.read_text(encoding="utf-8")
    for secret in (STORE.access_token, STORE.store_hash, '"101"', "INV-", "Company 1", NAME):
        assert secret not in text
    assert load(outcome.file) == outcome.observations


def test_nothing_changed(store: StandIn, live: LiveRun) -> None:
    """
    Two runs on one store see the same, whatever the ids, numbers and times are.
    """
    first = live(store)
    store.time.now += 86_400
    store.create_other("INV-1000", "102")

    second = live(store, name="SECND222")

    assert second.before == first.observations
    assert second.drift == []
    assert f"since {first.observations.at if first.observations else ''}: nothing changed" in list(as_lines(second))


def _was(**settings: Any) -> Callable[[], StandIn]:
    return lambda: StandIn(Dialect(**settings))


def _change(apply: Callable[[httpx.Request, Any], Any]) -> Callable[[], StandIn]:
    return lambda: StandIn(Dialect(), change=_as_json(apply))


def _channel_as_number(_: httpx.Request, answer: Any) -> Any:
    found = answer.get("data")
    for invoice in found if isinstance(found, list) else [found]:
        if isinstance(invoice, dict) and invoice.get("channelId"):
            invoice["channelId"] = int(invoice["channelId"])
    return answer


def _custom_fields(_: httpx.Request, answer: Any) -> Any:
    found = answer.get("data")
    for invoice in found if isinstance(found, list) else [found]:
        details = (invoice.get("details") if isinstance(invoice, dict) else None) or {}
        for line in details.get("details", {}).get("lineItems", []):
            line["customFields"] = {}
    return answer


def _twice(request: httpx.Request, response: httpx.Response) -> httpx.Response:
    """
    Answer as a service that takes a second invoice for an order.
    """
    if request.method == "POST" and b"exists for this order" in response.content:
        return httpx.Response(200, json={"code": 200, "data": {"id": 9999}, "meta": {"message": "Success"}})
    return response


def _slash_lost(request: httpx.Request, response: httpx.Response) -> httpx.Response:
    """
    Answer as a service whose path of one invoice got lost.
    """
    if request.method == "GET" and request.url.path.rpartition("/")[2].isdigit():
        return httpx.Response(404, json={"code": 404, "message": "Not Found"})
    return response


HISTORY = {
    "2024-10-14: example types of channelId mended": (
        _change(_channel_as_number),
        _was(),
        ["list own: shape was [].channelId: number, is [].channelId: text"],
    ),
    "2024-10-24: error body reshaped, fields under data become errMsg": (
        _was(invalid_body="under_data"),
        _was(),
        [
            "invalid_body: setting was under_data, is fields",
            "create without invoiceNumber: shape was invoiceNumber[]: text, is errMsg.invoiceNumber[]: text",
        ],
    ),
    "2024-10-17: error text joined instead of fields": (
        _was(),
        _was(invalid_body="joined"),
        [
            "invalid_body: setting was fields, is joined",
            "create without customerId: status was 422, is 400",
        ],
    ),
    "2025-04-25: line items gain customFields": (
        _was(),
        _change(_custom_fields),
        ["read whole: shape was nothing, is details.details.lineItems[].customFields: {}"],
    ),
    "2025-05-12: rate limit told in headers": (
        lambda: StandIn(Dialect(), limit=None),
        _was(),
        [
            "rate limit told in headers: limit was nothing, is 150 in 60 s",
            "rate_limit_headers: setting was none that the mock knows, is b2b",
        ],
    ),
    "2025-10-31: store hash becomes a credential": (
        _was(missing_store_hash="server_error"),
        _was(),
        [
            "missing_store_hash: setting was server_error, is unauthorized",
            "list without a store: status was 500, is 401",
        ],
    ),
    "2025-09-30: a path loses its leading slash": (
        _was(),
        lambda: StandIn(Dialect(), change=_slash_lost),
        ["read barest: status was 200, is 404"],
    ),
    "undocumented: channels of stores with one storefront": (
        _was(),
        _was(channels="none"),
        ["channels: setting was any, is none", "create in a channel: status was 200, is 404"],
    ),
    "undocumented: one invoice for each order": (
        lambda: StandIn(Dialect(), change=_twice),
        _was(),
        ["create for an order that has an invoice: status was 200, is 400"],
    ),
    "undocumented: limit lowered": (
        _was(),
        lambda: StandIn(Dialect(), limit=RateLimit(100, 60)),
        ["rate limit told in headers: limit was 150 in 60 s, is 100 in 60 s"],
    ),
    "message in capitals": (
        _was(),
        _was(success_message="SUCCESS"),
        ["success_message: setting was Success, is SUCCESS", "create barest: message was Success, is SUCCESS"],
    ),
}
"""Changes of the contract that happened or were found out: the store before, the store after, and what names them."""


@pytest.mark.parametrize("change", list(HISTORY))
def test_drift_names_the_change(change: str, live: LiveRun, tmp_path: Path) -> None:
    """
    After each change that the vendor has made before, the next run names it, in a form that can be sent.
    """
    before, after, named = HISTORY[change]
    outcomes = []

    for number, make in enumerate((before, after)):
        with make() as store:
            store.time.now += number * 86_400
            outcomes.append(live(store, name=f"DRFT222{number + 2}", observations=tmp_path / str(number)))

    first, second = (outcome.observations for outcome in outcomes)
    assert first is not None
    assert second is not None
    drift = changes(first, second)
    lines = "\n".join(map(str, drift))
    message = as_message(first, second, drift)
    assert [words for words in named if words not in lines] == []
    assert message.startswith(f"Between {first.at} and {second.at}, answers of sandbox.example.com to the operations")
    assert all(STORE.access_token not in text and STORE.store_hash not in text for text in (lines, message))


def test_credentials_moved(journal: Journal) -> None:
    """
    A store that takes the credentials under other names is met before anything is created.
    """

    def moved(request: httpx.Request, _: int) -> httpx.Response | None:
        if "authtoken" in request.headers:
            return None
        message = "Invalid token header. No credentials provided."
        return httpx.Response(401, json={"code": 401, "data": {"errMsg": message}, "meta": {"message": message}})

    with StandIn() as store:
        store.trouble = moved
        run = Run.on(store.target, NAME, NOW)

        with pytest.raises(Exception, match="something on the way removes headers, or they have new names") as error:
            run_live(store.target, run, journal, LiveOptions(), around=store.around, progress=lambda _: None)

    assert str(error.value) == (
        "sandbox.example.com: answered 401: the service saw no credentials, so something on the way removes headers, "
        "or they have new names; compare the page on authentication"
    )
    assert all(request.method == "GET" for request in store.requests)


def test_saved_twice(store: StandIn, live: LiveRun, tmp_path: Path) -> None:
    """
    Observations are saved under the time that they were made at, so that none replaces another.
    """
    first = live(store).observations
    store.time.now += 1

    second = live(store, name="SECND222").observations

    assert first is not None
    assert second is not None
    assert save(first, tmp_path) != save(second, tmp_path)
    assert BASE_URL not in save(first, tmp_path).read_text(encoding="utf-8")


def test_observations_with_former_ids(store: StandIn, live: LiveRun, tmp_path: Path) -> None:
    """
    Observations that were saved before the promises were renamed are no change of the store.
    """
    made = live(store).observations
    assert made is not None
    now = attrs.evolve(made, broken=("ids-are-unique",), otherwise={"list-paging": "received 1"})
    before = attrs.evolve(made, broken=("id-is-new",), otherwise={"list-pages": "received 1"})

    loaded = load(save(before, tmp_path))

    assert (loaded.broken, loaded.otherwise) == (now.broken, now.otherwise)
    assert list(changes(loaded, now)) == []
