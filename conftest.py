"""
What holds for every test of the project.
"""

import pytest
from hypothesis import settings

# No test goes by the clock: on a busy machine one example can take as long as a hundred do on another.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")

pytest.register_assert_rewrite("mock_server.tests.client")
