"""
What counts as caught: which promises have to be named for a fault, and which may be.
"""

import pytest

from b2b_invoices_contract.mutation.fault import Fault
from b2b_invoices_contract.mutation.measure import Verdict, verdict_on
from b2b_invoices_contract.mutation.proxy import faultless

FAULT = Fault("due-at-once", ("due-date-default",), "Due.", faultless, beside=("stored-as-sent",))


@pytest.mark.parametrize(
    ("named", "verdict", "strictly"),
    [
        pytest.param((), "missed", "missed", id="nothing"),
        pytest.param(("due-date-default",), "caught", "caught", id="what it is about"),
        pytest.param(("stored-as-sent", "due-date-default"), "caught", "caught", id="what it breaks on the way too"),
        pytest.param(("stored-as-sent",), "misattributed", "misattributed", id="only what it breaks on the way"),
        pytest.param(("ids-are-unique",), "misattributed", "misattributed", id="what it does not break"),
        pytest.param(
            ("due-date-default", "ids-are-unique"), "caught", "misattributed", id="what it does not break too"
        ),
    ],
)
def test_verdict(named: tuple[str, ...], verdict: Verdict, strictly: Verdict) -> None:
    """
    A fault is caught when a promise that it is about is named; strictly, when none is named that it does not break.
    """
    assert verdict_on(named, FAULT, strict=False) == verdict
    assert verdict_on(named, FAULT, strict=True) == strictly


def test_control_catches_nothing() -> None:
    """
    Without a fault, whatever is named is the wrong answer.
    """
    assert verdict_on(("ids-are-unique",), None, strict=False) == "misattributed"
    assert verdict_on((), None, strict=False) == "missed"
