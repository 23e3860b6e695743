"""
A mock in this process.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from b2b_invoices_mock.app import create_app
from b2b_invoices_mock.clock import MockClock
from b2b_invoices_mock.faults.connection import Sleep
from b2b_invoices_mock.faults.plan import FaultPlan
from b2b_invoices_mock.ledger import open_ledger
from b2b_invoices_mock.request_log import TOTAL_LIMIT, RequestLog
from b2b_invoices_spec.contract import Contract

from .credentials import Credentials
from .handle import LocalHandle
from .in_process import InProcessTransport
from .mock import B2BMock
from .options import Options
from .routing import free_host, routed


@contextmanager
def local_mock(
    contract: Contract, options: Options | None = None, *, now: Callable[[], float] = time.time
) -> Iterator[B2BMock]:
    """
    Make a mock with a store of its own, and have httpx served by it; a second one at a time has another host.

    >>> from b2b_invoices_spec import Contract
    >>> with local_mock(Contract.load()) as other_mock:
    ...     other_mock.invoices
    []
    >>> (b2b_mock.base_url, other_mock.base_url)
    ('https://b2b.test/api/v3/io/ip', 'https://b2b-2.test/api/v3/io/ip')

    Args:
        contract: What it keeps; it is only read, so many mocks can share one.
        options: What to tell it.
        now: Tells in Unix seconds when it begins; from then on its clock stands still until it is moved.
    """
    options, credentials = options or Options(), Credentials()
    clock = MockClock()
    clock.freeze()
    clock.set(int(now()))
    with closing(open_ledger(any_thread=True)) as ledger:
        faults, record = FaultPlan(contract, sleep=_sleep_on(clock)), RequestLog(clock, body_limit=TOTAL_LIMIT)
        app = create_app(contract, options.settings(credentials), ledger, clock=clock, faults=faults, record=record)
        transport = InProcessTransport(app, clock.forward)
        base_url = f"https://{free_host()}{contract.base_path}"
        with routed(base_url, transport, options.allow_hosts):
            handle = LocalHandle(clock, faults, ledger, record, contract, transport.lock)
            with closing(B2BMock(base_url, credentials, handle, transport=transport)) as mock:
                yield mock


def _sleep_on(clock: MockClock) -> Sleep:
    async def sleep(seconds: float) -> None:
        clock.forward(seconds)

    return sleep
