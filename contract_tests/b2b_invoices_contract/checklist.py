"""
The documentation page as a checklist: each statement of it, with what checks it and what came of that.
"""

from collections.abc import Sequence
from typing import Literal

import attrs

from b2b_invoices_spec import Statement

from .results import Result, Results

_HOLDS_THE_SCHEMAS = "responses-match-the-contract"

State = Literal["kept", "broken", "not checked", "cannot be checked"]


@attrs.frozen
class Item:
    """
    A statement, and what a run found out about it.

    Attributes:
        statement: The statement.
        promises: The promises that cover it, and were part of the run.
        places: The places in `openapi.yaml` that cover it.
        state: Whether it held.
    """

    statement: Statement
    promises: list[Result]
    places: list[str]
    state: State


def checklist(results: Results, statements: Sequence[Statement]) -> list[Item]:
    """
    Return *statements*, each with what *results* say of it.
    """
    return [_item(statement, results) for statement in statements]


def _item(statement: Statement, results: Results) -> Item:
    places = [name for name in statement.covered_by if name.startswith("#")]
    promises = [results.promises[name] for name in statement.covered_by if name in results.promises]
    schemas = results.promises.get(_HOLDS_THE_SCHEMAS) if places else None
    verdicts = {holder.verdict for holder in promises or ([schemas] if schemas else [])}
    state: State = next((state for state in ("broken", "kept") if state in verdicts), "not checked")
    return Item(statement, promises, places, state if statement.covered_by else "cannot be checked")
