"""
One attempt of a request: errors of httpx become errors of this package, and responses are stripped of credentials.
"""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from copy import copy

import attrs
import httpx

from . import errors
from .client import Client

__all__ = ["Attempt", "attempt", "title"]

_HTTP_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError, OSError, UnicodeError)
"""Whatever httpx, or the system below it, raises when a request fails."""

_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_NO_TLS = "WRONG_VERSION_NUMBER"  # OpenSSL's name for a response in plain text, such as a local mock's
_SHOWN = (b"accept", b"accept-encoding", b"connection", b"content-length", b"content-type", b"host", b"user-agent")

_log = logging.getLogger("b2b_invoices")


@attrs.define
class Attempt:
    """
    One attempt.

    Attributes:
        request: The request.
        started: When it was sent, on the client's clock.
        response: The response, as soon as its headers have arrived.
    """

    request: httpx.Request
    started: float
    response: httpx.Response = attrs.field(init=False, default=None)

    def translated(self, error: Exception) -> errors.B2BInvoicesError:
        """
        Return the error of this package that *error* amounts to.
        """
        if isinstance(error, httpx.HTTPStatusError):  # raised by a hook of the user's
            self.response = error.response
            error.response.request = error.request = self.evidence()
            return errors.UnexpectedAnswer(self._without_body(), "", "A hook raised before its body was read.")
        if isinstance(error, httpx.RequestError):
            error.request = self.evidence()
        reason = f"{type(error).__name__}{f' ({error})' if str(error) else ''}"
        if isinstance(error, _NOT_SENT):
            hint = ", which does not use TLS: use a base_url that begins with http://" if _NO_TLS in reason else ""
            return errors.NotSent(title(self.request), f"{reason} at {self.request.url.netloc.decode()}{hint}")
        if isinstance(error, httpx.DecodingError) and self.response is not None:
            return errors.UnexpectedAnswer(self._without_body(), "", f"The body cannot be decoded: {error}.")
        return errors.OutcomeUnknown(title(self.request), reason)

    def evidence(self) -> httpx.Request:
        """
        Return a copy of the request with the headers that hold no secret.
        """
        evidence = copy(self.request)
        evidence.headers = httpx.Headers([item for item in self.request.headers.raw if item[0].lower() in _SHOWN])
        return evidence

    def _without_body(self) -> httpx.Response:
        """
        Return the response without a body: httpx keeps none that it cannot decode, or that a hook did not read.
        """
        headers = [item for item in self.response.headers.raw if item[0].lower() != b"content-encoding"]
        return httpx.Response(self.response.status_code, headers=headers, request=self.evidence())

    def log(self, outcome: str, now: float) -> None:
        """
        Write one line at debug level, with its parts as fields.
        """
        if _log.isEnabledFor(logging.DEBUG):
            headers = self.response.headers if self.response is not None else {}
            fields = {
                "method": self.request.method,
                "path": self.request.url.path,
                "outcome": outcome,
                "seconds": now - self.started,
                "request_id": headers.get("X-Request-Id", "-"),
            }
            _log.debug("%(method)s %(path)s %(outcome)s in %(seconds).3f s, request id %(request_id)s", fields)


@contextmanager
def attempt(client: Client, http: httpx.Client | httpx.AsyncClient, request: httpx.Request) -> Generator[Attempt]:
    """
    Translate what is raised inside; log the attempt, and count it against the rate limit.
    """
    retries = client.retries
    sent = Attempt(request, retries.clock())
    outcome = "no answer"
    try:
        yield sent
        outcome = str(sent.response.status_code)
        sent.response.request = sent.evidence()
        sent.response.next_request = None  # the target of a redirect, with the credentials
        if retries.pace:
            client.pace.note(sent.response.headers, retries.clock())
    except _HTTP_ERRORS as error:
        outcome = type(error).__name__
        raise sent.translated(error) from error
    except RuntimeError as error:
        if sent.response is not None or not http.is_closed:
            raise
        raise errors.NotSent(title(request), "the client was closed by another thread") from error
    finally:
        if retries.pace:
            client.pace.put_back()
        sent.log(outcome, retries.clock())


def title(request: httpx.Request) -> str:
    """
    Return method and path, without the query, which may hold names.
    """
    return f"{request.method} {request.url.path}"
