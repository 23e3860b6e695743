"""
The vendor's documentation page, statement by statement.
"""

from collections.abc import Sequence
from functools import cache

import attrs

from .document import PAGE, load_yaml


@attrs.frozen
class Statement:
    """
    One statement of the documentation page.

    Attributes:
        operation: The operationId of the operation it is about; `every` if it is about all of them.
        statement: The statement, in our own words.
        where: The section of the page or document.
        covered_by: What checks it: promise ids and JSON pointers into `openapi.yaml`; empty if nothing can.
        field: The field it is about; empty if it is not about a field.
        because: Why nothing can check it; empty if something does.
    """

    operation: str
    statement: str
    where: str
    covered_by: Sequence[str] = ()
    field: str = ""
    because: str = ""


@cache
def load_page() -> Sequence[Statement]:
    """
    Return the statements in document order.
    """
    return tuple(Statement(**item) for item in load_yaml(PAGE))
