"""
What runs are called: eight letters that stand in the number of each invoice that they create.
"""

import secrets

LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""What names are made of: no letter that is easily taken for another."""

LENGTH = 8
"""How many there are in a name."""


def new_name() -> str:
    """
    Return what tells a run from any other.
    """
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
