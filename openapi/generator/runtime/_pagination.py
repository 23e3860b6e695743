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
    _before: list[int] = attrs.field(factory=list, init=False, repr=False)
    _total: int = attrs.field(default=0, init=False, repr=False)

    @property
    def next(self) -> tuple[int, int]:
        """
        Offset and limit of the next page.
        """
        return self.offset or 0, MOST if isinstance(self.limit, Unset) else self.limit

    def new(self, page: Sequence[T], total: int) -> Iterator[T]:
        """
        The items of the *page* that no page had before; the list has *total*.

        A page just like the one before, of a list that did not grow, is the last: a service that does not heed the
        offset would be asked for ever. One with nothing new is not: as many may have been created in between.
        """
        ids = [item.id for item in page]
        fresh = [item for item in page if item.id not in self._seen]
        self._seen.update(ids)
        self.offset = (self.offset or 0) + len(page)
        is_same = ids == self._before and total <= self._total
        self.is_more = bool(page) and not is_same and self.offset < total
        self._before, self._total = ids, total
        return iter(fresh)
