"""
The operations of the API: each reads and validates its request, uses the ledger and returns a response.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

import attrs
import msgspec
from starlette.requests import Request
from starlette.responses import Response

from b2b_invoices_mock.clock import MockClock
from b2b_invoices_mock.invoices import Draft, Invoice, InvoiceShape, build_invoice
from b2b_invoices_mock.ledger import Create, InvoiceLedger, ListQuery
from b2b_invoices_mock.ledger.group_commit import GroupCommit
from b2b_invoices_mock.settings import Settings
from b2b_invoices_spec.contract import Contract, Operation

from .dialect import Dialect
from .errors import ChannelNotFound, CompanyNotFound, InvalidInvoice, InvoiceNotFound
from .requests import read_id, read_json, read_query
from .responses import as_read, success
from .validation import accepted, dialect_violations, violations

_DAY = 24 * 60 * 60


@attrs.define
class Mock:
    """
    Everything that the operations of one mock share.

    Attributes:
        contract: The contract that the mock implements.
        settings: The mock's settings; replaced when the control API changes the dialect.
        ledger: Stores the invoices.
        clock: The mock's clock.
        shape: The fields of an invoice, by the contract.
        group: Commits creates in groups.
    """

    contract: Contract
    settings: Settings
    ledger: InvoiceLedger
    clock: MockClock
    shape: InvoiceShape
    group: GroupCommit = attrs.Factory(lambda self: GroupCommit(self.ledger), takes_self=True)


class Call(msgspec.Struct, frozen=True):
    """
    One authenticated call of an operation, within the rate limit.

    Attributes:
        operation: The called operation.
        methods: The HTTP methods of its path.
        store_hash: Hash of the caller's store.
        request: The HTTP request; its body has not been read.
        mock: The mock that was called.
    """

    operation: Operation
    methods: Sequence[str]
    store_hash: str
    request: Request
    mock: Mock


async def create_invoice(call: Call) -> Response:
    """
    Store a new invoice, and return its id once it is committed.
    """
    mock = call.mock
    dialect = mock.settings.dialect
    body = await read_json(call.request, limit=mock.settings.body_limit)
    draft = admitted(body, call.operation, mock)
    create = Create(call.store_hash, recorded(draft, mock), draft.get("orderNumber", ""))
    invoice_id = await mock.group.add(create)
    return success({dialect.created_key: invoice_id}, dialect, status=dialect.create_status)


async def get_invoice(call: Call) -> Response:
    """
    Return one invoice, with its extra fields.
    """
    dialect, invoice_id = call.mock.settings.dialect, _invoice_id(call)
    invoice = await call.mock.ledger.use(lambda ledger: ledger.get(call.store_hash, invoice_id))
    if invoice is None:
        raise InvoiceNotFound
    return success(as_read(invoice, call.store_hash, dialect), dialect)


async def list_invoices(call: Call) -> Response:
    """
    Return one page of the invoices that match the query. Extra fields are included only on request.
    """
    dialect = call.mock.settings.dialect
    query = read_query(call.request.query_params, call.operation.query_parameters)
    wanted = _wanted(query, dialect)
    page = await call.mock.ledger.use(lambda ledger: ledger.list(call.store_hash, wanted))
    invoices = [as_read(invoice, call.store_hash, dialect) for invoice in page.invoices]
    if not query.get("isIncludeExtraFields"):
        for invoice in invoices:
            del invoice["extraFields"]
    pagination = {"totalCount": page.total, "limit": wanted.limit, "offset": wanted.offset}
    return success(invoices, dialect, pagination=pagination)


async def delete_invoice(call: Call) -> Response:
    """
    Delete an invoice, and return its id.
    """
    dialect, invoice_id = call.mock.settings.dialect, _invoice_id(call)
    if not await call.mock.ledger.use(lambda ledger: ledger.delete(call.store_hash, invoice_id)):
        raise InvoiceNotFound
    return success({"id": invoice_id}, dialect, status=dialect.delete_status)


OPERATIONS: Mapping[str, Callable[[Call], Awaitable[Response]]] = {
    "createInvoice": create_invoice,
    "listInvoices": list_invoices,
    "getInvoice": get_invoice,
    "deleteInvoice": delete_invoice,
}
"""operationId -> the function that implements it."""

QUERY_PARAMETERS: Mapping[str, Collection[str]] = {
    "listInvoices": [*(field.encode_name for field in msgspec.structs.fields(ListQuery)), "isIncludeExtraFields"]
}
"""operationId -> the query parameters that it implements."""


def admitted(body: Any, operation: Operation, mock: Mock) -> Draft:
    """
    Validate *body* by the schema of *operation* and the dialect, and return it as a draft.

    Raises:
        InvalidInvoice: The body is invalid; carries every violation.
        CompanyNotFound: The store has no company with its `customerId`.
        ChannelNotFound: The store has no channel with its `channelId`.
    """
    dialect = mock.settings.dialect
    draft: Draft = accepted(body, mock.shape.required, dialect)
    if found := violations(operation.body, draft) or dialect_violations(draft, dialect):
        raise InvalidInvoice(found)
    _check_relations(body, mock.settings)
    return draft


def recorded(draft: Draft, mock: Mock) -> Invoice:
    """
    Return the invoice to store for *draft*, created now.
    """
    settings = mock.settings
    return build_invoice(
        draft,
        mock.shape,
        now=int(mock.clock()),
        payment_seconds=settings.payment_terms * _DAY,
        dialect=settings.dialect,
    )


def _wanted(query: Mapping[str, Any], dialect: Dialect) -> ListQuery:
    fields = {**query, "externalId[]": [text for text in query.get("externalId[]", []) if text]}
    if "sortBy" not in query and dialect.list_order == "oldest":
        fields.setdefault("orderBy", "ASC")
    return msgspec.convert(fields, ListQuery)


def _check_relations(body: Mapping[str, Any], settings: Settings) -> None:
    if settings.companies and body["customerId"] not in settings.companies:
        raise CompanyNotFound(settings.dialect.company_message)
    if "channelId" in body and settings.dialect.channels == "none":
        raise ChannelNotFound


def _invoice_id(call: Call) -> int:
    invoice_id = read_id(call.request.path_params["invoiceId"])
    if invoice_id is None:
        raise InvoiceNotFound
    return invoice_id
