"""
What went over the wire during a run: every request with its answer, whichever tool sent it.
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
    Return *body* as JSON, or None when nobody can read it: it is something else, no UTF-8, or nested too deep.
    """
    try:
        return _decode(body)
    except (ValueError, RecursionError):  # a ValueError is what broken JSON and broken UTF-8 have in common
        return None


def digest_of(digests: Mapping[str, str]) -> str:
    """
    Return one name for *digests*, the names of the requests of each check.
    """
    return hashlib.sha256(repr(sorted(digests.items())).encode()).hexdigest()[:16]


@attrs.frozen
class Exchange:
    """
    One request and the answer to it.

    Attributes:
        method: HTTP method.
        url: The whole URL.
        request_headers: Headers of the request, credentials included; never show them as they are.
        request_body: Body of the request.
        status: HTTP status of the answer; 0 when there was none.
        headers: Headers of the answer, with names in lower case.
        body: Body of the answer.
        seconds: How long the answer took.
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
        """Whether the status says that it went well."""
        return 200 <= self.status < 300  # noqa: PLR2004 - what a success is in HTTP

    @property
    def is_refusal(self) -> bool:
        """Whether the status says that the request was wrong."""
        return 400 <= self.status < 500  # noqa: PLR2004 - what a refusal is in HTTP

    @property
    def path(self) -> str:
        """Path of the URL, without the query."""
        return httpx.URL(self.url).path

    @property
    def media_type(self) -> str:
        """What the answer says its body is, without parameters and in lower case; empty when it does not say."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @cached_property
    def json(self) -> Any:
        """The answer's body as JSON, or None when nobody can read it; many look at it, and nobody changes it."""
        return json_in(self.body)

    def get(self, *way: str | int) -> Any:
        """
        Return what is at *way*, a key or an index for each level, in the answer's JSON; None when nothing is.
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
    A request that was sent, and got no answer that can be read.

    Attributes:
        request: The request, as an exchange without an answer.
        why: What came in place of the answer.
        is_late: Whether nothing came in time.
    """

    request: Exchange
    why: str
    is_late: bool


class Traffic:
    """
    Every exchange of a run, in order.

    Attributes:
        lost: The requests that were not answered, which are no exchanges, in order.
    """

    def __init__(self) -> None:
        self.lost: list[Lost] = []
        self._exchanges: list[Exchange] = []
        self._check = ""
        self._digests: dict[str, hashlib._Hash] = {}
        self._merged: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._exchanges)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._exchanges)

    @property
    def last(self) -> Exchange | None:
        """The latest exchange."""
        return self._exchanges[-1] if self._exchanges else None

    @property
    def digest(self) -> str:
        """
        Names the requests of each check in their order: runs that sent the same have the same.

        The order of the checks does not count, since workers share them out; neither do ids, which the server gives.
        """
        return digest_of(self.digests)

    @property
    def digests(self) -> dict[str, str]:
        """Names the requests of each check, by the check."""
        return self._merged | {check: digest.hexdigest() for check, digest in self._digests.items()}

    def begin(self, check: str) -> None:
        """
        Count what follows as requests of *check*.
        """
        self._check = check

    def add(self, exchange: Exchange) -> None:
        """
        Record *exchange*.
        """
        self._exchanges.append(exchange)
        target = _ID.sub("/{id}", httpx.URL(exchange.url).raw_path.decode("ascii"))
        digest = self._digests.setdefault(self._check, hashlib.sha256())
        digest.update(repr((exchange.method, target, exchange.request_body)).encode())

    def merge(self, exchanges: Iterable[Exchange], digests: Mapping[str, str], lost: Iterable[Lost] = ()) -> None:
        """
        Record *exchanges*, and *lost* requests, that were made elsewhere; *digests* names them, check by check.
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
    Sends by another transport, and records what went over the wire.
    """

    def __init__(
        self, inner: httpx.BaseTransport, traffic: Traffic, see: Callable[[Exchange], None] = lambda _: None
    ) -> None:
        self._inner = inner
        self._traffic = traffic
        self._see = see

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """
        Send *request*, and return its answer, read to the end.
        """
        sent = Exchange(request.method, str(request.url), dict(request.headers), request.read(), 0, {}, b"")
        started = time.monotonic()
        try:
            response = self._inner.handle_request(request)
            body = response.read()
        except (httpx.TransportError, httpx.DecodingError) as error:
            if not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):  # then nothing was sent
                why = f"{type(error).__name__}: {error}"
                self._traffic.lost.append(Lost(sent, why, is_late=isinstance(error, httpx.TimeoutException)))
            raise
        seconds = time.monotonic() - started
        headers = dict(response.headers)
        exchange = attrs.evolve(sent, status=response.status_code, headers=headers, body=body, seconds=seconds)
        self._traffic.add(exchange)
        self._see(exchange)
        return response

    def close(self) -> None:
        """
        Close the other transport.
        """
        self._inner.close()
