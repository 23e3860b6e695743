"""
Request log: the latest requests, with the response to each and why it did not succeed.
"""

import time
import zlib
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Mapping
from itertools import chain
from typing import Any, Literal, get_args

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .api.errors import ApiError
from .api.validation import Violations
from .clock import MockClock
from .faults.connection import ConnectionCut

Verdict = Literal["waiting", "accepted", "refused", "failed", "lost"]
"""Outcome of a request; `lost`: the response was not sent completely, as far as the mock noticed."""

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

LoggedApp = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]
"""An ASGI application whose requests are logged."""

RawHeaders = list[tuple[bytes, bytes]]

OWN_PATHS = "/_mock"
"""Prefix of the mock's own routes, whose requests are not logged."""

CREDENTIALS = frozenset({"authorization", "authtoken", "cookie", "proxy-authorization", "x-auth-token", "x-store-hash"})
"""Headers whose values are never shown."""

HIDDEN = "[hidden]"

BODY_LIMIT = 64 * 1024
"""By default, at most this many bytes of each body are kept."""

TOTAL_LIMIT = 64 * 1024 * 1024
"""At most this many bytes of all requests and responses together are kept."""

_KEY = "b2b_invoices_mock.request_log"
_GZIP = 31  # zlib's number for the format
_FIRST_ERROR = 400
_FIRST_FAILURE = 500


class LoggedRequest(msgspec.Struct, eq=False):
    """
    One request and its response so far. Headers contain credentials, so they are not part of its repr.

    Attributes:
        number: Numbers requests in the order of arrival, from 1.
        received_at: When it arrived, by the mock's clock, in Unix seconds.
        method: HTTP method.
        path: Path as sent, percent-encoded.
        query: Query as sent, without the question mark.
        headers: Request headers.
        body: Request body, or the beginning of a large one.
        body_size: Size of the request body in bytes.
        operation: The operation it calls, by operationId; None if it matches none.
        error: The error that the mock responded with.
        fault: Name of the fault that was applied to it.
        preference: Which documented response it asked for in `Prefer` and got; empty if none.
        status: Status of the response; None while there is no response.
        response_headers: Response headers.
        response_body: Response body as sent, or the beginning of a large one.
        response_size: Size of the response body in bytes.
        seconds: How long it took; None while it is being processed.
        complete: Whether the response was sent completely.
        left: Whether the caller disconnected before that.
    """

    number: int
    received_at: float
    method: str
    path: str
    query: str
    headers: RawHeaders
    body: bytes = b""
    body_size: int = 0
    operation: str | None = None
    error: ApiError | None = None
    fault: str | None = None
    preference: str = ""
    status: int | None = None
    response_headers: RawHeaders = []  # a new list each time
    response_body: bytes = b""
    response_size: int = 0
    seconds: float | None = None
    complete: bool = False
    left: bool = False

    def __repr__(self) -> str:
        return f"LoggedRequest({self.number}, {self.method} {self.path}, {self.verdict})"

    @property
    def plain_response_body(self) -> bytes:
        """The response body as far as it is kept, uncompressed."""
        if (b"content-encoding", b"gzip") not in self.response_headers:
            return self.response_body
        return zlib.decompressobj(_GZIP).decompress(self.response_body)

    @property
    def verdict(self) -> Verdict:
        """The outcome so far."""
        if self.seconds is None:
            return "waiting"
        if self.status is None or not self.complete:
            return "lost"
        if self.status >= _FIRST_FAILURE:
            return "failed"
        return "refused" if self.status >= _FIRST_ERROR else "accepted"

    @property
    def violations(self) -> Violations:
        """Path of a field or name of a parameter -> messages; empty unless it was rejected for them."""
        return self.error.violations if self.error else {}

    @property
    def reason(self) -> str:
        """Why it did not simply succeed, in one line; empty if it did."""
        parts = [f"fault: {self.fault}"] if self.fault else []
        parts += [f"asked for by Prefer: {self.preference}"] if self.preference else []
        if self.violations:
            parts += [f"{path}: {' '.join(messages)}" for path, messages in self.violations.items()]
        elif self.error:
            parts.append(str(self.error.reason))
        elif not self.fault and self.verdict == "lost":
            parts.append("the caller disconnected" if self.left else "the response was not sent completely")
        return "; ".join(parts)

    def holds(self, text: str) -> bool:
        """
        Return whether *text* occurs in the path, query, reason or either body, ignoring case.
        """
        wanted = text.casefold()
        return any(
            wanted in part.casefold()
            for part in (f"{self.path}?{self.query}", self.reason, _text(self.body), _text(self.plain_response_body))
        )


class RequestLog:
    """
    The latest requests, oldest first. The oldest are removed to stay within the limits.

    Attributes:
        version: A number that increases with every change.
    """

    def __init__(
        self,
        clock: Callable[[], float] | None = None,
        *,
        limit: int = 10_000,
        body_limit: int = BODY_LIMIT,
        total_limit: int = TOTAL_LIMIT,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        """
        Create an empty log.

        Args:
            clock: Returns the time of arrival, in Unix seconds; by default the time of this machine.
            limit: Maximum number of requests kept.
            body_limit: Maximum number of bytes kept of each body.
            total_limit: Maximum number of bytes kept of all bodies together.
            timer: Returns seconds; measures how long a request takes.
        """
        self.version = 0
        self._clock = clock or MockClock()
        self._limit = limit
        self._body_limit = body_limit
        self._total_limit = total_limit
        self._timer = timer
        self._entries: deque[LoggedRequest] = deque()
        self._kept_bytes = 0
        self._last_number = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[LoggedRequest]:
        return iter(tuple(self._entries))

    def newest_first(self) -> Iterator[LoggedRequest]:
        """
        Return the requests, newest first.
        """
        return iter(tuple(reversed(self._entries)))

    def get(self, number: int) -> LoggedRequest | None:
        """
        Return the request with this number, or None if it does not exist or was removed.
        """
        if not self._entries:
            return None
        index = number - self._entries[0].number
        return self._entries[index] if 0 <= index < len(self._entries) else None

    def clear(self) -> None:
        """
        Remove every request. Numbering continues, so no number is used twice.
        """
        self._entries.clear()
        self._kept_bytes = 0
        self.version += 1

    def reset(self) -> None:
        """
        Remove every request, and start numbering at 1 again.
        """
        self.clear()
        self._last_number = 0

    def wrap(self, app: ASGIApp) -> LoggedApp:
        """
        Return *app* with every request logged, except those to the mock's own routes.
        """

        async def logged_app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or _is_own(scope["path"]):
                await app(scope, receive, send)
                return
            began = self._timer()
            entry = scope[_KEY] = self._begin(scope)

            unread = not _waits_to_send(scope)

            async def logged_receive() -> Message:
                nonlocal unread
                message = await receive()
                unread = message.get("more_body", False)
                _add_received(entry, message, self._body_limit)
                return message

            async def logged_send(message: Message) -> None:
                # A request may be rejected before its body is read; closing the connection then could reset it.
                while unread:
                    await logged_receive()
                _add_sent(entry, message, self._body_limit)
                await send(message)

            try:
                await app(scope, logged_receive, logged_send)
            except ConnectionCut:
                _cut(entry)
                raise
            finally:
                entry.seconds = self._timer() - began
                self._end(entry)

        return logged_app

    def _begin(self, scope: Scope) -> LoggedRequest:
        self._last_number += 1
        entry = LoggedRequest(
            number=self._last_number,
            received_at=self._clock(),
            method=scope["method"],
            path=(scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")).decode("latin-1"),
            query=scope["query_string"].decode("latin-1"),
            headers=scope["headers"],
        )
        self._entries.append(entry)
        self.version += 1
        if len(self._entries) > self._limit:
            self._remove_oldest()
        return entry

    def _end(self, entry: LoggedRequest) -> None:
        self.version += 1
        if self.get(entry.number) is not entry:  # removed meanwhile
            return
        self._kept_bytes += _kept(entry)
        while self._kept_bytes > self._total_limit:
            self._remove_oldest()

    def _remove_oldest(self) -> None:
        oldest = self._entries.popleft()
        if oldest.seconds is not None:  # otherwise its bytes are not counted yet
            self._kept_bytes -= _kept(oldest)


def logged_request(scope: Scope) -> LoggedRequest:
    """
    Return the log entry of the request of *scope*, which must not be one to the mock's own routes.
    """
    entry: LoggedRequest = scope[_KEY]
    return entry


def log_error(scope: Scope, error: ApiError) -> None:
    """
    Add the error that the mock responds with to the log entry of the request of *scope*.
    """
    # The entry is kept for long, so it must not keep the frames that the error passed through and their values.
    error.__traceback__ = error.__context__ = error.__cause__ = None
    logged_request(scope).error = error


def shown_headers(headers: RawHeaders) -> Mapping[str, str]:
    """
    Return *headers* as text, with credentials hidden and repeated headers joined by commas.
    """
    shown: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name = raw_name.decode("latin-1").lower()
        value = HIDDEN if name in CREDENTIALS else raw_value.decode("latin-1")
        shown[name] = f"{shown[name]}, {value}" if name in shown else value
    return shown


def _is_own(path: str) -> bool:
    return path == OWN_PATHS or path.startswith(f"{OWN_PATHS}/")


def _add_received(entry: LoggedRequest, message: Message, limit: int) -> None:
    if message["type"] == "http.disconnect":
        entry.left = not entry.complete
    else:
        entry.body, entry.body_size = _extended(entry.body, entry.body_size, message, limit)


def _add_sent(entry: LoggedRequest, message: Message, limit: int) -> None:
    if message["type"] == "http.response.start":
        entry.status, entry.response_headers = message["status"], list(message["headers"])
    else:
        entry.response_body, entry.response_size = _extended(entry.response_body, entry.response_size, message, limit)
        entry.complete = not (message.get("more_body") or entry.left)


def _cut(entry: LoggedRequest) -> None:
    if entry.complete:  # a fault had closed the connection, so nobody received this server error
        entry.status, entry.response_headers, entry.response_body, entry.response_size = None, [], b"", 0
    entry.complete = False


def _waits_to_send(scope: Scope) -> bool:
    # Such a caller sends its body only when it is asked to.
    return any(name == b"expect" for name, _ in scope["headers"])


def _kept(entry: LoggedRequest) -> int:
    headers = sum(map(len, chain.from_iterable(entry.headers)))
    return len(entry.body) + len(entry.response_body) + len(entry.path) + len(entry.query) + headers


def _extended(kept: bytes, size: int, message: Message, limit: int) -> tuple[bytes, int]:
    chunk = message.get("body", b"")
    return kept + chunk[: max(limit - len(kept), 0)], size + len(chunk)


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")
