"""
What the operations promise together, in any order.
"""

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from .profiles import Pace
from .session import Api
from .walks import Walk


@pytest.mark.promise("number-is-unique")
@pytest.mark.promise("order-is-invoiced-once")
@pytest.mark.promise("number-is-per-store")
@pytest.mark.promise("number-is-free-after-delete")
@pytest.mark.promise("id-is-new")
@pytest.mark.promise("id-leads-to-the-invoice")
@pytest.mark.promise("stored-as-sent")
@pytest.mark.promise("settled-is-completed")
@pytest.mark.promise("reads-change-nothing")
@pytest.mark.promise("stores-are-separate")
@pytest.mark.promise("deleted-is-gone")
@pytest.mark.promise("list-filters")
@pytest.mark.promise("list-counts-all")
def test_walks_in_two_stores(api: Api, other: Api, pace: Pace) -> None:
    """
    Whatever was done before in either store, each answer is the one that a model of the two gives.
    """
    _walk([api, other], pace)


@pytest.mark.thorough
@pytest.mark.promise("number-is-unique")
@pytest.mark.promise("order-is-invoiced-once")
@pytest.mark.promise("number-is-free-after-delete")
@pytest.mark.promise("id-is-new")
@pytest.mark.promise("id-leads-to-the-invoice")
@pytest.mark.promise("stored-as-sent")
@pytest.mark.promise("reads-change-nothing")
@pytest.mark.promise("deleted-is-gone")
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
