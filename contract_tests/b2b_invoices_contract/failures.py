"""
A promise that was not kept, with what it takes to see it again.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Self

import attrs

from b2b_invoices_spec.promises import Promise

from . import evidence
from .contract import Violation, operation_of
from .redaction import Redaction
from .traffic import Exchange

_MOST_DIFFERENCES = 8
_FEW_PLACES = 3
_GENERATED = re.compile(
    r"""b?"(?:[^"\\]|\\.)*"|b?'(?:[^'\\]|\\.)*'|(?<!status )[+-]?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"""
)
_MISSING = object()


class BrokenPromise(AssertionError):  # noqa: N818 - it is what the target did, not an error of ours
    """
    A check met something else than was promised.

    Attributes:
        received: What was met.
        expected: What was promised.
        exchange: The exchange that shows it; None when the last one of the check does.
        promise: Id of the promise that was broken; empty when it is the one that the check is about.
        matter: What was looked at, the same for all that shows the same defect; empty when *pointer* says it all.
        pointer: Where in `openapi.yaml` the matter is described; empty for the promise's own.
        count: How often it was met.
        places: Where in an invoice it was met, and with what there.
        at_the_end: Whether all else that its check compares was compared too.
    """

    def __init__(
        self,
        received: str,
        expected: str,
        exchange: Exchange | None = None,
        promise: str = "",
        *,
        matter: str = "",
        pointer: str = "",
    ) -> None:
        super().__init__(f"received {received}, expected {expected}")
        self.received = received
        self.expected = expected
        self.exchange = exchange
        self.promise = promise
        self.count = 1
        self.at_the_end = False
        # What a check tries at one place after another, it says last, after "where".
        self.matter, _, place = (matter or ("" if pointer else received)).partition(" where ")
        self.places = [place.rstrip(":")] if place else []
        self.pointer = pointer


@attrs.frozen
class Failure:
    """
    A promise that was not kept.

    Attributes:
        promise: The promise.
        received: What was met.
        expected: What was promised.
        curl: Commands that repeat it, a line each, with the credentials hidden; empty when nothing was sent.
        answer: Status, content type and body of the answer; empty when there was none.
        pointer: Where in `openapi.yaml` the matter is described.
        identity: Names the defect: two failures with the same are one.
        count: How often it was met.
        places: Where in an invoice it was met, and with what there, as far as the check tells.
    """

    promise: Promise
    received: str
    expected: str
    curl: str = ""
    answer: str = ""
    pointer: str = ""
    identity: str = ""
    count: int = 1
    places: list[str] = attrs.field(factory=list)

    @classmethod
    def of(
        cls, promise: Promise, error: BaseException, exchanges: Sequence[Exchange], redaction: Redaction
    ) -> "Failure":
        """
        Return the failure of *promise* that *error* stands for; *exchanges* are those of its check, in order.
        """
        broken = error if isinstance(error, BrokenPromise) else _unexpected(promise, error)
        shown = [broken.exchange] if broken.exchange else evidence.relevant(exchanges)
        return cls(
            promise,
            evidence.shown(broken.received, redaction),
            evidence.shown(broken.expected, redaction),
            curl=evidence.commands(shown, redaction),
            answer=evidence.answer(shown[-1], redaction) if shown and shown[-1].status else "",
            pointer=broken.pointer or promise.pointer,
            identity=evidence.shown(identity(promise, broken, shown[-1:]), redaction),
            count=broken.count,
            places=redaction.hide_all(broken.places),
        )

    def and_also(self, other: "Failure") -> "Failure":
        """
        Return this and *other*, which is the same defect, as one: the one that takes less to see again.
        """
        smaller = min(self, other, key=lambda failure: len(failure.curl))
        places = list(dict.fromkeys([*self.places, *other.places]))
        return attrs.evolve(smaller, count=self.count + other.count, places=places)


def identity(promise: Promise, broken: BrokenPromise, shown: Sequence[Exchange]) -> str:
    """
    Return what names the defect that *broken* shows: the promise, the operation, and the matter.

    Ids, numbers and text that was made up are left out, so that one defect met fifty times is named in one way.
    """
    return f"{promise.id} | {_defect(broken, shown)}"


def expect(received: Any, expected: Any, what: str, exchange: Exchange | None = None, *, promise: str = "") -> None:
    """
    Let the check go on when *received* is the same JSON as *expected*; *what* says of what, in a few words.

    Of two objects, only what differs is told.

    Raises:
        BrokenPromise: When it is not, of *promise* or else of the one that the check is about.
    """
    if same(received, expected):
        return
    met, promised, matter = _shown(received), _shown(expected), what
    if what.startswith("status"):
        matter = f"{what} {_in_words(received)}"
    if isinstance(received, Mapping) and isinstance(expected, Mapping):
        differences = list(_differences(received, expected))
        met = _listed((place, value) for place, value, _ in differences)
        promised = _listed((place, value) for place, _, value in differences)
        # Which of many fields differ depends on what chance has sent.
        places = [place for place, _, _ in differences] if len(differences) <= _FEW_PLACES else ["many fields"]
        matter = " ".join([what, *places])
    raise BrokenPromise(f"{what} {met}", f"{what} {promised}", exchange, promise, matter=matter)


def expect_in(received: Any, expected: Iterable[Any], what: str, exchange: Exchange | None = None) -> None:
    """
    Let the check go on when *received* is one of *expected*; *what* says of what, in a few words.

    Raises:
        BrokenPromise: When it is not.
    """
    options = list(expected)
    if not any(same(received, option) for option in options):
        raise BrokenPromise(f"{what} {_shown(received)}", f"{what} one of {_shown(options)}", exchange, matter=what)


def expect_between(received: Any, least: int, most: int, what: str, *, promise: str = "") -> None:
    """
    Let the check go on when *received* is a whole number between *least* and *most*; *what* says of what it is.

    Raises:
        BrokenPromise: When it is not, of *promise* or else of the one that the check is about.
    """
    if isinstance(received, bool) or not isinstance(received, int) or not least <= received <= most:
        raise BrokenPromise(
            f"{what} {_shown(received)}", f"{what} between {least} and {most}", None, promise, matter=what
        )


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
        if kind is None:
            for broken in self._broken:
                broken.at_the_end = True
            raise_all(self._broken)

    def make(self, comparison: Callable[..., None], *args: Any, **kwargs: Any) -> None:
        """
        Call *comparison*, one of the functions above, and keep what it raises for the end.
        """
        try:
            comparison(*args, **kwargs)
        except BrokenPromise as broken:
            self._broken.append(broken)


def raise_all(broken: Iterable[BrokenPromise]) -> None:
    """
    Raise all of *broken* together, or the one, or nothing when there is none; what shows the same defect is one.
    """
    defects: dict[object, list[BrokenPromise]] = {}
    for one in broken:
        defects.setdefault((one.promise, _defect(one, [one.exchange] if one.exchange else [])), []).append(one)
    together = [_smallest(same_defect) for same_defect in defects.values()]
    if len(together) == 1:
        raise together[0]
    if together:
        raise ExceptionGroup("several promises were broken", together)


def _smallest(same_defect: Sequence[BrokenPromise]) -> BrokenPromise:
    """
    The one of *same_defect* that takes the smallest request to see again, with the count of all.
    """
    smallest = min(same_defect, key=lambda one: len(one.exchange.request_body) if one.exchange else 0)
    smallest.count = sum(one.count for one in same_defect)
    smallest.places = list(dict.fromkeys(place for one in same_defect for place in one.places))
    return smallest


def _defect(broken: BrokenPromise, shown: Sequence[Exchange]) -> str:
    operations = [operation_of(exchange.method, exchange.path) for exchange in shown]
    return " | ".join(part for part in [*operations, broken.pointer, _GENERATED.sub("#", broken.matter)] if part)


def undocumented(violation: Violation, exchange: Exchange) -> BrokenPromise:
    """
    Return the broken promise that *violation*, of the answer in *exchange*, is.
    """
    matter = "" if violation.what.startswith("/") else violation.what
    return BrokenPromise(violation.what, "an answer as documented", exchange, matter=matter, pointer=violation.pointer)


def _in_words(status: Any) -> str:
    """
    *status* as identities have it: the kind of answer matters there, and numbers are left out of them.
    """
    kinds = {2: "success", 3: "redirect", 4: "refusal", 5: "server error"}
    return kinds.get(status // 100, "") if isinstance(status, int) else "none"


def _unexpected(promise: Promise, error: BaseException) -> BrokenPromise:
    text = str(error)
    first, _, _ = text.partition("\n")
    name = type(error).__name__
    return BrokenPromise(f"{name}: {text}", promise.statement, matter=f"{name}: {first}")


def _differences(received: Any, expected: Any, place: str = "") -> Iterator[tuple[str, Any, Any]]:
    """
    Yield each place where the two differ, as a JSON pointer, with what is there in either.
    """
    if isinstance(received, Mapping) and isinstance(expected, Mapping):
        for name in sorted(received.keys() | expected.keys(), key=str):
            met, promised = received.get(name, _MISSING), expected.get(name, _MISSING)
            yield from _differences(met, promised, f"{place}/{name}")
    elif isinstance(received, list) and isinstance(expected, list) and len(received) == len(expected):
        for index, (met, promised) in enumerate(zip(received, expected, strict=True)):
            yield from _differences(met, promised, f"{place}/{index}")
    elif not same(received, expected):
        yield place, received, expected


def _listed(differences: Iterable[tuple[str, Any]]) -> str:
    texts = [f"{place} {_shown(value)}" for place, value in differences]
    more = len(texts) - _MOST_DIFFERENCES
    return ", ".join([*texts[:_MOST_DIFFERENCES], *([f"and {more} more"] if more > 0 else [])])


def _shown(value: Any) -> str:
    if value is _MISSING:
        return "missing"
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError):
        return repr(value)
