"""
Services whose lists come in another order.
"""

from collections.abc import Callable
from typing import Any

from b2b_invoices_contract.mutation.fault import Fault, fault, pages, queries
from b2b_invoices_contract.mutation.messages import Request
from b2b_invoices_contract.mutation.service import Invoice

from .queries import asks, changed

_SORTS = "list-sorting"

SORTS = (
    asks(
        "sort-field-ignored",
        lambda _: {"sortBy": None},
        breaks=_SORTS,
        says="A list takes no notice of the field to sort by.",
    ),
    asks(
        "sort-direction-ignored",
        changed("orderBy", lambda _: "ASC"),
        breaks=_SORTS,
        says="A list is always in ascending order.",
    ),
    asks(
        "sort-direction-turned",
        changed("orderBy", lambda it: {"ASC": "DESC", "DESC": "ASC"}.get(it, it)),
        breaks=_SORTS,
        says="Ascending is descending, and the reverse.",
    ),
    asks(
        "sort-by-original-for-open",
        changed("sortBy", lambda it: "originalBalance" if it == "openBalance" else it),
        breaks=_SORTS,
        says="Sorted by open balance, a list goes by the original.",
    ),
    asks(
        "sort-by-updated-for-created",
        changed("sortBy", lambda it: "updatedAt" if it == "createdAt" else it),
        breaks=_SORTS,
        says="Sorted by time of issue, a list goes by the time of change.",
    ),
    asks(
        "sort-by-customer-for-external",
        changed("sortBy", lambda it: "customerId" if it == "externalCustomerId" else it),
        breaks=_SORTS,
        says="Sorted by external customer, a list goes by the customer.",
    ),
    asks(
        "sort-by-created-for-due",
        changed("sortBy", lambda it: "createdAt" if it == "dueDate" else it),
        breaks=_SORTS,
        says="Sorted by due date, a list goes by the time of issue.",
    ),
)


def _sorting(name: str, fields: set[str], key: Callable[[Invoice, str], Any], *, says: str) -> Fault:
    def change(listed: list[Invoice], _: dict[str, Any], request: Request) -> list[Invoice]:
        field = request.asked("sortBy") or ""
        if field not in fields:
            return listed
        unsorted = sorted(listed, key=lambda invoice: str(invoice["id"])[::-1])
        return sorted(unsorted, key=lambda invoice: key(invoice, field), reverse=request.asked("orderBy") != "ASC")

    return fault(name, breaks=_SORTS, says=says)(pages(change))


SORTED = (
    _sorting(
        "balances-sorted-as-text",
        {"openBalance", "originalBalance"},
        lambda it, field: it[field]["value"],
        says="Balances are sorted as text.",
    ),
    _sorting(
        "balances-sorted-without-sign",
        {"openBalance", "originalBalance"},
        lambda it, field: abs(float(it[field]["value"])),
        says="Balances are sorted without their sign.",
    ),
    _sorting(
        "balances-sorted-in-whole-units",
        {"openBalance"},
        lambda it, field: int(float(it[field]["value"])),
        says="Balances are sorted by whole units.",
    ),
    _sorting(
        "numbers-sorted-by-length",
        {"invoiceNumber"},
        lambda it, field: (len(it[field]), it[field]),
        says="Numbers are sorted by their length first.",
    ),
    _sorting(
        "numbers-sorted-backwards",
        {"invoiceNumber"},
        lambda it, field: it[field][::-1],
        says="Numbers are sorted by their last letters.",
    ),
    _sorting(
        "due-dates-sorted-as-text",
        {"dueDate"},
        lambda it, field: str(it[field])[::-1],
        says="Due dates are sorted by their last digits.",
    ),
    _sorting(
        "status-sorted-by-word",
        {"status"},
        lambda it, field: ("Open", "Partially paid", "Completed")[it[field]],
        says="The status is sorted by its word.",
    ),
)


@fault(
    "unsorted-is-oldest-first",
    breaks=(_SORTS, "list-default-order"),
    says="A list that nobody sorted comes oldest first.",
)
@queries
def unsorted_is_oldest_first(request: Request) -> dict[str, str | None]:
    return {} if request.asked("sortBy") or request.asked("orderBy") else {"orderBy": "ASC"}
