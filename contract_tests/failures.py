"""
A promise that was not kept, with what it takes to see it again.
"""

import json
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Self

import attrs

from .promises import Promise
from .redaction import HIDDEN, Redaction
from .traffic import Exchange

_SHOWN_HEADERS = frozenset({"accept", "content-type"})
_LONGEST = 2000


class BrokenPromise(AssertionError):  # noqa: N818 - it is what the target did, not an error of ours
    """
    A check met something else than was promised.

    Attributes:
        received: What was met.
        expected: What was promised.
        exchange: The exchange that shows it; None when the last one of the check does.
        promise: Id of the promise that was broken; empty when it is the one that the check is about.
    """

    def __init__(self, received: str, expected: str, exchange: Exchange | None = None, promise: str = "") -> None:
        super().__init__(f"received {received}, expected {expected}")
        self.received = received
        self.expected = expected
        self.exchange = exchange
        self.promise = promise


@attrs.frozen
class Failure:
    """
    A promise that was not kept.

    Attributes:
        promise: The promise.
        received: What was met.
        expected: What was promised.
        curl: Commands that repeat it, a line each, with the credentials hidden; empty when nothing was sent.
        answer: Status and body of the answer; empty when there was none.
    """

    promise: Promise
    received: str
    expected: str
    curl: str = ""
    answer: str = ""

    @classmethod
    def of(
        cls, promise: Promise, error: BaseException, exchanges: Sequence[Exchange], redaction: Redaction
    ) -> "Failure":
        """
        Return the failure of *promise* that *error* stands for; *exchanges* are those of its check, in order.
        """
        received, expected, shown = f"{type(error).__name__}: {error}"[:_LONGEST], promise.statement, None
        if isinstance(error, BrokenPromise):
            received, expected, shown = error.received, error.expected, error.exchange
        evidence = [shown] if shown else _evidence(exchanges)
        answer = _answer(evidence[-1]) if evidence else ""
        curl = "\n".join(_curl(exchange) for exchange in evidence)
        return cls(promise, *redaction.hide_all([received, expected, curl, answer]))


def expect(received: Any, expected: Any, what: str, exchange: Exchange | None = None, *, promise: str = "") -> None:
    """
    Let the check go on when *received* is the same JSON as *expected*; *what* says of what, in a few words.

    Raises:
        BrokenPromise: When it is not, of *promise* or else of the one that the check is about.
    """
    if not same(received, expected):
        raise BrokenPromise(f"{what} {_shown(received)}", f"{what} {_shown(expected)}", exchange, promise)


def expect_in(received: Any, expected: Iterable[Any], what: str, exchange: Exchange | None = None) -> None:
    """
    Let the check go on when *received* is one of *expected*; *what* says of what, in a few words.

    Raises:
        BrokenPromise: When it is not.
    """
    options = list(expected)
    if not any(same(received, option) for option in options):
        raise BrokenPromise(f"{what} {_shown(received)}", f"{what} one of {_shown(options)}", exchange)


def expect_between(received: Any, least: int, most: int, what: str, *, promise: str = "") -> None:
    """
    Let the check go on when *received* is a whole number between *least* and *most*; *what* says of what it is.

    Raises:
        BrokenPromise: When it is not, of *promise* or else of the one that the check is about.
    """
    if isinstance(received, bool) or not isinstance(received, int) or not least <= received <= most:
        raise BrokenPromise(f"{what} {_shown(received)}", f"{what} between {least} and {most}", None, promise)


def same(one: Any, other: Any) -> bool:
    """
    Whether *one* and *other* are the same JSON: a number is no boolean, and 1 is 1.0.
    """
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


class Comparisons:
    """
    Comparisons that are all made before the check ends, so that one broken promise does not hide the next.

    Use it as a context manager; its end raises what was found broken.
    """

    def __init__(self) -> None:
        self._broken: list[BrokenPromise] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None or not self._broken:
            return
        if len(self._broken) == 1:
            raise self._broken[0]
        raise ExceptionGroup("several promises were broken", self._broken)

    def make(self, comparison: Callable[..., None], *args: Any, **kwargs: Any) -> None:
        """
        Call *comparison*, one of the functions above, and keep what it raises for the end.
        """
        try:
            comparison(*args, **kwargs)
        except BrokenPromise as broken:
            self._broken.append(broken)


def _evidence(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """
    The last of *exchanges*, and before it the last create, which what it shows goes back to.
    """
    creates = [exchange for exchange in exchanges[:-1] if exchange.method == "POST"]
    return [*creates[-1:], *exchanges[-1:]]


def _curl(exchange: Exchange) -> str:
    words = ["curl", "-X", exchange.method, exchange.url]
    for name, value in exchange.request_headers.items():
        if name.lower() in _SHOWN_HEADERS:
            words += ["-H", f"{name}: {value}"]
        elif name.lower() in {"x-auth-token", "x-store-hash"}:
            words += ["-H", f"{name}: {HIDDEN}"]
    if exchange.request_body:
        words += ["--data-raw", exchange.request_body.decode("utf-8", "backslashreplace")]
    return shlex.join(words)


def _answer(exchange: Exchange) -> str:
    return f"{exchange.status} {exchange.body[:_LONGEST].decode('utf-8', 'backslashreplace')}".strip()


def _shown(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
