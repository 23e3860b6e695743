"""
The contract tests: every promise of the contract, checked on a mock or on a server of yours.
"""

from b2b_invoices_spec.promises import Promise, load_promises

from .results import Result, Results
from .run import Options, run
from .targets import CannotRun, Credentials, Target, embedded_mock

__all__ = [
    "CannotRun",
    "Credentials",
    "Options",
    "Promise",
    "Result",
    "Results",
    "Target",
    "embedded_mock",
    "load_promises",
    "run",
]
