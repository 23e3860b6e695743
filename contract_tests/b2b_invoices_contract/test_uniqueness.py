"""
What createInvoice promises of ids, of numbers and orders that are taken, and of what it refused.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b_invoices_spec import load_contract

from .failures import BrokenPromise, Comparisons, expect
from .oddities import whole
from .profiles import Pace, sparing
from .session import Api
from .traffic import Exchange

_OK = 200
_NO_TRACE = "rejected-create-changes-nothing"
_EXAMPLES = load_contract().document["components"]["examples"]
NUMBER_TAKEN = _EXAMPLES["NumberTaken"]["value"]["data"]["errMsg"]
ORDER_ALREADY_INVOICED = _EXAMPLES["OrderAlreadyInvoiced"]["value"]["data"]["errMsg"]


@pytest.mark.promise("ids-are-unique")
@sparing()
@given(data=st.data())
def test_id_is_new(api: Api, data: st.DataObject) -> None:
    """
    Ids are all different, also from those of deleted invoices.
    """
    ids = [api.created_id(data.draw(api.drafts.barest()))]
    api.delete(ids[0])
    ids += [api.created_id(data.draw(api.drafts.drafts())) for _ in range(2)]

    expect(len(set(ids)), len(ids), f"different ids among {ids}:")


@pytest.mark.promise("invoice-numbers-are-unique")
@pytest.mark.promise("one-invoice-per-order")
@pytest.mark.promise("rejected-create-changes-nothing")
@sparing()
@given(data=st.data())
def test_taken(api: Api, pace: Pace, data: st.DataObject) -> None:
    """
    What has a number or an order that is taken is refused, again and again, whatever else it has, and changes nothing.
    """
    draft = data.draw(api.drafts.drafts(whole=True, orderNumber=st.builds(api.drafts.order_number)))
    order = draft["orderNumber"]
    beside = data.draw(api.drafts.drafts(without=("orderNumber",), externalId=st.just(order)))
    api.created_id(draft)
    allowed = api.create(beside)
    before = api.own()

    answers = [
        (what, api.create(data.draw(api.drafts.drafts(**taken))))
        for _ in range(1 if pace.profile.sampled else 2)
        for what, taken in (
            ("number", {"invoiceNumber": st.just(draft["invoiceNumber"])}),
            ("order", {"orderNumber": st.just(order)}),
            ("order", {"orderNumber": st.just(f"0{order}")}),
        )
    ]

    with Comparisons() as compare:
        what = "status of a create with the order in its external id:"
        compare.make(expect, allowed.status, _OK, what, allowed, promise="one-invoice-per-order")
        for taken, answer in answers:
            compare.make(_expect_taken, taken, answer)
        if not any(answer.is_success for _, answer in answers):
            compare.make(expect, api.own(), before, "the invoices after refused creates:", promise=_NO_TRACE)


@pytest.mark.promise("invoice-numbers-are-exact")
def test_number_is_exact(api: Api, pace: Pace) -> None:
    """
    A number that differs in case, in blanks, or by a zero is another number.
    """
    draft = whole(api.drafts)
    number = draft["invoiceNumber"]
    api.created_id(draft)

    with Comparisons() as compare:
        for alike in pace.some(
            [number.swapcase(), f"{number} ", f" {number}", f"{number}\t", f"0{number}", f"{number}0"], 1
        ):
            exchange = api.create(whole(api.drafts) | {"invoiceNumber": alike})
            compare.make(expect, exchange.status, _OK, f"status of {alike!r} beside {number!r}:", exchange)


def _expect_taken(what: str, exchange: Exchange) -> None:
    words, promise = {
        "number": (NUMBER_TAKEN, "invoice-numbers-are-unique"),
        "order": (ORDER_ALREADY_INVOICED, "one-invoice-per-order"),
    }[what]
    expect(exchange.status, 400, f"status of a create with a taken {what}:", exchange, promise=promise)
    expect(exchange.get("data", "errMsg"), words, f"errMsg for a taken {what}:", exchange, promise=promise)


@pytest.mark.thorough
@pytest.mark.promise("rejected-create-changes-nothing")
@sparing()
@given(data=st.data())
def test_refused_leaves_no_trace(api: Api, data: st.DataObject) -> None:
    """
    What was refused is not recorded, and takes neither its number nor its order.
    """
    fresh = data.draw(api.drafts.drafts(orderNumber=st.builds(api.drafts.order_number)))
    missing = data.draw(st.sampled_from(["originalBalance", "openBalance", "customerId"]))
    before = api.own()

    exchanges = [
        api.send("POST", json=fresh | {"status": 7}),
        api.send("POST", json={name: value for name, value in fresh.items() if name != missing}),
        api.send("POST", json=fresh, headers=api.credentials.headers | {"Content-Type": "text/plain"}),
    ]

    for exchange in exchanges:
        if exchange.is_success:
            raise BrokenPromise(f"status {exchange.status}", "a refusal", exchange, "invalid-requests-rejected")
    expect(api.own(), before, "the list after refused creates:")
    expect(api.create(fresh).status, _OK, "status of a create with a number and order that only refused ones had:")


@pytest.mark.thorough
@pytest.mark.promise("invoice-numbers-are-unique")
@pytest.mark.promise("rejected-create-changes-nothing")
def test_taken_whatever_else_differs(api: Api) -> None:
    """
    A number is taken whatever else a second invoice has of its own, and the invoice that has it stays as it is.
    """
    first = whole(api.drafts)
    invoice = api.created(first)
    differing = {
        "customerId": api.target.other_company_id or api.target.company_id,
        "originalBalance": {"code": "EUR", "value": 12.5},
        "openBalance": {"code": "EUR", "value": 12.5},
        "type": "Another",
        "source": 0,
        "status": 0,
        "channelId": 1,
    }

    with Comparisons() as compare:
        for index, (field, value) in enumerate(differing.items()):
            draft = whole(api.drafts) | {"invoiceNumber": first["invoiceNumber"], field: value}
            compare.make(_expect_taken, "number", api.post(draft))
            if index == 0:
                left = api.read(invoice["id"]).get("data")
                compare.make(expect, left, invoice, "the invoice whose number was wanted:", promise=_NO_TRACE)


@pytest.mark.thorough
@pytest.mark.promise("rejected-create-changes-nothing")
def test_refused_for_its_order(api: Api) -> None:
    """
    The number of an invoice that was refused for its order is free.
    """
    order = {"orderNumber": api.drafts.order_number()}
    api.created_id(whole(api.drafts) | order)
    draft = whole(api.drafts)
    refused = api.post(draft | order)

    again = api.post(draft)

    expect(refused.status, 400, "status of a second create for an order:", refused, promise="one-invoice-per-order")
    expect(again.status, _OK, "status of a create whose number only a refused one had:", again)
