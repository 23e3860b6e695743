"""
Many creates on a mock with faults, and the invoices that are stored in the end.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import attrs
import httpx

from b2b_invoices_contract.targets import Target

Body = dict[str, Any]
Create = Callable[[Body], int]
"""Creates the invoice of a body, and returns its id."""

REFUSED_CONNECTION = {"fault": "refused_connection"}
"""A connection that is not accepted, which a mock cannot simulate."""

POINTS: Sequence[Mapping[str, Any] | None] = (
    None,
    REFUSED_CONNECTION,
    {"fault": "rate_limited", "seconds": 0},
    {"fault": "refuse", "error": 500},
    {"fault": "drop_before_commit"},
    {"fault": "drop_after_commit"},
    {"fault": "torn_body"},
    {"fault": "wrong_content_type"},
    {"fault": "wrong_content_type", "status": 504},
)
"""Faults of a create."""

POINTS_OF_READS: Sequence[Mapping[str, Any] | None] = (
    *(None, None, None, None),
    {"fault": "rate_limited", "seconds": 0},
    {"fault": "refuse", "error": 503},
    {"fault": "drop_before_commit"},
    {"fault": "torn_body"},
)
"""Faults of the first list after a create, if there is one; mostly none."""


class RefusingTransport(httpx.HTTPTransport):
    """
    A transport that can fail to connect.

    Attributes:
        failures: Number of the next requests that fail.
    """

    failures = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """
        Send a request, or fail to connect.
        """
        if self.failures:
            self.failures -= 1
            raise httpx.ConnectError("[Errno 111] Connection refused", request=request)
        return super().handle_request(request)


class AsyncRefusingTransport(httpx.AsyncHTTPTransport):
    """
    An asynchronous `RefusingTransport`.

    Attributes:
        failures: Number of the next requests that fail.
    """

    failures = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """
        Send a request, or fail to connect.
        """
        if self.failures:
            self.failures -= 1
            raise httpx.ConnectError("[Errno 111] Connection refused", request=request)
        return await super().handle_async_request(request)


@attrs.frozen
class Verdict:
    """
    The creates that did not result in exactly one invoice and its id.

    Attributes:
        missing: Creates without an invoice.
        doubled: Creates with more than one.
        misreported: Creates that returned another id than that of their invoice.
        raised: Creates that raised, with the error.
    """

    missing: list[str] = attrs.field(factory=list)
    doubled: list[str] = attrs.field(factory=list)
    misreported: list[str] = attrs.field(factory=list)
    raised: dict[str, str] = attrs.field(factory=dict)


@attrs.define
class Simulation:
    """
    Creates invoices on a mock with random faults.

    Attributes:
        target: A mock without invoices.
        transport: Transport of the creates.
        seed: Seed of the random faults.
    """

    target: Target
    transport: RefusingTransport | AsyncRefusingTransport
    seed: int

    def run(self, create: Create, creates: int) -> Verdict:
        """
        Create invoices, each with a fault, and return which creates failed in the end.
        """
        returned: dict[str, int] = {}
        raised: dict[str, str] = {}
        with httpx.Client(headers=self.target.store.headers, timeout=30) as http:
            for body in self._troubled_drafts(http, creates):
                try:
                    returned[body["externalId"]] = create(body)
                except Exception as error:  # noqa: BLE001 - after any error, the caller has no id
                    raised[body["externalId"]] = repr(error)
            self._plan(http, [])
            return _verdict(creates, self._stored(http), returned, raised)

    def _troubled_drafts(self, http: httpx.Client, creates: int) -> Iterator[Body]:
        chance = random.Random(self.seed)  # noqa: S311 - the same faults each time
        for number in range(creates):
            point, read_point = chance.choice(POINTS), chance.choice(POINTS_OF_READS)
            self.transport.failures = int(point is REFUSED_CONNECTION)
            planned = [{**point, "operation": "createInvoice"}] if point and point is not REFUSED_CONNECTION else []
            planned += [{**read_point, "operation": "listInvoices"}] if read_point else []
            self._plan(http, planned)
            yield _draft(number)

    def _plan(self, http: httpx.Client, planned: Sequence[Mapping[str, Any]]) -> None:
        url = httpx.URL(self.target.base_url).join("/_mock/faults")
        http.delete(url).raise_for_status()
        if planned:
            http.post(url, json=planned).raise_for_status()

    def _stored(self, http: httpx.Client) -> Mapping[str, list[int]]:
        stored = defaultdict[str, list[int]](list)
        for offset in range(0, 1_000_000, 250):
            page = http.get(f"{self.target.base_url}/invoices", params={"limit": 250, "offset": offset}).json()["data"]
            for invoice in page:
                stored[invoice["externalId"]].append(invoice["id"])
            if not page:
                break
        return stored


def _verdict(
    creates: int, stored: Mapping[str, list[int]], returned: Mapping[str, int], raised: Mapping[str, str]
) -> Verdict:
    sent = {_draft(number)["externalId"] for number in range(creates)}
    return Verdict(
        missing=sorted(sent - stored.keys()),
        doubled=sorted(name for name, ids in stored.items() if len(ids) > 1),
        misreported=sorted(name for name, invoice_id in returned.items() if invoice_id not in stored.get(name, [])),
        raised=dict(raised),
    )


def _draft(number: int) -> Body:
    balance = {"code": "USD", "value": 100 + number}
    return {
        "invoiceNumber": f"INV-{number:04}",
        "originalBalance": balance,
        "openBalance": balance,
        "customerId": "12345",
        "externalId": f"ERP-{number:04}",
    }
