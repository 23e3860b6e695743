"""
One attempt of a request: errors of httpx become errors of this package.
"""

import logging
from traceback import walk_tb
from typing import Any, Self

import attrs
import httpx

from . import errors
from ._evidence import title, without_secrets
from .client import Client

_HTTP_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError, OSError, UnicodeError)
"""Exceptions of httpx and the operating system when a request fails."""

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
_NO_TLS = "WRONG_VERSION_NUMBER"  # OpenSSL's name for a response in plain text, such as a local mock's

_SENDING = (httpx.Client.send.__code__, httpx.AsyncClient.send.__code__)
"""Where httpx raises a RuntimeError for a closed client; one that is raised deeper, such as in a hook, may be later."""

_log = logging.getLogger("b2b_invoices")


@attrs.define
class Attempt:
    """
    One attempt, as a context manager around sending it.

    On the way out it translates what was raised, writes to the log, and updates the rate limit.
    """

    client: Client
    http: httpx.Client | httpx.AsyncClient
    request: httpx.Request
    started: float = attrs.field(init=False, default=0.0)  # when it was sent, on the client's clock
    response: Any = attrs.field(init=False, default=None)  # the response, as soon as its headers have arrived

    def __enter__(self) -> Self:
        self.started = self.client.retries.clock()
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        retries = self.client.retries
        if retries.pace:
            if error is None:
                self.client.pace.note(self.response.headers, retries.clock())
            self.client.pace.put_back()
        self._log(error, retries.clock())
        if error is not None and (ours := self._translated(error)):
            raise ours from error

    def _translated(self, error: BaseException) -> errors.B2BInvoicesError | None:
        """
        Return the error of this package for *error*; None if the user's own code raised it.
        """
        request = title(self.request)
        *_, (raised_in, _line) = walk_tb(error.__traceback__)
        if isinstance(error, httpx.HTTPStatusError):  # raised by a hook of the user's
            self.response = error.response
            error.response.request = error.request = without_secrets(self.request)
            return errors.UnexpectedAnswer(self._without_body(), "", "A hook raised before its body was read.")
        if self.http.is_closed and isinstance(error, RuntimeError) and raised_in.f_code in _SENDING:
            return errors.NotSent(request, "the client was closed by another thread")
        if not isinstance(error, _HTTP_ERRORS):
            return None
        if isinstance(error, httpx.RequestError):
            error.request = without_secrets(self.request)
        reason = f"{type(error).__name__}{f' ({error})' if str(error) else ''}"
        if isinstance(error, _NOT_SENT):
            hint = ", which does not use TLS: use a base_url that begins with http://" if _NO_TLS in reason else ""
            return errors.NotSent(request, f"{reason} at {self.request.url.netloc.decode()}{hint}")
        if isinstance(error, httpx.DecodingError) and self.response is not None:
            return errors.UnexpectedAnswer(self._without_body(), "", f"The body cannot be decoded: {error}.")
        return errors.OutcomeUnknown(request, reason)

    def _without_body(self) -> httpx.Response:
        """
        Return the response without a body: httpx keeps none that it cannot decode, or that a hook did not read.
        """
        headers = [item for item in self.response.headers.raw if item[0].lower() != b"content-encoding"]
        return httpx.Response(self.response.status_code, headers=headers, request=self.request)

    def _log(self, error: BaseException | None, now: float) -> None:
        if _log.isEnabledFor(logging.DEBUG):
            headers = self.response.headers if self.response is not None else {}
            fields = {
                "method": self.request.method,
                "path": self.request.url.path,
                "outcome": type(error).__name__ if error is not None else str(self.response.status_code),
                "seconds": now - self.started,
                "request_id": headers.get("X-Request-Id", "-"),
            }
            _log.debug("%(method)s %(path)s %(outcome)s in %(seconds).3f s, request id %(request_id)s", fields)
