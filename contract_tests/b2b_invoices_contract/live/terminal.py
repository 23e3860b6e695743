"""
What the commands for live stores say, and leave in files, without a credential in it.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from b2b_invoices_contract.redaction import Redaction
from b2b_invoices_contract.report import FILES, remove_leaks
from b2b_invoices_contract.targets import Target

_OWN = frozenset({"nightly.md", "vendor.md", "fidelity.md"})

Say = Callable[[str], None]
"""Prints a line."""


def saying(target: Target, console: Console) -> Say:
    """
    Return what prints a text without the credentials of *target*.
    """
    hide = Redaction.of(target).hide
    return lambda text: console.print(hide(text), highlight=False, markup=False)


def search_leaks(report_dir: Path, observations: Path | None, redaction: Redaction) -> str:
    """
    Search the report and the folder of the file *observations* for secrets, and return what is wrong, if anything is.
    """
    told = [remove_leaks(report_dir, redaction, FILES | _OWN)]
    if observations is not None:
        told.append(remove_leaks(observations.parent, redaction, frozenset({observations.name})))
    return "; ".join(filter(None, told))


def complain(message: str, redaction: Redaction) -> int:
    """
    Say why a command could not do what it was for, and return the exit status for that.
    """
    message = redaction.hide(message)
    print(f"b2b-invoices-contract: {message}", file=sys.stderr)  # noqa: T201 - this is a command line
    return 2
