"""
How a fault changes what a list is asked for: shorter ways to say it.
"""

from collections.abc import Callable

from b2b_invoices_contract.mutation.fault import Fault, fault, queries
from b2b_invoices_contract.mutation.messages import Request

FILTERS = "list-filters"
"""What is broken when nothing else is said."""


def asks(
    name: str,
    change: Callable[[Request], dict[str, str | None]],
    *,
    says: str,
    breaks: str | tuple[str, ...] = FILTERS,
) -> Fault:
    """
    Return the fault that looks a list up with the parameters that *change* says.
    """
    return fault(name, breaks=breaks, says=says)(queries(change))


def changed(name: str, change: Callable[[str], str | None]) -> Callable[[Request], dict[str, str | None]]:
    """
    Return what gives the parameter *name*, when it is asked for, the value that *change* makes of it.
    """

    def apply(request: Request) -> dict[str, str | None]:
        asked = request.asked(name)
        return {} if asked is None else {name: change(asked)}

    return apply


def number(change: Callable[[int], int]) -> Callable[[str], str]:
    """
    Return *change* for text that is a number, and for no other.
    """
    return lambda text: str(change(int(text))) if text.lstrip("-").isdigit() else text
