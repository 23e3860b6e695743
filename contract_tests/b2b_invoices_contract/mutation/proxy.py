"""
Proxy between the checks and a correct server, which plants a fault.
"""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import attrs
import httpx

from b2b_invoices_contract.targets import CannotRun, Target

from .fault import Act
from .messages import Request, Response
from .service import Memory, Service

_ONE_HOP = frozenset({"accept-encoding", "connection", "content-length", "host", "keep-alive", "transfer-encoding"})
"""Headers that are not passed on; without Accept-Encoding bodies are not compressed, so that faults can read them."""


def faultless(request: Request, service: Service) -> Response:
    """Pass on requests and responses unchanged."""
    return service.send(request)


@contextmanager
def broken(target: Target, act: Act = faultless) -> Iterator[Target]:
    """
    Start a proxy that does *act* in front of *target*, and yield it as a target.

    Raises:
        CannotRun: At the end, if *act* raised an exception.
    """
    service = _Broken(target, act)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.broken = service  # type: ignore[attr-defined]  # handlers know only their server
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield attrs.evolve(
                target, base_url=f"http://127.0.0.1:{server.server_port}{urlsplit(target.base_url).path}"
            )
        finally:
            server.shutdown()
    if service.errors:
        raise CannotRun(f"The fault raised {service.errors[0]!r}.")


@attrs.define
class _Broken:
    """A server with a fault."""

    target: Target
    act: Act
    memory: Memory = attrs.field(factory=Memory)
    errors: list[Exception] = attrs.field(factory=list)

    def respond(self, request: Request) -> Response:
        stores = {known.store_hash: known.access_token for known in self.target.stores}
        _, upstream, base_path, *_ = urlsplit(self.target.base_url)
        if not request.path.startswith(base_path):
            return _transmit(request, upstream, "")
        service = Service(stores, self.memory, transmit=lambda passed: _transmit(passed, upstream, base_path))
        below = attrs.evolve(request, path=request.path.removeprefix(base_path))
        try:
            response = self.act(below, service)
        except Exception as error:  # noqa: BLE001 - any bug in a fault is reported at the end
            self.errors.append(error)
            return Response.error(500, "The fault raised an exception.")
        self.memory.note(below, response)
        return response


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a response is several packets, which would wait for acknowledgements

    def __getattr__(self, name: str) -> Any:
        # The base class looks for one method for each HTTP method.
        if name.startswith("do_"):
            return self._relay
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """Log nothing."""

    def _relay(self) -> None:
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = httpx.Headers([(name, value) for name, value in self.headers.items() if name.lower() not in _ONE_HOP])
        # `broken` is set where the server is created.
        response = self.server.broken.respond(Request(self.command, path, query, headers, body))  # type: ignore[attr-defined]
        time.sleep(response.delay)
        self.wfile.write(_on_the_wire(response, with_body=self.command != "HEAD"))
        self.close_connection = self.close_connection or response.cut is not None


def _transmit(request: Request, upstream: str, base_path: str) -> Response:
    # One connection for each request: the server would close an idle one while a fault delays a response.
    with closing(HTTPConnection(upstream)) as connection:
        target = f"{base_path}{request.path}{request.query and '?'}{request.query}"
        connection.putrequest(request.method, target, skip_accept_encoding=True)
        for name, value in request.headers.multi_items():
            connection.putheader(name, value.encode("latin-1"))
        if request.body or request.method in {"POST", "PUT", "PATCH"}:
            connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body)
        response = connection.getresponse()
        headers = [(name, value) for name, value in response.headers.items() if name.lower() not in _ONE_HOP]
        return Response(response.status, httpx.Headers(headers), response.read())


def _on_the_wire(response: Response, *, with_body: bool) -> bytes:
    if response.cut == 0:
        return b""
    lines = [f"HTTP/1.1 {response.status} {responses.get(response.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in response.headers.multi_items()]
    lines += [f"content-length: {len(response.body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + (response.body[: response.cut] if with_body else b"")
