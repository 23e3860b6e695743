"""
Control API for the stored invoices of every store.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import UNSET, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from b2b_invoices_mock.api.errors import ApiError, InvalidInput, LedgerUnavailable
from b2b_invoices_mock.api.operations import Mock, admitted, recorded
from b2b_invoices_mock.api.validation import WHOLE_BODY, merge
from b2b_invoices_mock.invoices import Invoice

from .controls import Controls
from .endpoint import data_response
from .input import SNAPSHOT_LIMIT, PageQuery, read_body, read_query


class InvoiceQuery(PageQuery):
    """
    Query for invoices of every store, newest first.

    Attributes:
        q: Text in the number, external id, company id or company name, in either case.
        status: The status.
        store_hash: The store.
    """

    q: str = ""
    status: int | UnsetType = UNSET
    store_hash: str = ""


async def list_invoices(controls: Controls, request: Request) -> Response:
    query = read_query(request, InvoiceQuery)
    entries, total = await controls.mock.ledger.use(
        lambda ledger: ledger.browse(
            text=query.q,
            status=None if query.status is UNSET else query.status,
            store_hash=query.store_hash,
            offset=query.offset,
            limit=query.limit,
        ),
    )
    invoices = [{"id": entry.id, "storeHash": entry.store_hash, **entry.invoice} for entry in entries]
    return data_response(invoices, pagination=query.pagination(total))


async def erase_invoices(controls: Controls, _: Request) -> Response:
    await controls.mock.ledger.use(lambda ledger: ledger.erase())
    return data_response([])


async def seed_invoices(controls: Controls, request: Request) -> Response:
    stores = [store.store_hash for store in controls.mock.settings.stores]
    store_hash = request.query_params.get("storeHash", next(iter(stores), ""))
    if store_hash not in stores:
        raise InvalidInput(f"Unknown store {store_hash!r}: start the mock with --store {store_hash}:TOKEN.")
    drafts = await read_body(request, limit=SNAPSHOT_LIMIT)
    if not isinstance(drafts, list):
        raise InvalidInput("Invalid body: expected a list of createInvoice bodies.")
    ids = await controls.mock.ledger.use(lambda _: seed(controls.mock, store_hash, drafts))
    return data_response({"ids": ids})


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
