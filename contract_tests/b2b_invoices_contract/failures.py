"""
Comparisons of an actual value with the expected one, and failures: promises that were not kept, as data.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Self

import attrs

from b2b_invoices_spec.promises import Promise

from . import evidence
from .contract import operation_of
from .exchanges import Exchange
from .redaction import Redaction
from .words import Words

_MOST_DIFFERENCES = 8
_FEW_PLACES = 3
_MISSING = object()

STATUS = "status"
"""The place of a comparison that is about the HTTP status."""


@attrs.frozen
class Comparison:
    """
    What a check found at one place.

    Attributes:
        at: Where: `status`, `header Allow`, a JSON pointer into an invoice or a response, or a few words.
        actual: What is there.
        expected: What should be there.
        is_met: Whether the promise is kept there.
        exchange: The exchange that shows it; None for the one of the observation.
        pointer: JSON pointer into `openapi.yaml`; empty for the promise's own.
        earlier: An exchange that is needed to reproduce it; None for those of the observation.
    """

    at: str
    actual: Any
    expected: Any
    is_met: bool
    exchange: Exchange | None = None
    pointer: str = ""
    earlier: Exchange | None = None


def equal(at: str, actual: Any, expected: Any, exchange: Exchange | None = None) -> Comparison:
    """
    Compare *actual* with *expected* as JSON: a number is not a boolean, and 1 is 1.0.
    """
    return Comparison(at, actual, expected, same(actual, expected), exchange)


def one_of(at: str, actual: Any, options: Iterable[Any], exchange: Exchange | None = None) -> Comparison:
    """
    Compare *actual* with several values, one of which it must be.
    """
    allowed = list(options)
    expected = Words(f"one of {shown(allowed)}")
    return Comparison(at, actual, expected, any(same(actual, option) for option in allowed), exchange)


def between(at: str, actual: Any, least: int, most: int) -> Comparison:
    """
    Compare *actual* with a range of whole numbers.
    """
    is_met = isinstance(actual, int) and not isinstance(actual, bool) and least <= actual <= most
    return Comparison(at, actual, Words(f"a whole number between {least} and {most}"), is_met)


def that(at: str, actual: Any, expected: str, is_met: bool, exchange: Exchange | None = None) -> Comparison:  # noqa: FBT001 - the outcome itself
    """
    State whether *actual* is as *expected* says in words.
    """
    return Comparison(at, actual, Words(expected), is_met, exchange)


def same(one: Any, other: Any) -> bool:
    """
    Return whether *one* and *other* are the same JSON: a number is not a boolean, and 1 is 1.0.
    """
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


@attrs.frozen
class Failure:
    """
    A promise that was not kept.

    Attributes:
        promise: The promise.
        at: Where it was not kept: `status`, a header, a JSON pointer, or a few words.
        received: The actual value, with its place where only a part of it differs.
        expected: The expected value, in the same form.
        curl: Commands that reproduce it, one a line, without credentials; empty if nothing was sent.
        response: Status, content type and body of the response; empty if there was none.
        pointer: JSON pointer into `openapi.yaml`, to what describes it.
        identity: Names the defect: failures with the same identity are one.
        count: How often it was seen.
        places: The cases that showed it, such as `dueDate is "7"`.
        consequence_of: Id of the more specific promise that the same observation breaks; empty if there is none.
        operation: Operation of the response that shows it, or its method and path; empty if there was no request.
        expected_status: The HTTP status that was expected; None if it is not about one status.
        size: Bytes that it takes to reproduce it.
    """

    promise: Promise
    at: str
    received: str
    expected: str
    curl: str = ""
    response: str = ""
    pointer: str = ""
    identity: str = ""
    count: int = 1
    places: list[str] = attrs.field(factory=list)
    consequence_of: str = ""
    operation: str = ""
    expected_status: int | None = None
    size: int = 0

    @classmethod
    def of(
        cls,
        promise: Promise,
        comparison: Comparison,
        exchanges: Sequence[Exchange],
        redaction: Redaction,
        *,
        case: str = "",
        consequence_of: str = "",
    ) -> Self:
        """
        Return the failure of *promise* that *comparison* shows; *exchanges* reproduce it, the last is where it shows.
        """
        received, expected, _ = described(comparison)
        operation = operation_of(exchanges[-1].method, exchanges[-1].path) if exchanges else ""
        return cls(
            promise,
            evidence.shown(comparison.at, redaction),
            evidence.shown(received, redaction),
            evidence.shown(expected, redaction),
            curl=evidence.commands(exchanges, redaction),
            response=evidence.response(exchanges[-1], redaction) if exchanges and exchanges[-1].status else "",
            pointer=comparison.pointer or promise.pointer,
            identity=identity_of(promise, comparison, exchanges, redaction),
            size=size_of(exchanges),
            places=redaction.hide_all([case] if case else []),
            consequence_of=consequence_of,
            operation=evidence.shown(operation, redaction),
            expected_status=_status(comparison),
        )

    def seen_again(self, count: int = 1, places: Iterable[str] = ()) -> Self:
        """
        Return this failure, seen *count* times more, with the *places* of those.
        """
        return attrs.evolve(self, count=self.count + count, places=list(dict.fromkeys([*self.places, *places])))

    def and_also(self, other: Self) -> Self:
        """
        Return this and *other*, which is the same defect, as one failure: the one that is shorter to reproduce.
        """
        smaller, larger = sorted((self, other), key=lambda failure: (bool(failure.consequence_of), failure.size))
        return smaller.seen_again(larger.count, larger.places)


def identity_of(promise: Promise, comparison: Comparison, exchanges: Sequence[Exchange], redaction: Redaction) -> str:
    """
    Return what names a defect: the promise, the operation, the place, and nothing that chance has drawn.
    """
    operation = operation_of(exchanges[-1].method, exchanges[-1].path) if exchanges else ""
    parts = [promise.id, operation, comparison.pointer, _defect(comparison, described(comparison)[2])]
    return evidence.shown(" | ".join(filter(None, parts)), redaction)


def size_of(exchanges: Sequence[Exchange]) -> int:
    """
    Return how long it is to reproduce *exchanges*, in bytes.
    """
    return sum(len(exchange.url) + len(exchange.request_body) for exchange in exchanges)


def shown(value: Any) -> str:
    """
    Return *value* as JSON, or words as they are.
    """
    if value is _MISSING:
        return "missing"
    if isinstance(value, Words):
        return str(value)
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError):
        return repr(value)


def described(comparison: Comparison) -> tuple[str, str, list[str]]:
    """
    Return the actual and the expected value as text, only what differs of two objects, and where they differ.
    """
    actual, expected = comparison.actual, comparison.expected
    if not (isinstance(actual, Mapping) and isinstance(expected, Mapping)):
        return f"{comparison.at} {shown(actual)}", f"{comparison.at} {shown(expected)}", []
    differences = list(_differences(actual, expected))
    texts = [_listed((place, pair[side]) for place, *pair in differences) for side in (0, 1)]
    return f"{comparison.at} {texts[0]}", f"{comparison.at} {texts[1]}", [place for place, _, _ in differences]


def _status(comparison: Comparison) -> int | None:
    is_one = comparison.at == STATUS and isinstance(comparison.expected, int)
    return comparison.expected if is_one else None


def _defect(comparison: Comparison, places: Sequence[str]) -> str:
    """
    Name what is wrong without what chance has drawn: no values, and no indexes.
    """
    if comparison.at == STATUS and isinstance(comparison.actual, int):
        return f"{STATUS} {comparison.actual // 100}xx"
    parts = [comparison.at, *(places if len(places) <= _FEW_PLACES else ["many fields"])]
    return " ".join("/".join("*" if step.isdecimal() else step for step in part.split("/")) for part in parts)


def _differences(actual: Any, expected: Any, place: str = "") -> Iterator[tuple[str, Any, Any]]:
    """
    Yield each place where the two differ, as a JSON pointer, with what is there in either.
    """
    if isinstance(actual, Mapping) and isinstance(expected, Mapping):
        for name in sorted(actual.keys() | expected.keys(), key=str):
            pair = actual.get(name, _MISSING), expected.get(name, _MISSING)
            yield from _differences(*pair, f"{place}/{name}")
    elif isinstance(actual, list) and isinstance(expected, list) and len(actual) == len(expected):
        for index, pair in enumerate(zip(actual, expected, strict=True)):
            yield from _differences(*pair, f"{place}/{index}")
    elif not same(actual, expected):
        yield place, actual, expected


def _listed(differences: Iterable[tuple[str, Any]]) -> str:
    texts = [f"{place} {shown(value)}" for place, value in differences]
    more = len(texts) - _MOST_DIFFERENCES
    return ", ".join([*texts[:_MOST_DIFFERENCES], *([f"and {more} more"] if more > 0 else [])])
