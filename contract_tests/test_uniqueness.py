"""
What createInvoice promises of ids, of numbers and orders that are taken, and of what it refused.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .contract import load_document
from .failures import BrokenPromise, Comparisons, expect
from .profiles import sparing
from .session import Api
from .traffic import Exchange

_OK = 200
_NO_TRACE = "refused-leaves-no-trace"
_EXAMPLES = load_document()["components"]["examples"]
NUMBER_TAKEN = _EXAMPLES["NumberTaken"]["value"]["data"]["errMsg"]
ORDER_ALREADY_INVOICED = _EXAMPLES["OrderAlreadyInvoiced"]["value"]["data"]["errMsg"]


@pytest.mark.promise("id-is-new")
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


@pytest.mark.promise("number-is-unique")
@pytest.mark.promise("order-is-invoiced-once")
@pytest.mark.promise("refused-leaves-no-trace")
@pytest.mark.promise("number-is-exact")
@sparing()
@given(data=st.data())
def test_taken(api: Api, data: st.DataObject) -> None:
    """
    What has a number or an order that is taken is refused, whatever else it has, and changes nothing; its kin is not.
    """
    draft = data.draw(api.drafts.drafts(whole=True, orderNumber=st.builds(api.drafts.order_number)))
    number, order = draft["invoiceNumber"], draft["orderNumber"]
    same_number = data.draw(api.drafts.drafts(invoiceNumber=st.just(number)))
    same_order = data.draw(api.drafts.drafts(orderNumber=st.just(order)))
    beside = data.draw(api.drafts.drafts(without=("orderNumber",), externalId=st.just(order)))
    alike = data.draw(st.sampled_from([f"{number} ", f"{number}\t", number.swapcase(), f"{number}0"]))
    invoice = api.created(draft)

    answers = {"number": api.create(same_number), "order": api.create(same_order)}

    with Comparisons() as compare:
        for what, answer in answers.items():
            compare.make(_expect_taken, what, answer)
        if not any(answer.is_success for answer in answers.values()):
            there = [found for found in api.own() if found["invoiceNumber"] in {number, same_order["invoiceNumber"]}]
            compare.make(
                expect, there, [invoice], "what there is of the two after they were refused:", promise=_NO_TRACE
            )
        for kin, promise in (
            (beside, "order-is-invoiced-once"),
            (beside | {"invoiceNumber": alike}, "number-is-exact"),
        ):
            status = api.create(kin).status
            compare.make(expect, status, _OK, f"status of number {kin['invoiceNumber']!r}:", promise=promise)


def _expect_taken(what: str, exchange: Exchange) -> None:
    words, promise = {
        "number": (NUMBER_TAKEN, "number-is-unique"),
        "order": (ORDER_ALREADY_INVOICED, "order-is-invoiced-once"),
    }[what]
    expect(exchange.status, 400, f"status of a create with a taken {what}:", exchange, promise=promise)
    expect(exchange.get("data", "errMsg"), words, f"errMsg for a taken {what}:", exchange, promise=promise)


@pytest.mark.thorough
@pytest.mark.promise("refused-leaves-no-trace")
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
            raise BrokenPromise(f"status {exchange.status}", "a refusal", exchange, "invalid-is-refused")
    expect(api.own(), before, "the list after refused creates:")
    expect(api.create(fresh).status, _OK, "status of a create with a number and order that only refused ones had:")
