"""
The checks that look back at every answer: that each sees what it is there to see.
"""

import json
from collections.abc import Callable

import pytest

from b2b_invoices_contract import test_every_answer as checks
from b2b_invoices_contract.failures import BrokenPromise
from b2b_invoices_contract.session import Session
from b2b_invoices_contract.targets import Credentials, Target
from b2b_invoices_contract.traffic import Exchange, Lost
from contract_tests.tests.example import TARGET, exchange
from contract_tests.tests.test_redaction import ENCODINGS

TOKEN = TARGET.store.access_token


def _session(*exchanges: Exchange, target: Target = TARGET) -> Session:
    session = Session.start(target, 0)
    session.traffic.merge(exchanges, {})
    return session


@pytest.mark.parametrize("encoding", ["raw", "upper case", "for a URL", "JSON", "JSON, every letter", "base64 after 1"])
def test_echoed_token_is_found(encoding: str) -> None:
    """
    A token in an answer is found however it is written, in the body and in a header.
    """
    echo = ENCODINGS[encoding](TOKEN)

    for answer in (exchange(answered=f"<{echo}>".encode()), exchange(content_type=f"text/html; a={echo}")):
        with pytest.raises(BrokenPromise, match="received an access token in an answer, expected no trace of it"):
            checks.test_no_secret_is_echoed(_session(answer))


def test_token_as_php_writes_it_is_found() -> None:
    """
    A token with its slashes escaped, as some servers write JSON, is found.
    """
    answer = exchange(answered=json.dumps({"token": TOKEN}).replace("/", "\\/").encode())

    with pytest.raises(BrokenPromise, match="an access token in an answer"):
        checks.test_no_secret_is_echoed(_session(answer))


def test_what_a_body_says_may_come_back() -> None:
    """
    A token that the body of the request has, as a value of the invoice, is no echo of the credentials.
    """
    said = f'{{"externalId": "{TOKEN}"}}'.encode()

    checks.test_no_secret_is_echoed(_session(exchange(sent=said, answered=said)))


def test_ordinary_word_as_a_token_is_no_echo() -> None:
    """
    A token that is an ordinary word of the contract is in answers by chance.
    """
    target = Target(TARGET.base_url, Credentials("st0re-a1b2c3", "invoice"))
    answer = exchange(answered=b'{"errMsg": "no such invoice"}', request_headers=target.store.headers)

    checks.test_no_secret_is_echoed(_session(answer, target=target))


@pytest.mark.parametrize(
    ("is_late", "look", "promise"),
    [
        pytest.param(False, checks.test_every_request_is_answered, "every-request-gets-a-response", id="lost"),
        pytest.param(True, checks.test_answers_in_time, "responses-within-five-seconds", id="late"),
    ],
)
def test_lost_request_is_found(is_late: bool, look: Callable[[Session], None], promise: str) -> None:  # noqa: FBT001 - pytest names it
    """
    A request without an answer, in time or at all, is found whichever check sent it and went on without.
    """
    session = _session(exchange())
    session.traffic.lost.append(
        Lost(exchange("DELETE", "/invoices/7", status=0, answered=b""), "ReadError: reset", is_late)
    )

    with pytest.raises(BrokenPromise) as broken:
        look(session)

    assert broken.value.promise == promise
    assert broken.value.received == "no answer to DELETE /api/invoices/7: ReadError: reset"
    assert broken.value.exchange == session.traffic.lost[0].request


def test_answered_requests_are_not_lost() -> None:
    """
    Where every request was answered in time, neither look finds anything.
    """
    session = _session(exchange())

    checks.test_every_request_is_answered(session)
    checks.test_answers_in_time(session)
