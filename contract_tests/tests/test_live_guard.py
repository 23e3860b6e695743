"""
Guard: only requests on the list of allowed requests are sent.
"""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

import httpx
import pytest

from b2b_invoices_contract.live.guard import UNKNOWN_ID, Budget, Crossed, Guard
from b2b_invoices_contract.live.journal import Journal, Run

BASE = "https://sandbox.example.com/api/v3/io/ip"
RUN = Run("K3V9QD2M", BASE, "d24f65a6f145", 1_790_000_000.0)
OWN, CLAIMED, FOREIGN = 7, 8, 9
RUNS, REQUESTS = 1_000, 12
MARKED = json.dumps({"invoiceNumber": f"{RUN.mark}a"}).encode()


class Outside(httpx.BaseTransport):
    """A network that keeps all requests."""

    def __init__(self, status: int = 200) -> None:
        self.requests: list[httpx.Request] = []
        self.status = status

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Keep *request*."""
        self.requests.append(request)
        return httpx.Response(self.status)


@pytest.fixture(name="journal")
def _journal() -> Iterator[Journal]:
    """A journal with one invoice that has the mark of the run, and one whose mark was never read."""
    with Journal.open(Path(":memory:")) as journal:
        journal.begin(RUN)
        journal.confirm(RUN, OWN)
        journal.claim(RUN, CLAIMED)
        yield journal


def _guarded(journal: Journal, outside: Outside, budget: Budget | None = None) -> httpx.Client:
    guard = Guard(outside, BASE, RUN, journal, budget or Budget())
    return httpx.Client(base_url=BASE, transport=guard, headers={"X-Auth-Token": "t", "X-Store-Hash": "s"})


def test_only_what_is_listed_leaves(journal: Journal) -> None:
    """
    1,000 runs that try random requests send only requests that are on the list.
    """
    chance = Random(7)  # noqa: S311 - nothing is secret
    sent, tried, client = [], 0, httpx.Client(base_url=BASE)

    for _ in range(RUNS):
        outside = Outside()
        guard = Guard(outside, BASE, RUN, journal)
        with suppress(Crossed):
            for _ in range(REQUESTS):
                tried += 1
                guard.handle_request(_any_request(chance, client))
        sent += outside.requests

    assert tried > 2 * RUNS
    assert [request for request in sent if not _is_listed(request)] == []
    assert {request.method for request in sent} == {"GET", "POST", "DELETE"}


def _any_request(chance: Random, client: httpx.Client) -> httpx.Request:
    if chance.random() < 0.6:  # an allowed one, so that a run does not end at its first request
        allowed = ["GET /invoices?limit=1", "POST /invoices", "GET /invoices/8", "DELETE /invoices/7"]
        method, path = chance.choice(allowed).split()
        return client.build_request(method, path, content=MARKED if method == "POST" else None)
    method = chance.choice(["GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS", "TRACE", "get", "PURGE"])
    host = chance.choice(
        [BASE, BASE, BASE, "http://sandbox.example.com/api/v3/io/ip", "https://evil.example/api/v3/io/ip"]
    )
    path = chance.choice(
        [
            *("/invoices", "/invoices/", "/invoices/7", "/invoices/8", "/invoices/9", "/invoices/1", "/invoices/07"),
            *("/invoices/7/", "/invoices/%37", "/invoices/../invoices/9", "/invoices/7/../9", "//invoices/7"),
            *(f"/invoices/{UNKNOWN_ID}", "/invoices/7/pdf", "/no-such-path", "/orders/1/invoices", "/payments"),
            *("/invoices?limit=1", "/invoices/7?x=/invoices/9", "/invoices/-1", "/invoices/7;v=1", "/invoices/\u0667"),
        ]
    )  # fmt: skip
    body = chance.choice([None, b"", b"{}", MARKED, RUN.mark.encode(), b'{"invoiceNumber": "CTL-AAAAAAAA-1"}'])
    headers = chance.choice(
        [{}, {}, {}, {"X-HTTP-Method-Override": "DELETE"}, {"X-Original-URL": "/invoices/9"}, {"Host": "evil.example"}]
    )
    return client.build_request(method, host + path, content=body, headers=headers)


def _is_listed(request: httpx.Request) -> bool:
    """
    Return whether *request* is on the list, by another implementation than the guard's.
    """
    if any(name in request.headers for name in ("x-http-method-override", "x-original-url")):
        return False
    if request.headers["host"] != "sandbox.example.com":
        return False
    line = f"{request.method} {request.url.raw_path.decode()}" if request.url.host == "sandbox.example.com" else ""
    base = "/api/v3/io/ip"
    reads = rf"GET {base}/(invoices|invoices/(7|8|{UNKNOWN_ID})|no-such-path)"
    allowed = rf"({reads}|DELETE {base}/invoices/7)(\?.*)?"
    if request.url.scheme == "https" and line == "POST /api/v3/io/ip/invoices":
        return request.content == MARKED
    return request.url.scheme == "https" and re.fullmatch(allowed, line) is not None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/invoices/7"),
        ("DELETE", f"/invoices/{FOREIGN}"),
        ("DELETE", f"/invoices/{CLAIMED}"),
        ("GET", "/orders"),
    ],
)
def test_crossing_ends_the_run(journal: Journal, method: str, path: str) -> None:
    """
    A request that is not on the list stops the run for good; the message has its URL without the query.
    """
    outside = Outside()

    with _guarded(journal, outside) as client:
        with pytest.raises(Crossed) as crossed:
            client.request(method, path, params={"q": "private"})
        with pytest.raises(Crossed):
            client.get("/invoices")

    assert str(crossed.value) == (
        f"the run was stopped before it sent {method} {BASE}{path}, which is not on the list of allowed requests"
    )
    assert outside.requests == []


def test_budget_of_requests(journal: Journal) -> None:
    """
    A request beyond the budget is not sent.
    """
    outside = Outside()

    with _guarded(journal, outside, Budget(requests=3)) as client:
        for _ in range(3):
            client.get("/invoices")
        with pytest.raises(Crossed) as crossed:
            client.get("/invoices")

    assert len(outside.requests) == 3
    assert str(crossed.value) == "the run was stopped before it sent more than 3 requests"


@pytest.mark.parametrize(("status", "sent"), [(200, 2), (201, 2), (502, 2), (400, 5), (422, 5)])
def test_budget_of_creations(journal: Journal, status: int, sent: int) -> None:
    """
    Creates count against the budget unless the service certainly rejected them.
    """
    outside = Outside(status)

    with _guarded(journal, outside, Budget(creations=2)) as client, suppress(Crossed):
        for _ in range(5):
            client.post("/invoices", content=MARKED)

    assert len(outside.requests) == sent


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        ('{"invoiceNumber": "CTL-K3V9QD2M-a"}', True),
        ('{"purchaseOrderNumber": "CTL-K3V9QD2M-a"}', True),
        ('{"externalId": "CTL-K3V9QD2M-a"}', True),
        ('{"invoiceNumber": "CTL-K3V9QD2M-torn", "customerId": ', True),
        ('{"invoiceNumber": "INV-CTL-K3V9QD2M-a"}', False),
        ('{"invoiceNumber": "INV-1", "externalId": "CTL-K3V9QD2M-a"}', False),
        ('{"invoiceNumber": null, "purchaseOrderNumber": "CTL-K3V9QD2M-a"}', False),
        ('{"termsConditions": "CTL-K3V9QD2M-a"}', False),
        ('{"invoiceNumber": "CTL-K3V9QD2M-a", "invoiceNumber": "INV-1"}', False),
        ('{"invoiceNumber": "INV-1", "x": "CTL-K3V9QD2M-a", ', False),
        ('["CTL-K3V9QD2M-a"]', False),
        ("CTL-K3V9QD2M-a", False),
    ],
)
def test_mark_of_a_create(journal: Journal, body: str, *, sent: bool) -> None:
    """
    A create is sent only if the invoice would be recognised by the mark at the start of its number.
    """
    outside = Outside()

    with _guarded(journal, outside) as client, suppress(Crossed):
        client.post("/invoices", content=body)

    assert [request.content for request in outside.requests] == ([body.encode()] if sent else [])


@pytest.mark.parametrize("host", ["evil.example", "sandbox.example.com:8443", ""])
def test_host_header(journal: Journal, host: str) -> None:
    """
    A request whose Host header differs from its URL is not sent.
    """
    outside = Outside()

    with _guarded(journal, outside) as client, pytest.raises(Crossed):
        client.get("/invoices", headers={"Host": host})

    assert outside.requests == []
