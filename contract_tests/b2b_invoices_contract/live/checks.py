"""
What is checked on the answers of a live store: for each promise that can be seen there, by which probes and how.
"""

from collections.abc import Mapping

from . import deletes, lists, recorded, refusals
from .check import Check

CHECKS: tuple[Check, ...] = (*recorded.CHECKS, *refusals.CHECKS, *lists.CHECKS, *deletes.CHECKS)
"""Every check that a run on a live store can make."""

UNSEEN: Mapping[str, str] = {
    "invoice-numbers-are-per-store": "it takes a second store, and a run works in one",
    "stores-are-isolated": "it takes a second store, and a run works in one",
    "unsupported-method-is-405": "the service may carry out what the contract does not know, such as an update",
    "published-bodies-accepted": "they name orders and channels that a store may have",
}
"""Promises that cannot be checked safely on a live store, with the reason."""
