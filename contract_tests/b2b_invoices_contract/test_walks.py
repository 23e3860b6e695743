"""
What the operations promise together, in any order.
"""

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from .profiles import Pace
from .session import Api
from .walks import Walk


@pytest.mark.promise("invoice-numbers-are-unique")
@pytest.mark.promise("one-invoice-per-order")
@pytest.mark.promise("invoice-numbers-are-per-store")
@pytest.mark.promise("deleted-number-is-reusable")
@pytest.mark.promise("ids-are-unique")
@pytest.mark.promise("created-id-is-readable")
@pytest.mark.promise("stored-as-sent")
@pytest.mark.promise("settled-is-completed")
@pytest.mark.promise("reads-change-nothing")
@pytest.mark.promise("stores-are-isolated")
@pytest.mark.promise("deleted-invoice-is-gone")
@pytest.mark.promise("list-filters")
@pytest.mark.promise("list-total-count")
def test_walks_in_two_stores(api: Api, other: Api, pace: Pace) -> None:
    """
    Whatever was done before in either store, each answer is the one that a model of the two gives.
    """
    _walk([api, other], pace)


@pytest.mark.thorough
@pytest.mark.promise("invoice-numbers-are-unique")
@pytest.mark.promise("one-invoice-per-order")
@pytest.mark.promise("deleted-number-is-reusable")
@pytest.mark.promise("ids-are-unique")
@pytest.mark.promise("created-id-is-readable")
@pytest.mark.promise("stored-as-sent")
@pytest.mark.promise("reads-change-nothing")
@pytest.mark.promise("deleted-invoice-is-gone")
@pytest.mark.promise("list-filters")
def test_walks_in_one_store(api: Api, pace: Pace) -> None:
    """
    Whatever was done before, each answer is the one that a model of the store gives.
    """
    _walk([api], pace)


def _walk(stores: list[Api], pace: Pace) -> None:
    class WalkInThese(Walk):
        def __init__(self) -> None:
            super().__init__(stores)

    effort = settings(max_examples=pace.profile.runs, stateful_step_count=pace.profile.steps)
    run_state_machine_as_test(WalkInThese, settings=effort)
