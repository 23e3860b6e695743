"""
The mock's own tests: each test's docstring is a promise, and every answer they get is held to the contract.
"""

import pytest

pytest.register_assert_rewrite("mock_server.tests.client")
