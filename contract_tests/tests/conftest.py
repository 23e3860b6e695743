"""
The marks of the checks, which some tests import.
"""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """
    Register the marks.
    """
    config.addinivalue_line("markers", "promise(id): the promise that the test checks; a test can have several")
    config.addinivalue_line("markers", "thorough: a test that a quick run leaves out")
