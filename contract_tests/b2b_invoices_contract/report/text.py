"""
Text from elsewhere, made safe to display: control characters and characters that change the reading direction go.
"""

import re

_LAYOUT = "\n\t"


def printable(text: str) -> str:
    """
    Return *text* with a mark in place of every character that cannot be displayed as itself.
    """
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() or letter in _LAYOUT else "�" for letter in text)


def one_line(text: str) -> str:
    """
    Return *text* in one line, safe to display.
    """
    return printable(re.sub(r"\s+", " ", text))
