"""
Pagination: offsets of the pages of a list, without duplicates.
"""

from collections.abc import Iterator, Sequence

import attrs

from .models.invoice import Invoice
from .types import Unset

LARGEST_PAGE = 250


@attrs.define
class Pages:
    """
    The position in a list.
    """

    offset: int | Unset  # number of items already received
    limit: int | Unset  # number of items on a page
    is_more: bool = attrs.field(default=True, init=False)  # whether there may be another page
    _seen: set[int] = attrs.field(factory=set, init=False, repr=False)
    _before: list[int] = attrs.field(factory=list, init=False, repr=False)
    _total: int = attrs.field(default=0, init=False, repr=False)

    @property
    def next(self) -> tuple[int, int]:
        return self.offset or 0, LARGEST_PAGE if isinstance(self.limit, Unset) else self.limit

    def new(self, page: Sequence[Invoice], total: int) -> Iterator[Invoice]:
        """
        Return the items of *page* that no page before had; the list has *total* items.

        A page equal to the one before ends the list if the total did not grow, because a service that ignores the
        offset would never end it. A page without new items does not: items may have been created in between.
        """
        ids = [item.id for item in page]
        fresh = [item for item in page if item.id not in self._seen]
        self._seen.update(ids)
        self.offset = (self.offset or 0) + len(page)
        is_same = ids == self._before and total <= self._total
        self.is_more = bool(page) and not is_same and self.offset < total
        self._before, self._total = ids, total
        return iter(fresh)
