"""
The mock's clock: it follows another clock, and can be moved and stopped.
"""

import time
from collections.abc import Callable
from math import isfinite

import attrs

LATEST = 253_402_300_799
"""The last second of the year 9999, the last one that `datetime` supports."""


@attrs.define
class MockClock:
    """
    The clock of a mock. Call it for the time in Unix seconds.

    Attributes:
        source: The clock that it follows; returns Unix seconds.
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
        """True while it is stopped."""
        return self._stopped_at is not None

    @property
    def ahead(self) -> float:
        """Seconds ahead of its source; negative if it is behind."""
        return self._ahead if self._stopped_at is None else self._stopped_at - self.source()

    def forward(self, seconds: float) -> None:
        """
        Move the clock forward; a stopped clock stays stopped.

        Raises:
            ValueError: *seconds* is negative, or the new time is after the year 9999.
        """
        self.change(forward=seconds)

    def set(self, now: float) -> None:
        """
        Set the time to *now*, in Unix seconds; a stopped clock stays stopped.

        Raises:
            ValueError: *now* is before 1970 or after the year 9999.
        """
        _check(now)
        if self._stopped_at is None:
            self._ahead = now - self.source()
        else:
            self._stopped_at = float(now)

    def change(self, *, to: float | None = None, forward: float = 0, frozen: bool | None = None) -> None:
        """
        Set the time *to*, then move it *forward* in seconds, then freeze or release the clock; all of it, or nothing.

        Raises:
            ValueError: As `forward` and `set`.
        """
        if not forward >= 0:
            raise ValueError(
                f"cannot move the clock by {forward} seconds: expected 0 or more; to go back, set the time"
            )
        if to is not None:
            _check(to)
        if to is not None or forward:
            self.set((self() if to is None else to) + forward)
        if frozen is not None:
            self.freeze() if frozen else self.release()

    def freeze(self) -> None:
        """
        Stop the clock at its current time.
        """
        self._stopped_at = self()

    def release(self) -> None:
        """
        Continue from the time at which the clock is stopped.
        """
        if self._stopped_at is not None:
            self._ahead = self._stopped_at - self.source()
            self._stopped_at = None

    def reset(self) -> None:
        """
        Show the time of the source again.
        """
        self._ahead, self._stopped_at = 0.0, None


def _check(now: float) -> None:
    if not (isfinite(now) and 0 <= now <= LATEST):
        raise ValueError(f"invalid time {now}: expected Unix seconds from 0 to {LATEST}")
