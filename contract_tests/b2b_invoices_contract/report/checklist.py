"""
The vendor's documentation page as a checklist: each statement with the promises that cover it and their verdict.
"""

from collections.abc import Sequence
from typing import Literal

import attrs

from b2b_invoices_contract.results import Result, Results
from b2b_invoices_spec import Statement

_CHECKS_THE_SCHEMAS = "responses-match-the-contract"

State = Literal["kept", "broken", "not checked", "cannot be checked"]


@attrs.frozen
class Item:
    """
    A statement of the page, and its state in a run.

    Attributes:
        statement: The statement.
        promises: Results of the promises that cover it.
        pointers: JSON pointers into `openapi.yaml`, to the parts that cover it.
        state: The worst verdict of what covers it.
    """

    statement: Statement
    promises: list[Result]
    pointers: list[str]
    state: State


def checklist(results: Results, statements: Sequence[Statement]) -> list[Item]:
    """
    Return an item for each of the *statements*.
    """
    return [_item(statement, results) for statement in statements]


def _item(statement: Statement, results: Results) -> Item:
    pointers = [name for name in statement.covered_by if name.startswith("#")]
    promises = [results.promises[name] for name in statement.covered_by if name in results.promises]
    schemas = results.promises.get(_CHECKS_THE_SCHEMAS) if pointers else None
    verdicts = {result.verdict for result in promises or ([schemas] if schemas else [])}
    state: State = next((state for state in ("broken", "kept") if state in verdicts), "not checked")
    return Item(statement, promises, pointers, state if statement.covered_by else "cannot be checked")
