"""
The contract of B2B Edition's invoices, read from its YAML files.
"""

from .contract import Contract, ContractError
from .promises import Promise, load_promises

__all__ = ["Contract", "ContractError", "Promise", "load_promises"]
