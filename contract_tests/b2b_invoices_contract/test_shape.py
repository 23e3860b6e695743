"""
What every operation promises of its requests and answers, whatever they mean: tried by Schemathesis.
"""

import pytest

from .blame import no_answer
from .contract import violations
from .failures import BrokenPromise, raise_all, undocumented
from .fuzzing import NO_ANSWER, PROMISE_OF, TOO_LATE, Finding, fuzz
from .profiles import Pace
from .session import Session
from .subjects import why_unseen

_PROMISES = sorted({*PROMISE_OF.values(), NO_ANSWER, TOO_LATE})


@pytest.fixture(scope="module", name="findings")
def _findings(session: Session, pace: Pace) -> list[Finding]:
    effort = pace.profile.effort
    drafts = session.api.drafts
    return fuzz(session.target, drafts, session.traffic, seed=session.seed, effort=effort, is_over=lambda: pace.is_over)


@pytest.mark.parametrize("promise", [pytest.param(name, marks=pytest.mark.promise(name)) for name in _PROMISES])
def test_nothing_found(session: Session, findings: list[Finding], promise: str) -> None:
    """
    Nothing was found that breaks the promise, on any operation, with generated requests of every kind.
    """
    raise_all(broken for finding in findings if finding.promise == promise for broken in _broken(finding))
    if why := why_unseen(promise, session.traffic):
        pytest.skip(why)


def _broken(finding: Finding) -> list[BrokenPromise]:
    """
    What *finding* stands for: in the words of our own check where it has them, so that it is one failure with that.
    """
    if finding.lost:
        return [no_answer(finding.lost)]
    exchange = finding.exchange
    if exchange and finding.promise == "responses-match-the-contract" and (found := list(violations(exchange))):
        return [undocumented(violation, exchange) for violation in found]
    if exchange and finding.promise == "no-server-errors":
        return [BrokenPromise(f"status {exchange.status}", "a status below 500", exchange)]
    return [BrokenPromise(finding.what, "nothing wrong", exchange, matter=finding.title)]
