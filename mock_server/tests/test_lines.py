"""
The text of many invoices in one piece: it is looked through as if line by line.
"""

from hypothesis import given
from hypothesis import strategies as st

from b2b_invoices_mock.ledger.lines import (
    Needle,
    line_of,
    packed,
    picked,
    unpacked,
    without_line,
)
from mock_server.tests.client import property_of_the_mock

TEXTS = st.text(st.sampled_from("aAß\u017fKé\u212a\n\t\0.*Ã¾ÿ😀"), max_size=3)
ROWS = st.lists(st.lists(TEXTS | st.none(), max_size=3), min_size=1, max_size=5)


@given(rows=ROWS, text=TEXTS.filter(bool))
@property_of_the_mock
def test_a_text_is_in_the_lines_that_have_it(rows: list[list[str | None]], text: str) -> None:
    """
    A line has a text when one of its own texts has it, in either case; a text that is in two of them is not in it.
    """
    lines = b"".join(line_of(row) for row in rows)
    needle = Needle.of(text.casefold())

    numbers = needle.numbers(lines)

    assert numbers == [
        number for number, row in enumerate(rows) if any(text.casefold() in (each or "").casefold() for each in row)
    ]
    assert needle.count(lines) == len(numbers)
    assert needle.is_in(lines) == bool(numbers)


@given(rows=ROWS, which=st.integers(0, 4))
@property_of_the_mock
def test_a_line_is_left_out(rows: list[list[str | None]], which: int) -> None:
    """
    Without a line, the others are as they were.
    """
    number = which % len(rows)
    lines = [line_of(row) for row in rows]

    left = without_line(b"".join(lines), number)

    assert left == b"".join(lines[:number] + lines[number + 1 :])


@given(ids=st.lists(st.integers(1, 2**63 - 1), max_size=5))
@property_of_the_mock
def test_ids_are_packed(ids: list[int]) -> None:
    """
    Ids come out as they went in.
    """
    assert unpacked(packed(ids)) == ids
    assert picked(packed(ids), range(0, len(ids), 2)) == ids[::2]
