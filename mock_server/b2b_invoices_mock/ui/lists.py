"""
The two lists of the home page: requests and invoices.
"""

from collections.abc import Mapping
from typing import Any, cast

import attrs
import msgspec

from b2b_invoices_mock.control.controls import Controls
from b2b_invoices_mock.control.requests import RequestQuery
from b2b_invoices_mock.request_log import Verdict
from b2b_invoices_spec import Contract

PAGE_SIZE = 100


class HomeQuery(msgspec.Struct, rename="camel"):
    """
    Query of the home page. Unknown parameters are ignored: other sites append theirs to links.

    Attributes:
        q: Text in requests and invoices.
        method: HTTP method of the requests; empty for any.
        verdict: Outcome of the requests; empty for any.
        status: Status of the invoices; empty for any.
        requests_from: Number of requests to skip.
        invoices_from: Number of invoices to skip.
        tag: Tag of the lists that the page shows already.
    """

    q: str = ""
    method: str = ""
    verdict: Verdict | str = ""
    status: str = ""
    requests_from: int = 0
    invoices_from: int = 0
    tag: str = ""


@attrs.frozen
class ListPage:
    """
    One page of a list.

    Attributes:
        items: The items on it.
        total: Number of items on all pages.
        offset: Number of items before it.
        is_filtered: Whether the list has only the items that match a filter.
    """

    items: list[Any]
    total: int
    offset: int
    is_filtered: bool

    @property
    def newer(self) -> int | None:
        """Offset of the page before this one; None if this is the first."""
        return max(self.offset - PAGE_SIZE, 0) if self.offset else None

    @property
    def older(self) -> int | None:
        """Offset of the page after this one; None if this is the last."""
        return self.offset + PAGE_SIZE if self.offset + PAGE_SIZE < self.total else None


def requests_page(controls: Controls, query: HomeQuery) -> ListPage:
    """
    Return the part of the request log that *query* selects: its filters, offset and limit.
    """
    offset = max(query.requests_from, 0)
    filters = RequestQuery(q=query.q, method=query.method, verdict=cast("Verdict", query.verdict) or msgspec.UNSET)
    matching = filters.matching(controls.request_log)
    is_filtered = bool(query.q or query.method or query.verdict)
    return ListPage(matching[offset : offset + PAGE_SIZE], len(matching), offset, is_filtered)


async def invoices_page(controls: Controls, query: HomeQuery) -> ListPage:
    """
    Return the page of invoices that *query* asks for.
    """
    offset = max(query.invoices_from, 0)
    status = next((number for number in status_names(controls.mock.contract) if str(number) == query.status), None)
    entries, total = await controls.mock.ledger.use(
        lambda ledger: ledger.browse(text=query.q, status=status, offset=offset, limit=PAGE_SIZE)
    )
    return ListPage(entries, total, offset, is_filtered=bool(query.q or status is not None))


def status_names(contract: Contract) -> Mapping[int, str]:
    """
    Return the name of each invoice status, such as `partially paid`, by its number.
    """
    schema = contract.schema("InvoiceStatus")
    return {
        number: name.lower().replace("_", " ")
        for number, name in zip(schema["enum"], schema["x-enum-varnames"], strict=True)
    }
