"""
Cleaning up: that it comes to an end on any server.
"""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from contract_tests.cleanup import clean_up
from contract_tests.session import Session
from contract_tests.targets import Credentials, Target


class _Stateless(BaseHTTPRequestHandler):
    """A server without memory, pages and filters: every list is the same, every delete goes well."""

    def answer(self) -> None:
        """
        Answer with one invoice.
        """
        body = json.dumps({"code": 200, "data": [{"id": 12, "invoiceNumber": "0000001"}, {}], "meta": {}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_DELETE = answer  # noqa: N815 - what the server looks for

    def log_message(self, *_: Any) -> None:
        """
        Say nothing.
        """


@pytest.fixture(name="base_url")
def _base_url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Stateless) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_ends_where_every_page_is_the_same(base_url: str) -> None:
    """
    On a server that gives the same page again and again, two pages are enough, and an invoice of others is kept.
    """
    session = Session.start(Target(base_url, Credentials("st0re-hash", "t0ken-x")), seed=1)

    left = clean_up(session)
    session.api.http.close()

    assert left == 0
    assert [exchange.method for exchange in session.traffic] == ["GET", "GET"]
