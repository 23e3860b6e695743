"""
The faults, by kind.
"""

from collections.abc import Mapping
from types import ModuleType

from . import (
    credentials,
    leniency,
    listing,
    meaning,
    numbers,
    protocol,
    robustness,
    shape,
    state,
    strictness,
    texts,
)
from .generated import generated_faults

KINDS: Mapping[str, tuple[ModuleType, ...]] = {
    "leniency": (leniency,),
    "strictness": (strictness,),
    "shape": (shape,),
    "meaning": (meaning, texts),
    "state": (numbers, state),
    "listing": (listing,),
    "credentials": (credentials,),
    "robustness": (robustness,),
    "protocol": (protocol,),
}
"""Kind of fault -> the modules with those written by hand; the order is that of results."""

__all__ = ["KINDS", "generated_faults"]
