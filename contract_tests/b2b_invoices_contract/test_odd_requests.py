"""
What every operation promises of requests that are odd, though allowed, or that only look like others.
"""

from itertools import product
from typing import Any

import httpx
import pytest

from .failures import BrokenPromise, Comparisons, expect
from .oddities import whole
from .session import Api, id_in, invoices_on

_OK = 200
_NOT_FOUND = 404
_DEPTH = 150
_MILLISECONDS = "1900000000000"  # what many take a time in seconds for: tens of thousands of years from now
_SIGNS = "50% _ ' \\ ("


@pytest.mark.thorough
@pytest.mark.promise("unknown-id-is-404")
def test_ids_that_are_none(api: Api) -> None:
    """
    What only begins like the id of an invoice, or could be no id at all, is not found, and nothing is deleted.
    """
    invoice = api.created(whole(api.drafts))
    ids = [f"{invoice['id']}abc", f"{invoice['id']}.0", f"{invoice['id']},1", "-1", "0", str(2**33), str(2**63), "abc"]

    with Comparisons() as compare:
        for method, text in [*product(["GET"], ids), ("DELETE", ids[0])]:
            exchange = api.send(method, f"/invoices/{text}")
            compare.make(expect, exchange.status, _NOT_FOUND, f"status of {method} of id {text}:", exchange)
        compare.make(expect, api.read(invoice["id"]).get("data"), invoice, "the invoice after it:")


@pytest.mark.thorough
@pytest.mark.promise("valid-requests-accepted")
@pytest.mark.promise("order-number-reads-as-number")
@pytest.mark.promise("one-invoice-per-order")
def test_order_that_is_no_number(api: Api) -> None:
    """
    An order number that is no number is accepted, reads as null, and is invoiced once like any other.
    """
    order = f"A-{api.drafts.order_number()}"

    first = api.post(whole(api.drafts) | {"orderNumber": order})
    again = api.post(whole(api.drafts) | {"orderNumber": order})

    if first.status != _OK:
        raise BrokenPromise(f"status {first.status}", f"status {_OK}", first, "valid-requests-accepted")
    read = api.invoice(id_in(first))
    expect(read.get("orderNumber"), None, "an order that is no number:", promise="order-number-reads-as-number")
    expect(again.status, 400, "status of a second create for an order:", again, promise="one-invoice-per-order")


@pytest.mark.thorough
@pytest.mark.promise("list-search")
@pytest.mark.promise("valid-requests-accepted")
def test_odd_searches(api: Api) -> None:
    """
    A search for nothing is none; one for signs that mean something elsewhere finds what has them, and only that.
    """
    issued = {"issuedAt": 1_500_000_000}
    marked = api.created(whole(api.drafts) | issued | {"purchaseOrderNumber": api.drafts.number(_SIGNS)})
    plain = api.created(whole(api.drafts) | issued | {"purchaseOrderNumber": api.drafts.number("50 or so")})
    both = sorted([marked["id"], plain["id"]])

    with Comparisons() as compare:
        for text, ids in (("", both), *((sign, [marked["id"]]) for sign in _SIGNS.split())):
            query: dict[str, str | int] = {"beginDateAt": 1_500_000_000, "endDateAt": 1_500_000_000, "q": text}
            exchange = api.send("GET", f"/invoices?{httpx.QueryParams(query)}&limit=250&searchBy=purchaseOrderNumber")
            what = f"a search for {text!r}:"
            compare.make(expect, exchange.status, _OK, f"status of {what}", exchange, promise="valid-requests-accepted")
            if exchange.status == _OK:
                found = sorted({invoice["id"] for invoice in invoices_on(exchange)} & set(both))
                compare.make(expect, found, ids, f"ids in {what}", exchange, promise="list-search")


@pytest.mark.thorough
@pytest.mark.promise("valid-requests-accepted")
def test_rare_choices_of_a_list(api: Api) -> None:
    """
    A field to sort by that no invoice shows, one to search without a text, and what is beyond the end are accepted.
    """
    choices = [("sortBy", "isPendingPayment"), ("searchBy", "type"), ("offset", "5000")]
    choices += [("beginDateAt", _MILLISECONDS), ("endDateAt", _MILLISECONDS), ("beginDateAt", f"-{_MILLISECONDS}")]

    with Comparisons() as compare:
        for name, choice in choices:
            exchange = api.send("GET", f"/invoices?limit=1&{name}={choice}")
            compare.make(expect, exchange.status, _OK, f"status of a list with {name}={choice}:", exchange)


@pytest.mark.thorough
@pytest.mark.promise("unknown-fields-accepted")
def test_fields_that_only_answers_have(api: Api) -> None:
    """
    A field that only answers have, sent with a create, changes nothing, and neither does one that is nested deeply.
    """
    deep: Any = 1
    for _ in range(_DEPTH):
        deep = [deep]
    only_read = {"id": 1, "createdAt": 5, "updatedAt": 5, "customerName": "Nobody", "isPendingPayment": True}
    plain = api.created(whole(api.drafts))

    odd = api.post(whole(api.drafts) | only_read | {"x-deep": deep})

    if odd.status != _OK:
        raise BrokenPromise(f"status {odd.status}", f"status {_OK}", odd)
    read = api.invoice(id_in(odd))
    own = {name: read.get(name) for name in ("createdAt", "customerName", "isPendingPayment")}
    expect(own, {name: plain.get(name) for name in own}, "fields that a create cannot set:")
    expect(read.get("updatedAt") != 5, True, "whether the time of change is not what was sent:")
    expect(read.get("id"), odd.get("data", "id"), "id:")


@pytest.mark.thorough
@pytest.mark.promise("unsupported-method-is-405")
def test_head(api: Api) -> None:
    """
    HEAD, which a path has where it has GET, is answered like GET, without a body.
    """
    invoice_id = api.created_id(whole(api.drafts))

    with Comparisons() as compare:
        for path in ("/invoices", f"/invoices/{invoice_id}", "/invoices/0"):
            got, head = api.send("GET", path), api.send("HEAD", path)
            compare.make(expect, (head.status, head.body), (got.status, b""), f"status and body of HEAD {path}:", head)


@pytest.mark.thorough
@pytest.mark.promise("reads-change-nothing")
def test_read_stays_a_read(api: Api) -> None:
    """
    A read that a header calls a delete is a read.
    """
    invoice = api.created(whole(api.drafts))
    path = f"/invoices/{invoice['id']}"

    api.send("GET", path, headers=api.credentials.headers | {"X-HTTP-Method-Override": "DELETE"})

    expect(api.read(invoice["id"]).get("data"), invoice, "the invoice after it:")
