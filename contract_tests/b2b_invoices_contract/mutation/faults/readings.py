"""
How a fault changes an invoice that is read, and what it finds in one: shorter ways to say it.
"""

from collections.abc import Callable, Iterator
from typing import Any

from b2b_invoices_contract.mutation.fault import Fault, fault, invoices
from b2b_invoices_contract.mutation.service import Draft, Invoice

STORED = "stored-as-sent"
"""What is broken when nothing else is said."""

Change = Callable[[Invoice, Draft], Any]
"""What changes an invoice that is read, by the draft that it was made from."""


def reads(name: str, change: Change, *, says: str, breaks: str | tuple[str, ...] = STORED) -> Fault:
    """
    Return the fault that makes *change* to each invoice that is read or listed.
    """
    return fault(name, breaks=breaks, says=says)(invoices(change))


def change_of(field: str, make: Callable[[Invoice, Draft], Any]) -> Change:
    """
    Return what gives *field* the value that *make* says, where an invoice has it.
    """

    def change(invoice: Invoice, draft: Draft) -> None:
        if field in invoice:
            invoice[field] = make(invoice, draft)

    return change


def nodes_in(value: Any) -> Iterator[Any]:
    """
    Yield *value*, and all that is in it.
    """
    yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes_in(part)


def texts_in(value: Any) -> Iterator[str]:
    """
    Yield every text in *value*.
    """
    return (node for node in nodes_in(value) if isinstance(node, str))
