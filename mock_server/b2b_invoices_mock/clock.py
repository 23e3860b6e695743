"""
The mock's clock: it runs with another one, and can be moved and stopped.
"""

import time
from collections.abc import Callable
from math import isfinite

import attrs

LATEST = 253_402_300_799
"""The last second of the year 9999, beyond which no date can be told."""


@attrs.define
class MockClock:
    """
    The time that a mock goes by. Call it for Unix seconds.

    Attributes:
        source: The clock it runs with; returns Unix seconds.
        frozen: Whether it stands still.
    """

    source: Callable[[], float] = time.time
    _ahead: float = attrs.field(default=0.0, init=False)
    _stopped_at: float | None = attrs.field(default=None, init=False)

    def __call__(self) -> float:
        """
        Return the time in Unix seconds.
        """
        return self.source() + self._ahead if self._stopped_at is None else self._stopped_at

    @property
    def frozen(self) -> bool:
        """Whether it stands still."""
        return self._stopped_at is not None

    @property
    def ahead(self) -> float:
        """How many seconds it is ahead of its source; below zero when it is behind."""
        return self._ahead if self._stopped_at is None else self._stopped_at - self.source()

    def forward(self, seconds: float) -> None:
        """
        Move on by *seconds*; one that stands still stands there.

        Raises:
            ValueError: When *seconds* is below zero, or leads beyond the year 9999.
        """
        self.change(forward=seconds)

    def set(self, now: float) -> None:
        """
        Make it *now*, in Unix seconds; one that stands still stands there.

        Raises:
            ValueError: When *now* is before 1970 or after 9999.
        """
        _check(now)
        if self._stopped_at is None:
            self._ahead = now - self.source()
        else:
            self._stopped_at = float(now)

    def change(self, *, to: float | None = None, forward: float = 0, frozen: bool | None = None) -> None:
        """
        Make it the time *to*, move it *forward* by so many seconds, and freeze or release it: all of that, or nothing.

        Raises:
            ValueError: As `forward` and `set` do.
        """
        if not forward >= 0:
            raise ValueError(f"a clock is moved forward by 0 seconds or more; got {forward}; to go back, set it")
        if to is not None:
            _check(to)
        if to is not None or forward:
            self.set((self() if to is None else to) + forward)
        if frozen is not None:
            self.freeze() if frozen else self.release()

    def freeze(self) -> None:
        """
        Stand still.
        """
        self._stopped_at = self()

    def release(self) -> None:
        """
        Run again, from where it stands.
        """
        if self._stopped_at is not None:
            self._ahead = self._stopped_at - self.source()
            self._stopped_at = None

    def reset(self) -> None:
        """
        Run with the source again, as at the start.
        """
        self._ahead, self._stopped_at = 0.0, None


def _check(now: float) -> None:
    if not (isfinite(now) and 0 <= now <= LATEST):
        raise ValueError(f"a time is in Unix seconds, from 0 to {LATEST}; got {now}")
