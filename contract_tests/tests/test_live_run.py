"""
Live runs on a simulated store: results, cost, interruptions, observations and drift.
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

from b2b_invoices_contract.live.cleanup import clean
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
from contract_tests.tests.standin import STORE, StandIn, flaky

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
    """The messages of a run."""
    return []


@pytest.fixture(name="live")
def _live(journal: Journal, tmp_path: Path, warned: list[str]) -> LiveRun:
    """Returns a function that makes a run on a store."""

    def live(store: StandIn, *, name: str = NAME, progress: Any = lambda _: None, **options: Any) -> Outcome:
        run = Run.on(store.target, name, store.time())
        chosen = LiveOptions(**({"observations": tmp_path / "observations"} | options))
        around = attrs.evolve(store.around, warn=warned.append)
        return run_live(store.target, run, journal, chosen, around=around, progress=progress)

    return live


def _as_json(change: Callable[[httpx.Request, Any], Any]) -> Callable[[httpx.Request, httpx.Response], httpx.Response]:
    """
    Return a function that changes a response by *change*, which gets its JSON.
    """

    def apply(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        headers = {k: v for k, v in response.headers.items() if k != "content-length"}
        changed = msgspec.json.encode(change(request, response.json()))
        return httpx.Response(response.status_code, headers=headers, content=changed)

    return apply


def test_figures(store: StandIn, live: LiveRun) -> None:
    """
    A run sends at most 60 requests and 10 creates, uses half of the rate limit, gets no 429, and leaves nothing.
    """
    before, begun, started = store.numbers(), len(store.requests), store.time()

    outcome = live(store)

    requests = store.requests[begun:]
    minutes = (store.time() - started) / 60
    exchanges = zip(requests, store.statuses, strict=True)
    creations = sum(one.method == "POST" for one, status in exchanges if status == 200)
    assert (outcome.exit_status, outcome.results.problem) == (0, "")
    assert len(requests) == 56
    assert creations == 8
    assert store.statuses.count(429) == 0
    assert len(requests) / minutes <= 78  # 75 a minute, and the first one at once
    assert store.numbers() == before
    assert list(as_lines(outcome))[-2:] == [
        "cleanup: 7 deleted, 0 invoices left",
        "rate limit: 0 responses 429, waited 32 s",
    ]


@pytest.mark.parametrize("name", list(DIALECTS))
def test_dialects_are_no_failures(name: str, live: LiveRun) -> None:
    """
    No dialect of the mock breaks a promise.
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
    Responses that deviate from the contract in a known way are observations, not broken promises.
    """
    with StandIn(dialect, limit=None) as store:
        outcome = live(store)

    assert {r.promise.id: [f.received for f in r.failures] for r in outcome.results.broken} == {}
    assert outcome.observations is not None
    chosen = attrs.asdict(dialect, filter=lambda attribute, value: value != attribute.default)
    assert {name: outcome.observations.settings[name] for name in chosen} == chosen


def test_broken_promise(live: LiveRun) -> None:
    """
    A broken documented promise fails the run, with the received and the expected value.
    """

    def forget(request: httpx.Request, body: Any) -> Any:
        one = body.get("data") if isinstance(body, dict) else None
        if request.method == "GET" and isinstance(one, dict) and one.get("type") == "Invoice":
            one["type"] = "Bill"
        return body

    with StandIn(change=_as_json(forget)) as store:
        outcome = live(store)

    assert outcome.exit_status == 1
    (broken,) = outcome.results.broken
    assert broken.promise.id == "type-default"
    assert [(f.received, f.expected) for f in broken.failures] == [('/type "Bill"', '/type "Invoice"')]


def test_rejected_valid_create(live: LiveRun) -> None:
    """
    A store that rejects a valid create fails the run, whatever the documentation leaves open.
    """

    def reject(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.method == "POST" and b"-whole" in request.content:
            return httpx.Response(
                422, json={"code": 422, "data": {"errMsg": {"type": ["x"]}}, "meta": {"message": "x"}}
            )
        return response

    with StandIn(change=reject) as store:
        outcome = live(store)

    assert outcome.exit_status == 1
    assert "valid-requests-accepted" in {result.promise.id for result in outcome.results.broken}


def test_assumed_promise_is_an_observation(live: LiveRun) -> None:
    """
    A broken promise that is only assumed or observed does not fail the run; it is reported as a deviation.
    """

    def lose(_: httpx.Request, body: Any) -> Any:
        found = body.get("data") if isinstance(body, dict) else None
        for invoice in found if isinstance(found, list) else [found]:
            if isinstance(invoice, dict) and isinstance(invoice.get("termsConditions"), str):
                invoice["termsConditions"] = invoice["termsConditions"].replace("\x07", "")
        return body

    with StandIn(change=_as_json(lose)) as store:
        outcome = live(store)

    assert outcome.exit_status == 0
    reason = outcome.results.promises["any-text-is-unchanged"].reason
    assert reason.startswith(
        "the store does otherwise, and nothing documented says so: received the invoice /termsConditions"
    )


def test_flaky_network(live: LiveRun) -> None:
    """
    Responses 502 and 503 and lost responses break no promise, and nothing is left behind.
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
    A create for an order without a response is retried with another order, since the first may have an invoice now.
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


def test_pauses_are_not_latency(store: StandIn, live: LiveRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Pauses of the rate limiter do not count as latency of the service.
    """
    monkeypatch.setattr("b2b_invoices_contract.exchanges.time", SimpleNamespace(monotonic=store.time))

    outcome = live(store, share=0.05)

    assert outcome.waited > 300
    assert outcome.results.promises["responses-within-five-seconds"].verdict == "kept"


def test_could_not_check(store: StandIn, live: LiveRun, tmp_path: Path) -> None:
    """
    If a request gets no response, its promises are not checked, with a reason, and the exit status is 3.
    """

    def trouble(request: httpx.Request, _: int) -> httpx.Response | None:
        return httpx.Response(503, html="<h1>Maintenance</h1>") if "sortBy" in request.url.query.decode() else None

    store.trouble = trouble

    outcome = live(store)

    assert outcome.exit_status == 3
    assert outcome.accidents == {"list-sorting": "'list sorted' could not be observed: the response was 503"}
    assert "could not check list-sorting: 'list sorted' could not be observed: the response was 503" in list(
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
"""Responses that do not come from the API, or not to the request that was sent."""

HIT: dict[str, Callable[[httpx.Request], bool]] = {
    "a create": lambda request: b"-whole" in request.content,
    "all creates": lambda request: request.method == "POST",
    "reads and lists": lambda request: request.method == "GET" and request.url.query != b"q=CTL-K3V9QD2M-&limit=1",
    "deletes": lambda request: request.method == "DELETE",
}
"""The requests that get one."""

OBSTRUCTED = [
    (kind, hit, executed)
    for kind in OBSTACLES
    for hit in HIT
    for executed in (False, True)
    if not executed or (hit != "reads and lists" and kind != "scope")
    if (kind, hit) != ("scope", "all creates")  # which ends the run at once
]
"""Combinations of these, before or after the service has executed the request."""


@pytest.mark.parametrize(("kind", "hit", "executed"), OBSTRUCTED)
def test_obstacle(store: StandIn, live: LiveRun, journal: Journal, *, kind: str, hit: str, executed: bool) -> None:
    """
    A response that does not come from the API breaks no promise, and does not prove that nothing is left.
    """
    before = store.numbers()

    def trouble(request: httpx.Request, _: int) -> httpx.Response | None:
        if not HIT[hit](request):
            return None
        if executed:
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


def test_response_after_a_retry(store: StandIn, live: LiveRun) -> None:
    """
    If a retry succeeds, only the promise that every request gets a response stays unchecked.
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
    every = outcome.results.promises["every-request-gets-a-response"]
    assert every.verdict == "not checked"
    assert every.reason == ("it could not be observed: no response to 'list sorted', and the network may be to blame")


def test_retries_stay_within_the_budget(store: StandIn, live: LiveRun) -> None:
    """
    When every create fails, a run ends within its budget of requests.
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
    While other integrations use up the rate limit, a run waits for the next window.
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
    A run that is interrupted by a signal deletes its invoices and reports it.
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
    Cleanup continues after a first interruption, with a message; it stops after a second, and `cleanup` continues it.
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
    assert warned == ["still deleting the invoices of this run; interrupt again to stop"]

    times = iter([2])
    outcome = live(store, name="SECND222", progress=probes.append)

    assert outcome.exit_status == 2
    assert outcome.results.problem == "it was interrupted; b2b-invoices-contract cleanup goes on with it"
    (unfinished,) = journal.unfinished()
    assert clean(store.target, unfinished, journal, store.around, share=1).is_clean
    assert store.numbers() == before


def test_closed_terminal(store: StandIn, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Cleanup continues when the terminal is closed and printing fails.
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
    A signal that is ignored at the start, as SIGHUP under nohup, stays ignored.
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
    An interrupted run with --keep reports that its invoices are left.
    """

    def progress(probe: Probe) -> None:
        if probe.name == "create in a channel":
            raise KeyboardInterrupt

    outcome = live(store, progress=progress, keep=True)

    assert outcome.results.problem == (
        "interrupted; what the run had created was left in the store, as --keep says, and the rest was not checked"
    )
    assert [number for number in store.numbers() if number.startswith("CTL-")] != []


def test_interrupted_with_failing_cleanup(store: StandIn, live: LiveRun) -> None:
    """
    An interrupted run whose deletes fail reports it.
    """

    def progress(probe: Probe) -> None:
        if probe.name == "create in a channel":
            store.trouble = lambda request, _: httpx.Response(403) if request.method == "DELETE" else None
            raise KeyboardInterrupt

    outcome = live(store, progress=progress)

    assert outcome.results.problem.startswith("interrupted; the response to the delete of invoice ")
    assert outcome.results.problem.endswith(" was 403; b2b-invoices-contract cleanup goes on with it")


def test_invoice_of_others(live: LiveRun, tmp_path: Path) -> None:
    """
    An invoice without the mark in the response to a read is not stored.
    """
    read: list[httpx.Request] = []

    def foreign(request: httpx.Request, body: Any) -> Any:
        one = body.get("data")
        if (
            request.method == "GET"
            and isinstance(one, dict)
            and one.get("invoiceNumber") == f"CTL-{NAME}-a"
            and not read
        ):
            read.append(request)
            body["data"] = one | {
                "invoiceNumber": "INV-9",
                "externalId": "",
                "purchaseOrderNumber": "",
                "type": "Private words",
                "status": "Private words",
            }
        return body

    with StandIn(change=_as_json(foreign)) as store:
        outcome = live(store)

    write_report(outcome.results, tmp_path / "report")
    assert outcome.file is not None
    files = [outcome.file, *(tmp_path / "report").iterdir()]
    assert [path for path in files if "Private words" in path.read_text(encoding="utf-8")] == []
    assert "read barest" not in load(outcome.file).answers
    reasons = [result.reason for result in outcome.results.unchecked]
    why = "it could not be observed: 'read barest' returned an invoice without the mark of the run"
    assert why in reasons


def test_crash(store: StandIn, live: LiveRun) -> None:
    """
    A run that crashes deletes its invoices first.
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
    With keep, the invoices stay, and `cleanup` does not delete them later.
    """
    before = store.numbers()

    outcome = live(store, keep=True)

    left = [number for number in store.numbers() if number not in before]
    assert len(left) == 7
    assert all(number.startswith("CTL-K3V9QD2M-") for number in left)
    assert (outcome.cleaned, journal.unfinished()) == (None, [])


def test_create_without_an_id(live: LiveRun) -> None:
    """
    An invoice whose create had no id in its response breaks no promise about lists, and is deleted.
    """

    def unknown(request: httpx.Request, body: Any) -> Any:
        if request.method == "POST" and b"-whole" in request.content and "id" in body["data"]:
            body["data"]["id"] = 0
        return body

    with StandIn(change=_as_json(unknown)) as store:
        before = store.numbers()
        outcome = live(store)

        assert store.numbers() == before
    assert [result.promise.id for result in outcome.results.broken] == []


def test_id_of_another_invoice(live: LiveRun) -> None:
    """
    An invoice of another integration is not deleted when a store returns its id for a create.
    """

    def wrong(request: httpx.Request, body: Any) -> Any:
        if request.method == "POST" and isinstance(body.get("data"), dict) and "id" in body["data"]:
            body["data"]["id"] = 3
        return body

    with StandIn(change=_as_json(wrong)) as store:
        before = store.numbers()
        outcome = live(store)
        after = store.numbers()

    assert "INV-2" in before
    assert after == before
    assert outcome.results.problem.startswith("the run was stopped before it sent DELETE ")
    assert outcome.cleaned is not None
    assert outcome.cleaned.problem == "invoice 3 is in the journal, but does not have the mark of the run"
    assert all(
        request.url.path != "/api/v3/io/ip/invoices/3" for request in store.requests if request.method == "DELETE"
    )


def test_observations_without_secrets(store: StandIn, live: LiveRun) -> None:
    """
    Observations have no credentials, company or invoices of other integrations, and can be loaded.
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
    Two runs on an unchanged store have equal observations, although ids, numbers and times differ.
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


def _channel_as_number(_: httpx.Request, body: Any) -> Any:
    found = body.get("data")
    for invoice in found if isinstance(found, list) else [found]:
        if isinstance(invoice, dict) and invoice.get("channelId"):
            invoice["channelId"] = int(invoice["channelId"])
    return body


def _custom_fields(_: httpx.Request, body: Any) -> Any:
    found = body.get("data")
    for invoice in found if isinstance(found, list) else [found]:
        details = (invoice.get("details") if isinstance(invoice, dict) else None) or {}
        for line in details.get("details", {}).get("lineItems", []):
            line["customFields"] = {}
    return body


def _twice(request: httpx.Request, response: httpx.Response) -> httpx.Response:
    """
    Respond like a service that accepts a second invoice for an order.
    """
    if request.method == "POST" and b"exists for this order" in response.content:
        return httpx.Response(200, json={"code": 200, "data": {"id": 9999}, "meta": {"message": "Success"}})
    return response


def _slash_lost(request: httpx.Request, response: httpx.Response) -> httpx.Response:
    """
    Respond like a service without the path of one invoice.
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
    "2025-05-12: rate limit headers": (
        lambda: StandIn(Dialect(), limit=None),
        _was(),
        [
            "rate limit headers: limit was nothing, is 150 in 60 s",
            "rate_limit_headers: setting was unknown to the mock, is b2b",
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
        ["rate limit headers: limit was 150 in 60 s, is 100 in 60 s"],
    ),
    "message in capitals": (
        _was(),
        _was(success_message="SUCCESS"),
        ["success_message: setting was Success, is SUCCESS", "create barest: message was Success, is SUCCESS"],
    ),
}
"""Changes of the API in the past: the store before, the store after, and the drift that reports them."""


@pytest.mark.parametrize("change", list(HISTORY))
def test_drift_names_the_change(change: str, live: LiveRun, tmp_path: Path) -> None:
    """
    Each past change of the API is reported as drift, with a message to the vendor.
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
    assert message.startswith(f"Between {first.at} and {second.at}, responses of sandbox.example.com to invoice ")
    assert all(STORE.access_token not in text and STORE.store_hash not in text for text in (lines, message))


def test_observations_with_former_ids(store: StandIn, live: LiveRun, tmp_path: Path) -> None:
    """
    Observations with former promise ids show no drift.
    """
    made = live(store).observations
    assert made is not None
    now = attrs.evolve(made, broken=("ids-are-unique",), otherwise={"list-paging": "received 1"})
    before = attrs.evolve(made, broken=("id-is-new",), otherwise={"list-pages": "received 1"})

    loaded = load(save(before, tmp_path))

    assert (loaded.broken, loaded.otherwise) == (now.broken, now.otherwise)
    assert list(changes(loaded, now)) == []
