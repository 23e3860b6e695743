"""
What a ledger does, whatever keeps it.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import ClassVar

from b2b_invoices_mock.invoices import Invoice

from .models import (
    Entry,
    ListQuery,
    Page,
    Snapshot,
)


class InvoiceLedger(ABC):
    """
    Every invoice on record; a store sees its own alone.

    Several processes may have one ledger open. Each method raises LedgerBusy when another one has it locked, and
    LedgerUnavailable when it cannot be used; either says whether anything was changed.

    Attributes:
        waits: Whether its methods wait, for a lock or for another machine, so that they are called in a thread of
            their own; several may be under way at a time. Where they do not, they raise LedgerBusy at once.
    """

    waits: ClassVar[bool]

    @property
    @abstractmethod
    def version(self) -> int:
        """What changes with everything that does, whichever process does it."""

    @abstractmethod
    def close(self) -> None:
        """
        Close the ledger; one that is not in memory stays.
        """

    @abstractmethod
    def add(self, store_hash: str, invoice: Invoice, *, order_number: str = "") -> int:
        """
        Record *invoice* for a store, all of it or nothing, and return its new id.

        Raises:
            InvoiceNumberTaken: When the store has an invoice with its number.
            OrderAlreadyInvoiced: When the store has an invoice for its order.
        """

    @abstractmethod
    def add_all(self, store_hash: str, invoices: Iterable[tuple[Invoice, str]]) -> list[int]:
        """
        Record *invoices*, each with its order number or empty text, all of them or none, and return their new ids.

        Each is taken from *invoices* when the one before it is recorded, so whoever gives them knows which is refused.

        Raises:
            InvoiceNumberTaken: When one has a number that is in use.
            OrderAlreadyInvoiced: When one has an order that has an invoice.
        """

    @abstractmethod
    def find(self, invoice_id: int) -> Entry | None:
        """
        Return the invoice with this id, of whatever store, or None when there is none.
        """

    @abstractmethod
    def browse(
        self, *, text: str = "", status: int | None = None, store_hash: str = "", offset: int = 0, limit: int = 100
    ) -> tuple[list[Entry], int]:
        """
        Return invoices of every store, newest first, and how many there are altogether.

        Args:
            text: Text to look for in numbers, in the ERP's ids, and in the ids and names of companies.
            status: Status of the invoices; None for any.
            store_hash: The store they belong to; empty for any.
            offset: How many to skip.
            limit: How many to return at most.
        """

    @abstractmethod
    def erase(self) -> None:
        """
        Forget every invoice of every store; the next id is 1, as in a new ledger.
        """

    @abstractmethod
    def snapshot(self) -> Snapshot:
        """
        Return all that it holds.
        """

    @abstractmethod
    def restore(self, snapshot: Snapshot) -> None:
        """
        Hold what *snapshot* says and nothing else, or, when that cannot be, what it held before.

        Raises:
            ValueError: When an id, or in one store a number or an order, comes twice.
        """

    @abstractmethod
    def get(self, store_hash: str, invoice_id: int) -> Invoice | None:
        """
        Return a store's invoice, or None when it has none with this id.
        """

    @abstractmethod
    def delete(self, store_hash: str, invoice_id: int) -> bool:
        """
        Remove a store's invoice, and return whether there was one.
        """

    @abstractmethod
    def list(self, store_hash: str, query: ListQuery) -> Page:
        """
        Return the page of a store's invoices that *query* asks for.
        """
