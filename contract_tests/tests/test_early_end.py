"""
Early end: a run stops when nearly every response breaks the same promise.
"""

import pickle

import attrs
import pytest

from b2b_invoices_contract.early_end import EarlyEnd, EarlyEndWatch
from b2b_invoices_contract.exchanges import Exchange
from contract_tests.tests.example import exchange

Seen = tuple[Exchange, set[str]]
"""A response, and the promises that it breaks."""

GOOD: Seen = (exchange("GET"), set())
SLOW: Seen = (attrs.evolve(exchange("GET"), seconds=6.0), {"responses-within-five-seconds"})
FAILED: Seen = (exchange("GET", status=503), {"no-server-errors", "responses-match-the-contract"})
REDIRECT: Seen = (exchange("GET", status=302), {"responses-match-the-contract"})
UNDOCUMENTED: Seen = (exchange("GET", status=418), {"responses-match-the-contract"})


def _seen(*seen: Seen, at_the_first: bool = False) -> EarlyEnd | None:
    watch = EarlyEndWatch(at_the_first=at_the_first)
    try:
        for one, broken in seen:
            watch.see(one, broken)
    except EarlyEnd as early:
        return early
    return None


@pytest.mark.parametrize(
    ("response", "promise"),
    [
        pytest.param(SLOW, "responses-within-five-seconds", id="slow"),
        pytest.param(FAILED, "no-server-errors", id="server-error"),
        pytest.param(REDIRECT, "responses-match-the-contract", id="redirect"),
    ],
)
def test_fail_fast_ends_at_the_first(response: Seen, promise: str) -> None:
    """
    With --fail-fast, the first response that breaks a promise of every response ends the run.
    """
    early = _seen(GOOD, response, at_the_first=True)

    assert early is not None
    assert early.reason == f"the run ended early: 1 of the first 2 responses broke {promise}"


def test_most_of_the_first_twenty() -> None:
    """
    Otherwise the run ends once more than half of the first 20 responses break the same promise.
    """
    early = _seen(*[GOOD] * 9, *[SLOW] * 11)

    assert early is not None
    assert early.reason == "the run ended early: 11 of the first 20 responses broke responses-within-five-seconds"
    assert early.seconds == pytest.approx(6 * 11 / 20)


@pytest.mark.parametrize(
    "responses",
    [
        pytest.param([GOOD] * 10 + [SLOW] * 10, id="half"),
        pytest.param([GOOD] * 20 + [SLOW] * 30, id="later"),
        pytest.param([SLOW, FAILED] * 10, id="different-promises"),
        pytest.param([UNDOCUMENTED] * 30, id="undocumented"),
    ],
)
def test_a_run_goes_on(responses: list[Seen]) -> None:
    """
    The run goes on when half of them do, when it happens later, or when they break different promises or another one.
    """
    assert _seen(*responses) is None


def test_an_early_end_crosses_processes() -> None:
    """
    An early end in a worker process keeps its reason and its latency on its way to the run.
    """
    early = pickle.loads(pickle.dumps(EarlyEnd("why", 1.5)))  # noqa: S301 - our own bytes

    assert (early.reason, early.seconds) == ("why", 1.5)
