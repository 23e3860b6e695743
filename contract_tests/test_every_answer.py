"""
What every answer promises, checked on all that were given during the run; so it has to be the last.
"""

import pytest

from .contract import DocumentedAnswers
from .failures import BrokenPromise, expect
from .session import Api, Session


@pytest.fixture(scope="module", autouse=True)
def _some_answers(api: Api) -> None:
    """One success and one refusal, so that there is something to look at whichever checks were chosen."""
    api.send("GET")
    api.send("GET", headers={})


@pytest.mark.promise("code-equals-status")
def test_code_equals_status(session: Session) -> None:
    """
    The code in every envelope is the HTTP status.
    """
    envelopes = [exchange for exchange in session.traffic if isinstance(exchange.json, dict)]

    for exchange in envelopes:
        expect(exchange.json.get("code"), exchange.status, "code in the envelope:", exchange)


@pytest.mark.promise("never-a-server-error")
def test_never_a_server_error(session: Session) -> None:
    """
    No request was answered with a server error.
    """
    for exchange in session.traffic:
        if exchange.status >= 500:
            raise BrokenPromise(f"status {exchange.status}", "a status below 500", exchange)


@pytest.mark.promise("answers-fit-the-contract")
def test_answers_fit_the_contract(session: Session) -> None:
    """
    Every answer has a status that is documented for its operation, and the body documented for that.
    """
    answers = DocumentedAnswers.of_contract()

    for exchange in session.traffic:
        if wrong := answers.violation(exchange):
            raise BrokenPromise(wrong, "an answer as documented", exchange)
