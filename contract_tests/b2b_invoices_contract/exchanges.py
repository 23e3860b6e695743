"""
HTTP exchanges of a run: every request with its response, whichever tool sent it.
"""

import hashlib
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

import attrs
import httpx
import msgspec

_decode = msgspec.json.Decoder().decode
_ID = re.compile(r"(?<=/invoices)/[0-9]+")


def json_in(body: bytes) -> Any:
    """
    Return *body* decoded from JSON, or None if it is not JSON, not UTF-8, or nested too deep.
    """
    try:
        return _decode(body)
    except (ValueError, RecursionError):  # invalid JSON and invalid UTF-8 are both ValueErrors
        return None


def digest_of(digests: Mapping[str, str]) -> str:
    """
    Return one digest for *digests*, those of the requests of each source of traffic.
    """
    return hashlib.sha256(repr(sorted(digests.items())).encode()).hexdigest()[:16]


@attrs.frozen
class Exchange:
    """
    One request and its response.

    Attributes:
        method: HTTP method.
        url: URL with its query.
        request_headers: Headers of the request, with the credentials; never show them unredacted.
        request_body: Body of the request.
        status: HTTP status of the response; 0 if there was none.
        headers: Headers of the response, with names in lower case.
        body: Body of the response.
        seconds: Latency of the response.
    """

    method: str
    url: str
    request_headers: Mapping[str, str] = attrs.field(repr=False)
    request_body: bytes
    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float = 0.0

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP

    @property
    def is_client_error(self) -> bool:
        """Whether the status is 4xx."""
        return 400 <= self.status < 500  # noqa: PLR2004 - HTTP

    @cached_property
    def path(self) -> str:
        """Path of the URL, without the query."""
        return httpx.URL(self.url).path

    @property
    def media_type(self) -> str:
        """Media type of the response in lower case, without parameters; empty if there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @cached_property
    def json(self) -> Any:
        """The response's body decoded from JSON, or None if it is not JSON. Shared: do not change it."""
        return json_in(self.body)

    def get(self, *way: str | int) -> Any:
        """
        Return what is at *way*, a key or an index for each level, in the response's JSON; None if nothing is there.
        """
        value = self.json
        for step in way:
            try:
                value = value[step]
            except (TypeError, KeyError, IndexError):
                return None
        return value


@attrs.frozen
class Lost:
    """
    A request that was sent and got no complete response.

    Attributes:
        request: The request, as an exchange without a response.
        why: The error of the connection.
        is_late: Whether it was a timeout.
    """

    request: Exchange
    why: str
    is_late: bool


class Exchanges:
    """
    Every exchange of a run, in order.

    Attributes:
        lost: The requests without a response, in order.
        source: Name of the source of traffic that is running.
    """

    def __init__(self) -> None:
        self.lost: list[Lost] = []
        self._exchanges: list[Exchange] = []
        self.source = ""
        self._digests: dict[str, hashlib._Hash] = {}
        self._merged: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._exchanges)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._exchanges)

    @property
    def last(self) -> Exchange:
        """The latest exchange."""
        return self._exchanges[-1]

    @property
    def digest(self) -> str:
        """
        Digest of all requests: equal for runs that sent the same.

        The order of the sources does not matter, since workers share them; nor do ids, which the server assigns.
        """
        return digest_of(self.digests)

    @property
    def digests(self) -> dict[str, str]:
        """Digest of the requests of each source of traffic, by its name."""
        return self._merged | {source: digest.hexdigest() for source, digest in self._digests.items()}

    def begin(self, source: str) -> None:
        """
        Count the following requests as those of *source*.
        """
        self.source = source

    def add(self, exchange: Exchange) -> None:
        """
        Add *exchange*.
        """
        self._exchanges.append(exchange)
        target = _ID.sub("/{id}", httpx.URL(exchange.url).raw_path.decode("ascii"))
        digest = self._digests.setdefault(self.source, hashlib.sha256())
        digest.update(repr((exchange.method, target, exchange.request_body)).encode())

    def merge(self, exchanges: Iterable[Exchange], digests: Mapping[str, str], lost: Iterable[Lost] = ()) -> None:
        """
        Add the *exchanges* and *lost* requests of a worker, with their *digests* by source.
        """
        self._exchanges += exchanges
        self.lost += lost
        self._merged |= digests

    def since(self, start: int) -> list[Exchange]:
        """
        Return the exchanges from number *start* on.
        """
        return self._exchanges[start:]


class RecordingTransport(httpx.BaseTransport):
    """
    An httpx transport that sends with another one and keeps every exchange.
    """

    def __init__(
        self,
        inner: httpx.BaseTransport,
        exchanges: Exchanges,
        see: Callable[[Exchange | Lost], object] = lambda _: None,
    ) -> None:
        self._inner = inner
        self._exchanges = exchanges
        self._see = see

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """
        Send *request* and return its response, read to the end.
        """
        sent = Exchange(request.method, str(request.url), dict(request.headers), request.read(), 0, {}, b"")
        started = time.monotonic()
        try:
            response = self._inner.handle_request(request)
            body = response.read()
        except (httpx.TransportError, httpx.DecodingError) as error:
            if not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):  # then nothing was sent
                why = f"{type(error).__name__}: {error}"
                lost = Lost(sent, why, is_late=isinstance(error, httpx.TimeoutException))
                self._exchanges.lost.append(lost)
                self._see(lost)
            raise
        seconds = time.monotonic() - started
        headers = dict(response.headers)
        exchange = attrs.evolve(sent, status=response.status_code, headers=headers, body=body, seconds=seconds)
        self._exchanges.add(exchange)
        self._see(exchange)
        return response

    def close(self) -> None:
        """
        Close the other transport.
        """
        self._inner.close()
