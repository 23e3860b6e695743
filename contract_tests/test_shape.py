"""
What every operation promises of its requests and answers, whatever they mean: tried by Schemathesis.
"""

import pytest

from .failures import BrokenPromise
from .fuzzing import PROMISE_OF, Effort, Finding, fuzz
from .session import Session


@pytest.fixture(scope="module", name="findings")
def _findings(session: Session, effort: Effort) -> list[Finding]:
    return fuzz(session.target, session.api.drafts, session.traffic, seed=session.seed, effort=effort)


@pytest.mark.parametrize(
    "promise", [pytest.param(name, marks=pytest.mark.promise(name)) for name in sorted(set(PROMISE_OF.values()))]
)
def test_nothing_found(findings: list[Finding], promise: str) -> None:
    """
    Nothing was found that breaks the promise, on any operation, with generated requests of every kind.
    """
    first = next((finding for finding in findings if finding.promise == promise), None)

    if first:
        raise BrokenPromise(first.what, "nothing wrong", first.exchange)
