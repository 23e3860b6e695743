"""
The mock's clock, in the hands of a test.
"""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Movable(Protocol):
    """The clock that a mock goes by."""

    def __call__(self) -> float:
        """Return the time in Unix seconds."""

    def forward(self, seconds: float) -> None:
        """Move on by *seconds*."""

    def set(self, now: float) -> None:
        """Make it *now*, in Unix seconds."""


class Clock:
    """
    The time that the mock goes by. It moves when it is told to, and nobody sleeps.

    In process it stands still in between, from the second in which the test began.

    >>> before = b2b_mock.clock.now
    >>> b2b_mock.clock.forward(days=30)
    >>> (b2b_mock.clock.now - before).days
    30
    """

    def __init__(self, movable: Movable) -> None:
        self._movable = movable

    @property
    def now(self) -> datetime:
        """
        The time, in UTC.

        >>> b2b_mock.clock.now.tzinfo
        datetime.timezone.utc
        """
        return datetime.fromtimestamp(self.timestamp, UTC)

    @property
    def timestamp(self) -> float:
        """
        The time in Unix seconds, as invoices have it.

        >>> b2b_mock.clock.timestamp == b2b_mock.clock.now.timestamp()
        True
        """
        return self._movable()

    def forward(self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """
        Move on.

        >>> b2b_mock.clock.forward(90)
        >>> b2b_mock.clock.forward(hours=1, minutes=30)

        Raises:
            ValueError: When that is back, or beyond the year 9999.
        """
        try:
            passed = timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)
        except OverflowError:
            raise ValueError("a clock is moved as far as the year 9999; that is further") from None
        self._movable.forward(passed.total_seconds())

    def set(self, now: datetime) -> None:
        """
        Make it *now*, which says its time zone.

        >>> from datetime import UTC, datetime
        >>> b2b_mock.clock.set(datetime(2026, 1, 31, 9, tzinfo=UTC))
        >>> b2b_mock.clock.now.isoformat()
        '2026-01-31T09:00:00+00:00'

        Raises:
            ValueError: When it says no time zone, or is before 1970.
        """
        if now.tzinfo is None:
            raise ValueError(f"the clock is set to a time with a time zone; got {now!r}, give it tzinfo=datetime.UTC")
        self._movable.set(now.timestamp())

    def sleep(self, seconds: float) -> None:
        """
        Let *seconds* pass on this clock alone: for code under test that takes its `sleep` as an argument.

        >>> b2b_mock.clock.sleep(60)
        """
        self.forward(seconds)

    async def async_sleep(self, seconds: float) -> None:
        """
        As `sleep`, awaited.

        >>> import asyncio
        >>> asyncio.run(b2b_mock.clock.async_sleep(60))
        """
        self.forward(seconds)
