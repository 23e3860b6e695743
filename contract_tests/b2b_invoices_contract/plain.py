"""
Text from elsewhere, made fit to be shown: what controls a terminal, or turns the reading round, is left out of it.
"""

_LAYOUT = "\n\t"


def printable(text: str) -> str:
    """
    Return *text* with a mark in place of every letter that does something other than to be seen.
    """
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() or letter in _LAYOUT else "�" for letter in text)
