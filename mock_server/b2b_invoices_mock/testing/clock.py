"""
Clock of a mock, as tests use it.
"""

from datetime import UTC, datetime, timedelta

from .control_api import ControlApi


class Clock:
    """
    Clock of the mock, which tests can move. Waiting on it takes no time.

    In process it is frozen: it starts at the time the test started, and moves only when code moves it or waits on it.

    >>> before = b2b_mock.clock.now
    >>> b2b_mock.clock.forward(days=30)
    >>> (b2b_mock.clock.now - before).days
    30
    """

    def __init__(self, control: ControlApi) -> None:
        self._control = control

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
        The time in Unix seconds, which is how invoices store it.

        >>> b2b_mock.clock.timestamp == b2b_mock.clock.now.timestamp()
        True
        """
        return float(self._control.call("GET", "clock")["data"]["now"])

    def forward(self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """
        Move the clock forward.

        >>> b2b_mock.clock.forward(90)
        >>> b2b_mock.clock.forward(hours=1, minutes=30)

        Raises:
            ValueError: If the time is negative, or leads beyond the year 9999.
        """
        try:
            passed = timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)
        except OverflowError:
            raise ValueError("Cannot move the clock so far: the latest time is the end of the year 9999.") from None
        self._control.call("POST", "clock", {"forward": passed.total_seconds()})

    def set(self, now: datetime) -> None:
        """
        Set the clock to *now*, which must have a time zone.

        >>> from datetime import UTC, datetime
        >>> b2b_mock.clock.set(datetime(2026, 1, 31, 9, tzinfo=UTC))
        >>> b2b_mock.clock.now.isoformat()
        '2026-01-31T09:00:00+00:00'

        Raises:
            ValueError: If *now* has no time zone, or is before 1970.
        """
        if now.tzinfo is None:
            raise ValueError(f"Invalid time {now!r}: expected one with a time zone; add tzinfo=datetime.UTC.")
        self._control.call("POST", "clock", {"set": now.timestamp()})

    def sleep(self, seconds: float) -> None:
        """
        Move the clock forward, for code under test that takes its `sleep` function as an argument.

        >>> b2b_mock.clock.sleep(60)
        """
        self.forward(seconds)

    async def async_sleep(self, seconds: float) -> None:
        """
        Move the clock forward, for code under test that awaits its `sleep` function.

        >>> import asyncio
        >>> asyncio.run(b2b_mock.clock.async_sleep(60))
        """
        self.forward(seconds)
