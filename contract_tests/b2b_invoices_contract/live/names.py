"""
What runs are called: eight letters that stand in the number of each invoice that they create.
"""

import hashlib
import secrets

LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""What names are made of: no letter that is easily taken for another."""

LENGTH = 8
"""How many there are in a name."""

_MINUTE = 60


def new_name() -> str:
    """
    Return what tells a run from any other.
    """
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def nightly_name(store: str, at: float) -> str:
    """
    Return what a nightly run in *store*, a digest, is called that begins *at* so many Unix seconds.

    It follows from the store and the minute, so that what the run left is known as its own where its journal is lost:
    that somebody else's number has one of these names in it by accident is as good as impossible.
    """
    told = hashlib.sha256(f"nightly {store} {int(at // _MINUTE)}".encode()).digest()
    number = int.from_bytes(told)
    return "".join(LETTERS[number // len(LETTERS) ** place % len(LETTERS)] for place in range(LENGTH))


def nightly_names(store: str, since: float, until: float) -> frozenset[str]:
    """
    Return what nightly runs in *store* are called that begin between two times.
    """
    return frozenset(nightly_name(store, minute * _MINUTE) for minute in range(int(since // 60), int(until // 60) + 1))
