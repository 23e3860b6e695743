"""
What went over the wire during a run: every request with its answer, whichever tool sent it.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import httpx
import msgspec

_decode = msgspec.json.Decoder().decode


@attrs.frozen
class Exchange:
    """
    One request and the answer to it.

    Attributes:
        method: HTTP method.
        url: The whole URL.
        request_headers: Headers of the request, credentials included; never show them as they are.
        request_body: Body of the request.
        status: HTTP status of the answer.
        headers: Headers of the answer, with names in lower case.
        body: Body of the answer.
    """

    method: str
    url: str
    request_headers: Mapping[str, str] = attrs.field(repr=False)
    request_body: bytes
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status says that it went well."""
        return 200 <= self.status < 300  # noqa: PLR2004 - what a success is in HTTP

    @property
    def path(self) -> str:
        """Path of the URL, without the query."""
        return httpx.URL(self.url).path

    @property
    def json(self) -> Any:
        """The answer's body as JSON, or None when it is none."""
        try:
            return _decode(self.body)
        except msgspec.DecodeError:
            return None


class Traffic:
    """
    Every exchange of a run, in order.
    """

    def __init__(self) -> None:
        self._exchanges: list[Exchange] = []
        self._digest = hashlib.sha256()

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
        """Names the sequence of requests: two runs that sent the same have the same."""
        return self._digest.hexdigest()[:16]

    def add(self, exchange: Exchange) -> None:
        """
        Record *exchange*.
        """
        self._exchanges.append(exchange)
        url = httpx.URL(exchange.url)
        self._digest.update(repr((exchange.method, url.raw_path, exchange.request_body)).encode())

    def since(self, start: int) -> list[Exchange]:
        """
        Return the exchanges from number *start* on.
        """
        return self._exchanges[start:]


class RecordingTransport(httpx.BaseTransport):
    """
    Sends by another transport, and records what went over the wire.
    """

    def __init__(self, inner: httpx.BaseTransport, traffic: Traffic) -> None:
        self._inner = inner
        self._traffic = traffic

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """
        Send *request*, and return its answer, read to the end.
        """
        request_body = request.read()
        response = self._inner.handle_request(request)
        body = response.read()
        self._traffic.add(
            Exchange(
                method=request.method,
                url=str(request.url),
                request_headers=dict(request.headers),
                request_body=request_body,
                status=response.status_code,
                headers=dict(response.headers),
                body=body,
            )
        )
        return response

    def close(self) -> None:
        """
        Close the other transport.
        """
        self._inner.close()
