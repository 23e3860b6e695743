"""
What deleteInvoice promises.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b_invoices_spec import load_contract

from .failures import Comparisons, expect
from .profiles import sparing
from .session import Api

NO_SUCH_INVOICE = load_contract().example("NoSuchInvoice")["data"]["errMsg"]

_OK, _NOT_FOUND = 200, 404
_GONE = "deleted-invoice-is-gone"


@pytest.mark.promise("deleted-invoice-is-gone")
@pytest.mark.promise("deleted-number-is-reusable")
@sparing()
@given(data=st.data())
def test_deleted_is_gone(api: Api, data: st.DataObject) -> None:
    """
    A deleted invoice is not read, not listed and not deleted again; those beside it stay, and its number is free.
    """
    draft = data.draw(api.drafts.drafts(orderNumber=st.builds(api.drafts.order_number)))
    stays = api.created(data.draw(api.drafts.drafts()))
    gone_id = api.created(draft)["id"]
    api.created_id(data.draw(api.drafts.drafts()))
    others = [invoice for invoice in api.own() if invoice["id"] != gone_id]

    deleted = api.delete(gone_id)

    with Comparisons() as compare:
        compare.make(expect, deleted.status, _OK, "status of a delete:", deleted, promise=_GONE)
        compare.make(
            expect, deleted.get("data", "id"), gone_id, "id in the answer to a delete:", deleted, promise=_GONE
        )
        for again in (api.read(gone_id), api.delete(gone_id)):
            what = f"answer to a {again.method} of a deleted invoice:"
            told = [again.status, again.get("data", "errMsg")]
            compare.make(expect, told, [_NOT_FOUND, NO_SUCH_INVOICE], what, again, promise=_GONE)
        compare.make(expect, api.own(), others, "the invoices listed after a delete:", promise=_GONE)
        compare.make(expect, api.invoice(stays["id"]), stays, "another invoice after a delete:", promise=_GONE)
        again = api.create(draft)
        what = "status of a create with the number and order of a deleted invoice:"
        compare.make(expect, again.status, _OK, what, again, promise="deleted-number-is-reusable")


@pytest.mark.promise("unknown-id-is-404")
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_unknown_invoice(api: Api, method: str) -> None:
    """
    An id that no invoice has is answered 404 with the vendor's words.
    """
    exchange = api.send(method, "/invoices/999999999")

    expect([exchange.status, exchange.get("data", "errMsg")], [_NOT_FOUND, NO_SUCH_INVOICE], f"answer to a {method}:")
