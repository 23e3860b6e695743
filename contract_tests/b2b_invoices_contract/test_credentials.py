"""
What every operation promises of credentials.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b_invoices.models import InvoiceSearchField

from .failures import BrokenPromise, Comparisons, expect
from .oddities import whole
from .profiles import Pace, sparing
from .session import Api, id_in, invoices_on
from .traffic import Exchange

_OPERATIONS = {
    "createInvoice": ("POST", "/invoices"),
    "listInvoices": ("GET", "/invoices?limit=1"),
    "getInvoice": ("GET", "/invoices/{id}"),
    "deleteInvoice": ("DELETE", "/invoices/{id}"),
}
_HEADERS = ["X-Auth-Token", "X-Store-Hash"]
_NO_SUCH = "no-such-credential-7c1d"

_JSON, _PLAIN = "application/json", "text/plain"
_HASTY: Sequence[tuple[str, str, bytes | None, str]] = [
    ("POST", "/invoices", b"{", _JSON),
    ("POST", "/invoices", b"{}", _JSON),
    ("POST", "/invoices", b'{"invoiceNumber": 1}', _JSON),
    ("POST", "/invoices", b"x" * 20_000, _JSON),
    ("POST", "/invoices", b"{}", _PLAIN),
    ("GET", "/invoices?limit=none", None, _JSON),
    ("GET", "/invoices/999999999", None, _JSON),
    ("DELETE", "/invoices/999999999", None, _JSON),
]
"""Requests with something else wrong: method, path, body, and what the body is said to be."""


@attrs.frozen
class Intrusion:
    """
    A request with credentials that do not fit.

    Attributes:
        what: What is wrong with them.
        operation: The operation that it is tried on.
        headers: The credentials.
        status: How it must be answered.
    """

    what: str
    operation: str
    headers: Mapping[str, str] = attrs.field(repr=False)
    status: int = 401

    def __str__(self) -> str:
        return f"{self.operation} with {self.what}"


@pytest.mark.promise("both-credentials-required")
def test_credentials_required(api: Api, pace: Pace) -> None:
    """
    With either credential spoiled in any way, nobody is let in and nothing happens.
    """
    api.created_id(whole(api.drafts))
    by_kind = [
        [Intrusion(what, operation, headers) for operation in _OPERATIONS] for what, headers in _spoiled(api).items()
    ]

    # A few kinds will do, and of each one operation.
    intrusions = [intrusion for kind in pace.some(by_kind, 5) for intrusion in pace.some(kind, 1)]
    _try_all(api, intrusions)


@pytest.mark.promise("both-credentials-required")
def test_nearly_right_credentials(api: Api, pace: Pace) -> None:
    """
    A credential that is off by a letter, or has more or fewer of them, is wrong.
    """
    cases = [(header, wrong) for header, right in api.credentials.headers.items() for wrong in _nearly(right)]

    with Comparisons() as compare:
        for header, wrong in pace.some(cases, 1):
            exchange = api.send("GET", "/invoices?limit=1", headers=api.credentials.headers | {header: wrong})
            compare.make(expect, exchange.status, 401, f"status with a wrong {header}:", exchange)


@pytest.mark.promise("stores-are-isolated")
def test_another_store_token(api: Api, other: Api, pace: Pace) -> None:
    """
    The token of another store is refused, in either store's name, and nothing happens.
    """
    api.created_id(whole(api.drafts))
    mixed = {
        "the token of another store": api.credentials.headers | {"X-Auth-Token": other.credentials.access_token},
        "the hash of another store": api.credentials.headers | {"X-Store-Hash": other.credentials.store_hash},
    }
    intrusions = [Intrusion(what, operation, mixed[what], 403) for what, operation in product(mixed, _OPERATIONS)]

    _try_all(api, list(pace.some(intrusions, 2)))


@pytest.mark.promise("stores-are-isolated")
@pytest.mark.promise("invoice-numbers-are-per-store")
@sparing()
@given(data=st.data())
def test_stores_do_not_see_each_other(api: Api, other: Api, data: st.DataObject) -> None:
    """
    Two stores can use the same number and order, and neither reads, lists or deletes what the other has.
    """
    draft = data.draw(api.drafts.drafts(orderNumber=st.builds(api.drafts.order_number)))
    mine = api.created(draft)
    second = other.create(draft)
    expect(
        second.status, 200, "status of a number and an order of another store:", promise="invoice-numbers-are-per-store"
    )
    theirs = other.invoice(id_in(second))

    with Comparisons() as compare:
        for here, own, foreign in ((api, mine, theirs), (other, theirs, mine)):
            page = here.page(q=draft["invoiceNumber"], search_by=InvoiceSearchField("invoiceNumber"))
            met = [invoice["id"] for invoice in invoices_on(page)], page.get("meta", "pagination", "totalCount")
            what = "ids that a store lists for the number, and how many:"
            compare.make(expect, met, ([own["id"]], 1), what, page, promise="stores-are-isolated")
            for answer in (here.read(foreign["id"]), here.delete(foreign["id"])):
                what = f"status of a {answer.method} of another store's invoice:"
                compare.make(expect, answer.status, 404, what, answer, promise="stores-are-isolated")
        left = [here.read(own["id"]).get("data") for here, own in ((api, mine), (other, theirs))]
        compare.make(expect, left, [mine, theirs], "the invoices after it:", promise="stores-are-isolated")


@pytest.mark.promise("authentication-comes-first")
def test_credentials_come_first(api: Api, pace: Pace) -> None:
    """
    Without credentials, nobody learns what else is wrong with a request.
    """
    with Comparisons() as compare:
        for method, path, content, kind in pace.some(_HASTY, 2):
            exchange = api.send(method, path, content=content, headers={"Content-Type": kind})
            what = f"status without credentials for {method} {path} {(content or b'')[:9]!r} as {kind}:"
            compare.make(expect, exchange.status, 401, what, exchange)


def _nearly(right: str) -> list[str]:
    """
    Return what is nearly *right*, and not it.
    """
    near = [right[:-1], right[1:], right + "x", right.swapcase(), right[::-1], right * 2, f"{right}, {right}"]
    return [wrong for wrong in dict.fromkeys(near) if wrong not in {"", right}]


def _spoiled(api: Api) -> dict[str, dict[str, str]]:
    right = api.credentials.headers
    swapped = dict(zip(_HEADERS, reversed([right[header] for header in _HEADERS]), strict=True))
    spoiled: dict[str, dict[str, str]] = {"no credentials": {}, "swapped credentials": swapped}
    for header in _HEADERS:
        spoiled[f"no {header}"] = {name: value for name, value in right.items() if name != header}
        spoiled[f"an empty {header}"] = right | {header: ""}
        spoiled[f"a wrong {header}"] = right | {header: _NO_SUCH}
    token = right["X-Auth-Token"]
    return spoiled | {"another header for the token": {"X-Store-Hash": right["X-Store-Hash"], "authToken": token}}


def _try_all(api: Api, intrusions: Sequence[Intrusion]) -> None:
    """
    Try *intrusions*, and see that each is refused and that nothing has happened to the one invoice, or besides it.
    """
    before = api.own()
    if not before:
        raise BrokenPromise("no invoice in a list for its number", "the created one", promise="list-filters")
    with Comparisons() as compare:
        for intrusion in intrusions:
            exchange = _try(api, intrusion, before[0]["id"])
            compare.make(expect, exchange.status, intrusion.status, f"status of {intrusion}:", exchange)
        compare.make(expect, api.own(), before, "the invoices after all that was refused:")


def _try(api: Api, intrusion: Intrusion, invoice_id: int) -> Exchange:
    method, path = _OPERATIONS[intrusion.operation]
    body: Any = whole(api.drafts) if method == "POST" else None
    return api.send(method, path.format(id=invoice_id), headers=dict(intrusion.headers), json=body)
