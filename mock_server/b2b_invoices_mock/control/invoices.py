"""
Control API for the stored invoices of every store.
"""

from msgspec import UNSET, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from b2b_invoices_mock.api.errors import InvalidInput

from .controls import Controls
from .input import SNAPSHOT_LIMIT, PageQuery, read_body, read_query
from .responses import data_response
from .seeding import seed


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
