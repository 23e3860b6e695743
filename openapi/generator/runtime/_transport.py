"""
The door that every request leaves by, and the border that every foreign error is translated at.
"""

import logging
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import attrs
import httpx

from . import errors
from .client import Client, sendable_headers, sendable_timeout
from .retries import PASSING, Retries
from .types import Timeout, Unset

__all__ = ["FOREIGN", "send", "send_async"]

FOREIGN = (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError, OSError, UnicodeError)
"""Whatever httpx, or the system below it, raises when a request fails."""

_SHOWN = (b"accept", b"accept-encoding", b"connection", b"content-length", b"content-type", b"host", b"user-agent")

_NO_TLS = "WRONG_VERSION_NUMBER"  # what OpenSSL calls an answer in plain text, such as a local mock's
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)

_log = logging.getLogger("b2b_invoices")


def send(
    client: Client,
    request: Mapping[str, Any],
    timeout: Timeout | Unset,
    headers: Mapping[str, str] | None,
    *,
    once_before: float | None = None,
) -> httpx.Response:
    """
    The service's answer to *request*, which is what `httpx.Client.build_request` takes; tried as *client* has it.

    With *once_before*, a moment of the client's clock, it is tried once, and not after that moment.
    """
    retries = client.retries
    deadline = _deadline(retries, request, once_before)
    door = _Door(client, deadline)
    built = _build(client.get_httpx_client(), request, timeout, headers)
    if once_before is not None or retries.attempts == 1:
        return door.handle_request(built)
    first = door.outcome(built)
    if isinstance(first, httpx.Response) and first.status_code not in PASSING:
        return first
    from ._retrying import retry  # noqa: PLC0415  not needed when all is well

    return retry(retries, door, built, first, deadline)


async def send_async(
    client: Client,
    request: Mapping[str, Any],
    timeout: Timeout | Unset,  # noqa: ASYNC109  httpx's, for each step
    headers: Mapping[str, str] | None,
    *,
    once_before: float | None = None,
) -> httpx.Response:
    """
    As `send`, awaited.
    """
    retries = client.retries
    deadline = _deadline(retries, request, once_before)
    door = _AsyncDoor(client, deadline)
    built = _build(client.get_async_httpx_client(), request, timeout, headers)
    if once_before is not None or retries.attempts == 1:
        return await door.handle_async_request(built)
    first = await door.outcome(built)
    if isinstance(first, httpx.Response) and first.status_code not in PASSING:
        return first
    from ._retrying import retry_async  # noqa: PLC0415  not needed when all is well

    return await retry_async(retries, door, built, first, deadline)


def _deadline(retries: Retries, request: Mapping[str, Any], once_before: float | None) -> float:
    now = retries.clock()
    if once_before is None:
        return now + retries.deadline
    if now > once_before:
        raise errors.NotSent(f"{request['method'].upper()} {request['url']}", "there was no time left")
    return once_before


def _build(
    http: httpx.Client | httpx.AsyncClient,
    request: Mapping[str, Any],
    timeout: Timeout | Unset,
    headers: Mapping[str, str] | None,
) -> httpx.Request:
    """
    What `build_request` makes, in a quarter of the time, which is long for a call.
    """
    extensions = {} if isinstance(timeout, Unset) else {"timeout": httpx.Timeout(sendable_timeout(timeout)).as_dict()}
    sent = httpx.Headers(http.headers)
    if "content" in request:
        sent["Content-Type"] = "application/json"
    for name, value in sendable_headers(headers or {}).items():
        sent[name] = value
    try:
        return httpx.Request(
            request["method"],
            _url(str(http.base_url), request["url"]),
            params=http.params.merge(request.get("params")) or None,
            headers=sent,
            content=request.get("content"),
            extensions=extensions,
        )
    except (TypeError, ValueError, httpx.InvalidURL) as error:  # a parameter that no URL can carry
        raise errors.InvalidRequest([errors.Violation("", f"cannot be sent: {error}")]) from error


@lru_cache
def _url(base: str, path: str) -> httpx.URL:
    return httpx.URL(base.removesuffix("/") + path)


# ---------------------------------------------------------------- one attempt


@attrs.frozen
class _Door(httpx.BaseTransport):
    """
    Sends one attempt of a request; a transport, so that httpx-retries can stand in front of it.
    """

    client: Client
    deadline: float

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        while wait := _wait(self.client, request, self.deadline):
            self.client.retries.sleep(wait)
        http = self.client.get_httpx_client()  # each time: it may have been closed while we waited
        with _attempt(self.client, http, request) as attempt:
            attempt.answer = http.send(request, stream=True)
            try:
                attempt.answer.read()
            finally:
                attempt.answer.close()
        return attempt.answer

    def outcome(self, request: httpx.Request) -> "httpx.Response | errors.NoAnswer":
        """
        What comes of one attempt, whether it is an answer or not.
        """
        try:
            return self.handle_request(request)
        except errors.NoAnswer as error:
            return error


@attrs.frozen
class _AsyncDoor(httpx.AsyncBaseTransport):
    """
    As `_Door`, awaited.
    """

    client: Client
    deadline: float

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        while wait := _wait(self.client, request, self.deadline):
            await self.client.retries.async_sleep(wait)
        http = self.client.get_async_httpx_client()
        with _attempt(self.client, http, request) as attempt:
            attempt.answer = await http.send(request, stream=True)
            try:
                await attempt.answer.aread()
            finally:
                await attempt.answer.aclose()
        return attempt.answer

    async def outcome(self, request: httpx.Request) -> "httpx.Response | errors.NoAnswer":
        """
        As `_Door.outcome`, awaited.
        """
        try:
            return await self.handle_async_request(request)
        except errors.NoAnswer as error:
            return error


@attrs.define
class _Attempt:
    """
    What came of one attempt.

    Attributes:
        request: What was sent.
        answer: What came back, as soon as its headers did.
        started: When it was sent, by the client's clock.
    """

    request: httpx.Request
    started: float
    answer: httpx.Response | None = None


def _wait(client: Client, request: httpx.Request, deadline: float) -> float:
    """
    Seconds to wait before *request* can be sent; raises `NotSent` if they would end after the *deadline*.
    """
    if not client.retries.pace:
        return 0.0
    now = client.retries.clock()
    wait = client.pace.take(now)
    if wait and now + wait > deadline:
        raise errors.NotSent(_title(request), f"the store has no requests left for {wait:.0f} seconds")
    return wait


@contextmanager
def _attempt(client: Client, http: httpx.Client | httpx.AsyncClient, request: httpx.Request) -> Generator["_Attempt"]:
    """
    The border: what goes wrong inside comes out as an error of ours; what goes well is learnt from.
    """
    retries = client.retries
    attempt = _Attempt(request, retries.clock())
    outcome = "no answer"
    try:
        yield attempt
        answer: Any = attempt.answer
        outcome = str(answer.status_code)
        answer.request = _evidence(request)  # not the one that left, which has the credentials
        answer.next_request = None  # where a redirect would lead, with the credentials
        if retries.pace:
            client.pace.note(answer.headers, retries.clock())
    except FOREIGN as error:
        outcome = type(error).__name__
        raise _translated(attempt, error) from error
    except RuntimeError as error:
        if attempt.answer is not None or not http.is_closed:
            raise
        raise errors.NotSent(_title(request), "the client was closed by another thread") from error
    finally:
        if retries.pace:
            client.pace.put_back()
        _note(attempt, outcome, retries.clock())


def _translated(attempt: _Attempt, error: Exception) -> errors.B2BInvoicesError:
    """
    What *error* means to the caller.
    """
    if isinstance(error, httpx.HTTPStatusError):  # a hook of the user's
        attempt.answer = error.response
        error.response.request = error.request = _evidence(attempt.request)
        return errors.UnexpectedAnswer(_without_body(attempt), "", "A hook raised before its body was read.")
    if isinstance(error, httpx.RequestError):
        error.request = _evidence(attempt.request)
    reason = f"{type(error).__name__}{f' ({error})' if str(error) else ''}"
    if isinstance(error, _NOT_SENT):
        speaks = ", which speaks no TLS: base_url begins with http:// there" if _NO_TLS in reason else ""
        return errors.NotSent(_title(attempt.request), f"{reason} at {attempt.request.url.netloc.decode()}{speaks}")
    if isinstance(error, httpx.DecodingError) and attempt.answer is not None:
        return errors.UnexpectedAnswer(_without_body(attempt), "", f"The body cannot be decoded: {error}.")
    return errors.OutcomeUnknown(_title(attempt.request), reason)


def _without_body(attempt: _Attempt) -> httpx.Response:
    """
    The answer without a body: httpx keeps none that it cannot decode, or that a hook did not want.
    """
    answer: Any = attempt.answer
    headers = [item for item in answer.headers.raw if item[0].lower() != b"content-encoding"]
    return httpx.Response(answer.status_code, headers=headers, request=_evidence(attempt.request))


def _evidence(request: httpx.Request) -> httpx.Request:
    """
    The *request* as it can be shown and pickled: other headers than these may hold what nobody is to see.
    """
    shown = [item for item in request.headers.raw if item[0].lower() in _SHOWN]
    if len(shown) == len(request.headers.raw):
        return request
    copy = httpx.Request(request.method, request.url, headers=shown, stream=request.stream)
    copy.extensions = request.extensions
    copy.read()
    return copy


def _title(request: httpx.Request) -> str:
    return f"{request.method} {request.url.path}"  # no query: it may hold names


def _note(attempt: _Attempt, outcome: str, now: float) -> None:
    if _log.isEnabledFor(logging.DEBUG):
        headers = attempt.answer.headers if attempt.answer is not None else {}
        facts = {
            "method": attempt.request.method,
            "path": attempt.request.url.path,
            "outcome": outcome,
            "seconds": now - attempt.started,
            "request_id": headers.get("X-Request-Id", "-"),
        }
        _log.debug("%(method)s %(path)s %(outcome)s in %(seconds).3f s, request id %(request_id)s", facts)
