"""
What must not be shown: the credentials in use, wherever they turn up.
"""

from collections.abc import Iterable
from typing import Self

import attrs

from .targets import Target

HIDDEN = "[hidden]"


@attrs.frozen
class Redaction:
    """
    Hides secrets in text.

    Attributes:
        secrets: What to hide.
    """

    secrets: frozenset[str] = attrs.field(repr=False)

    @classmethod
    def of(cls, target: Target) -> Self:
        """
        Return what hides the access tokens in use on *target*.
        """
        stores = [target.store, *([target.other_store] if target.other_store else [])]
        return cls(frozenset(store.access_token for store in stores))

    def hide(self, text: str) -> str:
        """
        Return *text* without the secrets; the longest goes first, since one may be part of another.
        """
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        return text

    def hide_all(self, texts: Iterable[str]) -> list[str]:
        """
        Return *texts* without the secrets.
        """
        return [self.hide(text) for text in texts]
