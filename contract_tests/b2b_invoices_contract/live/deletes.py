"""
What a delete does, and what it leaves free.
"""

from b2b_invoices_contract.failures import expect

from .check import Check, holds, stable
from .seen import Seen

_NOT_FOUND = 404


def _deleted_is_gone(seen: Seen) -> None:
    exchange = seen.exchange("delete settled")
    if not seen.was_repeated("delete settled"):
        holds(exchange.is_success, "whether a delete goes well:", exchange)
    for probe in ("read settled after its end", "delete settled again"):
        expect(seen.exchange(probe).status, _NOT_FOUND, f"status of {probe!r}:", seen.exchange(probe))
    before = {invoice["id"]: stable(invoice) for invoice in seen.listed("list own, plain")}
    after = {invoice["id"]: stable(invoice) for invoice in seen.listed("list own at the end")}
    gone = seen.created("create settled")
    holds(gone not in after, "whether the deleted invoice is listed no more:")
    others = {key: value for key, value in before.items() if key != gone}
    expect({key: after.get(key) for key in others}, others, "the other invoices after a delete:")


def _free_after_delete(seen: Seen) -> None:
    exchange = seen.exchange("create settled again")
    holds(exchange.is_success, "whether number and order of a deleted invoice are free:", exchange)


def _case_counts(seen: Seen) -> None:
    exchange = seen.exchange("create with the number in other case")
    holds(exchange.is_success, "whether a number that differs in case is another:", exchange)


_PLAIN = ("list own", "list own, plain")

CHECKS: tuple[Check, ...] = (
    Check("invoice-numbers-are-exact", ("create with the number in other case",), _case_counts),
    Check("deleted-number-is-reusable", ("create settled again",), _free_after_delete),
    Check(
        "deleted-invoice-is-gone",
        (*_PLAIN, "delete settled", "read settled after its end", "delete settled again", "list own at the end"),
        _deleted_is_gone,
    ),
)
"""What a delete does, and what it leaves free."""
