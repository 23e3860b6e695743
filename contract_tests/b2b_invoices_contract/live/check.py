"""
One way to see on the answers of a live store whether a promise is kept.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import attrs

from b2b_invoices_contract.failures import BrokenPromise, expect
from b2b_invoices_contract.exchanges import Exchange
from b2b_invoices_spec import load_contract

from .seen import Invoice, Seen


class Otherwise(BrokenPromise):
    """The store does what nobody promised, but what the record leaves open."""


@attrs.frozen
class Check:
    """
    One way to see whether a promise is kept.

    Attributes:
        promise: Id of the promise.
        probes: Names of the probes whose answers it looks at.
        make: Looks; raises `BrokenPromise` when the promise is not kept, `Unseen` when that cannot be told.
    """

    promise: str
    probes: tuple[str, ...]
    make: Callable[[Seen], None]


def holds(met: bool, what: str, exchange: Exchange | None = None) -> None:  # noqa: FBT001 - it is what was met
    """
    Let the check go on when *met* is so; *what* says what it is about.

    Raises:
        BrokenPromise: When it is not.
    """
    expect(met, expected=True, what=what, exchange=exchange)


def stable(invoice: Invoice) -> Invoice:
    """
    Return what stays of *invoice* when something else about it is written down.
    """
    return {name: value for name, value in invoice.items() if name != "updatedAt"}


@cache
def schemas() -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """
    Return the schema of each field that can be sent, and of each that is read.
    """
    contract = load_contract()
    return contract.properties("CreateInvoiceRequest"), contract.properties("Invoice")
