"""
Where in a list the next page starts, and what of it is new.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

import attrs

from .types import Unset

__all__ = ["Pages"]

MOST = 250  # what a page can hold


class _Identified(Protocol):
    id: int


T = TypeVar("T", bound=_Identified)


@attrs.define
class Pages:
    """
    One walk through a list.

    Attributes:
        offset: How many items of the list were passed.
        limit: How many to ask for at a time.
        is_more: Whether there may be another page.
    """

    offset: int | Unset
    limit: int | Unset
    is_more: bool = attrs.field(default=True, init=False)
    _seen: set[int] = attrs.field(factory=set, init=False, repr=False)

    @property
    def next(self) -> tuple[int, int]:
        """
        Offset and limit of the next page.
        """
        return self.offset or 0, MOST if isinstance(self.limit, Unset) else self.limit

    def new(self, page: Sequence[T], total: int) -> Iterator[T]:
        """
        The items of the *page* that no page had before; the list has *total*.

        A page without any is the last: a service that does not heed the offset would be asked for ever.
        """
        fresh = [item for item in page if item.id not in self._seen]
        self._seen.update(item.id for item in fresh)
        self.offset = (self.offset or 0) + len(page)
        self.is_more = bool(fresh) and self.offset < total
        return iter(fresh)
