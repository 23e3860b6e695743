"""
What every operation promises of its requests and answers, whatever they mean: tried by Schemathesis.
"""

import pytest

from .failures import BrokenPromise
from .fuzzing import NO_ANSWER, PROMISE_OF, TOO_LATE, Finding, fuzz
from .profiles import Pace
from .session import Session

_PROMISES = sorted({*PROMISE_OF.values(), NO_ANSWER, TOO_LATE})


@pytest.fixture(scope="module", name="findings")
def _findings(session: Session, pace: Pace) -> list[Finding]:
    effort = pace.profile.effort
    drafts = session.api.drafts
    return fuzz(session.target, drafts, session.traffic, seed=session.seed, effort=effort, is_over=lambda: pace.is_over)


@pytest.mark.parametrize("promise", [pytest.param(name, marks=pytest.mark.promise(name)) for name in _PROMISES])
def test_nothing_found(findings: list[Finding], promise: str) -> None:
    """
    Nothing was found that breaks the promise, on any operation, with generated requests of every kind.
    """
    first = next((finding for finding in findings if finding.promise == promise), None)

    if first:
        raise BrokenPromise(first.what, "nothing wrong", first.exchange)
