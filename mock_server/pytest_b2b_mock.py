"""
The pytest plugin: the fixtures `b2b_mock` and `b2b_mock_server`, each with a store of its own for one test.

Every run of pytest imports it, so it imports the mock only when a test asks for one.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from b2b_invoices_mock.testing import B2BMock, Options
    from b2b_invoices_mock.testing.remote import MockServers
    from b2b_invoices_spec import Contract

_MARKER = (
    'b2b_mock(dialect="documented", payment_terms=30, rate_limit="off", companies=[], allow_unused_faults=False, '
    "allow_hosts=[]): what to tell the mock of the fixtures b2b_mock and b2b_mock_server."
)
_MOCKS = pytest.StashKey["dict[str, B2BMock]"]()
_HAS_PASSED = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """
    Make the marker known.
    """
    config.addinivalue_line("markers", _MARKER)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """
    Tell a test that failed what its mocks have met.
    """
    report = yield
    if report.when == "call":
        item.stash[_HAS_PASSED] = report.passed
    if report.when != "teardown" and report.failed:
        report.sections += [(f"requests to {name}", _told(mock)) for name, mock in item.stash.get(_MOCKS, {}).items()]
    return report


@pytest.fixture(scope="session", name="_b2b_contract")
def _contract() -> Contract:
    """
    The contract, read once; nothing changes it, so the mocks of all tests share it.
    """
    from b2b_invoices_spec import Contract  # noqa: PLC0415 - see above

    return Contract.load()


@pytest.fixture
def b2b_mock(request: pytest.FixtureRequest, _b2b_contract: Contract) -> Iterator[B2BMock]:
    """
    A mock of B2B Edition's invoices in this process: no port, no waiting, nothing left behind.

    Any httpx client, sync or async, that the code under test makes for `b2b_mock.base_url` is served. A fault that was
    set and never met fails the test. `@pytest.mark.b2b_mock(dialect="observed", payment_terms=14)` tells it more.

    Example:
        def test_lost_answer(b2b_mock: B2BMock) -> None:
            b2b_mock.fail_next("drop_after_commit", operation="createInvoice")
            export(orders, Client.from_env(b2b_mock.environ, retries=b2b_mock.retries))
            assert len(b2b_mock.invoices) == len(orders)
    """
    from b2b_invoices_mock.testing import local_mock  # noqa: PLC0415 - see above

    options = _options(request)
    with local_mock(_b2b_contract, options) as mock:
        yield from _watched(request, mock, options)


@pytest.fixture(scope="session", name="_b2b_servers")
def _servers(_b2b_contract: Contract) -> Iterator[MockServers]:
    """
    The mocks in processes of their own; they are started when they are needed, and kept for tests to come.
    """
    from b2b_invoices_mock.testing.remote import MockServers  # noqa: PLC0415 - see above

    with closing(MockServers(_b2b_contract)) as servers:
        yield servers


@pytest.fixture
def b2b_mock_server(request: pytest.FixtureRequest, _b2b_servers: MockServers) -> Iterator[B2BMock]:
    """
    As `b2b_mock`, on a port of 127.0.0.1 and in a process of its own: for code under test that is not Python or httpx.

    Its clock runs, and can be moved. The waits of `b2b_mock_server.client` move it; `delay` and `hang` take their time.

    Example:
        def test_command(b2b_mock_server: B2BMock) -> None:
            subprocess.run(["erp-export", "orders.csv"], env={**os.environ, **b2b_mock_server.environ}, check=True)
            assert len(b2b_mock_server.invoices) == 3
    """
    options = _options(request)
    with _b2b_servers.mock(options) as mock:
        yield from _watched(request, mock, options)


def _options(request: pytest.FixtureRequest) -> Options:
    from b2b_invoices_mock.testing import Options  # noqa: PLC0415 - see above

    marks = [*request.node.iter_markers("b2b_mock")]
    if positional := next((mark.args for mark in marks if mark.args), None):
        pytest.fail(f"b2b_mock takes options by name, such as payment_terms=14; got {positional[0]!r}", pytrace=False)
    try:
        return Options.of(mark.kwargs for mark in marks)
    except ValueError as problem:
        pytest.fail(str(problem), pytrace=False)


def _watched(request: pytest.FixtureRequest, mock: B2BMock, options: Options) -> Iterator[B2BMock]:
    from b2b_invoices_mock.testing.report import unused_faults  # noqa: PLC0415 - see above

    name = request.fixturename or ""
    request.node.stash.setdefault(_MOCKS, {})[name] = mock
    yield mock
    has_passed = request.node.stash.get(_HAS_PASSED, False)
    if has_passed and not options.allow_unused_faults and (left := mock.faults_left):
        pytest.fail(unused_faults(left, name), pytrace=False)


def _told(mock: B2BMock) -> str:
    from b2b_invoices_mock.testing.report import told  # noqa: PLC0415 - see above

    try:
        return told(mock.requests)
    except Exception as problem:  # noqa: BLE001 - it tells of a failure, and must not become one, which ends the run
        return f"they cannot be told: {problem!r}"
