"""
Retries on httpx-retries: its loop, our decisions.
"""

from collections.abc import Generator
from contextlib import contextmanager

import attrs
import httpx
from httpx_retries import Retry, RetryTransport

from ._waits import seconds_to_wait
from .errors import NoAnswer, NotSent, OutcomeUnknown
from .retries import PASSING, Retries

__all__ = ["retry", "retry_async"]

_FIRST_ERROR = 400
_NOT_FOUND = 404  # of a delete: it is gone, whichever attempt it was
_TOO_MANY_REQUESTS = 429
_SAFE_TO_REPEAT = ("GET", "DELETE")


Outcome = httpx.Response | NoAnswer


def retry(
    retries: Retries, door: httpx.BaseTransport, request: httpx.Request, first: Outcome, deadline: float
) -> httpx.Response:
    """
    What *door* answers to *request* in the end, after the *first* attempt, and before the *deadline*.
    """
    decisions = _Decisions(retries, request, deadline)
    with decisions.honest():
        try:
            return decisions.last_word(RetryTransport(_Again(door, first), decisions).handle_request(request))
        except _Enough as enough:
            return decisions.last_word(_unwrapped(enough.last))


async def retry_async(
    retries: Retries, door: httpx.AsyncBaseTransport, request: httpx.Request, first: Outcome, deadline: float
) -> httpx.Response:
    """
    As `retry`, awaited.
    """
    decisions = _Decisions(retries, request, deadline)
    with decisions.honest():
        try:
            answer = await RetryTransport(_AgainAsync(door, first), decisions).handle_async_request(request)
            return decisions.last_word(answer)
        except _Enough as enough:
            return decisions.last_word(_unwrapped(enough.last))


@attrs.define
class _Again(httpx.BaseTransport):
    """
    A door that one attempt has gone through already: httpx-retries is asked only when that one did not do.
    """

    door: httpx.BaseTransport
    first: Outcome | None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        first, self.first = self.first, None
        return self.door.handle_request(request) if first is None else _unwrapped(first)


@attrs.define
class _AgainAsync(httpx.AsyncBaseTransport):
    """
    As `_Again`, awaited.
    """

    door: httpx.AsyncBaseTransport
    first: Outcome | None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        first, self.first = self.first, None
        return await self.door.handle_async_request(request) if first is None else _unwrapped(first)


def _unwrapped(outcome: httpx.Response | Exception) -> httpx.Response:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


@attrs.define
class _Enough(Exception):  # noqa: N818  no error: the last outcome stands
    """
    The next wait would end after the deadline.
    """

    last: httpx.Response | Exception


class _Decisions(Retry):
    """
    Whether to try one request again, and when; httpx-retries asks, and calls `increment` before each further attempt.
    """

    def __init__(self, retries: Retries, request: httpx.Request, deadline: float) -> None:
        super().__init__(total=retries.attempts - 1)
        self._retries = retries
        self._repeatable = request.method in _SAFE_TO_REPEAT
        self._changes = request.method != "GET"
        self._lost: OutcomeUnknown | None = None
        self._deadline = deadline

    def is_retryable_method(self, method: str) -> bool:  # noqa: ARG002  every method may be, after a 429
        return True

    def is_retryable_status_code(self, status_code: int) -> bool:
        return status_code in PASSING if self._repeatable else status_code == _TOO_MANY_REQUESTS

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
        if self._lost is not None and answer.status_code >= _FIRST_ERROR and answer.status_code != _NOT_FOUND:
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
        wait = said or self._retries.wait_after(self.attempts_made)  # never at once: many may have been told the same
        if self._retries.clock() + wait > self._deadline:
            raise _Enough(last)
        return wait
