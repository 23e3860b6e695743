"""
What the operations promise together, in any order.
"""

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from .profiles import Pace
from .session import Session
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
def test_walks(session: Session, pace: Pace) -> None:
    """
    Whatever was done before, each answer is the one that a model of the stores gives.
    """
    stores = [api for api in (session.api, session.other) if api]

    class WalkOfThese(Walk):
        def __init__(self) -> None:
            super().__init__(stores)

    effort = settings(max_examples=pace.profile.runs, stateful_step_count=pace.profile.steps)
    run_state_machine_as_test(WalkOfThese, settings=effort)
