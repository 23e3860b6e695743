"""
What has to be true of a row, as SQLite is asked for it.
"""

import json
from collections.abc import Collection, Sequence
from typing import Any

from .rows import Condition


def where_of(conditions: Sequence[Condition], found_by: Collection[str] = ("store_hash",)) -> tuple[str, list[Any]]:
    """
    Return the SQL that is true of the rows that all *conditions* are true of, and the values for its places.

    SQLite does not know which of several conditions lets the fewest through. It looks for an index of the columns in
    *found_by* alone: those with a plus it finds none for.
    """
    parts, values = ["TRUE"], []
    for condition in conditions:
        columns = ", ".join(condition.columns)
        if columns not in found_by and condition.relation != "holds":
            columns = f"+{columns}"
        match condition.relation:
            case "holds":
                parts.append(f"holds(?, {columns})")
                values.append(condition.operand)
            case "in" if columns == "id":  # thousands, whose places SQLite would take longer to read than to fill
                parts.append("id IN (SELECT value FROM json_each(?))")
                values.append(json.dumps(condition.operand))
            case "in" if len(condition.operand) == 1:  # which SQLite is sooner done with
                parts.append(f"{columns} = ?")
                values.extend(condition.operand)
            case "in":
                parts.append(f"{columns} IN ({', '.join('?' * len(condition.operand))})")
                values.extend(condition.operand)
            case relation:
                parts.append(f"{columns} {relation} ?")
                values.append(condition.operand)
    return " AND ".join(parts), values


def holds(casefolded: str, *texts: str | None) -> bool:
    """
    Return whether one of *texts* has *casefolded* somewhere, in either case.
    """
    # Called for every row that there is, so it is spelled out: this takes half as long as any() does.
    for text in texts:  # noqa: SIM110 - as above
        if text is not None and casefolded in text.casefold():
            return True
    return False
