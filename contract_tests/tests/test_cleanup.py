"""
Cleanup: it ends on any server.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from b2b_invoices_contract.cleanup import clean_up
from b2b_invoices_contract.run import Options, start
from b2b_invoices_contract.session import Session
from b2b_invoices_contract.targets import Credentials, Target
from contract_tests.tests.example import exchange

_TOLD = {
    "X_Requests_Allocated": "20 times/60 s",
    "X_Requests_Window_Length": "20 times",
    "X_Requests_Remaining": "0 times",
    "X_Request_Window_Resets_After": "31 s",
}


class _Stateless(BaseHTTPRequestHandler):
    """A server without memory, pages and filters: every list is the same, and every delete succeeds."""

    def answer(self) -> None:
        """
        Return one invoice.
        """
        self.reply(200, [{"id": 12, "invoiceNumber": "0000001"}, {}])

    def reply(self, status: int, data: list[Any], **headers: str) -> None:
        """
        Return *data* in its envelope.
        """
        body = b"" if status == 204 else json.dumps({"code": status, "data": data, "meta": {}}).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if body:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_DELETE = answer  # noqa: N815 - what the server looks for

    def log_message(self, *_: Any) -> None:
        """
        Log nothing.
        """


class _Endless(_Stateless):
    """A server with another invoice of somebody else on each page."""

    def answer(self) -> None:
        """
        Return an invoice that was not there before.
        """
        offset = int(self.path.rpartition("offset=")[2])
        self.reply(200, [{"id": offset + 1, "invoiceNumber": "X"}])

    do_GET = answer  # noqa: N815 - as above


class _MadeUp(_Stateless):
    """A server with another invoice on each page, whose number begins with what is searched for."""

    def answer(self) -> None:
        """
        Return an invoice that nobody created.
        """
        query = parse_qs(urlsplit(self.path).query)
        offset = int(query.get("offset", ["0"])[0])
        self.reply(200, [{"id": offset + 1, "invoiceNumber": f"{query.get('q', [''])[0]}{offset}"}])

    do_GET = do_DELETE = answer  # noqa: N815 - as above


class _Limited(_Stateless):
    """A server that accepts every second request only, and returns 204 for a delete."""

    limited: ClassVar[list[bool]] = []

    def answer(self) -> None:
        """
        Return nothing, or when to send it again.
        """
        self.limited.append(not (self.limited and self.limited[-1]))
        if self.limited[-1]:
            self.reply(429, [], **_TOLD)
        else:
            self.reply(204 if self.command == "DELETE" else 200, [])

    do_GET = do_DELETE = answer  # noqa: N815 - as above


@contextmanager
def _session(handler: type[_Stateless]) -> Iterator[Session]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        base_url = f"http://127.0.0.1:{server.server_address[1]}"
        session = start(Target(base_url, Credentials("st0re-hash", "t0ken-x")), Options("quick", seed=1))
        yield session
        session.close()
        server.shutdown()


def test_ends_where_every_page_is_the_same() -> None:
    """
    If a server returns the same page again and again, cleanup reads one page, and keeps invoices of others.
    """
    with _session(_Stateless) as session:
        left = clean_up(session)

    assert left == 0
    assert [exchange.method for exchange in session.exchanges] == ["GET"]


def test_ends_where_every_page_has_another_invoice() -> None:
    """
    If a server has pages without end, cleanup stops at the first without an invoice of the run.
    """
    with _session(_Endless) as session:
        left = clean_up(session)

    assert left == 0
    assert [exchange.method for exchange in session.exchanges] == ["GET"]


def test_ends_where_pages_are_full_of_own_invoices() -> None:
    """
    If a server makes up invoices with numbers of the run, cleanup reads no more pages than creates were sent.
    """
    with _session(_MadeUp) as session:
        for _ in range(3):
            session.exchanges.add(exchange())
        clean_up(session)

    assert [one.method for one in session.exchanges].count("GET") == 4


def test_waits_where_requests_are_limited() -> None:
    """
    If requests are limited, an invoice is deleted after the delay that the response has.
    """
    waits: list[float] = []
    with _session(_Limited) as session:
        headers = session.store.credentials.headers
        session.exchanges.add(exchange(answered=b'{"data": {"id": 7}}', request_headers=headers))

        left = clean_up(session, waits.append)

    assert left == 0
    assert waits == [31.0, 31.0]
    assert (session.exchanges.last.method, session.exchanges.last.status) == ("DELETE", 204)


def test_response_nested_too_deep() -> None:
    """
    A response that is nested too deep to be decoded is skipped.
    """
    with _session(_Stateless) as session:
        headers = session.store.credentials.headers
        session.exchanges.add(exchange(answered=b"[" * 100_000, request_headers=headers))

        assert clean_up(session) == 0
