"""
Answers of any shape: whatever JSON a store answers, nothing that looks at it fails, and nothing foreign is deleted.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from b2b_invoices_contract.coverage import Coverage
from b2b_invoices_contract.live import fidelity
from b2b_invoices_contract.live.cleanup import clean
from b2b_invoices_contract.live.drift import changes
from b2b_invoices_contract.live.guard import Budget, Crossed
from b2b_invoices_contract.live.journal import Journal, Run, id_of
from b2b_invoices_contract.live.observations import Observations
from b2b_invoices_contract.live.plan import Plan
from b2b_invoices_contract.live.run import LiveOptions, plan_for
from b2b_invoices_contract.live.runner import send_all
from b2b_invoices_contract.live.seen import Seen
from b2b_invoices_contract.live.verdicts import judge
from b2b_invoices_contract.live.wire import Surroundings, Wire
from b2b_invoices_contract.results import Result, Results
from b2b_invoices_spec.promises import load_promises
from contract_tests.tests.standin import COMPANY, HOST, NOW, StandIn, Time

RUN = "K3V9QD2M"
MARK = f"CTL-{RUN}-"
FEW = settings(max_examples=40)


_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, -1, 21, "21", 2**63, 2**64 - 1, 10**40, 1e308, -0.0, 1e-320, "", "NaN", MARK, f"{MARK}a"])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
)
_KEYS = st.text(max_size=3) | st.sampled_from(
    [
        "id",
        "invoiceId",
        "data",
        "meta",
        "errMsg",
        "message",
        "pagination",
        "invoiceNumber",
        "status",
        "createdAt",
        "code",
    ]
)
ANY_JSON = st.recursive(
    _SCALARS, lambda part: st.lists(part, max_size=3) | st.dictionaries(_KEYS, part, max_size=4), max_leaves=12
)
DEEP = st.integers(1, 1500).map(lambda levels: "[" * levels + "]" * levels)


@attrs.frozen
class Recorded(httpx.BaseTransport):
    """Answers every request as a store did, but for those that *changes* has a change of, by their number."""

    answers: dict[tuple[str, str, bytes], httpx.Response]
    changes: Any = attrs.field(factory=dict)
    asked: list[httpx.Request] = attrs.field(factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        self.asked.append(request)
        known = self.answers.get((request.method, str(request.url), request.read()))
        if known is None:
            return httpx.Response(404, json={"code": 404, "data": {"errMsg": "x"}, "meta": {"message": "x"}})
        change = self.changes if isinstance(self.changes, Name) else self.changes.get(len(self.asked))
        content = change.changed(known.content) if change and known.content else known.content
        return httpx.Response(known.status_code, headers={"content-type": "application/json"}, content=content)


@attrs.frozen
class Recording:
    """A run, and what a store answered to it."""

    store: StandIn = attrs.field(repr=False)
    plan: Plan = attrs.field(repr=False)
    answers: dict[tuple[str, str, bytes], httpx.Response] = attrs.field(repr=False)
    observed: Observations = attrs.field(repr=False)


@pytest.fixture(name="recording", scope="module")
def _recording() -> Iterator[Recording]:
    answers: dict[tuple[str, str, bytes], httpx.Response] = {}

    def keep(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        answers.setdefault((request.method, str(request.url), request.content), response)
        return response

    with StandIn(limit=None, change=keep) as store:
        plan = plan_for(LiveOptions())
        seen = _sent(store, plan, store.around)
        yield Recording(store, plan, answers, _observed(store, seen))


def _sent(store: StandIn, plan: Plan, around: Surroundings) -> Seen:
    run = Run.on(store.target, RUN, NOW)
    seen = Seen(run, COMPANY, int(NOW))
    with Journal.open(Path(":memory:")) as journal:
        journal.begin(run)
        with Wire.open(store.target, run, journal, budget=Budget(), share=1, around=around) as wire, suppress(Crossed):
            send_all(plan, wire, seen, lambda _: None)
    return seen


def _observed(store: StandIn, seen: Seen) -> Observations:
    promises = {name: Result(promise) for name, promise in load_promises().items()}
    return Observations.of(seen, judge(seen, store.target, Results("", 0, "live", promises)), HOST)


@attrs.frozen
class Place:
    """Something else, or nothing where it is `...`, at a place of an answer that *way* leads to."""

    way: tuple[int, ...]
    value: Any

    def changed(self, body: bytes) -> bytes:
        """Return *body* with it."""
        return _encoded(_changed(json.loads(body), list(self.way), self.value))


def _changed(node: Any, way: list[int], value: Any) -> Any:
    if not way or not node or not isinstance(node, dict | list):
        return None if value is ... else value
    keys: list[Any] = list(node) if isinstance(node, dict) else list(range(len(node)))
    key = keys[way[0] % len(keys)]
    if len(way) == 1 and value is ...:
        del node[key]
    else:
        node[key] = _changed(node[key], way[1:], value)
    return node


@attrs.frozen
class Name:
    """Something else, or nothing where it is `...`, under a name of an answer, the *turn*-th, wherever it is."""

    turn: int
    value: Any

    def changed(self, body: bytes) -> bytes:
        """Return *body* with it."""
        return _encoded(_replaced(json.loads(body), NAMES[self.turn % len(NAMES)], self.value))


@attrs.frozen
class Whole:
    """Another answer altogether."""

    body: bytes

    def changed(self, _: bytes) -> bytes:
        """Return it."""
        return self.body


NAMES = [
    *(
        "code",
        "data",
        "meta",
        "message",
        "pagination",
        "totalCount",
        "limit",
        "offset",
        "errMsg",
        "id",
        "invoiceNumber",
    ),
    *(
        "createdAt",
        "updatedAt",
        "dueDate",
        "status",
        "source",
        "type",
        "orderNumber",
        "channelId",
        "customerId",
        "value",
    ),
    *("originalBalance", "openBalance", "details", "header", "shipments", "lineItems", "extraFields", "externalId"),
]
"""Names in answers."""

_VALUES = st.just(...) | ANY_JSON
_WHOLE = st.one_of(
    ANY_JSON.map(lambda value: json.dumps(value).encode()),
    st.builds(lambda data, meta: json.dumps({"code": 200, "data": data, "meta": meta}).encode(), ANY_JSON, ANY_JSON),
    DEEP.map(lambda deep: f'{{"code": 200, "data": {deep}, "meta": {{"message": "Success"}}}}'.encode()),
).map(Whole)
_PLACE = st.builds(Place, st.lists(st.integers(0, 40), min_size=1, max_size=6).map(tuple), _VALUES)
_NAME = st.builds(Name, st.integers(0, len(NAMES) - 1), _VALUES)
CHANGES = st.one_of(
    st.dictionaries(st.integers(1, 47), _WHOLE | _PLACE, min_size=1, max_size=4),
    _NAME,
)
"""What becomes of some answers, by their number, or of all."""


def _replaced(node: Any, name: str, value: Any) -> Any:
    if isinstance(node, list):
        return [_replaced(part, name, value) for part in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _replaced(part, name, value) for key, part in node.items() if key != name}
    return kept | ({name: value} if name in node and value is not ... else {})


def _encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


@FEW
@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # an answer that is drawn can be long
@given(changes_made=CHANGES)
def test_judges(recording: Recording, changes_made: Any) -> None:
    """
    Whatever the answers are, the probes are sent, every promise is judged, and the answers observed and compared.
    """
    time = Time(latency=0)
    around = Surroundings(time, time, time.sleep, lambda: Recorded(recording.answers, changes_made))

    seen = _sent(recording.store, recording.plan, around)
    observed = _observed(recording.store, seen)

    assert Coverage.of(sent.exchange for sent in seen.answered.values()).rules
    assert changes(recording.observed, observed) is not None
    if observed.answers:
        assert 0 <= fidelity.compare(recording.observed, observed).score <= 1


@FEW
@given(data=st.data())
def test_cleaning(recording: Recording, data: st.DataObject) -> None:
    """
    Whatever the answers are, cleaning ends, and deletes only what an answer has shown to bear the run's mark.
    """
    marked = st.builds(lambda rest, number: {**rest, "invoiceNumber": number}, st.fixed_dictionaries({"id": _SCALARS}),
                       st.sampled_from([f"{MARK}a", MARK, f"x{MARK}", "INV-1"]))  # fmt: skip
    bodies = st.one_of(
        ANY_JSON.map(_encoded),
        st.builds(lambda found, meta: _encoded({"data": found, "meta": meta}), st.lists(marked) | marked, ANY_JSON),
        DEEP.map(str.encode),
        st.binary(max_size=8),
    )
    shown: set[int] = set()
    deleted: set[int] = set()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE":
            deleted.add(int(request.url.path.rpartition("/")[2]))
            assert deleted <= shown
        status = data.draw(st.sampled_from([200, 200, 200, 200, 204, 404, 403, 500]))
        body = data.draw(bodies)
        shown.update(_marked_ids(body))
        return httpx.Response(status, headers={"content-type": "application/json"}, content=body)

    time = Time(latency=0)
    around = Surroundings(time, time, time.sleep, lambda: httpx.MockTransport(answer))
    run = Run.on(recording.store.target, RUN, NOW)
    with Journal.open(Path(":memory:")) as journal:
        journal.begin(run)
        journal.claim(run, 21)
        journal.about_to_create(run, NOW)
        cleaned = clean(recording.store.target, run, journal, around, share=1)

        assert cleaned.is_clean != bool(cleaned.left or cleaned.problem)
        assert (journal.unfinished() == []) == cleaned.is_clean


def _marked_ids(body: bytes) -> set[int]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return set()
    found = answer.get("data") if isinstance(answer, dict) else None
    return {
        invoice_id
        for invoice in (found if isinstance(found, list) else [found])
        if isinstance(invoice, dict) and str(invoice.get("invoiceNumber")).startswith(MARK)
        if (invoice_id := id_of(invoice))
    }


@pytest.mark.parametrize("told", [0, -1, 2**63, 2**70, True, "21", 1.5, None, [], {"id": 3}])
def test_ids_that_are_none(recording: Recording, told: Any) -> None:
    """
    A create that is answered with no id, or with one that cannot be, is not followed, and nothing is asked for by it.
    """
    creates = [number for number, (method, _, _) in enumerate(recording.answers, 1) if method == "POST"]
    changed = {creates[0]: Whole(_encoded({"code": 200, "data": {"id": told}, "meta": {"message": "SUCCESS"}}))}
    time = Time(latency=0)
    replay = Recorded(recording.answers, changed)

    seen = _sent(recording.store, recording.plan, Surroundings(time, time, time.sleep, lambda: replay))

    assert str(seen.missing["read barest"]) == "'create barest' returned 200, without an id"
    assert "list own" in seen.answered
