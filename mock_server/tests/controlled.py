"""
A mock in process, for tests of the control API, the pages and the faults.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import attrs
import httpx

from b2b_invoices_mock import FaultPlan, InvoiceLedger, MockClock, RequestLog, Settings, create_app, open_ledger
from b2b_invoices_spec import Contract
from mock_server.tests.client import NOW, sent_by
from mock_server.tests.server import HEADERS, INVOICE

INVOICES = "/api/v3/io/ip/invoices"


@attrs.frozen
class ControlledMock:
    """
    A mock and its parts.

    Attributes:
        ledger: Its ledger.
        clock: Its clock.
        faults: Its fault plan.
        record: Its request log.
        app: Its ASGI application.
        runner: The event loop of every call.
        slept: The waits that faults made, in seconds; they take no time.
    """

    ledger: InvoiceLedger
    clock: MockClock
    faults: FaultPlan
    record: RequestLog
    app: Any
    runner: asyncio.Runner
    slept: list[float]

    @classmethod
    def of(
        cls,
        contract: Contract,
        settings: Settings,
        runner: asyncio.Runner,
        ledger: InvoiceLedger | None = None,
        record: RequestLog | None = None,
    ) -> "ControlledMock":
        """
        Return a new mock, by default with a ledger in memory. Its clock starts at `NOW` and runs only when it is moved.
        """
        slept: list[float] = []

        async def sleep(seconds: float) -> None:
            slept.append(seconds)

        clock, faults = MockClock(lambda: NOW), FaultPlan(contract, sleep=sleep)
        ledger = ledger or open_ledger()
        record = RequestLog(clock, timer=lambda: 0) if record is None else record
        app = create_app(contract, settings, ledger, clock=clock, faults=faults, record=record)
        return cls(ledger, clock, faults, record, app, runner, slept)

    @property
    def stored(self) -> list[str]:
        """The numbers of the stored invoices, by id."""
        return [entry.invoice["invoiceNumber"] for entry in self.ledger.snapshot().entries]

    def call(self, method: str, path: str, *, peer: str | None = "127.0.0.1", **options: Any) -> httpx.Response:
        """
        Send a request as from the address *peer*; None for an unknown one.
        """
        return self.runner.run(self._call(method, path, peer=peer, **options))

    def control(self, method: str, path: str, **options: Any) -> Any:
        """
        Send a request to the control API, which must succeed, and return its data.
        """
        response = self.call(method, f"/_mock{path}", **options)
        assert response.status_code == 200, response.text
        body = response.json()
        return body.get("data", body)

    def create(self, body: Any, **options: Any) -> httpx.Response:
        """
        Send *body* to createInvoice.
        """
        return self.call("POST", INVOICES, json=body, **{"headers": HEADERS} | options)

    def create_while_locked(self, release: Callable[[], object]) -> tuple[list[int], bool, int]:
        """
        Send a create and other requests while the ledger is locked, then *release* it.

        Return the statuses of the others, whether the create still waited after them, and its status in the end.
        """

        async def story() -> tuple[list[int], bool, int]:
            create = asyncio.create_task(self._call("POST", INVOICES, json=INVOICE, headers=HEADERS))
            paths = (INVOICES, f"{INVOICES}/1", f"{INVOICES}?limit=x", "/_mock/lists")
            others = [await self._call("GET", path, headers=HEADERS) for path in paths]
            others.append(await self._call("POST", INVOICES, json={}, headers=HEADERS))
            waits = not create.done()
            release()
            return [response.status_code for response in others], waits, (await create).status_code

        return self.runner.run(story())

    def status_of(self, path: str) -> int:
        """
        Return the status of a GET of *path* exactly as given, which an HTTP client could not send.
        """
        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "client": ("127.0.0.1", 4711)}
        start, *_ = self.runner.run(sent_by(self.app, scope | {"headers": [(b"host", b"127.0.0.1")]}))
        return int(start["status"])

    async def _call(self, method: str, path: str, *, peer: str | None = "127.0.0.1", **options: Any) -> httpx.Response:
        client: Any = (peer, 4711) if peer else None
        transport = httpx.ASGITransport(self.app, client=client)
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as http,
            asyncio.timeout(options.pop("seconds", 60)),
        ):
            return await http.request(method, path, **options)
