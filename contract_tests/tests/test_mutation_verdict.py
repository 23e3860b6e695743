"""
Verdicts: which promises must be named for a fault, and which may be.
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
        pytest.param(("due-date-default",), "caught", "caught", id="a promise that it breaks"),
        pytest.param(("stored-as-sent", "due-date-default"), "caught", "caught", id="a consequence too"),
        pytest.param(("stored-as-sent",), "misattributed", "misattributed", id="only a consequence"),
        pytest.param(("ids-are-unique",), "misattributed", "misattributed", id="another promise"),
        pytest.param(("due-date-default", "ids-are-unique"), "caught", "misattributed", id="another promise too"),
    ],
)
def test_verdict(named: tuple[str, ...], verdict: Verdict, strictly: Verdict) -> None:
    """
    A fault is caught if a promise that it breaks is named. A strict verdict allows no promise that it does not break.
    """
    assert verdict_on(named, FAULT, strict=False) == verdict
    assert verdict_on(named, FAULT, strict=True) == strictly


def test_control_catches_nothing() -> None:
    """
    Without a fault any promise that is named is misattributed.
    """
    assert verdict_on(("ids-are-unique",), None, strict=False) == "misattributed"
    assert verdict_on((), None, strict=False) == "missed"
