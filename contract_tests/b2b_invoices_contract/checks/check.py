"""
Checks: functions that judge one kind of observation by one promise.

    @check
    def settled_is_completed(created: Created) -> Comparisons:
        \"\"\"The statement of the promise.\"\"\"
        if created.invoice and created.draft["openBalance"]["value"] <= 0:
            yield equal("/status", created.invoice["status"], 2)

The id of the promise is the function's name, and the annotation says which observations it judges. A check that yields
nothing says nothing of the promise; an exception in it is a bug of the check.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, get_args, get_type_hints, overload

import attrs

from b2b_invoices_contract.failures import Comparison

Comparisons = Iterator[Comparison]
"""What a check returns."""

Look = Callable[[Any], Comparisons]


@attrs.frozen
class Check:
    """
    One promise, and the function that judges observations by it.

    Attributes:
        promise: Id of the promise.
        observes: The types of observation that it judges.
        look: Compares what was observed with what the promise says.
        is_general: Whether other promises say the same of special cases; what breaks one of them breaks this as well.
    """

    promise: str
    observes: tuple[type, ...]
    look: Look
    is_general: bool = False


_checks: dict[str, Check] = {}


@overload
def check(look: Look, /) -> Look: ...
@overload
def check(*, is_general: bool) -> Callable[[Look], Look]: ...
def check(look: Look | None = None, /, *, is_general: bool = False) -> Look | Callable[[Look], Look]:
    """
    Register *look* as the check of the promise that it is named after.
    """

    def register(look: Look) -> Look:
        observed = next(iter(get_type_hints(look).values()))
        promise = look.__name__.replace("_", "-")
        _checks[promise] = Check(promise, get_args(observed) or (observed,), look, is_general)
        return look

    return register if look is None else register(look)


def checks_of(kinds: Iterable[type]) -> list[Check]:
    """
    Return the checks that judge any of these types of observation.
    """
    wanted = set(kinds)
    return [one for one in _checks.values() if wanted & set(one.observes)]


def check_of(promise: str) -> Check:
    """
    Return the check of *promise*.
    """
    return _checks[promise]


def all_checks() -> list[Check]:
    """
    Return every check, in the order of their definition.
    """
    return list(_checks.values())
