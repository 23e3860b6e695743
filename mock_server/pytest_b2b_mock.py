"""
pytest plugin with the fixtures `b2b_mock` and `b2b_mock_server`, each with a store of its own for one test.

Every run of pytest imports this module, so it imports the mock only when a test uses a fixture.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from b2b_invoices_mock.faults.kinds import Fault
    from b2b_invoices_mock.testing import B2BMock, Options, ReceivedRequest
    from b2b_invoices_mock.testing.remote import MockServers
    from b2b_invoices_spec import Contract

_MARKER = (
    'b2b_mock(dialect="documented", payment_terms=30, rate_limit="off", companies=[], allow_unused_faults=False, '
    "allow_hosts=[]): options of the fixtures b2b_mock and b2b_mock_server."
)
_MOST_LINES = 50  # requests in the report of a failed test
_MOCKS = pytest.StashKey["dict[str, B2BMock]"]()
_HAS_PASSED = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """
    Register the marker.
    """
    config.addinivalue_line("markers", _MARKER)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """
    Add the requests to its mocks to the report of a failed test.
    """
    report = yield
    if report.when == "call":
        item.stash[_HAS_PASSED] = report.passed
    if report.when != "teardown" and report.failed:
        mocks = item.stash.get(_MOCKS, {})
        report.sections += [(f"requests to {name}", _request_lines(mock)) for name, mock in mocks.items()]
    return report


@pytest.fixture(scope="session", name="_b2b_contract")
def _contract() -> Contract:
    """
    The contract, loaded once and shared by all mocks, which only read it.
    """
    from b2b_invoices_spec import Contract  # noqa: PLC0415 - only when a fixture is used

    return Contract.load()


@pytest.fixture
def b2b_mock(request: pytest.FixtureRequest, _b2b_contract: Contract) -> Iterator[B2BMock]:
    """
    Mock of B2B Edition's invoices in this process, with an empty store: no port, no waiting.

    Any httpx client, sync or async, that the code under test creates for `b2b_mock.base_url` is routed to the mock. A
    fault that no request triggers fails the test. `@pytest.mark.b2b_mock(dialect="observed", payment_terms=14)` sets
    options.

    Example:
        def test_lost_response(b2b_mock: B2BMock) -> None:
            b2b_mock.fail_next("drop_after_commit", operation="createInvoice")
            export(orders, Client.from_env(b2b_mock.environ, retries=b2b_mock.retries))
            assert len(b2b_mock.invoices) == len(orders)
    """
    from b2b_invoices_mock.testing import local_mock  # noqa: PLC0415 - only when a fixture is used

    options = _options(request)
    with local_mock(_b2b_contract, options) as mock:
        yield from _watched(request, mock, options)


@pytest.fixture(scope="session", name="_b2b_servers")
def _servers(_b2b_contract: Contract) -> Iterator[MockServers]:
    """
    The mock servers in processes of their own, started when a test needs them and reused by later tests.
    """
    from b2b_invoices_mock.testing.remote import MockServers  # noqa: PLC0415 - only when a fixture is used

    with closing(MockServers(_b2b_contract)) as servers:
        yield servers


@pytest.fixture
def b2b_mock_server(request: pytest.FixtureRequest, _b2b_servers: MockServers) -> Iterator[B2BMock]:
    """
    Like `b2b_mock`, but on a port of 127.0.0.1 in a process of its own: for code that does not use Python or httpx.

    It needs `pip install 'b2b-invoices-mock[server]'`. Its clock runs. Retries of `b2b_mock_server.client` move the
    clock; `delay` and `hang` take real time.

    Example:
        def test_command(b2b_mock_server: B2BMock) -> None:
            subprocess.run(["erp-export", "orders.csv"], env={**os.environ, **b2b_mock_server.environ}, check=True)
            assert len(b2b_mock_server.invoices) == 3
    """
    options = _options(request)
    with _b2b_servers.mock(options) as mock:
        yield from _watched(request, mock, options)


def _options(request: pytest.FixtureRequest) -> Options:
    from b2b_invoices_mock.testing import Options  # noqa: PLC0415 - only when a fixture is used

    marks = [*request.node.iter_markers("b2b_mock")]
    if positional := [value for mark in marks for value in mark.args]:
        message = f"b2b_mock got the option {positional[0]!r} without a name: expected, for example, payment_terms=14"
        pytest.fail(message, pytrace=False)
    try:
        return Options.of(mark.kwargs for mark in marks)
    except ValueError as problem:
        pytest.fail(str(problem), pytrace=False)


def _watched(request: pytest.FixtureRequest, mock: B2BMock, options: Options) -> Iterator[B2BMock]:
    name = request.fixturename or ""
    request.node.stash.setdefault(_MOCKS, {})[name] = mock
    yield mock
    has_passed = request.node.stash.get(_HAS_PASSED, False)
    if has_passed and not options.allow_unused_faults and (left := mock.faults_left):
        pytest.fail(_unused_faults(left, name), pytrace=False)


def _request_lines(mock: B2BMock) -> str:
    try:
        return _lines(mock.requests)
    except Exception as problem:  # noqa: BLE001 - an exception here would end the whole run of pytest
        return f"not available: {problem!r}"


def _lines(requests: Sequence[ReceivedRequest]) -> str:
    earlier = [f"({len(requests) - _MOST_LINES} earlier requests)"] if len(requests) > _MOST_LINES else []
    return "\n".join([*earlier, *map(_line, requests[-_MOST_LINES:])]) or "none"


def _line(request: ReceivedRequest) -> str:
    target = f"{request.path}?{request.query}" if request.query else request.path
    outcome = f"{request.status or 'no response'} {request.verdict}"
    reason = f": {request.reason}" if request.reason else ""
    nearest = f"\n   {request.nearest}" if request.nearest else ""
    return f"{request.number}. {request.method} {target} -> {outcome}{reason}{nearest}"


def _unused_faults(faults: Sequence[Fault], fixture: str) -> str:
    return (
        f"{fixture}: no request triggered {', '.join(map(_remaining, faults))}. Send a matching request, remove the "
        "fault, or allow it: @pytest.mark.b2b_mock(allow_unused_faults=True)"
    )


def _remaining(fault: Fault) -> str:
    requests = "the next request" if fault.times == 1 else f"the next {fault.times} requests"
    return f"{fault.name} (set for {requests}{f' of {fault.operation}' if fault.operation else ''})"
