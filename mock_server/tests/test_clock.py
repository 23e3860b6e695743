"""
The mock's clock: it runs with its source, and is moved, set, stopped and released.
"""

import pytest

from b2b_invoices_mock import MockClock
from mock_server.tests.client import NOW, Clock


@pytest.fixture(name="moved")
def _moved(clock: Clock) -> MockClock:
    """
    A clock of the mock's that runs with the test's.
    """
    return MockClock(clock)


def test_it_runs_with_its_source(moved: MockClock, clock: Clock) -> None:
    """
    A clock that nobody touched tells the time of its source.
    """
    clock.now += 5

    assert (moved(), moved.ahead, moved.frozen) == (NOW + 5, 0, False)


def test_it_moves_forward(moved: MockClock, clock: Clock) -> None:
    """
    A clock that was moved forward is that much ahead, and runs on.
    """
    moved.forward(3600)
    moved.forward(60)
    clock.now += 5

    assert (moved(), moved.ahead) == (NOW + 3665, 3660)


def test_it_is_set(moved: MockClock, clock: Clock) -> None:
    """
    A clock that was set, to the past too, runs on from there.
    """
    moved.set(1000)
    clock.now += 5

    assert moved() == pytest.approx(1005)


def test_it_stands_still(moved: MockClock, clock: Clock) -> None:
    """
    A frozen clock moves only when it is moved, and runs on from where it stands once it is released.
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
    A clock that was reset tells the time of its source again.
    """
    moved.forward(10)
    moved.freeze()
    moved.reset()
    clock.now += 5

    assert (moved(), moved.frozen) == (NOW + 5, False)


@pytest.mark.parametrize("seconds", [-1, float("nan")])
def test_it_is_not_moved_back(moved: MockClock, seconds: float) -> None:
    """
    Forward is forward.
    """
    with pytest.raises(
        ValueError, match=r"^a clock is moved forward by 0 seconds or more; got .*; to go back, set it$"
    ):
        moved.forward(seconds)


@pytest.mark.parametrize("now", [-1, 253_402_300_800, float("inf"), float("nan")])
def test_impossible_times(moved: MockClock, now: float) -> None:
    """
    A time that no date can tell is refused, and the clock is left alone.
    """
    with pytest.raises(ValueError, match=r"^a time is in Unix seconds, from 0 to 253402300799; got "):
        moved.set(now)
    with pytest.raises(ValueError, match=r"^a time is in Unix seconds, from 0 to 253402300799; got "):
        moved.change(to=now, forward=10)

    assert moved() == NOW
