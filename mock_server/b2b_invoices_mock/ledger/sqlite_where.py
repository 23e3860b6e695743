"""
What has to be true of a row, as SQLite is asked for it.
"""

import json
from collections.abc import Collection, Sequence
from typing import Any

from .rows import Condition

BLOCKED = "customer_id"
"""The column whose values come up again and again, in any order, so that its index is one of blocks."""

_DENSE = 10_000  # blocks, all of which are looked into whether there is one or not
_BLOCK = 12  # bits of an id, which are a place in one of the blocks


def block() -> str:
    """
    Return the SQL for the block of thousands of invoices, created one after the other, that a row is in.

    An index that begins with it grows at its end, so that the creates of a commit write to few of its pages, however
    large the ledger is. A question to it looks into every block.
    """
    return f"id >> {_BLOCK}"


def where_of(conditions: Sequence[Condition], found_by: Collection[str] = ("store_hash",)) -> tuple[str, list[Any]]:
    """
    Return the SQL that is true of the rows that all *conditions* are true of, and the values for its places.

    SQLite does not know which of several conditions lets the fewest through. It looks for an index of the columns in
    *found_by* alone: those with a plus it finds none for.
    """
    parts, values = ["TRUE"], []
    if BLOCKED in found_by:
        parts.append(f"{block()} IN ({_blocks()})")
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


def _blocks() -> str:
    # All from the first on, unless ids are so far apart that it is sooner found which blocks there are.
    first, last = (f"(SELECT {most}(id) >> {_BLOCK} FROM invoice)" for most in ("min", "max"))  # noqa: S608 - a number of ours
    following = f"(SELECT min(id) >> {_BLOCK} FROM invoice WHERE id >= (number + 1) << {_BLOCK})"  # noqa: S608 - as above
    step = f"iif({last} - {first} < {_DENSE}, number + 1, {following})"
    numbers = f"SELECT {first} UNION ALL SELECT {step} FROM numbers WHERE number < {last}"  # noqa: S608 - as above
    return f"WITH RECURSIVE numbers(number) AS ({numbers}) SELECT number FROM numbers"  # noqa: S608 - as above


def holds(casefolded: str, *texts: str | None) -> bool:
    """
    Return whether one of *texts* has *casefolded* somewhere, in either case.
    """
    # Called for every row that there is, so it is spelled out: this takes half as long as any() does.
    for text in texts:  # noqa: SIM110 - as above
        if text is not None and casefolded in text.casefold():
            return True
    return False
