"""
Observations: what came of the requests of a run, in the form that checks look at.

Beside these, every `Exchange` and every `Lost` request of the run is an observation.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import attrs

from .exchanges import Exchange
from .queries import Query

Draft = dict[str, Any]
"""A body of `createInvoice`, with the names of the API."""

Invoice = dict[str, Any]
"""An invoice as it is returned, with the names of the API."""

OK = 200

ANY = "*"
"""Stands for every field in a `Case`."""


@attrs.frozen
class Case:
    """
    What a request was sent for.

    Attributes:
        promise: Id of the promise that it tries; empty for none in particular.
        name: What is special about it, such as `dueDate is "7"`; empty for nothing.
        field: Name of the invoice's field that is special; `*` for all, empty for none.
        pointer: JSON pointer into `openapi.yaml`, to what describes it; empty for the promise's own.
    """

    promise: str = ""
    name: str = ""
    field: str = ""
    pointer: str = ""


@attrs.frozen(kw_only=True)
class Observation:
    """
    What came of one request, or of a few.

    Attributes:
        exchange: The exchange that shows it.
        earlier: Exchanges before it that are needed to reproduce it.
        case: What the request was sent for.
    """

    exchange: Exchange
    earlier: tuple[Exchange, ...] = ()
    case: Case = Case()


@attrs.frozen(kw_only=True)
class Created(Observation):
    """
    A valid create.

    Attributes:
        draft: The body.
        invoice: The invoice as it was returned later; None if it was not created, not looked for, or not found.
        shown: The read or the list that returned, or should have returned, the invoice; None if there was none.
        times: When the create was sent and when its response arrived, in Unix seconds; None if that is unknown.
        terms: The store's payment terms in days; None if they are unknown.
        unreliable: Fields that this server returns otherwise than they were sent even if nothing is special about them.
    """

    draft: Draft
    invoice: Invoice | None = None
    shown: Exchange | None = None
    times: tuple[int, int] | None = None
    terms: int | None = None
    unreliable: frozenset[str] = frozenset()

    @property
    def is_accepted(self) -> bool:
        """Whether the response is a success with an id."""
        return self.exchange.is_success and self.invoice_id is not None

    @property
    def invoice_id(self) -> int | None:
        """The id in the response; None if there is none."""
        return id_in(self.exchange)


@attrs.frozen(kw_only=True)
class Rejected(Observation):
    """
    A create with an invalid body, which is to be rejected.

    Attributes:
        paths: The paths of all invalid fields, such as `details.header.costLines.1.amount`.
    """

    paths: Sequence[str]


@attrs.frozen(kw_only=True)
class Malformed(Observation):
    """A create with a body that is not JSON."""


@attrs.frozen(kw_only=True)
class MediaType(Observation):
    """
    A valid create with some media type.

    Attributes:
        is_json: Whether the media type is that of JSON.
    """

    is_json: bool


@attrs.frozen(kw_only=True)
class Conflict(Observation):
    """
    A create with a number or an order that another invoice of the store has.

    Attributes:
        field: Which of the two.
    """

    field: Literal["invoiceNumber", "orderNumber"]


@attrs.frozen(kw_only=True)
class Raced(Observation):
    """
    Creates that were sent at the same time with the same number or order.

    Attributes:
        field: Which of the two; empty if they have nothing in common.
        exchanges: All of them.
        stored: How many of their invoices the store has afterwards.
        allowed: How many it may have.
    """

    field: Literal["invoiceNumber", "orderNumber", ""]
    exchanges: Sequence[Exchange]
    stored: int
    allowed: int


@attrs.frozen(kw_only=True)
class Unchanged(Observation):
    """
    The same thing before and after something that must not change it.

    Attributes:
        cause: What happened between the two.
        was: What it was.
        is_now: What it is afterwards.
    """

    cause: Literal["rejected create", "rejected credentials", "read", "delete", "another store"]
    was: Any
    is_now: Any


@attrs.frozen(kw_only=True)
class Missing(Observation):
    """
    A read or a delete of an invoice that the store does not have.

    Attributes:
        why: Why it does not have it.
    """

    why: Literal["unknown", "deleted", "another store"]


@attrs.frozen(kw_only=True)
class Deleted(Observation):
    """
    A delete of an invoice of the store.

    Attributes:
        invoice_id: Id of the invoice.
    """

    invoice_id: int


@attrs.frozen(kw_only=True)
class Valid(Observation):
    """A valid request other than a create."""


@attrs.frozen(kw_only=True)
class Listed(Observation):
    """
    A page of a list.

    Attributes:
        query: What was asked for.
        known: Invoices that the store has, of those that the query is to be judged by.
        only_known: Whether no invoice besides *known* can match the query.
        gone: Ids of invoices that the store had.
        foreign: Ids of invoices of other stores.
    """

    query: Query
    known: Sequence[Invoice] = ()
    only_known: bool = False
    gone: frozenset[int] = frozenset()
    foreign: frozenset[int] = frozenset()

    @property
    def invoices(self) -> list[Invoice]:
        """The invoices on the page."""
        return invoices_in(self.exchange)

    @property
    def ids(self) -> list[int]:
        """Their ids."""
        return [invoice["id"] for invoice in self.invoices]


@attrs.frozen(kw_only=True)
class Paged(Observation):
    """
    All pages of a list.

    Attributes:
        limit: The size of the pages.
        ids: The ids on all pages.
        whole: The ids of the list as one page.
    """

    limit: int
    ids: Sequence[int]
    whole: Sequence[int]


@attrs.frozen(kw_only=True)
class ListedAndRead(Observation):
    """
    One invoice as a list has it and as a read returns it.

    Attributes:
        listed: From the list.
        read: From the read.
    """

    listed: Invoice
    read: Mapping[str, Any]


@attrs.frozen(kw_only=True)
class InvalidQuery(Observation):
    """
    A list with an invalid value of one parameter.

    Attributes:
        parameter: Name of the parameter.
    """

    parameter: str


@attrs.frozen(kw_only=True)
class UnknownParameter(Observation):
    """
    A list with a parameter that does not exist.

    Attributes:
        plain: The same list without it.
    """

    plain: Exchange


@attrs.frozen(kw_only=True)
class Unauthorized(Observation):
    """
    A request whose credentials are missing or wrong.

    Attributes:
        status: The status that is expected.
        is_invalid: Whether something else is wrong with the request too.
    """

    status: Literal[401, 403] = 401
    is_invalid: bool = False


@attrs.frozen(kw_only=True)
class UnsupportedMethod(Observation):
    """
    A method that the path does not support.

    Attributes:
        supported: The methods that it supports.
    """

    supported: frozenset[str]


@attrs.frozen(kw_only=True)
class Head(Observation):
    """
    A HEAD request.

    Attributes:
        get: The GET request of the same path.
    """

    get: Exchange


@attrs.frozen(kw_only=True)
class UnknownPath(Observation):
    """A request of a path that the API does not have."""


@attrs.frozen(kw_only=True)
class WholeRun(Observation):
    """
    All exchanges of the run.

    Attributes:
        exchanges: The exchanges in order.
    """

    exchanges: Sequence[Exchange]


def id_in(exchange: Exchange) -> int | None:
    """
    Return the id of the invoice in the response; None if there is none.
    """
    invoice_id = exchange.get("data", "id")
    return invoice_id if isinstance(invoice_id, int) and not isinstance(invoice_id, bool) else None


def invoice_in(exchange: Exchange) -> Invoice | None:
    """
    Return the invoice in the response to a read; None if there is none.
    """
    data = exchange.get("data")
    return data if exchange.is_success and isinstance(data, dict) else None


def invoices_in(exchange: Exchange) -> list[Invoice]:
    """
    Return the invoices in the response to a list, without those that have no id, which break the contract.
    """
    data = exchange.get("data")
    rows = data if exchange.is_success and isinstance(data, list) else []
    return [row for row in rows if isinstance(row, dict) and isinstance(row.get("id"), int)]
