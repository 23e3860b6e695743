"""
Mock in the test's process.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial

import httpx

from b2b_invoices_mock.app import create_app
from b2b_invoices_mock.clock import MockClock
from b2b_invoices_mock.faults.plan import FaultPlan
from b2b_invoices_mock.ledger import open_ledger
from b2b_invoices_mock.request_log import TOTAL_LIMIT, RequestLog
from b2b_invoices_spec.contract import Contract

from .control_api import ControlApi
from .event_loop import BlockingRunner
from .in_process import InProcessTransport
from .mock import B2BMock
from .options import Credentials, Options
from .routing import free_host, routed


@contextmanager
def local_mock(
    contract: Contract, options: Options | None = None, *, now: Callable[[], float] = time.time
) -> Iterator[B2BMock]:
    """
    Create a mock with a store of its own, and route httpx to it. A second mock at the same time gets another host.

    >>> from b2b_invoices_spec import Contract
    >>> with local_mock(Contract.load()) as other_mock:
    ...     other_mock.invoices
    []
    >>> (b2b_mock.base_url, other_mock.base_url)
    ('https://b2b.test/api/v3/io/ip', 'https://b2b-2.test/api/v3/io/ip')

    Args:
        contract: The contract to serve. It is only read, so mocks can share it.
        options: Options of the mock.
        now: Returns the time to start at, in Unix seconds. The clock is frozen from then on.
    """
    options, credentials = options or Options(), Credentials()
    clock = _frozen_clock(int(now()))
    with closing(open_ledger(any_thread=True)) as ledger, closing(BlockingRunner()) as runner:
        faults = FaultPlan(contract, sleep=partial(_forward, clock))
        log = RequestLog(clock, body_limit=TOTAL_LIMIT)
        app = create_app(contract, options.settings(credentials), ledger, clock=clock, faults=faults, record=log)
        transport = InProcessTransport(app, runner, clock.forward)
        control = ControlApi(partial(_exchange, transport))
        base_url = f"https://{free_host()}{contract.base_path}"
        mock = B2BMock(base_url, credentials, control, contract, transport=transport)
        with routed(base_url, transport, options.allow_hosts), closing(mock):
            yield mock


def _frozen_clock(now: int) -> MockClock:
    clock = MockClock()
    clock.freeze()
    clock.set(now)
    return clock


async def _forward(clock: MockClock, seconds: float) -> None:
    clock.forward(seconds)


def _exchange(transport: InProcessTransport, method: str, target: str, body: bytes | None) -> tuple[int, bytes]:
    headers = {"Content-Type": "application/json"}
    request = httpx.Request(method, f"http://127.0.0.1{target}", content=body, headers=headers)
    response = transport.handle_request(request)
    return response.status_code, response.read()
