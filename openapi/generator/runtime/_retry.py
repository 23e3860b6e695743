"""
Retry policy: which attempts to repeat and when, for the loop of httpx-retries.
"""

from collections.abc import Generator
from contextlib import contextmanager

import httpx
from httpx_retries import Retry

from ._rate_limit import seconds_to_wait
from .errors import NotSent, OutcomeUnknown
from .retries import PASSING, Retries

_FIRST_ERROR = 400
_NOT_FOUND = 404  # of a delete: the invoice is gone, whichever attempt deleted it
_TOO_MANY_REQUESTS = 429
_SAFE_TO_REPEAT = ("GET", "DELETE")


class RetryPolicy(Retry):
    """
    The policy for one request. httpx-retries calls `increment` and `sleep` before each further attempt.
    """

    def __init__(self, retries: Retries, method: str, attempts: int, deadline: float) -> None:
        super().__init__(total=attempts - 1, allowed_methods=(method,))
        self.deadline = deadline
        self._retries = retries
        self._repeatable = method in _SAFE_TO_REPEAT
        self._changes = method != "GET"
        self._lost: OutcomeUnknown | None = None
        self._advised: float | None = None
        self._wait = 0.0

    def noted(self, response: httpx.Response) -> httpx.Response:
        """
        Return the *response*, and keep the wait that its headers ask for.
        """
        self._advised = seconds_to_wait(response) if response.status_code in PASSING else None
        return response

    @contextmanager
    def lost_attempt_first(self) -> Generator[None]:
        """
        Raise the error of a lost attempt instead of `NotSent`: the request may have been carried out.
        """
        try:
            yield
        except NotSent as error:
            if self._lost is not None:
                raise self._lost from error
            raise

    def final(self, response: httpx.Response) -> httpx.Response:
        """
        Return the *response*; raise the error of a lost attempt if it rejects what that attempt may have done.
        """
        if self._lost is not None and response.status_code >= _FIRST_ERROR and response.status_code != _NOT_FOUND:
            raise self._lost
        return response

    # ------------------------------------------------------------ called by httpx-retries

    def is_retryable_status_code(self, status_code: int) -> bool:
        passing = status_code in PASSING if self._repeatable else status_code == _TOO_MANY_REQUESTS
        return passing and self._is_time_left()

    def is_retryable_exception(self, exception: Exception) -> bool:
        self._advised = None
        if isinstance(exception, OutcomeUnknown) and self._changes:
            self._lost = self._lost or exception
        if exception.__cause__ is None:  # raised by this package, because the wait would be too long
            return False
        repeatable = (NotSent, OutcomeUnknown) if self._repeatable else NotSent
        return isinstance(exception, repeatable) and self._is_time_left()

    def _is_time_left(self) -> bool:
        # A wait of zero is not taken from the headers: many clients may have received the same.
        self._wait = self._advised or self._retries.wait_after(self.attempts_made + 1)
        return self._retries.clock() + self._wait <= self.deadline

    def increment(self) -> "RetryPolicy":
        self.attempts_made += 1
        return self

    def sleep(self, response: httpx.Response | Exception) -> None:  # noqa: ARG002  httpx-retries passes it
        self._retries.sleep(self._wait)

    async def asleep(self, response: httpx.Response | Exception) -> None:  # noqa: ARG002  as above
        await self._retries.async_sleep(self._wait)
