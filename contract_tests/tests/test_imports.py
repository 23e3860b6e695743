"""
Which package may import which.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = {
    "b2b_invoices",
    "b2b_invoices_contract",
    "b2b_invoices_mock",
    "b2b_invoices_spec",
    "benchmarks",
    "contract_tests",
    "mock_server",
    "pytest_b2b_mock",
}

# Folder or file -> the packages of this project that it may import, besides itself.
ALLOWED = {
    "openapi/b2b_invoices_spec": set(),
    "openapi/generator": {"b2b_invoices_spec"},
    "generated_client/b2b_invoices": set(),
    "mock_server/b2b_invoices_mock": {"b2b_invoices_spec"},
    "mock_server/b2b_invoices_mock/testing": {"b2b_invoices_mock", "b2b_invoices_spec", "b2b_invoices"},
    "mock_server/pytest_b2b_mock.py": {"b2b_invoices_mock", "b2b_invoices_spec", "b2b_invoices"},
    "contract_tests/b2b_invoices_contract": {"b2b_invoices_spec", "b2b_invoices"},
}


@pytest.mark.parametrize(("place", "allowed"), ALLOWED.items(), ids=ALLOWED)
def test_imports(place: str, allowed: set[str]) -> None:
    """
    A package imports only the packages of this project that it may import.
    """
    others = OURS - allowed - {Path(place).stem}
    modules = list(_modules(place))

    imported = {
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules
        for line, name in _imports(path)
        if name in others
    }

    assert modules
    assert imported == set()


def _modules(place: str) -> Iterator[Path]:
    for path in [ROOT / place, *(ROOT / place).rglob("*.py")]:
        folders = {folder.relative_to(ROOT).as_posix() for folder in path.parents if folder.is_relative_to(ROOT)}
        is_elsewhere = any(other in folders for other in ALLOWED if other.startswith(f"{place}/"))
        if path.is_file() and not is_elsewhere and "tests" not in path.relative_to(ROOT / place).parts:
            yield path


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """
    Yield the line and the top-level package of each absolute import.
    """
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.lineno, node.module.partition(".")[0]
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.partition(".")[0]) for alias in node.names)
