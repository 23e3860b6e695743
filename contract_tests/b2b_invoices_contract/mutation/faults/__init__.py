"""
The faults, by kind.
"""

from collections.abc import Mapping
from types import ModuleType

from . import (
    caches,
    credentials,
    details,
    fields,
    filters,
    leniency,
    lifecycle,
    money,
    paging,
    protocol,
    refusals,
    robustness,
    shape,
    sorting,
    statuses,
    strictness,
    texts,
    uniqueness,
)
from .beside import BESIDE

KINDS: Mapping[str, tuple[ModuleType, ...]] = {
    "leniency": (leniency,),
    "strictness": (strictness,),
    "shape": (shape,),
    "meaning": (statuses, money, texts, fields, details),
    "state": (uniqueness, refusals, lifecycle, caches),
    "listing": (filters, sorting, paging),
    "credentials": (credentials,),
    "robustness": (robustness,),
    "protocol": (protocol,),
}
"""Kind of fault -> the modules that they are in, in the order that results come in."""

__all__ = ["BESIDE", "KINDS"]
