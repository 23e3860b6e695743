"""
Generated requests: that they depend on the seed, and not on what other checks did before.
"""

import httpx
import pytest

from b2b_invoices_contract.fuzzing import fuzz, only_drawn_values
from b2b_invoices_contract.oddities import whole
from b2b_invoices_contract.profiles import PROFILES
from b2b_invoices_contract.session import Session
from b2b_invoices_contract.targets import embedded_mock


@pytest.mark.parametrize("seed", [6, 7])
def test_other_checks_change_no_request(seed: int) -> None:
    """
    The same seed sends the same requests, whatever other checks have created by then.
    """
    assert _sent(seed, created=1) == _sent(seed, created=4)


def _sent(seed: int, *, created: int) -> list[tuple[str, str, bytes]]:
    with embedded_mock() as target, only_drawn_values():
        session = Session.start(target, seed, "CT")
        for _ in range(created):
            httpx.post(
                f"{target.base_url}/invoices", json=whole(session.api.drafts), headers=target.store.headers
            ).raise_for_status()
        session.begin("fuzzing", 1)
        before = len(session.traffic)
        effort = PROFILES["quick"].effort
        fuzz(target, session.api.drafts, session.traffic, seed=seed, effort=effort, is_over=lambda: False)
        return [(one.method, one.path, one.request_body) for one in session.traffic.since(before)]
