"""
Cleaning up: that it comes to an end on any server.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from b2b_invoices_contract.cleanup import clean_up
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
    """A server without memory, pages and filters: every list is the same, every delete goes well."""

    def answer(self) -> None:
        """
        Answer with one invoice.
        """
        self.reply(200, [{"id": 12, "invoiceNumber": "0000001"}, {}])

    def reply(self, status: int, data: list[Any], **headers: str) -> None:
        """
        Answer with *data* in its envelope.
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
        Say nothing.
        """


class _Endless(_Stateless):
    """A server with another invoice of somebody else on each page."""

    def answer(self) -> None:
        """
        Answer with an invoice that was not there before.
        """
        offset = int(self.path.rpartition("offset=")[2])
        self.reply(200, [{"id": offset + 1, "invoiceNumber": "X"}])

    do_GET = answer  # noqa: N815 - as above


class _MadeUp(_Stateless):
    """A server with another invoice on each page, whose number begins as was asked."""

    def answer(self) -> None:
        """
        Answer a list with what nobody created, and anything else with nothing.
        """
        query = parse_qs(urlsplit(self.path).query)
        offset = int(query.get("offset", ["0"])[0])
        self.reply(200, [{"id": offset + 1, "invoiceNumber": f"{query.get('q', [''])[0]}{offset}"}])

    do_GET = do_DELETE = answer  # noqa: N815 - as above


class _Limited(_Stateless):
    """A server that takes every second request only, and says 204 to a delete."""

    limited: ClassVar[list[bool]] = []

    def answer(self) -> None:
        """
        Answer with nothing, or say when to ask again.
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
        session = Session.start(Target(base_url, Credentials("st0re-hash", "t0ken-x")), seed=1)
        yield session
        session.api.http.close()
        server.shutdown()


def test_ends_where_every_page_is_the_same() -> None:
    """
    On a server that gives the same page again and again, one page is enough, and an invoice of others is kept.
    """
    with _session(_Stateless) as session:
        left = clean_up(session)

    assert left == 0
    assert [exchange.method for exchange in session.traffic] == ["GET"]


def test_ends_where_every_page_has_another_invoice() -> None:
    """
    On a server whose pages have no end, the first one without an invoice of the run is the last.
    """
    with _session(_Endless) as session:
        left = clean_up(session)

    assert left == 0
    assert [exchange.method for exchange in session.traffic] == ["GET"]


def test_ends_where_pages_are_full_of_own_invoices() -> None:
    """
    However many invoices with numbers of the run a server makes up, no more pages are read than creates were sent.
    """
    with _session(_MadeUp) as session:
        for _ in range(3):
            session.traffic.add(exchange())
        clean_up(session)

    assert [one.method for one in session.traffic].count("GET") == 4


def test_waits_where_requests_are_limited() -> None:
    """
    Where requests are limited, an invoice is deleted after the wait that the answer tells.
    """
    waits: list[float] = []
    with _session(_Limited) as session:
        headers = session.api.credentials.headers
        session.traffic.add(exchange(answered=b'{"data": {"id": 7}}', request_headers=headers))

        left = clean_up(session, waits.append)

    assert left == 0
    assert waits == [31.0, 31.0]
    assert session.traffic.last is not None
    assert (session.traffic.last.method, session.traffic.last.status) == ("DELETE", 204)


def test_answer_nested_too_deeply() -> None:
    """
    An answer that is nested too deeply to be read tells of no invoice, and holds up nothing.
    """
    with _session(_Stateless) as session:
        headers = session.api.credentials.headers
        session.traffic.add(exchange(answered=b"[" * 100_000, request_headers=headers))

        assert clean_up(session) == 0
