"""
Ending a run early, when most responses break the same promise of every response.
"""

from collections import Counter
from collections.abc import Set as AbstractSet

from .exchanges import Exchange

_FIRST = 20  # responses that show what the others will be like
_HOPELESS = frozenset({"responses-within-five-seconds", "no-server-errors", "responses-are-json"})
"""Promises of every response; a run is of little use if most responses break one of them."""

_REDIRECTED = frozenset({"responses-match-the-contract"})
"""The same for a redirect."""


class EarlyEnd(BaseException):
    """
    The run is to end. Not an Exception, so that neither a source of traffic nor Hypothesis catches it.

    Attributes:
        reason: Why, in one sentence.
        seconds: Mean latency, for an estimate of what a whole run would have taken.
    """

    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(reason)
        self.reason = reason
        self.seconds = seconds

    def __reduce__(self) -> tuple[type["EarlyEnd"], tuple[str, float]]:
        # A worker process sends it to the process that started it.
        return EarlyEnd, (self.reason, self.seconds)


class EarlyEndWatch:
    """
    Watches the responses of a run, and ends it at the first that breaks such a promise, or if most of the first 20 do.
    """

    def __init__(self, *, at_the_first: bool) -> None:
        self._at_the_first = at_the_first
        self._responses = 0
        self._seconds = 0.0
        self._counts: Counter[str] = Counter()

    def see(self, exchange: Exchange, broken: AbstractSet[str]) -> None:
        """
        Count one response, and the ids of the promises that it breaks.

        Raises:
            EarlyEnd: The run is to end.
        """
        self._responses += 1
        self._seconds += exchange.seconds
        hopeless = _HOPELESS | _REDIRECTED if exchange.status // 100 == 3 else _HOPELESS  # noqa: PLR2004 - HTTP
        for promise in sorted(broken & hopeless):
            self._counts[promise] += 1
            count = self._counts[promise]
            if self._at_the_first or (self._responses <= _FIRST and count > _FIRST // 2):
                reason = f"the run ended early: {count} of the first {self._responses} responses broke {promise}"
                raise EarlyEnd(reason, self._seconds / self._responses)
