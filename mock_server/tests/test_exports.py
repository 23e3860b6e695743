"""
The public names of the packages, and what importing them does not import.
"""

import subprocess
import sys
from types import ModuleType

import pytest

import b2b_invoices_mock
from b2b_invoices_mock import testing


@pytest.mark.parametrize("package", [b2b_invoices_mock, testing], ids=lambda package: package.__name__)
def test_all_is_sorted_and_complete(package: ModuleType) -> None:
    """
    `__all__` is sorted, and lists every public name of the package and nothing else.
    """
    public = [
        name for name, value in vars(package).items() if not name.startswith("_") and not isinstance(value, ModuleType)
    ]

    assert sorted(public) == package.__all__


@pytest.mark.parametrize(
    ("program", "others"),
    [
        pytest.param(
            "import pytest_b2b_mock",
            {"b2b_invoices_mock", "b2b_invoices_spec", "b2b_invoices", "httpx"},
            id="pytest-without-our-fixtures",
        ),
        pytest.param(
            "import b2b_invoices_mock.testing", {"cyclopts", "jinja2", "psycopg", "uvicorn"}, id="fixtures-in-process"
        ),
        pytest.param(
            "from b2b_invoices_mock.cli import open_ledger; open_ledger().close()",
            {"b2b_invoices", "b2b_invoices_contract", "psycopg"},
            id="command-with-a-ledger-in-memory",
        ),
    ],
)
def test_what_is_not_imported(program: str, others: set[str]) -> None:
    """
    Importing a part of the mock does not import what only other parts need, nor the client that the mock tests.
    """
    program = f"import sys; {program}; print({others}.intersection(sys.modules))"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - ours alone

    assert done.stdout == "set()\n"
