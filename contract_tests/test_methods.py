"""
What every path promises of methods that it does not have.
"""

import pytest

from .failures import expect
from .session import Api


@pytest.mark.promise("wrong-method-is-refused")
@pytest.mark.parametrize(
    ("method", "path", "has"),
    [
        # Methods that the real API has on neither path, so that nothing can come of it.
        pytest.param("PATCH", "/invoices", {"GET", "POST"}, id="PATCH on the list"),
        pytest.param("PUT", "/invoices", {"GET", "POST"}, id="PUT on the list"),
        pytest.param("PATCH", "/invoices/999999999", {"GET", "DELETE"}, id="PATCH on an invoice"),
    ],
)
def test_wrong_method(api: Api, method: str, path: str, has: set[str]) -> None:
    """
    A method that the path does not have is refused with 405, and `Allow` names those that it has.
    """
    exchange = api.send(method, path, json={})

    expect(exchange.status, 405, f"status of {method}:")
    allowed = {name.strip() for name in exchange.headers.get("allow", "").split(",")}
    expect(sorted(has - allowed), [], "methods that Allow does not name:")
