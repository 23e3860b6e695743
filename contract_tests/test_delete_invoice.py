"""
What deleteInvoice promises.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .contract import load_document
from .failures import expect
from .session import Api

NO_SUCH_INVOICE = load_document()["components"]["examples"]["NoSuchInvoice"]["value"]["data"]["errMsg"]


@pytest.mark.promise("deleted-is-gone")
@given(data=st.data())
def test_deleted_is_gone(api: Api, data: st.DataObject) -> None:
    """
    A deleted invoice is not read, not listed and not deleted again, and the one beside it stays as it was.
    """
    gone_id, kept_id = api.created_id(data.draw(api.drafts.drafts())), api.created_id(data.draw(api.drafts.drafts()))
    gone, kept = api.invoice(gone_id), api.invoice(kept_id)

    deleted = api.delete(gone_id)

    expect(deleted.status_code, 200, "status of a delete:")
    expect(deleted.parsed.data.id, gone_id, "id in the answer to a delete:")
    for again in (api.read(gone_id), api.delete(gone_id)):
        expect(again.status_code, 404, "status for a deleted invoice:")
        expect(again.parsed.data.err_msg, NO_SUCH_INVOICE, "errMsg for a deleted invoice:")
    listed = api.listed(q=gone["invoiceNumber"], limit=250)
    expect([invoice["id"] for invoice in listed].count(gone_id), 0, "how often a deleted invoice is listed:")
    expect(api.invoice(kept_id), kept, "the invoice beside a deleted one:")
