"""
Redaction of the credentials in use, in any encoding.
"""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Self

import attrs

from b2b_invoices_spec import OPENAPI, PAGE, PROMISES

from .targets import Target

HIDDEN = "[hidden]"
SHORTEST = 6
"""
The shortest credential that can be distinguished from ordinary text.

A shorter one, and one that the contract's own text has in it (a store called `invoice`), is hidden as the value of a
header and nowhere else: hiding it everywhere would make the report unreadable, and finding it would mean nothing.
"""


@attrs.frozen
class Redaction:
    """
    Hides secrets in text.

    Attributes:
        secrets: What to hide.
        variables: Every credential in use, also those too short to hide -> what stands for it in a command.
    """

    secrets: frozenset[str] = attrs.field(repr=False)
    variables: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    _pattern: re.Pattern[str] | None = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_pattern", _pattern(self.secrets))

    @classmethod
    def of(cls, target: Target) -> Self:
        """
        Return the redaction of the credentials in use on *target*, and of those that checks send in their place.
        """
        own = [
            target.store,
            *([target.fuzzed_store] if target.fuzzed_store else []),
        ]  # any store would do for the latter
        variables = {store.access_token: "$B2B_ACCESS_TOKEN" for store in own}
        variables |= {store.store_hash: "$B2B_STORE_HASH" for store in own}
        if target.other_store:
            other = target.other_store
            others = {other.access_token: "$B2B_OTHER_ACCESS_TOKEN", other.store_hash: "$B2B_OTHER_STORE_HASH"}
            variables = others | variables
        secrets = [near for value in variables for near in (value, value[1:], value[:-1], value[::-1])]
        return cls(frozenset(value for value in secrets if can_be_told(value)), variables)

    def hide(self, text: str) -> str:
        """
        Return *text* without the secrets: as they are, or encoded for a URL, JSON or HTML, in hexadecimal or in base64.
        """
        return self._pattern.sub(HIDDEN, text) if self._pattern else text

    def hide_all(self, texts: Iterable[str]) -> list[str]:
        """
        Return *texts* without the secrets.
        """
        return [self.hide(text) for text in texts]

    def finds(self, text: str) -> bool:
        """
        Return whether a secret is in *text*, in any of the ways that `hide` hides.
        """
        return self._pattern is not None and self._pattern.search(text) is not None


def can_be_told(value: str) -> bool:
    """
    Return whether the credential *value* can be distinguished from ordinary text; see `SHORTEST`.
    """
    return len(value) >= SHORTEST and value.lower() not in _own_words()


def _pattern(secrets: frozenset[str]) -> re.Pattern[str] | None:
    # The longest goes first, since one may be part of another.
    ordered = sorted(secrets, key=len, reverse=True)
    written = [form for secret in ordered for form in (_spelled(secret), *_in_base64(secret))]
    return re.compile("|".join(written), re.IGNORECASE) if written else None


def _spelled(secret: str) -> str:
    """
    Return a pattern for *secret* with each letter written in any of the ways there are, NULs of UTF-16 between them.
    """
    gap = r"(?:\x00|\\+x00|\\+u0000)*"
    letters = gap.join(_letter(letter) for letter in secret)
    in_hex = r"[\s:]?".join(f"{byte:02x}" for byte in secret.encode())
    return f"{letters}|{in_hex}"


def _letter(letter: str) -> str:
    code = ord(letter)
    ways = [
        rf"\\*{re.escape(letter)}",
        rf"%(?:25)*{code:02x}",  # for a URL, however often
        rf"\\+u00{code:02x}",
        rf"\\+u\{{0*{code:x}\}}",
        rf"\\+x{code:02x}",
        rf"&(?:amp;)*#0*{code};",
        rf"&(?:amp;)*#x0*{code:x};",
    ]
    names = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", " ": r"\+"}
    return f"(?:{'|'.join([*ways, *([names[letter]] if letter in names else [])])})"


def _in_base64(secret: str) -> Iterator[str]:
    """
    Yield a pattern for *secret* within base64 of any text that has it, one for each place it can start at.

    The letters at either end, which depend on what stands beside the secret too, are left out.
    """
    size = len(secret.encode())
    for skipped in range(3):
        letters = base64.b64encode(b"\0" * skipped + secret.encode()).decode()
        known = letters[-(-8 * skipped // 6) : 8 * (skipped + size) // 6]
        ways = {"+": r"[+\-]", "/": r"(?:\\?/|_)"}
        yield f"(?-i:{''.join(ways.get(letter, re.escape(letter)) for letter in known)})"


@cache
def _own_words() -> str:
    own = Path(__file__).parent
    files = sorted([OPENAPI, PROMISES, PAGE, *own.glob("report/templates/*"), *own.glob("report/*.json")])
    return "\n".join(path.read_text(encoding="utf-8") for path in files).lower()
