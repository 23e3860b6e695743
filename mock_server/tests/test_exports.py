"""
The public names of the package, and what importing it does not import.
"""

import subprocess
import sys

import b2b_invoices_mock


def test_all_is_sorted_and_complete() -> None:
    """
    `__all__` is sorted and lists every public name of the package.
    """
    public = [
        name
        for name, value in vars(b2b_invoices_mock).items()
        if not name.startswith("_") and getattr(value, "__module__", "").startswith("b2b_invoices_mock")
    ]

    assert b2b_invoices_mock.__all__ == sorted(public)


def test_the_client_is_not_imported() -> None:
    """
    The mock does not import the client that it tests.
    """
    program = (
        "import sys, b2b_invoices_mock, b2b_invoices_mock.cli; "
        "print([name for name in sys.modules if name.partition('.')[0] in ('b2b_invoices', 'b2b_invoices_contract')])"
    )

    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ours alone

    assert done.stdout == "[]\n"
