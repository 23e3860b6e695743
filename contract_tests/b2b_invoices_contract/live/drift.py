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
    found = []
    for name, was in before.settings.items():
        is_now = after.settings.get(name, was)
        if was != is_now:
            found.append(Change(name, _setting(was), _setting(is_now), "setting"))
    if before.limit != after.limit:
        found.append(Change("rate limit headers", before.limit, after.limit, "limit"))
    for name in (name for name in before.answers if name in after.answers):
        for aspect, earlier, later in differences(before.answers[name], after.answers[name]):
            found.append(Change(name, earlier, later, aspect))
    for name in sorted(set(before.broken) ^ set(after.broken)):
        earlier, later = ("kept", "broken") if name in after.broken else ("broken", "kept")
        found.append(Change(name, earlier, later, "promise"))
    return found


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
