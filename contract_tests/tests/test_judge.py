"""
The judge: what it records, which promise it names, and what ends a run.
"""

import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest
from hypothesis import strategies as st
from rich.console import Console

from b2b_invoices_contract.checks.check import Check
from b2b_invoices_contract.checks.check import _checks as registered
from b2b_invoices_contract.exchanges import Lost
from b2b_invoices_contract.failures import Comparison
from b2b_invoices_contract.judge import BrokenPromises, CheckFailed, Judge
from b2b_invoices_contract.live.command import LiveFlags, check_live
from b2b_invoices_contract.observations import Case, Created, Deleted
from b2b_invoices_contract.redaction import Redaction
from b2b_invoices_contract.results import Result, Results
from b2b_invoices_contract.run import Options, Stopped, run, start
from b2b_invoices_contract.session import Session
from b2b_invoices_contract.targets import Target, embedded_mock
from b2b_invoices_contract.traffic.source import Source, explore
from b2b_invoices_spec import load_promises

from .example import TARGET
from .observed import ID, created, not_created, response
from .standin import HOST, StandIn


def _results(*only: str) -> Results:
    promises = {name: Result(one) for name, one in load_promises().items() if name in (only or {name})}
    return Results(TARGET.base_url, 1, "quick", promises)


def _judge(results: Results, **options: Any) -> Judge:
    return Judge(results, Redaction.of(TARGET), **options)


@pytest.fixture(name="bug")
def _bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A check with a bug, in place of that of type-default.
    """

    def look(created: Created) -> Iterator[Comparison]:
        yield created.no_such_attribute  # type: ignore[attr-defined]  # the bug

    monkeypatch.setitem(registered, "type-default", Check("type-default", (Created,), look))


def test_kept_and_broken_are_recorded() -> None:
    """
    An observation counts for every promise that says something of it, and a comparison that is not met is a failure.
    """
    results = _results("type-default", "status-default", "order-number-reads-as-number", "deleted-invoice-is-gone")

    _judge(results).see(created(status=1))

    verdicts = {name: result.verdict for name, result in results.promises.items()}
    assert verdicts == {
        "type-default": "kept",
        "status-default": "broken",
        "order-number-reads-as-number": "not checked",
        "deleted-invoice-is-gone": "not checked",
    }
    (failure,) = results.promises["status-default"].failures
    assert (failure.at, failure.received, failure.expected) == ("/status", "/status 1", "/status 0")
    assert failure.curl.count("curl ") == 2


def _consequences(seen: Created) -> dict[str, str]:
    results = _results()
    _judge(results).see(seen)
    return {result.promise.id: result.failures[0].consequence_of for result in results.broken}


def test_specific_promise_comes_first() -> None:
    """
    A general promise is broken as a consequence of the specific one that the request tries.
    """
    tried = created({"type": "a\0"}, Case("any-text-is-unchanged", field="type"), type="a")

    assert _consequences(tried) == {"any-text-is-unchanged": "", "stored-as-sent": "any-text-is-unchanged"}
    assert _consequences(not_created("optional-fields"))["valid-requests-accepted"] == "optional-fields"


def test_another_field_is_no_consequence() -> None:
    """
    A general promise that is broken at another field than the specific one stands for itself.
    """
    seen = created({"channelId": 3, "externalId": "a"}, channelId=3, externalId="A")

    assert _consequences(seen) == {"channel-id-reads-as-text": "", "stored-as-sent": ""}


def test_one_defect_is_one_failure() -> None:
    """
    The same defect in several observations is one failure, which counts them and has their cases.
    """
    results = _results("type-default")
    judge = _judge(results)

    for name in ("a", "b", "b"):
        judge.see(created(case=Case(name=name), type="x"))

    (failure,) = results.promises["type-default"].failures
    assert (failure.count, failure.places) == (3, ["a", "b"])


def test_nothing_is_judged_after_the_end() -> None:
    """
    What the cleanup sends breaks no promise.
    """
    results = _results()
    judge = _judge(results)

    judge.close()

    assert judge.see(Deleted(exchange=response(500), invoice_id=ID)) == []
    assert results.broken == []


def test_example_raises_for_hypothesis() -> None:
    """
    An example that breaks promises is judged, and raises an error of another type for each set of promises.
    """
    results = _results("type-default", "status-default")
    judge = _judge(results)
    types = []

    for changes in ({"type": "x"}, {"status": 1}, {"type": "y"}):
        with pytest.raises(BrokenPromises) as raised, judge.example():
            judge.see(created(**changes))
        types.append(raised.type)

    assert types[0] is types[2] is not types[1]
    assert len(results.broken) == 2


@pytest.mark.usefixtures("bug")
def test_bug_of_a_check_is_no_broken_promise() -> None:
    """
    A check that raises ends the judging with its name, and breaks no promise.
    """
    results = _results()

    with pytest.raises(CheckFailed) as raised:
        _judge(results).see(created())

    assert raised.value.promise == "type-default"
    assert isinstance(raised.value.__cause__, AttributeError)
    assert results.broken == []
    assert pickle.loads(pickle.dumps(raised.value)).promise == "type-default"  # noqa: S301 - our own bytes


@pytest.fixture(name="mock", scope="module")
def _mock() -> Iterator[Target]:
    with embedded_mock() as target:
        yield target


@pytest.mark.usefixtures("bug")
@pytest.mark.parametrize("profile", ["quick", "full"])
def test_bug_of_a_check_ends_the_run(mock: Target, profile: Any) -> None:
    """
    A check that raises ends the run with exit status 2, its name and the error; no promise is broken, nor inconclusive.
    """
    results = run(mock, Options(profile, seed=1, only=frozenset({"type-default", "code-equals-status"})))

    assert results.exit_status == 2
    assert results.problem == "a bug of this tool, not of the target: the check of type-default has a bug"
    assert results.bug is not None
    assert isinstance(results.bug.__cause__, AttributeError)
    assert results.broken == []
    assert results.requests < 20


def test_bug_of_a_source_ends_the_run(mock: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A source of traffic that raises ends the run with exit status 2, its name and the error; no promise is broken.
    """

    def send(_: Session) -> None:
        raise AttributeError("no_such_attribute")

    runner = sys.modules["b2b_invoices_contract.run"]
    monkeypatch.setattr(runner, "SOURCES", (Source("planted", (Created,), send),))

    results = run(mock, Options("quick", seed=1))

    assert results.exit_status == 2
    assert results.problem == "a bug of this tool, not of the target: the source of traffic planted has a bug"
    assert results.bug is not None
    assert isinstance(results.bug.__cause__, AttributeError)
    assert results.broken == []


def test_request_to_a_target_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A request that gets no response because the target has gone away ends the run, and breaks no promise.
    """
    session = start(attrs.evolve(TARGET, base_url="http://127.0.0.1:9/api/v3/io/ip"), Options("quick"))

    def send(session: Session) -> None:
        session.judge.see(Lost(response(), "ReadError: connection reset", is_late=False))
        raise httpx.ReadError("connection reset")

    planted = Source("planted", (Lost,), send)
    runner = sys.modules["b2b_invoices_contract.run"]
    monkeypatch.setattr(runner, "SOURCES", (planted,))

    with pytest.raises(Stopped, match="the target cannot be checked any further"):
        runner.send(session, planted)

    session.close()
    assert session.results.broken == []


@pytest.mark.usefixtures("bug")
def test_bug_of_a_check_ends_a_live_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    In a live run too: exit status 2, the name of the check and its traceback; what the run created is deleted.
    """
    with StandIn() as store:
        before = store.numbers()
        status = check_live(
            store.target,
            LiveFlags(yes=True, journal=tmp_path / "journal.sqlite3", observations=tmp_path / "observations"),
            allowed_hosts=frozenset({HOST}),
            report_dir=tmp_path,
            console=Console(),
            around=store.around,
        )

        assert store.numbers() == before
    told = capsys.readouterr()
    assert status == 2
    assert "the check of type-default has a bug" in told.err
    assert "AttributeError: 'Created' object has no attribute 'no_such_attribute'" in told.err


def test_several_sets_of_broken_promises(mock: Target) -> None:
    """
    Examples that break several sets of promises are all recorded, and the traffic goes on.
    """
    session = start(mock, Options("full", seed=3))
    wrong: list[dict[str, Any]] = [{"type": "x"}, {"status": 1}, {"source": 1}]

    def example(data: Any) -> None:
        session.judge.see(created(**data.draw(st.sampled_from(wrong))))

    explore(session, example)
    session.close()

    assert {"type-default", "status-default", "source-default"} <= {one.promise.id for one in session.results.broken}
