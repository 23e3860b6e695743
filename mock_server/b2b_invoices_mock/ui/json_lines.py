"""
JSON body as lines, each with the messages about the value on it.
"""

from collections.abc import Iterator
from typing import Any

import attrs
import msgspec

from b2b_invoices_mock.api.validation import WHOLE_BODY, Violations

MAX_LINES = 5000

_encode = msgspec.json.encode


class _Number(str):
    """A number as it was written."""

    __slots__ = ()


_decode = msgspec.json.Decoder(float_hook=_Number).decode


@attrs.frozen
class Line:
    """
    A line of JSON.

    Attributes:
        text: The line, indented.
        messages: Messages about the value that begins on it.
    """

    text: str
    messages: tuple[str, ...] = ()


def json_lines(body: bytes, found: Violations) -> list[Line] | None:
    """
    Return *body* line by line with the violations *found*, or None if it is invalid JSON or longer than `MAX_LINES`.
    """
    try:
        lines = list(_lines(_decode(body), "", "", ""))
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None
    if len(lines) > MAX_LINES:
        return None
    messages = _by_line(found, {path for path, _ in lines})
    return [Line(text, tuple(messages.pop(path, ()))) for path, text in lines]


def _lines(value: Any, path: str, lead: str, indent: str, tail: str = "") -> Iterator[tuple[str, str]]:
    if not isinstance(value, dict | list) or not value:
        yield path, f"{indent}{lead}{_scalar(value)}{tail}"
        return
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    yield path, f"{indent}{lead}{opening}"
    items = list(value.items() if isinstance(value, dict) else enumerate(value))
    for place, (name, part) in enumerate(items):
        below = f"{path}.{name}" if path else str(name)
        key = f"{_scalar(name)}: " if isinstance(value, dict) else ""
        yield from _lines(part, below, key, f"{indent}  ", "" if place == len(items) - 1 else ",")
    yield "", f"{indent}{closing}{tail}"


def _scalar(value: Any) -> str:
    return str(value) if isinstance(value, _Number) else _encode(value).decode()


def _by_line(found: Violations, paths: set[str]) -> dict[str, list[str]]:
    # A missing field has no line, so its message is on the line of the object that lacks it.
    placed: dict[str, list[str]] = {}
    for path, messages in found.items():
        place = "" if path == WHOLE_BODY else path
        while place not in paths:
            place = place.rpartition(".")[0]
        missing = path.removeprefix(place).lstrip(".") if path not in (place, WHOLE_BODY) else ""
        placed.setdefault(place, []).extend(f"{missing}: {text}" if missing else text for text in messages)
    return placed
