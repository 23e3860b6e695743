"""
What holds for every test of the project.
"""

import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

# No test goes by the clock: on a busy machine one example can take as long as a hundred do on another.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")

pytest.register_assert_rewrite("mock_server.tests.client")


@pytest.fixture(autouse=True, scope="session")
def _default_sigint() -> Iterator[None]:
    """
    Handle SIGINT as a terminal would have it; a script's background job ignores it, and so would every child.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
