"""
Values in words, for comparisons.
"""


class Words(str):
    """An actual or expected value in words, which is shown without quotes."""

    __slots__ = ()
