"""
Guard: the last transport before the network, which sends only requests that a live run is allowed to send.
"""

import json
import re
from typing import Any

import attrs
import httpx

from b2b_invoices_contract.targets import CannotRun

from .journal import Journal, Run
from .obstacles import is_rejection

UNKNOWN_ID = 2_147_483_647
"""An id that no invoice has: the ids seen in 2026 have eight digits, and this one fits a 32-bit integer."""

UNKNOWN_PATH = "/no-such-path"
"""A path that the API does not have; only GET is allowed."""

_INVOICE = re.compile(r"/invoices/([1-9][0-9]{0,17})", re.ASCII)
_OVERRIDES = re.compile(r"method|override|original-url|rewrite-url", re.IGNORECASE)
"""Names of headers that make some servers use another method or path than those of the request."""

_TRUNCATED = r'\{{"invoiceNumber": "{mark}[A-Za-z0-9-]*", "customerId": '
"""The only body that may be invalid JSON."""


class Crossed(CannotRun):
    """A request was not allowed, or exceeded the budget; it was not sent."""


@attrs.frozen
class Budget:
    """
    Limits of a run.

    Attributes:
        requests: Maximum number of requests.
        creations: Maximum number of creates, not counting those that the service certainly rejected.
    """

    requests: int = 60
    creations: int = 10


@attrs.define
class Guard(httpx.BaseTransport):
    """
    Sends requests on the list, within the budget, by *inner*; after the first other request, sends nothing more.

    The list: GET of `/invoices`, of `UNKNOWN_PATH`, of the invoice `UNKNOWN_ID`, and of invoices whose id the journal
    has for the run; POST to `/invoices` when the invoice's number starts with the mark of the run, or it has no number
    and another field starts with it; DELETE of an invoice once a read or a list has shown the mark on it.

    Attributes:
        sent: Number of requests sent.
        creations: Number of creates sent, without those that were certainly rejected.
        crossing: The first request that was not sent, and why; empty at first.
    """

    inner: httpx.BaseTransport
    base_url: httpx.URL = attrs.field(converter=httpx.URL)
    run: Run
    journal: Journal
    budget: Budget = attrs.field(factory=Budget)
    sent: int = 0
    creations: int = 0
    crossing: str = ""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """
        Send *request*; raise `Crossed` when this request, or an earlier one, is not allowed.
        """
        self.crossing = self.crossing or self._objection(request)
        if self.crossing:
            raise Crossed(f"the run was stopped before it sent {self.crossing}")
        self.sent += 1
        self.creations += request.method == "POST"
        response = self.inner.handle_request(request)
        if request.method == "POST" and is_rejection(response.status_code, response.headers, response.read()):
            self.creations -= 1
        return response

    def has_room(self, *, creates: bool) -> bool:
        """
        Return whether the budget allows one more request, which *creates* an invoice or not.
        """
        return self.sent < self.budget.requests and (not creates or self.creations < self.budget.creations)

    def _objection(self, request: httpx.Request) -> str:
        if not self._is_allowed(request):
            return f"{request.method} {request.url.copy_with(query=None)}, which is not on the list of allowed requests"
        if self.sent >= self.budget.requests:
            return f"more than {self.budget.requests} requests"
        if request.method == "POST" and self.creations >= self.budget.creations:
            return f"more than {self.budget.creations} creates"
        return ""

    def _is_allowed(self, request: httpx.Request) -> bool:
        path = self._path_below_base(request.url)
        if path is None or not self._has_own_host(request) or any(_OVERRIDES.search(name) for name in request.headers):
            return False
        if request.method == "GET" and path in {"/invoices", UNKNOWN_PATH}:
            return True
        if request.method == "POST" and path == "/invoices":
            return self._bears_mark(request.read()) and not request.url.query
        one = _INVOICE.fullmatch(path)
        return one is not None and self._is_own(request.method, int(one[1]))

    def _path_below_base(self, url: httpx.URL) -> str | None:
        base = self.base_url
        path = url.raw_path.decode("ascii").partition("?")[0]
        prefix = base.raw_path.decode("ascii").rstrip("/")
        has_same_origin = (url.scheme, url.host, url.port, url.userinfo) == (base.scheme, base.host, base.port, b"")
        return path.removeprefix(prefix) if has_same_origin and path.startswith(prefix) else None

    def _has_own_host(self, request: httpx.Request) -> bool:
        # A proxy may route by the header Host instead of the URL.
        return [name.lower() for name in request.headers.get_list("host")] == [self.base_url.netloc.decode("ascii")]

    def _bears_mark(self, body: bytes) -> bool:
        try:
            invoice = json.loads(body, object_pairs_hook=_without_duplicates)
        except ValueError:
            return re.fullmatch(_TRUNCATED.format(mark=re.escape(self.run.mark)).encode(), body) is not None
        if not isinstance(invoice, dict):
            return False
        names = ("invoiceNumber",) if "invoiceNumber" in invoice else ("purchaseOrderNumber", "externalId")
        return any(str(invoice.get(name)).startswith(self.run.mark) for name in names)

    def _is_own(self, method: str, invoice_id: int) -> bool:
        if method == "DELETE":
            return invoice_id in self.journal.ids(self.run, "confirmed")
        return method == "GET" and invoice_id in self.journal.ids(self.run, "known") | {UNKNOWN_ID}


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Which of two values with one key a server uses is not defined.
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("duplicate key")
    return found
