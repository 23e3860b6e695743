"""
The record of requests: what was asked, what was answered, and what was wrong with it. The oldest make way for new ones.
"""

import time
import zlib
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from typing import Any, Literal, get_args

import msgspec
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .api.errors import ApiError
from .api.validation import Violations
from .clock import MockClock
from .faults.connection import ConnectionCut

Verdict = Literal["waiting", "accepted", "refused", "failed", "lost"]
"""How a request came out: `lost` is one whose answer did not leave whole, on purpose or because the caller left."""

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

RecordedApp = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]
"""An ASGI application that keeps a record."""

RawHeaders = list[tuple[bytes, bytes]]

OWN_PATHS = "/_mock"
"""Where the mock's own routes are; they are not recorded."""

CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization", "x-auth-token", "x-store-hash"})
"""Headers whose values are never shown."""

HIDDEN = "[hidden]"

BODY_LIMIT = 64 * 1024
"""How many bytes of a body are kept, unless it is said otherwise."""

TOTAL_LIMIT = 64 * 1024 * 1024
"""How many bytes of all the bodies are kept."""

_KEY = "b2b_invoices_mock.request_log"
_GZIP = 31  # how zlib calls it
_FIRST_ERROR = 400
_FIRST_FAILURE = 500


class LoggedRequest(msgspec.Struct, eq=False):
    """
    One request and its answer, as far as it has come. Headers hold credentials, so its repr leaves them out.

    Attributes:
        number: Its place in the order of arrival, from 1.
        received_at: When it came, by the mock's clock, in Unix seconds.
        method: Its HTTP method.
        path: Its path as it was sent, percent-encoded.
        query: Its query as it was sent, without the question mark.
        headers: Its headers.
        began: When it came, by the timer that tells how long it took, in seconds.
        body: Its body, or the beginning of a large one.
        body_size: How many bytes it had.
        operation: The operation it calls, by operationId; None when it was matched to none.
        refusal: Why the mock refused it.
        fault: Name of the fault that hit it.
        preference: Which answer it asked for by `Prefer` and got; empty when it did not.
        status: Status of the answer; None while there is none.
        answer_headers: Headers of the answer.
        answer: Body of the answer, or the beginning of a large one.
        answer_size: How many bytes that had.
        seconds: How long it took; None while it takes.
        complete: Whether the answer left whole.
        left: Whether the caller left before that.
    """

    number: int
    received_at: float
    method: str
    path: str
    query: str
    headers: RawHeaders
    began: float = 0.0
    body: bytes = b""
    body_size: int = 0
    operation: str | None = None
    refusal: ApiError | None = None
    fault: str | None = None
    preference: str = ""
    status: int | None = None
    answer_headers: RawHeaders = []  # a new one each time
    answer: bytes = b""
    answer_size: int = 0
    seconds: float | None = None
    complete: bool = False
    left: bool = False

    def __repr__(self) -> str:
        """Tell which one it is."""
        return f"LoggedRequest({self.number}, {self.method} {self.path}, {self.verdict})"

    @property
    def plain_answer(self) -> bytes:
        """What is kept of the answer, as it was before it was compressed."""
        if (b"content-encoding", b"gzip") not in self.answer_headers:
            return self.answer
        return zlib.decompressobj(_GZIP).decompress(self.answer)

    def holds(self, text: str) -> bool:
        """
        Return whether *text* is in its path, its query, its reason or one of the bodies, in either case.
        """
        wanted = text.casefold()
        return any(
            wanted in part.casefold()
            for part in (f"{self.path}?{self.query}", self.reason, _text(self.body), _text(self.plain_answer))
        )

    def cut(self) -> None:
        """
        Note that the connection was cut, in process, where a failure's answer is made all the same and reaches nobody.
        """
        if self.complete:
            self.status, self.answer_headers = None, []
            self.answer, self.answer_size = b"", 0
        self.complete = False

    @property
    def verdict(self) -> Verdict:
        """How it came out."""
        if self.seconds is None:
            return "waiting"
        if self.status is None or not self.complete:
            return "lost"
        if self.status >= _FIRST_FAILURE:
            return "failed"
        return "refused" if self.status >= _FIRST_ERROR else "accepted"

    @property
    def violations(self) -> Violations:
        """Path of a field or a parameter -> what was wrong with it; empty when that is not why it was refused."""
        reason = self.refusal.reason if self.refusal else {}
        return reason if isinstance(reason, dict) else {}

    @property
    def reason(self) -> str:
        """Why it did not simply succeed, in one line; empty when it did."""
        parts = [f"fault: {self.fault}"] if self.fault else []
        parts += [f"asked for by Prefer: {self.preference}"] if self.preference else []
        if self.violations:
            parts += [f"{path}: {' '.join(messages)}" for path, messages in self.violations.items()]
        elif self.refusal:
            parts.append(str(self.refusal.reason))
        elif not self.fault and self.verdict == "lost":
            parts.append("the caller left" if self.left else "the answer did not leave whole")
        return "; ".join(parts)


class RequestLog:
    """
    The last requests, oldest first.

    Attributes:
        version: A number that grows with everything that changes.
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
        Make an empty record.

        Args:
            clock: Tells when a request came.
            limit: How many requests are kept at most.
            body_limit: How many bytes of a body are kept at most.
            total_limit: How many bytes of all bodies are kept at most; requests are forgotten to stay within it.
            timer: Tells how long a request takes, in seconds.
        """
        self.version = 0
        self._clock = clock or MockClock()
        self._limit = limit
        self._body_limit = body_limit
        self._total_limit = total_limit
        self._timer = timer
        self._seen: deque[LoggedRequest] = deque()
        self._kept = 0  # bytes
        self._count = 0

    def __len__(self) -> int:
        """Return how many requests are kept."""
        return len(self._seen)

    def __iter__(self) -> Iterator[LoggedRequest]:
        """Return the requests, oldest first."""
        return iter(tuple(self._seen))

    def newest_first(self) -> Iterator[LoggedRequest]:
        """
        Return the requests, newest first.
        """
        return iter(tuple(reversed(self._seen)))

    def get(self, number: int) -> LoggedRequest | None:
        """
        Return the request with this number, or None when there is none (any more).
        """
        if not self._seen:
            return None
        index = number - self._seen[0].number
        return self._seen[index] if 0 <= index < len(self._seen) else None

    def clear(self) -> None:
        """
        Forget every request; numbers go on, so that none is given twice.
        """
        self._seen.clear()
        self._kept = 0
        self.version += 1

    def reset(self) -> None:
        """
        Forget every request, and number them from 1 again.
        """
        self.clear()
        self._count = 0

    def recording(self, app: ASGIApp) -> RecordedApp:
        """
        Return *app* with every request to it put on record, but for those to the mock's own routes.
        """

        async def record(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or is_own(scope["path"]):
                await app(scope, receive, send)
                return
            seen = scope[_KEY] = self._begin(scope)
            try:
                await app(scope, self._listening(seen, receive), self._telling(seen, send))
            except ConnectionCut:
                seen.cut()
                raise
            finally:
                seen.seconds = self._timer() - seen.began
                self._end(seen)

        return record

    def whole(self, scope: Scope, body: bytes) -> LoggedRequest:
        """
        Put a request on record that has arrived whole.
        """
        seen = scope[_KEY] = self._begin(scope)
        seen.body, seen.body_size = body[: self._body_limit], len(body)
        return seen

    def answered(self, seen: LoggedRequest, response: Response, *, left: bool) -> None:
        """
        Put on record that a request that arrived whole was answered with *response*, unless its caller *left*.
        """
        seen.status, seen.answer_headers = response.status_code, response.raw_headers
        seen.answer, seen.answer_size = bytes(response.body[: self._body_limit]), len(response.body)
        seen.complete, seen.left = not left, left
        seen.seconds = self._timer() - seen.began
        self._end(seen)

    def _listening(self, seen: LoggedRequest, receive: Receive) -> Receive:
        limit = self._body_limit

        async def listen() -> Message:
            message = await receive()
            if message["type"] == "http.disconnect":
                seen.left = not seen.complete
            elif chunk := message.get("body"):
                seen.body_size += len(chunk)
                if len(seen.body) < limit:
                    seen.body += chunk[: limit - len(seen.body)]
            return message

        return listen

    def _telling(self, seen: LoggedRequest, send: Send) -> Send:
        limit = self._body_limit

        def tell(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                seen.status, seen.answer_headers = message["status"], list(message["headers"])
            else:
                if chunk := message.get("body"):
                    seen.answer_size += len(chunk)
                    if len(seen.answer) < limit:
                        seen.answer += chunk[: limit - len(seen.answer)]
                seen.complete = not (message.get("more_body") or seen.left)
            return send(message)

        return tell

    def _begin(self, scope: Scope) -> LoggedRequest:
        self._count += 1
        seen = LoggedRequest(
            number=self._count,
            received_at=self._clock(),
            method=scope["method"],
            path=(scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")).decode("latin-1"),
            query=scope["query_string"].decode("latin-1"),
            headers=scope["headers"],
            began=self._timer(),
        )
        self._seen.append(seen)
        self.version += 1
        if len(self._seen) > self._limit:
            self._forget()
        return seen

    def _end(self, seen: LoggedRequest) -> None:
        self.version += 1
        if self.get(seen.number) is not seen:
            return
        self._kept += _kept(seen)
        while self._kept > self._total_limit:
            self._forget()

    def _forget(self) -> None:
        oldest = self._seen.popleft()
        if oldest.seconds is not None:  # else its bytes were not counted yet
            self._kept -= _kept(oldest)


def is_own(path: str) -> bool:
    """
    Return whether *path* is one of the mock's own.
    """
    return path == OWN_PATHS or path.startswith(f"{OWN_PATHS}/")


def logged_request(scope: Scope) -> LoggedRequest | None:
    """
    Return what the record has on the request of *scope*; None when it is not recorded.
    """
    seen: LoggedRequest | None = scope.get(_KEY)
    return seen


def shown_headers(headers: RawHeaders) -> Mapping[str, str]:
    """
    Return *headers* as text, each credential hidden; those that are repeated are joined with commas.
    """
    shown: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name = raw_name.decode("latin-1").lower()
        value = HIDDEN if name in CREDENTIALS else raw_value.decode("latin-1")
        shown[name] = f"{shown[name]}, {value}" if name in shown else value
    return shown


def _kept(seen: LoggedRequest) -> int:
    return len(seen.body) + len(seen.answer)


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")
