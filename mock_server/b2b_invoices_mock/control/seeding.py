"""
Seeding: invoices recorded at once, by the same rules as those that are created one by one.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from b2b_invoices_mock.api.errors import ApiError, InvalidInvoice, LedgerUnavailable
from b2b_invoices_mock.api.operations import Mock, admitted, recorded
from b2b_invoices_mock.api.validation import Violations, merge
from b2b_invoices_mock.invoices import Invoice


class SeedError(ValueError):
    """
    The drafts cannot be recorded, and none of them was.

    Attributes:
        violations: Path of a field, from the place of its draft -> what is wrong with it.
    """

    def __init__(self, found: Violations) -> None:
        self.violations = found
        super().__init__("; ".join(f"{path}: {' '.join(messages)}" for path, messages in found.items()))


def seed(mock: Mock, store_hash: str, drafts: Sequence[Any]) -> list[int]:
    """
    Record *drafts*, bodies of `createInvoice`, for a store, all of them or none, and return their ids.

    Raises:
        SeedError: When one of them would be refused.
    """
    operation = mock.contract.operation("createInvoice")
    place = 0

    def invoices() -> Iterator[tuple[Invoice, str]]:
        nonlocal place
        for place, body in enumerate(drafts):  # noqa: B007 - tells how far it came
            draft = admitted(body, operation, mock)
            yield recorded(draft, mock), draft.get("orderNumber", "")

    try:
        return mock.ledger.add_all(store_hash, invoices())
    except InvalidInvoice as refusal:
        raise SeedError(merge([(str(place), refusal.violations)])) from None
    except LedgerUnavailable:
        raise
    except ApiError as refusal:
        raise SeedError({str(place): [str(refusal.reason)]}) from None
