"""
The public face: what the package offers, and what it leaves alone.
"""

import subprocess
import sys
from types import ModuleType

import pytest

import b2b_invoices_mock
from b2b_invoices_mock.api import errors


@pytest.mark.parametrize("module", [b2b_invoices_mock, errors], ids=lambda module: module.__name__)
def test_all_is_sorted_and_true(module: ModuleType) -> None:
    """
    Every public class of a module is in its sorted `__all__`, and nothing else is.
    """
    public = [
        name
        for name, value in vars(module).items()
        if isinstance(value, type) and not name.startswith("_") and value.__module__.startswith("b2b_invoices_mock")
    ]
    functions = ["create_app", "open_ledger"] if module is b2b_invoices_mock else []

    assert sorted([*public, *functions]) == module.__all__


def test_the_client_is_not_imported() -> None:
    """
    The mock does not lean on the client that it is there to test.
    """
    program = (
        "import sys, b2b_invoices_mock, b2b_invoices_mock.cli; "
        "print([name for name in sys.modules if name.partition('.')[0] in ('b2b_invoices', 'contract_tests')])"
    )

    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ours alone

    assert done.stdout == "[]\n"
