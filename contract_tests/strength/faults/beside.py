"""
What faults break on the way: promises that are rightly named beside those that a fault is about.
"""

from collections.abc import Mapping

BESIDE: Mapping[str, tuple[str, ...]] = {}
"""Name of a fault -> ids of the promises that it breaks too."""
