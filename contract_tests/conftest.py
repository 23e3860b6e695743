"""
What the checks are given: the session of `python -m contract_tests`, or under plain pytest one with its own mock.
"""

from collections.abc import Iterator

import pytest

from .fuzzing import Effort
from .plugin import PLUGIN, PROFILES, ContractPlugin, load_profile
from .session import Api, Session
from .targets import embedded_mock

_PROFILE = "quick"


def pytest_configure(config: pytest.Config) -> None:
    """
    Make the mark known, and have few examples when nobody said how many.
    """
    config.addinivalue_line("markers", "promise(id): the promise that the test checks; a test can have several")
    if not config.pluginmanager.has_plugin(PLUGIN):
        load_profile(_PROFILE)


@pytest.fixture(scope="session", name="contract")
def _contract(request: pytest.FixtureRequest) -> ContractPlugin | None:
    plugin: ContractPlugin | None = request.config.pluginmanager.get_plugin(PLUGIN)
    return plugin


@pytest.fixture(scope="session", name="session")
def _session(contract: ContractPlugin | None) -> Iterator[Session]:
    if contract:
        yield contract.session
        return
    with embedded_mock() as target:
        yield Session.start(target, seed=0)


@pytest.fixture(scope="session", name="effort")
def _effort(contract: ContractPlugin | None) -> Effort:
    return contract.effort if contract else PROFILES[_PROFILE][1]


@pytest.fixture(scope="session", name="api")
def _api(session: Session) -> Api:
    return session.api


@pytest.fixture(scope="session", name="other")
def _other(session: Session) -> Api:
    if session.other is None:
        pytest.skip("it takes a second store: --other-store-hash and --other-access-token")
    return session.other
