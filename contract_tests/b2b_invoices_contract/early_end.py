"""
Ending a run early, when nearly every response breaks a promise of every response.
"""

from collections import Counter
from collections.abc import Collection

from .contract import is_documented
from .failures import BrokenPromise
from .traffic import Exchange

LONGEST = 5.0
"""Seconds that a response may take (promise `responses-within-five-seconds`)."""

_FIRST = 20  # responses after which a run knows what the others will be like
_REDIRECT, _CLIENT_ERROR, _SERVER_ERROR = 300, 400, 500


class EarlyEnd(BaseException):
    """
    The run is of no use any more. Not an Exception, so that neither a check nor Hypothesis catches it.

    Attributes:
        broken: The broken promise.
        reason: Why the run ended, in one sentence.
        seconds: Mean time of a response, for an estimate of what a whole run would have taken.
    """

    def __init__(self, broken: BrokenPromise, reason: str, seconds: float) -> None:
        super().__init__(reason)
        self.broken = broken
        self.reason = reason
        self.seconds = seconds


class EarlyEndWatch:
    """
    Watches the responses of a run, and ends it at the first one that breaks a promise, or once most of the first 20 do.
    """

    def __init__(self, promises: Collection[str], *, at_the_first: bool) -> None:
        self._promises = promises
        self._at_the_first = at_the_first
        self._responses = 0
        self._seconds = 0.0
        self._counts: Counter[str] = Counter()
        self._is_stopped = False

    def stop(self) -> None:
        """
        Stop watching: what the run still sends, such as the deletes of its cleanup, must not be cut short.
        """
        self._is_stopped = True

    def see(self, exchange: Exchange) -> None:
        """
        Take account of one response.

        Raises:
            EarlyEnd: The run is to end.
        """
        self._responses += 1
        self._seconds += exchange.seconds
        broken = _broken(exchange)
        if self._is_stopped or broken is None or broken.promise not in self._promises:
            return
        self._counts[broken.promise] += 1
        count = self._counts[broken.promise]
        if self._at_the_first or (self._responses <= _FIRST and count > _FIRST // 2):
            reason = f"the run ended early: {count} of the first {self._responses} responses broke {broken.promise}"
            raise EarlyEnd(broken, reason, self._seconds / self._responses)


def _broken(exchange: Exchange) -> BrokenPromise | None:
    what = f"{exchange.method} {exchange.path}"
    if exchange.seconds > LONGEST:
        met = f"a response after {exchange.seconds:.1f} s to {what}"
        return BrokenPromise(
            met, f"one within {LONGEST:.0f} s", exchange, "responses-within-five-seconds", matter="time of a response"
        )
    if exchange.status >= _SERVER_ERROR:
        return BrokenPromise(f"status {exchange.status}", "a status below 500", exchange, "no-server-errors")
    if _REDIRECT <= exchange.status < _CLIENT_ERROR:
        return BrokenPromise(
            f"status {exchange.status}",
            "a documented response",
            exchange,
            "responses-match-the-contract",
            matter="redirect",
        )
    if exchange.method in {"GET", "POST"} and is_documented(exchange.path) and exchange.json is None:
        return BrokenPromise("a body that is not JSON", "JSON", exchange, "responses-are-json", matter="body")
    return None
