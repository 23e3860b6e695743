"""
The last gate before the network: only what a run on a store that people use may send leaves the process.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import attrs
import httpx

from b2b_invoices_contract.targets import CannotRun

from .journal import Journal, Run
from .obstacles import is_refusal

UNKNOWN_ID = 2_147_483_647
"""An id that no invoice has: those seen in 2026 have eight digits, and it fits wherever a whole number does."""

UNKNOWN_PATH = "/no-such-path"
"""A path that the API does not have, to be read only."""

_TUNNELS = re.compile(r"method|override|original-url|rewrite-url", re.IGNORECASE)
"""Headers that have some servers carry out another method, or another path, than the request's own."""


_TORN = r'\{{"invoiceNumber": "{mark}[A-Za-z0-9-]*", "customerId": '
"""The one body that is no JSON, of the probe that sends it torn."""


class Crossed(CannotRun):
    """A request was not on the list, or over the budget; nothing of it left the process."""


@attrs.frozen
class Budget:
    """
    The most that a run may send.

    Attributes:
        requests: How many requests.
        creations: How many creates that are not known to have been refused.
    """

    requests: int = 60
    creations: int = 10


@attrs.define
class Guard(httpx.BaseTransport):
    """
    Sends by another transport what is on the list and within the budget, and nothing else, for good once it was tried.

    The list: GET and POST of `/invoices`, a POST of an invoice whose number begins with the mark of
    the run, or that has none and bears the mark otherwise; GET of an invoice that the run
    created, of `UNKNOWN_ID` and of `UNKNOWN_PATH`; DELETE of an invoice that the run created, once a read or a list has
    shown the run's mark on it.

    Attributes:
        inner: Sends.
        base_url: Where the API is; nothing goes elsewhere.
        run: The run, with its mark.
        journal: Knows what the run created.
        budget: The most that may be sent.
        sent: How many requests were let through.
        creations: How many creates were let through and not refused.
        crossing: What was tried that may not be sent; empty when nothing was.
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
        Send *request*.

        Raises:
            Crossed: When it may not be sent, or an earlier one might not.
        """
        self.crossing = self.crossing or self._objection(request)
        if self.crossing:
            raise Crossed(f"the run was stopped, since it {self.crossing}; nothing of that was sent")
        self.sent += 1
        self.creations += request.method == "POST"
        response = self.inner.handle_request(request)
        if request.method == "POST" and is_refusal(response.status_code, response.headers, response.read()):
            self.creations -= 1
        return response

    def has_room(self, *, creates: bool) -> bool:
        """
        Return whether the budget has a request left, and a creation when it *creates*.
        """
        return self.sent < self.budget.requests and (not creates or self.creations < self.budget.creations)

    def close(self) -> None:
        """
        Close the other transport.
        """
        self.inner.close()

    def _objection(self, request: httpx.Request) -> str:
        """
        Return what is wrong with *request*, as the end of a sentence; empty when nothing is.
        """
        if not self._is_listed(request):
            return f"tried {request.method} {request.url.copy_with(query=None)}, which is not on the list"
        if self.sent >= self.budget.requests:
            return f"tried more than {self.budget.requests} requests"
        if request.method == "POST" and self.creations >= self.budget.creations:
            return f"tried more than {self.budget.creations} creations"
        return ""

    def _is_listed(self, request: httpx.Request) -> bool:
        path = self._path_below_base(request.url)
        if path is None or not self._is_for_host(request) or any(_TUNNELS.search(name) for name in request.headers):
            return False
        match request.method, path:
            case "GET", "/invoices":
                return True
            case "GET", known if known == UNKNOWN_PATH:
                return True
            case "POST", "/invoices":
                return self._bears_mark(request.read()) and not request.url.query
            case "GET" | "DELETE", one if re.fullmatch("/invoices/[1-9][0-9]{0,17}", one):
                return self._is_own(request.method, int(one.rpartition("/")[2]))
            case _:
                return False

    def _is_for_host(self, request: httpx.Request) -> bool:
        """
        Return whether a proxy that goes by the header Host would lead *request* to the same place.
        """
        return [name.lower() for name in request.headers.get_list("host")] == [self.base_url.netloc.decode("ascii")]

    def _bears_mark(self, body: bytes) -> bool:
        """
        Return whether an invoice created of *body* would be known as one of the run.
        """
        try:
            invoice = json.loads(body, object_pairs_hook=_without_doubles)
        except ValueError:
            return re.fullmatch(_TORN.format(mark=re.escape(self.run.mark)).encode(), body) is not None
        if not isinstance(invoice, dict):
            return False
        names = ("invoiceNumber",) if "invoiceNumber" in invoice else ("purchaseOrderNumber", "externalId")
        return any(str(invoice.get(name)).startswith(self.run.mark) for name in names)

    def _path_below_base(self, url: httpx.URL) -> str | None:
        base = self.base_url
        raw = url.raw_path.decode("ascii").partition("?")[0]
        same = (url.scheme, url.host, url.port, url.userinfo) == (base.scheme, base.host, base.port, b"")
        prefix = base.raw_path.decode("ascii").rstrip("/")
        return raw.removeprefix(prefix) if same and raw.startswith(prefix) else None

    def _is_own(self, method: str, invoice_id: int) -> bool:
        if method == "DELETE":
            return self.journal.is_confirmed(self.run, invoice_id)
        return invoice_id == UNKNOWN_ID or self.journal.is_claimed(self.run, invoice_id)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """
    Return *pairs* as a dict; of a name that is there twice, nobody knows which one a server takes.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is there twice")
    return found


def hidden(headers: Mapping[str, str]) -> dict[str, str]:
    """
    Return *headers* as they may be shown: of credentials, only whether they are there.
    """
    secret = {"x-auth-token", "x-store-hash"}
    return {name: ("[hidden]" if value else "") if name.lower() in secret else value for name, value in headers.items()}
