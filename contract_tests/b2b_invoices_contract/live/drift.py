"""
What a store does otherwise than before.
"""

from collections.abc import Iterator
from typing import Any

import attrs

from .observations import ASPECTS, Observations


@attrs.frozen
class Change:
    """
    Something that a store does otherwise than before.

    Attributes:
        subject: What it is about: a probe, a setting or a promise.
        was: What it was.
        is_now: What it is.
        aspect: Which aspect of an answer, or `setting`, `limit` or `promise`.
    """

    subject: str
    was: str
    is_now: str
    aspect: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.aspect} was {self.was or 'nothing'}, is {self.is_now or 'nothing'}"


def changes(before: Observations, after: Observations) -> list[Change]:
    """
    Return what changed from *before* to *after*, of what was seen in both.
    """
    return list(_changes(before, after))


def _changes(before: Observations, after: Observations) -> Iterator[Change]:
    for name in (name for name in before.settings if name in after.settings):
        was, now = before.settings[name], after.settings[name]
        if was != now:
            yield Change(name, _shown(was), _shown(now), "setting")
    if before.limit != after.limit:
        yield Change("rate limit told in headers", before.limit, after.limit, "limit")
    for name in (name for name in before.answers if name in after.answers):
        for aspect in ASPECTS:
            one, other = (getattr(answers.answers[name], aspect) for answers in (before, after))
            if one != other:
                yield Change(name, *differing(str(one), str(other), aspect), aspect)
    for name in sorted(set(before.broken) ^ set(after.broken)):
        states = ("kept", "broken") if name in after.broken else ("broken", "kept")
        yield Change(name, *states, "promise")


def differing(one: str, other: str, aspect: str) -> tuple[str, str]:
    """
    Return the parts that differ of *one* and *other*, when the *aspect* is shape; otherwise both, whole.
    """
    if aspect != "shape":
        return one, other
    parts, others = one.split(", "), other.split(", ")
    return (
        ", ".join(part for part in parts if part not in others),
        ", ".join(part for part in others if part not in parts),
    )


def _shown(value: Any) -> str:
    return "none that the mock knows" if value is None else str(value)
