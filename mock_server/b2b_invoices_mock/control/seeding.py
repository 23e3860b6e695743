"""
Seeding: many invoices are stored at once, by the rules of createInvoice.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from b2b_invoices_mock.api.errors import ApiError, InvalidInput, LedgerUnavailable
from b2b_invoices_mock.api.operations import Mock, admitted, recorded
from b2b_invoices_mock.api.validation import WHOLE_BODY, merge
from b2b_invoices_mock.invoices import Invoice


def seed(mock: Mock, store_hash: str, drafts: Sequence[Any]) -> list[int]:
    """
    Store *drafts*, bodies of `createInvoice`, for a store, all of them or none, and return their ids.

    Raises:
        InvalidInput: If a draft is invalid; its violations begin with the draft's place in the list, from 0.
    """
    operation = mock.contract.operation("createInvoice")
    place = 0

    def invoices() -> Iterator[tuple[Invoice, str]]:
        nonlocal place
        for place, body in enumerate(drafts):  # noqa: B007 - says below which draft is invalid
            draft = admitted(body, operation, mock)
            yield recorded(draft, mock), draft.get("orderNumber", "")

    try:
        return mock.ledger.add_all(store_hash, invoices())
    except LedgerUnavailable:
        raise
    except ApiError as error:
        found = error.violations or {WHOLE_BODY: [str(error.reason)]}
        raise InvalidInput(merge([(str(place), found)])) from None
