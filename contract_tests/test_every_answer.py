"""
What every answer promises, checked on all that were given during the run; so it has to be the last.
"""

import pytest

from .contract import Answers
from .failures import BrokenPromise, expect
from .session import Session


@pytest.mark.promise("code-equals-status")
def test_code_equals_status(session: Session) -> None:
    """
    The code in every envelope is the HTTP status.
    """
    envelopes = [exchange for exchange in session.traffic if isinstance(exchange.json, dict)]

    for exchange in envelopes:
        expect(exchange.json.get("code"), exchange.status, "code in the envelope:", exchange)

    assert envelopes


@pytest.mark.promise("never-a-server-error")
def test_never_a_server_error(session: Session) -> None:
    """
    No request was answered with a server error.
    """
    for exchange in session.traffic:
        if exchange.status >= 500:
            raise BrokenPromise(f"status {exchange.status}", "a status below 500", exchange)

    assert len(session.traffic)


@pytest.mark.promise("answers-fit-the-contract")
def test_answers_fit_the_contract(session: Session) -> None:
    """
    Every answer has a status that is documented for its operation, and the body documented for that.
    """
    answers = Answers.of_contract()

    for exchange in session.traffic:
        if wrong := answers.violation(exchange):
            raise BrokenPromise(wrong, "an answer as documented", exchange)
