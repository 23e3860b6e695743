"""
Drift: what a store does differently since the last run.
"""

from collections.abc import Iterator
from typing import Any

import attrs

from .observations import ASPECTS, Observations


@attrs.frozen
class Change:
    """
    One difference between two runs on the same store.

    Attributes:
        subject: A request, a setting or a promise.
        was: The earlier value.
        is_now: The current value.
        aspect: An aspect of the response, or `setting`, `limit` or `promise`.
    """

    subject: str
    was: str
    is_now: str
    aspect: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.aspect} was {self.was or 'nothing'}, is {self.is_now or 'nothing'}"


def changes(before: Observations, after: Observations) -> list[Change]:
    """
    Return the differences between *before* and *after*, in what both runs observed.
    """
    return list(_changes(before, after))


def _changes(before: Observations, after: Observations) -> Iterator[Change]:
    for name in before.settings:
        if name in after.settings and before.settings[name] != after.settings[name]:
            yield Change(name, _setting(before.settings[name]), _setting(after.settings[name]), "setting")
    if before.limit != after.limit:
        yield Change("rate limit headers", before.limit, after.limit, "limit")
    for name in before.answers:
        if name in after.answers:
            for aspect, was, is_now in differences(before.answers[name], after.answers[name]):
                yield Change(name, was, is_now, aspect)
    for name in sorted(set(before.broken) ^ set(after.broken)):
        was, is_now = ("kept", "broken") if name in after.broken else ("broken", "kept")
        yield Change(name, was, is_now, "promise")


def differences(one: Any, other: Any) -> Iterator[tuple[str, str, str]]:
    """
    Yield each aspect in which two responses differ, with its two values; of shapes, only the parts that differ.
    """
    for aspect in ASPECTS:
        first, second = str(getattr(one, aspect)), str(getattr(other, aspect))
        if first != second:
            yield (aspect, *(_different_parts(first, second) if aspect == "shape" else (first, second)))


def _different_parts(one: str, other: str) -> tuple[str, str]:
    parts, others = one.split(", "), other.split(", ")
    return (
        ", ".join(part for part in parts if part not in others),
        ", ".join(part for part in others if part not in parts),
    )


def _setting(value: Any) -> str:
    return "unknown to the mock" if value is None else str(value)
