"""
Values passed to a ledger and returned by it.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import attrs
import msgspec
from msgspec import field

from b2b_invoices_mock.invoices import Invoice

_LARGEST_ID = 2**53 - 1  # the largest integer that every JSON parser reads exactly


class ListQuery(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """
    Which invoices to list; encoded names are those of the API's parameters.

    A filter that is None or empty matches every invoice; text ignores case.

    Attributes:
        offset: How many matching invoices to skip.
        limit: How many to return at most.
        sort_by: Field to sort by, as the API names it.
        direction: Ascending or descending.
        text: Text that *text_field* contains.
        text_field: Field to search, as the API names it; None for all that can be searched.
        customer_id: Company that owes the invoice.
        customer_name: Text that the company's name contains.
        status: Status of the invoice.
        created_from: Earliest creation in Unix seconds, inclusive.
        created_to: Latest creation in Unix seconds, inclusive.
        external_ids: External ids, one of which the invoice has.
        channel_ids: Channels, one of which the invoice has.
    """

    offset: int = 0
    limit: int = 10
    sort_by: str = "createdAt"
    direction: Literal["ASC", "DESC"] = field(name="orderBy", default="DESC")
    text: str | None = field(name="q", default=None)
    text_field: str | None = field(name="searchBy", default=None)
    customer_id: str | None = None
    customer_name: str | None = None
    status: int | None = None
    created_from: int | None = field(name="beginDateAt", default=None)
    created_to: int | None = field(name="endDateAt", default=None)
    external_ids: Sequence[str] = field(name="externalId[]", default=())
    channel_ids: Sequence[int] = ()


class Create(msgspec.Struct, frozen=True):
    """
    An invoice to store.

    Attributes:
        store_hash: Store that the invoice belongs to.
        invoice: The invoice, without an id.
        order_number: Number of its order, or empty text.
    """

    store_hash: str
    invoice: Invoice
    order_number: str = ""


@attrs.frozen
class Page:
    """
    One page of a list, and the total number of matching invoices.
    """

    invoices: list[Invoice]
    total: int


class Entry(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """
    A stored invoice.

    Attributes:
        id: Id of the invoice.
        store_hash: Store that the invoice belongs to.
        order_key: The same for order numbers that mean the same order; None without an order.
        invoice: The invoice as the API returns it, without its id.
    """

    id: Annotated[int, msgspec.Meta(ge=1, le=_LARGEST_ID)]
    store_hash: Annotated[str, msgspec.Meta(min_length=1)]
    order_key: str | None
    invoice: dict[str, Any]


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """
    The content of a ledger: the last id that was assigned, and every invoice in the order of the ids.
    """

    last_id: Annotated[int, msgspec.Meta(ge=0, le=_LARGEST_ID)]
    entries: list[Entry]
