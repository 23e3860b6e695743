"""
A promise that was not kept, with what it takes to see it again.
"""

import json
import shlex
from collections.abc import Iterable, Sequence
from typing import Any

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
    """

    def __init__(self, received: str, expected: str, exchange: Exchange | None = None) -> None:
        super().__init__(f"received {received}, expected {expected}")
        self.received = received
        self.expected = expected
        self.exchange = exchange


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


def expect(received: Any, expected: Any, what: str, exchange: Exchange | None = None) -> None:
    """
    Let the check go on when *received* equals *expected*; *what* says of what, in a few words.

    Raises:
        BrokenPromise: When it does not.
    """
    if received != expected:
        raise BrokenPromise(f"{what} {_shown(received)}", f"{what} {_shown(expected)}", exchange)


def expect_in(received: Any, expected: Iterable[Any], what: str, exchange: Exchange | None = None) -> None:
    """
    Let the check go on when *received* is one of *expected*; *what* says of what, in a few words.

    Raises:
        BrokenPromise: When it is not.
    """
    options = list(expected)
    if received not in options:
        raise BrokenPromise(f"{what} {_shown(received)}", f"{what} one of {_shown(options)}", exchange)


def expect_between(received: int, least: int, most: int, what: str) -> None:
    """
    Let the check go on when *received* is between *least* and *most*, both included; *what* says of what it is.

    Raises:
        BrokenPromise: When it is not.
    """
    if not isinstance(received, int) or not least <= received <= most:
        raise BrokenPromise(f"{what} {_shown(received)}", f"{what} between {least} and {most}")


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
