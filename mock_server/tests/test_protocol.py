"""
The connection: all that is written leaves, in its order, an answer in one piece, and it stays open when it is idle.
"""

import asyncio
from collections.abc import Callable
from contextlib import closing
from typing import cast

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b_invoices_mock import Settings
from b2b_invoices_mock import server as serving
from b2b_invoices_mock.ledger import SQLiteLedger
from b2b_invoices_mock.outbox import Outbox
from b2b_invoices_spec import Contract
from mock_server.tests.client import property_of_the_mock


class _Wire:
    """A transport that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[bytes | str] = []

    def write(self, data: bytes) -> None:
        assert not self.is_closing(), "uvloop raises an error for a connection that is gone"
        self.told.append(data)

    def close(self) -> None:
        self.told.append("closed")

    def is_closing(self) -> bool:
        return self.told[-1:] == ["closed"]


class _Outbox:
    """An outbox on a wire, and the turns of a loop."""

    def __init__(self) -> None:
        self.wire = _Wire()
        self._turns: list[Callable[[], None]] = []
        self.box = Outbox(cast(asyncio.Transport, self.wire), self._turns.append)

    def turn(self) -> None:
        turns, self._turns[:] = [*self._turns], []
        for flush in turns:
            flush()


@pytest.fixture(name="sending")
def _sending() -> _Outbox:
    """
    An outbox with nothing in it.
    """
    return _Outbox()


def test_an_answer_leaves_in_one_piece(sending: _Outbox) -> None:
    """
    What is written in one turn of the loop is one write, and not before the turn is over.
    """
    sending.box.write(b"head ")
    sending.box.write(b"body")
    assert sending.wire.told == []

    sending.turn()
    sending.turn()

    assert sending.wire.told == [b"head body"]


def test_what_is_written_leaves_before_the_connection_closes(sending: _Outbox) -> None:
    """
    A connection that is closed in the turn in which it was written to sends all of it first, once.
    """
    sending.box.write(b"half")

    sending.box.close()
    sending.turn()

    assert sending.wire.told == [b"half", "closed"]
    assert sending.box.is_closing()


def test_a_caller_that_is_gone(sending: _Outbox) -> None:
    """
    What is kept for a connection that breaks before it leaves is dropped.
    """
    sending.box.write(b"late")
    sending.wire.close()  # as the loop does when the caller resets the connection

    sending.box.close()
    sending.box.write(b"later")
    sending.turn()

    assert set(sending.wire.told) == {"closed"}


@property_of_the_mock
@given(steps=st.lists(st.binary() | st.none()))
def test_nothing_is_lost(steps: list[bytes | None]) -> None:
    """
    Whatever is written, and whenever the loop turns, arrives in its order.
    """
    sending = _Outbox()

    for step in steps:
        sending.turn() if step is None else sending.box.write(step)
    sending.turn()

    assert b"".join(cast(list[bytes], sending.wire.told)) == b"".join(step for step in steps if step is not None)


def test_an_idle_connection_stays(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A connection is not closed at the moment at which httpx comes to think that it is old, but long after it.
    """
    monkeypatch.setattr(serving, "_collect_seldom", lambda: None)  # it is for a process that does nothing else

    with closing(SQLiteLedger.open()) as ledger:
        server = serving._server(contract, Settings(), ledger, 0, None)

    assert server.config.timeout_keep_alive > 2 * (httpx.Limits().keepalive_expiry or 0) > 0
