"""
Requests and responses as faults see them, between the checks and a correct server.
"""

import re
from decimal import Decimal
from functools import cache
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

import attrs
import httpx
import msgspec

from b2b_invoices_spec import load_contract

_INVOICE = re.compile(r"/invoices/(-?[0-9]{1,18})")

_decode = msgspec.json.Decoder(float_hook=Decimal).decode  # exact, since numbers are written again
_encode = msgspec.json.Encoder(decimal_format="number").encode


@attrs.frozen
class Request:
    """
    A request that the checks sent.

    Attributes:
        method: HTTP method.
        path: Path below the base URL, such as `/invoices/12`.
        query: Query string without the question mark.
        headers: Headers, with the credentials.
        body: Body.
    """

    method: str
    path: str
    query: str
    headers: httpx.Headers = attrs.field(repr=False)
    body: bytes = b""

    @property
    def operation(self) -> str:
        """The operationId of the operation that it calls; empty if the contract does not have it."""
        return next((name for name, method, path in _routes() if self.method == method and path(self.path)), "")

    @property
    def invoice_id(self) -> int | None:
        """The invoice id in its path, or None."""
        match = _INVOICE.fullmatch(self.path)
        return int(match[1]) if match else None

    @property
    def store(self) -> str:
        """The store hash in its headers."""
        return str(self.headers.get("X-Store-Hash", ""))

    @property
    def token(self) -> str:
        """The access token in its headers."""
        return str(self.headers.get("X-Auth-Token", ""))

    @property
    def json(self) -> Any:
        """The decoded body, or None if it is not JSON."""
        return _decoded(self.body)

    @property
    def draft(self) -> dict[str, Any]:
        """The body of a create, empty if it is not a JSON object; a copy that may be changed."""
        value = self.json if self.operation == "createInvoice" else None
        return value if isinstance(value, dict) else {}

    def asked(self, name: str) -> str | None:
        """Return the last value of the query parameter *name*, or None."""
        return dict(parse_qsl(self.query, keep_blank_values=True)).get(name)

    def with_json(self, value: Any) -> Self:
        """Return this request with *value* as its body."""
        return attrs.evolve(self, body=_encode(value))

    def with_headers(self, **changes: str | None) -> Self:
        """Return this request with other headers, named with underscores; None removes one."""
        headers = httpx.Headers(self.headers)
        for name, value in changes.items():
            headers.pop(name.replace("_", "-"), None)
            if value is not None:
                headers[name.replace("_", "-")] = value
        return attrs.evolve(self, headers=headers)

    def with_query(self, changes: dict[str, str | None]) -> Self:
        """Return this request with other query parameters; None removes one."""
        kept = [pair for pair in parse_qsl(self.query, keep_blank_values=True) if pair[0] not in changes]
        added = [(name, value) for name, value in changes.items() if value is not None]
        return attrs.evolve(self, query=urlencode(kept + added))

    def to(self, method: str, path: str, query: str = "") -> Self:
        """Return another request of the same caller, without a body."""
        return attrs.evolve(self.with_headers(Content_Type=None), method=method, path=path, query=query, body=b"")


@attrs.define
class Response:
    """
    A response to the checks, which faults change.

    Attributes:
        status: HTTP status.
        headers: Headers, without Content-Length, which the proxy adds.
        body: Body.
        cut: Number of bytes of the body that are sent before the connection closes; None for a complete response.
        delay: Seconds before it is sent.
    """

    status: int
    headers: httpx.Headers
    body: bytes
    cut: int | None = None
    delay: float = 0.0

    @classmethod
    def of(cls, status: int, body: Any, media_type: str = "application/json") -> Self:
        """Return a response with *body*, which is sent as JSON unless it is bytes."""
        content = body if isinstance(body, bytes) else _encode(body)
        return cls(status, httpx.Headers({"Content-Type": media_type}), content)

    @classmethod
    def success(cls, data: Any) -> Self:
        """Return *data* in the envelope of a success response."""
        return cls.of(200, {"code": 200, "data": data, "meta": {"message": "Success"}})

    @classmethod
    def error(cls, status: int, reason: Any, category: str = "Error") -> Self:
        """Return *reason* in the envelope of an error response."""
        return cls.of(status, {"code": status, "data": {"errMsg": reason}, "meta": {"message": category}})

    @classmethod
    def server_error(cls, status: int = 500) -> Self:
        """Return a server error."""
        return cls.of(status, {"code": status, "data": {}, "meta": {"message": "Server Error"}})

    @property
    def is_success(self) -> bool:
        """Whether the status is below 300."""
        return self.status < httpx.codes.MULTIPLE_CHOICES

    @property
    def json(self) -> Any:
        """The decoded body, or None if it is not JSON."""
        return _decoded(self.body)

    @json.setter
    def json(self, value: Any) -> None:
        self.body = _encode(value)

    @property
    def data(self) -> Any:
        """The `data` of the envelope, or None."""
        envelope = self.json
        return envelope.get("data") if isinstance(envelope, dict) else None

    @property
    def reason(self) -> Any:
        """The `errMsg` of an error response: a sentence, or field path -> messages; None for other responses."""
        data = None if self.is_success else self.data
        return data.get("errMsg") if isinstance(data, dict) else None

    def update(self, **changes: Any) -> Self:
        """Replace keys of the envelope, and return this response."""
        self.json = self.json | changes
        return self


@cache
def _routes() -> list[tuple[str, str, Any]]:
    return [
        (operation.id, operation.method, re.compile(re.sub(r"\{[^}]+\}", "[^/]+", operation.path)).fullmatch)
        for operation in load_contract().operations
    ]


def _decoded(body: bytes) -> Any:
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, ArithmeticError, RecursionError):
        return None
