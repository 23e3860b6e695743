"""
The text of many invoices in one piece, a line for each: looked through in the time that it takes to look at a few rows.
"""

import re
import struct
from collections.abc import Iterable, Sequence
from typing import Self

import attrs

_FIELD, _LINE = b"\xfe", b"\xff"  # which UTF-8 has no use for
_ID = struct.Struct("<q")
_EVERY = re.compile(b"[^%b]*%b" % (_LINE, _LINE))


def line_of(texts: Iterable[str | None]) -> bytes:
    """
    Return the line of an invoice that has these *texts*, in neither case.
    """
    return _FIELD.join([text.casefold().encode() for text in texts if text is not None]) + _LINE


def without_line(lines: bytes, number: int) -> bytes:
    """
    Return *lines* but for the one of this number, from 0.
    """
    every = _EVERY.findall(lines)
    return b"".join(every[:number] + every[number + 1 :])


def packed(ids: Sequence[int]) -> bytes:
    """
    Return the ids of the invoices that the lines are of, as bytes.
    """
    return struct.pack(f"<{len(ids)}q", *ids)


def unpacked(ids: bytes) -> list[int]:
    """
    Return the ids that were packed.
    """
    return [*struct.unpack(f"<{len(ids) // _ID.size}q", ids)]


def picked(ids: bytes, numbers: Iterable[int]) -> list[int]:
    """
    Return those of the packed ids that the lines of these *numbers* are of.
    """
    return [_ID.unpack_from(ids, number * _ID.size)[0] for number in numbers]


@attrs.frozen
class Needle:
    """
    A text that is looked for in lines.
    """

    _text: bytes
    _rest_of_line: re.Pattern[bytes]  # so that no line is found twice

    @classmethod
    def of(cls, casefolded: str) -> Self:
        """
        Return the needle that is this text.
        """
        text = casefolded.encode("utf-8", "surrogatepass")
        return cls(text, re.compile(re.escape(text) + b"[^%b]*" % _LINE))

    def is_in(self, lines: bytes) -> bool:
        """
        Return whether any line has it.
        """
        return self._text in lines

    def count(self, lines: bytes) -> int:
        """
        Return how many lines have it.
        """
        return len(self._rest_of_line.findall(lines))

    def numbers(self, lines: bytes) -> list[int]:
        """
        Return the numbers of the lines that have it.
        """
        numbers, number, at = [], 0, 0
        for match in self._rest_of_line.finditer(lines):
            start = match.start()
            number += lines.count(_LINE, at, start)
            numbers.append(number)
            at = start
        return numbers
