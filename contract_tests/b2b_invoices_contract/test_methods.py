"""
What the API promises of methods and paths that it does not have.
"""

import pytest

from .failures import Comparisons, expect
from .profiles import Pace
from .session import Api

_WRONG = [
    # Methods that the real API has on neither path, so that nothing can come of it.
    ("PATCH", "/invoices", {"GET", "POST"}),
    ("PUT", "/invoices", {"GET", "POST"}),
    ("DELETE", "/invoices", {"GET", "POST"}),
    ("PATCH", "/invoices/999999999", {"GET", "DELETE"}),
    ("POST", "/invoices/999999999", {"GET", "DELETE"}),
]

_UNKNOWN = ["/invoice", "/invoices/1/no-such-part", "/no-such-things"]


@pytest.mark.promise("unsupported-method-is-405")
def test_wrong_method(api: Api, pace: Pace) -> None:
    """
    A method that the path does not have is refused with 405, and `Allow` names those that it has.
    """
    with Comparisons() as compare:
        for method, path, has in pace.some(_WRONG, 2):
            exchange = api.send(method, path, json={})
            compare.make(expect, exchange.status, 405, f"status of {method} {path}:", exchange)
            allowed = {name.strip() for name in exchange.headers.get("allow", "").split(",")}
            missing = sorted(has - allowed)
            compare.make(expect, missing, [], f"methods that Allow does not name for {method} {path}:", exchange)
            invented = sorted(allowed - has - {"HEAD", "OPTIONS", ""})
            compare.make(expect, invented, [], f"methods that Allow makes up for {method} {path}:", exchange)


@pytest.mark.promise("unknown-path-is-404")
def test_unknown_path(api: Api, pace: Pace) -> None:
    """
    A path that the API does not have is answered 404.
    """
    with Comparisons() as compare:
        for path in pace.some(_UNKNOWN, 1):
            exchange = api.send("GET", path)
            compare.make(expect, exchange.status, 404, f"status of {path}:", exchange)
