"""
What the checks are given: the session of `b2b-invoices-contract`, or under plain pytest one with its own mock.
"""

from collections.abc import Iterator

import pytest

from .plugin import PLUGIN, ContractPlugin
from .profiles import PROFILES, Pace, load_profile
from .session import Api, Session
from .targets import embedded_mock

_PROFILE = "quick"
_INDEX = pytest.StashKey[int]()
_CURRENT = pytest.StashKey[pytest.Item]()
_SESSION = pytest.StashKey[Session]()


def pytest_configure(config: pytest.Config) -> None:
    """
    Make the mark known, and have few examples when nobody said how many.
    """
    config.addinivalue_line("markers", "promise(id): the promise that the test checks; a test can have several")
    config.addinivalue_line(
        "markers", "thorough: a test that a quick run leaves out, since others check its promises too"
    )
    if not config.pluginmanager.has_plugin(PLUGIN):
        load_profile(_PROFILE)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Number the checks before any is left out, so that each draws the same numbers in every run.
    """
    for index, item in enumerate(items):
        item.stash[_INDEX] = index


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """
    Have what the check sends, from its first fixture on, count as its own.
    """
    item.config.stash[_CURRENT] = item
    plugin: ContractPlugin | None = item.config.pluginmanager.get_plugin(PLUGIN)
    if session := plugin.session if plugin else item.config.stash.get(_SESSION, None):
        _begin(session, item)


def _begin(session: Session, item: pytest.Item) -> None:
    session.begin(item.nodeid.rpartition("/")[2], item.stash[_INDEX])


@pytest.fixture(scope="session", name="contract")
def _contract(request: pytest.FixtureRequest) -> ContractPlugin | None:
    plugin: ContractPlugin | None = request.config.pluginmanager.get_plugin(PLUGIN)
    return plugin


@pytest.fixture(scope="session", name="session")
def _session(pytestconfig: pytest.Config, contract: ContractPlugin | None) -> Iterator[Session]:
    if contract:
        yield contract.session
        return
    with embedded_mock() as target:
        session = pytestconfig.stash[_SESSION] = Session.start(target, seed=0)
        _begin(session, pytestconfig.stash[_CURRENT])
        yield session


@pytest.fixture(scope="session", name="pace")
def _pace(contract: ContractPlugin | None) -> Pace:
    return contract.pace if contract else Pace(PROFILES[_PROFILE], seed=0)


@pytest.fixture(scope="session", name="api")
def _api(session: Session) -> Api:
    return session.api


@pytest.fixture(scope="session", name="other")
def _other(session: Session) -> Api:
    if session.other is None:
        pytest.skip("it takes a second store: --other-store-hash and --other-access-token")
    return session.other
