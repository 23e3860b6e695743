"""
Retries on httpx-retries: its loop, our decisions.
"""

from collections.abc import Generator
from contextlib import contextmanager

import attrs
import httpx
from httpx_retries import Retry, RetryTransport

from ._waits import seconds_to_wait
from .errors import NotSent, OutcomeUnknown
from .retries import Retries

__all__ = ["retry", "retry_async"]

_TOO_MANY_REQUESTS = 429
_SAFE_TO_REPEAT = ("GET", "DELETE")
_PASSING = (_TOO_MANY_REQUESTS, 502, 503, 504)


def retry(retries: Retries, door: httpx.BaseTransport, request: httpx.Request) -> httpx.Response:
    """
    What *door* answers to *request* in the end.
    """
    decisions = _Decisions(retries, request)
    with decisions.honest():
        try:
            return decisions.last_word(RetryTransport(door, decisions).handle_request(request))
        except _Enough as enough:
            return decisions.last_word(enough.outcome())


async def retry_async(retries: Retries, door: httpx.AsyncBaseTransport, request: httpx.Request) -> httpx.Response:
    """
    As `retry`, awaited.
    """
    decisions = _Decisions(retries, request)
    with decisions.honest():
        try:
            return decisions.last_word(await RetryTransport(door, decisions).handle_async_request(request))
        except _Enough as enough:
            return decisions.last_word(enough.outcome())


@attrs.define
class _Enough(Exception):  # noqa: N818  no error: the last outcome stands
    """
    The next wait would end after the deadline.
    """

    last: httpx.Response | Exception

    def outcome(self) -> httpx.Response:
        """
        What came of the last attempt.
        """
        if isinstance(self.last, Exception):
            raise self.last
        return self.last


class _Decisions(Retry):
    """
    Whether to try one request again, and when; httpx-retries asks, and calls `increment` before each further attempt.
    """

    def __init__(self, retries: Retries, request: httpx.Request) -> None:
        super().__init__(total=retries.attempts - 1)
        self._retries = retries
        self._repeatable = request.method in _SAFE_TO_REPEAT
        self._changes = request.method != "GET"
        self._lost: OutcomeUnknown | None = None
        self._deadline = retries.clock() + retries.deadline

    def is_retryable_method(self, method: str) -> bool:  # noqa: ARG002  every method may be, after a 429
        return True

    def is_retryable_status_code(self, status_code: int) -> bool:
        return status_code in _PASSING if self._repeatable else status_code == _TOO_MANY_REQUESTS

    def is_retryable_exception(self, exception: Exception) -> bool:
        if isinstance(exception, OutcomeUnknown) and self._changes:
            self._lost = self._lost or exception
        if exception.__cause__ is None:  # no failure, but our own refusal to wait for so long
            return False
        return isinstance(exception, (NotSent, OutcomeUnknown) if self._repeatable else NotSent)

    @contextmanager
    def honest(self) -> Generator[None]:
        """
        Not to say that nothing happened when an attempt before the last one may have been carried out.
        """
        try:
            yield
        except NotSent as error:
            if self._lost is not None:
                raise self._lost from error
            raise

    def last_word(self, answer: httpx.Response) -> httpx.Response:
        """
        The *answer*, unless it is a refusal to do what a lost attempt may have done.
        """
        if self._lost is not None and answer.status_code == _TOO_MANY_REQUESTS:
            raise self._lost
        return answer

    def increment(self) -> "_Decisions":
        self.attempts_made += 1
        return self

    def sleep(self, response: httpx.Response | Exception) -> None:
        self._retries.sleep(self._wait_after(response))

    async def asleep(self, response: httpx.Response | Exception) -> None:
        await self._retries.async_sleep(self._wait_after(response))

    def _wait_after(self, last: httpx.Response | Exception) -> float:
        said = seconds_to_wait(last) if isinstance(last, httpx.Response) else None
        wait = self._retries.wait_after(self.attempts_made) if said is None else said
        if self._retries.clock() + wait > self._deadline:
            raise _Enough(last)
        return wait
