"""
The operations of the API: a straight line of steps each, from a request to an answer or a refusal.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import attrs
from starlette.requests import Request
from starlette.responses import Response

from .clock import MockClock
from .envelope import success
from .errors import ChannelNotFound, CompanyNotFound, InvoiceNotFound
from .invoices import Draft, Invoice, InvoiceShape, record
from .ledger import InvoiceLedger, ListQuery
from .request import check_invoice, read_id, read_json, read_query
from .settings import Settings
from .spec import Contract, Operation


@attrs.define
class Mock:
    """
    All that the operations work with.

    Attributes:
        contract: What is promised.
        settings: What this mock was told; the dialect in it can change while it runs.
        ledger: What is on record.
        clock: The time it goes by.
        shape: What the contract says of an invoice.
    """

    contract: Contract
    settings: Settings
    ledger: InvoiceLedger
    clock: MockClock
    shape: InvoiceShape


@attrs.frozen
class Call:
    """
    One request that has been matched to an operation and let in.

    Attributes:
        operation: The operation it calls.
        methods: The methods that its path has.
        store_hash: The store it is for.
        request: The request itself, its body not read yet.
        mock: All that there is to work with.
    """

    operation: Operation
    methods: Sequence[str]
    store_hash: str
    request: Request
    mock: Mock


async def create_invoice(call: Call) -> Response:
    """
    Record a new invoice.
    """
    mock = call.mock
    draft = await read_json(call.request, limit=mock.settings.body_limit)
    check_invoice(draft, call.operation.body)
    invoice_id = mock.ledger.add(call.store_hash, recorded(draft, mock), order_number=draft.get("orderNumber", ""))
    return success({"id": invoice_id}, mock.settings.dialect)


async def get_invoice(call: Call) -> Response:
    """
    Read one invoice, with its extra fields.
    """
    invoice = call.mock.ledger.get(call.store_hash, _invoice_id(call))
    if invoice is None:
        raise InvoiceNotFound
    return success(invoice, call.mock.settings.dialect)


async def list_invoices(call: Call) -> Response:
    """
    List invoices, with their extra fields only when asked for them.
    """
    query = read_query(call.request.query_params, call.operation.parameters)
    limit, offset = query["limit"], query["offset"]
    page = call.mock.ledger.list(
        call.store_hash,
        ListQuery(
            offset=offset,
            limit=limit,
            sort_by=query.get("sortBy", "createdAt"),
            direction=query.get("orderBy", "DESC"),
            text=query.get("q"),
            text_fields=[query["searchBy"]] if "searchBy" in query else [],
            customer_id=query.get("customerId"),
            customer_name=query.get("customerName"),
            status=query.get("status"),
            created_from=query.get("beginDateAt"),
            created_to=query.get("endDateAt"),
            external_ids=[text for text in query.get("externalId[]", []) if text],
            channel_ids=query.get("channelIds", []),
        ),
    )
    if not query.get("isIncludeExtraFields"):
        for invoice in page.invoices:
            del invoice["extraFields"]
    pagination = {"totalCount": page.total, "limit": limit, "offset": offset}
    return success(page.invoices, call.mock.settings.dialect, pagination=pagination)


async def delete_invoice(call: Call) -> Response:
    """
    Remove an invoice.
    """
    invoice_id = _invoice_id(call)
    if not call.mock.ledger.delete(call.store_hash, invoice_id):
        raise InvoiceNotFound
    return success({"id": invoice_id}, call.mock.settings.dialect)


OPERATIONS: Mapping[str, Callable[[Call], Awaitable[Response]]] = {
    "createInvoice": create_invoice,
    "listInvoices": list_invoices,
    "getInvoice": get_invoice,
    "deleteInvoice": delete_invoice,
}
"""What does each operation of the contract, by operationId."""


def recorded(draft: Draft, mock: Mock) -> Invoice:
    """
    Return the invoice that the valid *draft* becomes now.

    Raises:
        CompanyNotFound: When it names a company that the store does not know.
        ChannelNotFound: When it names a channel that the store does not know.
    """
    _check_relations(draft, mock.settings)
    return record(draft, mock.shape, now=int(mock.clock()), payment_seconds=mock.settings.payment_seconds)


def _check_relations(draft: Draft, settings: Settings) -> None:
    if settings.companies and draft["customerId"] not in settings.companies:
        raise CompanyNotFound
    if "channelId" in draft and settings.dialect.channels == "none":
        raise ChannelNotFound


def _invoice_id(call: Call) -> int:
    invoice_id = read_id(call.request.path_params["invoiceId"])
    if invoice_id is None:
        raise InvoiceNotFound
    return invoice_id
