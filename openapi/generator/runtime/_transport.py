"""
Sending a request: one attempt after another, as the client's `retries` allow, in the loop of httpx-retries.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import httpx
from httpx_retries import Retry, RetryTransport

from ._attempt import Attempt
from ._evidence import title
from ._rate_limit import seconds_to_wait
from ._settings import header_mapping, timeout_value
from .client import Client
from .errors import InvalidRequest, NotSent, OutcomeUnknown, Violation
from .retries import PASSING
from .types import Timeout, Unset

_FIRST_ERROR = 400
_NOT_FOUND = 404  # of a delete: the invoice is gone, whichever attempt deleted it
_TOO_MANY_REQUESTS = 429
_SAFE_TO_REPEAT = ("GET", "DELETE")


def send(
    client: Client,
    request: Mapping[str, Any],
    timeout: Timeout | Unset,
    headers: Mapping[str, str] | None,
    *,
    once_before: float | None = None,
) -> httpx.Response:
    """
    Return the response to *request*, the arguments of `httpx.Client.build_request`.

    With *once_before*, a time on the client's clock, it is sent once, and not after that time.
    """
    call = _Call(client, request, once_before)
    built = _build(client, client.get_httpx_client(), request, timeout, headers)
    with call.lost_attempt_first():
        return call.final(RetryTransport(call, call).handle_request(built))


async def send_async(
    client: Client,
    request: Mapping[str, Any],
    timeout: Timeout | Unset,  # noqa: ASYNC109  httpx's, for each step
    headers: Mapping[str, str] | None,
    *,
    once_before: float | None = None,
) -> httpx.Response:
    call = _Call(client, request, once_before)
    built = _build(client, client.get_async_httpx_client(), request, timeout, headers)
    with call.lost_attempt_first():
        return call.final(await RetryTransport(call, call).handle_async_request(built))


def _build(
    client: Client,
    http: httpx.Client | httpx.AsyncClient,
    request: Mapping[str, Any],
    timeout: Timeout | Unset,
    headers: Mapping[str, str] | None,
) -> httpx.Request:
    options = {**request, "url": _absolute(client.base_url, request["url"])}
    if not isinstance(timeout, Unset):
        options["timeout"] = timeout_value(timeout)
    if headers:
        options["headers"] = httpx.Headers(request.get("headers"))
        options["headers"].update(header_mapping(headers))
    try:
        return http.build_request(**options)
    except (TypeError, ValueError, httpx.InvalidURL) as error:  # a parameter that no URL can carry
        raise InvalidRequest([Violation("", f"expected values that a URL can hold, got {error}")]) from error


@lru_cache
def _absolute(base_url: str, path: str) -> httpx.URL:
    """
    Return the URL of *path*; to parse one takes longer than the rest of `build_request`.
    """
    return httpx.URL(base_url.removesuffix("/") + path)


class _Call(Retry, httpx.BaseTransport, httpx.AsyncBaseTransport):
    """
    One request: sends each attempt when the rate limit allows it, and decides whether to send another.

    httpx-retries calls `increment` and `sleep` before each further attempt.
    """

    def __init__(self, client: Client, request: Mapping[str, Any], once_before: float | None) -> None:
        self._client, self._retries = client, client.retries
        method, now = request["method"].upper(), self._retries.clock()
        if once_before is not None and now > once_before:
            raise NotSent(f"{method} {request['url']}", "there was no time left")
        attempts = self._retries.attempts if once_before is None else 1
        super().__init__(total=attempts - 1, allowed_methods=(method,))
        self._deadline = now + self._retries.deadline if once_before is None else once_before
        self._repeatable = method in _SAFE_TO_REPEAT
        self._changes = method != "GET"
        self._lost: OutcomeUnknown | None = None
        self._advised: float | None = None
        self._wait = 0.0

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

    # ------------------------------------------------------------ one attempt

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        while wait := self._wait_for_rate_limit(request):
            self._retries.sleep(wait)
        http = self._client.get_httpx_client()  # each time: it may have been closed during the wait
        with Attempt(self._client, http, request) as attempt:
            attempt.response = http.send(request, stream=True)
            try:
                attempt.response.read()
            finally:
                attempt.response.close()
        return self._noted(attempt.response)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        while wait := self._wait_for_rate_limit(request):
            await self._retries.async_sleep(wait)
        http = self._client.get_async_httpx_client()
        with Attempt(self._client, http, request) as attempt:
            attempt.response = await http.send(request, stream=True)
            try:
                await attempt.response.aread()
            finally:
                await attempt.response.aclose()
        return self._noted(attempt.response)

    def _wait_for_rate_limit(self, request: httpx.Request) -> float:
        """
        Return the seconds to wait before *request* can be sent; raise `NotSent` if they end after the deadline.
        """
        if not self._retries.pace:
            return 0.0
        now = self._retries.clock()
        wait = self._client.pace.take(now)
        if wait and now + wait > self._deadline:
            raise NotSent(title(request), f"the store has no requests left for {wait:.0f} seconds")
        return wait

    def _noted(self, response: httpx.Response) -> httpx.Response:
        self._advised = seconds_to_wait(response) if response.status_code in PASSING else None
        return response

    # ------------------------------------------------------------ whether and when to send another

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
        return self._retries.clock() + self._wait <= self._deadline

    def increment(self) -> "_Call":
        self.attempts_made += 1
        return self

    def sleep(self, response: httpx.Response | Exception) -> None:  # noqa: ARG002  httpx-retries passes it
        self._retries.sleep(self._wait)

    async def asleep(self, response: httpx.Response | Exception) -> None:  # noqa: ARG002  as above
        await self._retries.async_sleep(self._wait)
