"""
The contract of B2B Edition's invoices: operations, promises and the documentation page, read from the YAML files.
"""

from .contract import Contract, Example, Operation, Parameter, Response, load_contract
from .document import OPENAPI, PAGE, PROMISES, ContractError
from .page import Statement, load_page
from .promises import Promise, load_promises

__all__ = [
    "OPENAPI",
    "PAGE",
    "PROMISES",
    "Contract",
    "ContractError",
    "Example",
    "Operation",
    "Parameter",
    "Promise",
    "Response",
    "Statement",
    "load_contract",
    "load_page",
    "load_promises",
]
