"""
A small server that looks for an invoice number and stores it, with or without a lock around the two.
"""

import json
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

import attrs

from b2b_invoices_contract.targets import Credentials, Target
from b2b_invoices_spec import load_contract

_TAKEN = load_contract().example("NumberTaken")


@attrs.define
class _Invoices:
    lock: AbstractContextManager[Any]
    stored: list[dict[str, Any]] = attrs.field(factory=list)

    def create(self, draft: dict[str, Any]) -> tuple[int, Any]:
        with self.lock:
            if draft["invoiceNumber"] in {invoice["invoiceNumber"] for invoice in self.stored}:
                return 400, _TAKEN
            time.sleep(0.1)  # the others look for the number meanwhile
            self.stored.append(draft | {"id": len(self.stored) + 1})
        return 200, {"code": 200, "data": {"id": len(self.stored)}, "meta": {"message": "Success"}}

    def list(self) -> tuple[int, Any]:
        pagination = {"totalCount": len(self.stored), "limit": 250, "offset": 0}
        return 200, {"code": 200, "data": self.stored, "meta": {"message": "Success", "pagination": pagination}}


def _handler(invoices: _Invoices) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply(*invoices.list())

        def do_POST(self) -> None:
            self._reply(*invoices.create(json.loads(self.rfile.read(int(self.headers["Content-Length"])))))

        def log_message(self, *_: Any) -> None:
            """Log nothing."""

        def _reply(self, status: int, envelope: Any) -> None:
            body = json.dumps(envelope).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


@contextmanager
def unlocked_server(*, locked: bool) -> Iterator[Target]:
    """
    Start the server, and stop it at the end.
    """
    handler = _handler(_Invoices(Lock() if locked else nullcontext()))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield Target(f"http://127.0.0.1:{server.server_address[1]}", Credentials("a-store", "a-token"))
        server.shutdown()
