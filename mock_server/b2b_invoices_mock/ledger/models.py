"""
What goes into a ledger as a question, and what comes out of it.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import attrs
import msgspec

from b2b_invoices_mock.invoices import Invoice

_LARGEST_ID = 2**53 - 1  # the last that every reader of JSON gets whole; far more come after it


@attrs.frozen
class ListQuery:
    """
    Which invoices to list; a filter that is None or empty lets every invoice through.

    Attributes:
        offset: How many matching invoices to skip.
        limit: How many to return at most.
        sort_by: Field to sort by, by its name on the wire.
        direction: Whether the order ascends or descends.
        text: Text to look for in *text_fields*, in either case.
        text_fields: Fields to look in, by their names on the wire; none means all that can be searched.
        customer_id: Company that owes the invoice.
        customer_name: Text in the name of that company, in either case.
        status: Status of the invoice.
        created_from: Earliest creation, in Unix seconds, inclusive.
        created_to: Latest creation, in Unix seconds, inclusive.
        external_ids: ERP ids, one of which is the invoice's.
        channel_ids: Channels, one of which is the invoice's.
    """

    offset: int = 0
    limit: int = 10
    sort_by: str = "createdAt"
    direction: Literal["ASC", "DESC"] = "DESC"
    text: str | None = None
    text_fields: Sequence[str] = ()
    customer_id: str | None = None
    customer_name: str | None = None
    status: int | None = None
    created_from: int | None = None
    created_to: int | None = None
    external_ids: Sequence[str] = ()
    channel_ids: Sequence[int] = ()


class Create(msgspec.Struct, frozen=True):
    """
    One invoice to record.

    Attributes:
        store_hash: The store it is for.
        invoice: The invoice, without an id.
        order_number: The order it is for, or empty text.
    """

    store_hash: str
    invoice: Invoice
    order_number: str = ""


@attrs.frozen
class Page:
    """
    One page of a list.

    Attributes:
        invoices: The invoices on it.
        total: How many match altogether.
    """

    invoices: list[Invoice]
    total: int


class Entry(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """
    An invoice of a store, with all that the ledger knows of it.

    Attributes:
        id: Its id.
        store_hash: The store it belongs to, not empty.
        order_key: What makes its order number the same as another's; None when it has no order.
        invoice: The invoice as it is read back, without its id.
    """

    id: Annotated[int, msgspec.Meta(ge=1, le=_LARGEST_ID)]
    store_hash: Annotated[str, msgspec.Meta(min_length=1)]
    order_key: str | None
    invoice: dict[str, Any]


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """
    All that a ledger holds at a time.

    Attributes:
        last_id: The last id that was given.
        entries: Every invoice, by id.
    """

    last_id: Annotated[int, msgspec.Meta(ge=0, le=_LARGEST_ID)]
    entries: list[Entry]
