"""
Promises of `deleteInvoice`.
"""

from b2b_invoices_contract.failures import STATUS, equal
from b2b_invoices_contract.observations import OK, Deleted, Listed, Missing, Unchanged, id_in
from b2b_invoices_spec import load_contract

from .check import Comparisons, check

NOT_FOUND = 404
NO_SUCH_INVOICE = load_contract().example("NoSuchInvoice")["data"]["errMsg"]


@check
def deleted_invoice_is_gone(seen: Deleted | Missing | Unchanged | Listed) -> Comparisons:
    """
    A deleted invoice can no longer be read, listed or deleted, and no other invoice changes.
    """
    match seen:
        case Deleted(exchange=exchange, invoice_id=invoice_id):
            yield equal(STATUS, exchange.status, OK)
            if exchange.is_success:
                yield equal("/data/id", id_in(exchange), invoice_id)
        case Missing(exchange=exchange, why="deleted"):
            yield equal(STATUS, exchange.status, NOT_FOUND)
            if exchange.is_client_error:
                yield equal("/data/errMsg", exchange.get("data", "errMsg"), NO_SUCH_INVOICE)
        case Unchanged(cause="delete", was=was, is_now=is_now):
            yield equal("the other invoices", is_now, was)
        case Listed(gone=gone) if gone:
            yield equal("deleted ids in the list", sorted(gone & set(seen.ids)), [])
