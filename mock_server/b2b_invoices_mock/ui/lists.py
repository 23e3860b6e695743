"""
The two lists of the page, requests and invoices, as far as they are shown.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

import attrs
import msgspec

from b2b_invoices_mock.control.controls import Controls
from b2b_invoices_mock.control.requests import RequestQuery
from b2b_invoices_mock.control.state import dialect_name
from b2b_invoices_mock.ledger import Entry
from b2b_invoices_mock.ledger.waiting import retry_while_locked
from b2b_invoices_mock.request_log import LoggedRequest, Verdict
from b2b_invoices_spec.contract import Contract

ON_A_PAGE = 100


class PageQuery(msgspec.Struct, rename="camel"):
    """
    What the page shows. Whatever else a link to it says means nothing.

    Attributes:
        q: Text that requests and invoices have somewhere.
        method: Method of the requests; empty for any.
        verdict: How the requests came out; empty for any.
        status: Status of the invoices; empty for any.
        requests_from: How many requests to skip.
        invoices_from: How many invoices to skip.
        tag: What the page shows already, as it was told with it.
    """

    q: str = ""
    method: str = ""
    verdict: Verdict | str = ""
    status: str = ""
    requests_from: int = 0
    invoices_from: int = 0
    tag: str = ""


@attrs.frozen
class Window:
    """
    A part of a list.

    Attributes:
        items: What is in it.
        total: How many there are altogether.
        offset: How many come before it.
        narrowed: Whether some may have been left out, since they were not searched for.
    """

    items: list[Any]
    total: int
    offset: int
    narrowed: bool

    @property
    def newer(self) -> int | None:
        """Where the part before this one begins; None when this is the first."""
        return max(self.offset - ON_A_PAGE, 0) if self.offset else None

    @property
    def older(self) -> int | None:
        """Where the part after this one begins; None when this is the last."""
        return self.offset + ON_A_PAGE if self.offset + ON_A_PAGE < self.total else None


@attrs.frozen
class InvoiceRow:
    """
    An invoice as a list shows it.

    Attributes:
        entry: What the ledger knows of it.
        status: Its status in words.
        original: What it came to, with the currency.
        open: What is still to be paid.
    """

    entry: Entry
    status: str
    original: str
    open: str

    @classmethod
    def of(cls, entry: Entry, words: Mapping[int, str]) -> "InvoiceRow":
        """
        Return the row of *entry*, whose status *words* has in words.
        """
        invoice = entry.invoice
        return cls(
            entry=entry,
            status=words.get(invoice["status"], str(invoice["status"])),
            original=_money(invoice["originalBalance"]),
            open=_money(invoice["openBalance"]),
        )


def status_words(contract: Contract) -> Mapping[int, str]:
    """
    Return each status of an invoice in words, by its number, as *contract* names it.
    """
    schema = contract.document["components"]["schemas"]["InvoiceStatus"]
    return {
        number: name.lower().replace("_", " ")
        for number, name in zip(schema["enum"], schema["x-enum-varnames"], strict=True)
    }


def requests_window(controls: Controls, query: PageQuery) -> Window:
    """
    Return the requests that *query* shows.
    """
    offset = max(query.requests_from, 0)
    wanted = RequestQuery(q=query.q, method=query.method, verdict=cast("Verdict", query.verdict) or msgspec.UNSET)
    matching: list[LoggedRequest] = wanted.matching(controls.record)
    narrowed = bool(query.q or query.method or query.verdict)
    return Window(matching[offset : offset + ON_A_PAGE], len(matching), offset, narrowed)


async def invoices_window(controls: Controls, query: PageQuery) -> Window:
    """
    Return the invoices that *query* shows.
    """
    offset = max(query.invoices_from, 0)
    words = status_words(controls.mock.contract)
    status = next((number for number in words if str(number) == query.status), None)
    entries, total = await retry_while_locked(
        controls.mock.ledger,
        lambda ledger: ledger.browse(text=query.q, status=status, offset=offset, limit=ON_A_PAGE),
    )
    rows = [InvoiceRow.of(entry, words) for entry in entries]
    return Window(rows, total, offset, narrowed=bool(query.q or status is not None))


def state(controls: Controls) -> dict[str, Any]:
    """
    Return what the page says of the mock itself.
    """
    return {"clock": controls.clock, "faults": controls.faults.left, "dialect": dialect_name(controls) or "its own"}


def _money(balance: dict[str, str]) -> str:
    value = Decimal(balance["value"])
    cents = value.quantize(Decimal("0.01")) if abs(value) < 10**15 else value
    return f"{cents if cents == value else value} {balance['code']}"
