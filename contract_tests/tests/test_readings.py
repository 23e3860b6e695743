"""
Expected values of a created invoice: exact, with no more room than the contract leaves.
"""

import pytest

from b2b_invoices_contract.readings import is_default_due_date

_DAY = 24 * 60 * 60
_MIDNIGHT = 20_000 * _DAY
_BEGAN, _ENDED = _MIDNIGHT + 5000, _MIDNIGHT + 5002


@pytest.mark.parametrize("terms", [30, None], ids=["known-terms", "unknown-terms"])
@pytest.mark.parametrize(
    ("due", "is_default"),
    [
        pytest.param(_BEGAN + 30 * _DAY, True, id="from-the-create"),
        pytest.param(_ENDED + 30 * _DAY, True, id="from-its-end"),
        pytest.param(_MIDNIGHT + 30 * _DAY, True, id="from-midnight"),
        pytest.param(_BEGAN + 30 * _DAY - 1, False, id="a-second-early"),
        pytest.param(_ENDED + 30 * _DAY + 1, False, id="a-second-late"),
        pytest.param(_MIDNIGHT + 30 * _DAY + 1, False, id="just-after-midnight"),
        pytest.param(_BEGAN - _DAY, False, id="yesterday"),
        pytest.param(_MIDNIGHT - _DAY, False, id="the-midnight-before"),
        pytest.param(_BEGAN + 400 * _DAY, False, id="beyond-a-year"),
        pytest.param(str(_BEGAN + 30 * _DAY), False, id="text"),
    ],
)
def test_default_due_date(due: object, terms: int | None, *, is_default: bool) -> None:
    """
    A default due date is a whole number of days after the create, or after the midnight before it.
    """
    assert is_default_due_date(due, (_BEGAN, _ENDED), terms) is is_default
