"""
The mock's clock: it follows its source, and can be moved, set, frozen and released.
"""

import pytest

from b2b_invoices_mock import MockClock
from mock_server.tests.client import NOW, Clock


@pytest.fixture(name="moved")
def _moved(clock: Clock) -> MockClock:
    return MockClock(clock)


def test_it_follows_its_source(moved: MockClock, clock: Clock) -> None:
    """
    A new clock shows the time of its source.
    """
    clock.now += 5

    assert (moved(), moved.ahead, moved.frozen) == (NOW + 5, 0, False)


def test_it_moves_forward(moved: MockClock, clock: Clock) -> None:
    """
    A clock that was moved forward is ahead of its source, and keeps running.
    """
    moved.forward(3600)
    moved.forward(60)
    clock.now += 5

    assert (moved(), moved.ahead) == (NOW + 3665, 3660)


def test_it_is_set(moved: MockClock, clock: Clock) -> None:
    """
    A clock can be set to any time, also to the past, and keeps running.
    """
    moved.set(1000)
    clock.now += 5

    assert moved() == pytest.approx(1005)


def test_it_is_frozen(moved: MockClock, clock: Clock) -> None:
    """
    A frozen clock only changes when it is moved, and continues from there when it is released.
    """
    moved.freeze()
    clock.now += 5
    moved.forward(10)
    frozen = moved.frozen, moved(), moved.ahead
    moved.release()
    clock.now += 1

    assert frozen == (True, NOW + 10, 5)
    assert (moved.frozen, moved()) == (False, NOW + 11)


def test_it_is_reset(moved: MockClock, clock: Clock) -> None:
    """
    A clock that was reset shows the time of its source again.
    """
    moved.forward(10)
    moved.freeze()
    moved.reset()
    clock.now += 5

    assert (moved(), moved.frozen) == (NOW + 5, False)
