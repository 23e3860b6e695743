"""
Import time of the client, relative to httpx.
"""

from collections.abc import Iterator

from .figures import Figure, compare
from .interpreters import Interpreter

_TARGET = 0.25


def measure_imports(*, rounds: int) -> Iterator[Figure]:
    """
    Measure `import b2b_invoices` against `import httpx`, each in a fresh interpreter.
    """
    fresh = Interpreter()
    ratio = compare(lambda: fresh.import_seconds("b2b_invoices"), lambda: fresh.import_seconds("httpx"), rounds=rounds)
    yield Figure("import: b2b_invoices / httpx", ratio, _TARGET)
