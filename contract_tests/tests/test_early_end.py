"""
Early end: a run stops when nearly every response breaks the same promise.
"""

import attrs
import pytest

from b2b_invoices_contract.early_end import EarlyEnd, EarlyEndWatch
from b2b_invoices_contract.traffic import Exchange
from b2b_invoices_spec.promises import load_promises
from contract_tests.tests.example import exchange

GOOD = exchange("GET", answered=b'{"code": 200}')
SLOW = attrs.evolve(GOOD, seconds=6.0)


def _seen(*exchanges: Exchange, at_the_first: bool = False) -> EarlyEnd | None:
    watch = EarlyEndWatch(load_promises(), at_the_first=at_the_first)
    try:
        for one in exchanges:
            watch.see(one)
    except EarlyEnd as early:
        return early
    return None


@pytest.mark.parametrize(
    ("response", "promise"),
    [
        pytest.param(SLOW, "responses-within-five-seconds", id="slow"),
        pytest.param(exchange("GET", status=503), "no-server-errors", id="server-error"),
        pytest.param(exchange("GET", status=302), "responses-match-the-contract", id="redirect"),
    ],
)
def test_fail_fast_ends_at_the_first(response: Exchange, promise: str) -> None:
    """
    With --fail-fast, the first response that breaks a promise of every response ends the run.
    """
    early = _seen(GOOD, response, at_the_first=True)

    assert early is not None
    assert early.broken.promise == promise
    assert early.reason == f"the run ended early: 1 of the first 2 responses broke {promise}"


def test_a_page_in_place_of_json() -> None:
    """
    A response that is not JSON ends the run on a path that the contract has.
    """
    page = exchange("GET", answered=b"<h1>Hello</h1>")
    known = attrs.evolve(page, url="http://127.0.0.1:1/api/v3/io/ip/invoices")

    early = _seen(page, known, at_the_first=True)

    assert early is not None
    assert early.broken.promise == "responses-are-json"


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
        pytest.param([SLOW, exchange("GET", status=500)] * 10, id="different-promises"),
    ],
)
def test_a_run_goes_on(responses: list[Exchange]) -> None:
    """
    The run goes on when half of them do, when it happens later, or when they break different promises.
    """
    assert _seen(*responses) is None


def test_promises_that_are_not_checked() -> None:
    """
    A promise that is not part of the run does not end it.
    """
    watch = EarlyEndWatch(["ids-are-unique"], at_the_first=True)

    watch.see(SLOW)
