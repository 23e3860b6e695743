"""
Hooks for `schemathesis run`. Without them every create after the first is rejected for its invoice number.
"""

from itertools import count
from typing import Any

import schemathesis

_numbers = count(1)


@schemathesis.hook
def before_call(_: Any, case: schemathesis.Case[Any], __: Any) -> None:
    """Give each body a new invoice number and a new order number."""
    if isinstance(case.body, dict):
        for field in ("invoiceNumber", "orderNumber"):
            if isinstance(case.body.get(field), str):
                case.body[field] = f"{900_000_000 + next(_numbers)}"
