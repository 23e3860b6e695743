"""
Requests and responses as faults see them, on their way between the checks and a correct server.
"""

import re
from decimal import Decimal
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

import attrs
import httpx
import msgspec

_INVOICE = re.compile(r"/invoices/(-?[0-9]{1,18})")

_decode = msgspec.json.Decoder(float_hook=Decimal).decode  # to the digit, as it is written again
_encode = msgspec.json.Encoder(decimal_format="number").encode

_OPERATIONS = {
    ("POST", False): "createInvoice",
    ("GET", False): "listInvoices",
    ("GET", True): "getInvoice",
    ("DELETE", True): "deleteInvoice",
}


@attrs.frozen
class Request:
    """
    A request, as the checks sent it.

    Attributes:
        method: HTTP method.
        path: Path below the base URL, such as `/invoices/12`.
        query: The query, without its question mark.
        headers: Its headers, credentials included.
        body: Its body.
    """

    method: str
    path: str
    query: str
    headers: httpx.Headers = attrs.field(repr=False)
    body: bytes = b""

    @property
    def operation(self) -> str:
        """The operation it calls, by operationId; empty when it calls none."""
        on_invoice = self.path.startswith("/invoices/")
        if not on_invoice and self.path != "/invoices":
            return ""
        return _OPERATIONS.get((self.method, on_invoice), "")

    @property
    def invoice_id(self) -> int | None:
        """The invoice it is about, when its path has an id."""
        match = _INVOICE.fullmatch(self.path)
        return int(match[1]) if match else None

    @property
    def store(self) -> str:
        """The store that it says it is for."""
        return str(self.headers.get("X-Store-Hash", ""))

    @property
    def token(self) -> str:
        """The access token that it has."""
        return str(self.headers.get("X-Auth-Token", ""))

    @property
    def json(self) -> Any:
        """The body as JSON, or None when it is none."""
        return _decoded(self.body)

    @property
    def draft(self) -> dict[str, Any]:
        """The body of a create, empty when it is no JSON object; a copy, free to be changed."""
        value = self.json if self.operation == "createInvoice" else None
        return value if isinstance(value, dict) else {}

    def asked(self, name: str) -> str | None:
        """
        Return the value of the query parameter *name*, the last one, or None.
        """
        return dict(parse_qsl(self.query, keep_blank_values=True)).get(name)

    def with_json(self, value: Any) -> Self:
        """
        Return this request with *value* for its body.
        """
        return attrs.evolve(self, body=_encode(value))

    def with_headers(self, **changes: str | None) -> Self:
        """
        Return this request with other headers, named with underscores; None takes one away.
        """
        headers = httpx.Headers(self.headers)
        for name, value in changes.items():
            headers.pop(name.replace("_", "-"), None)
            if value is not None:
                headers[name.replace("_", "-")] = value
        return attrs.evolve(self, headers=headers)

    def with_query(self, changes: dict[str, str | None]) -> Self:
        """
        Return this request with other query parameters; None takes one away.
        """
        kept = [pair for pair in parse_qsl(self.query, keep_blank_values=True) if pair[0] not in changes]
        added = [(name, value) for name, value in changes.items() if value is not None]
        return attrs.evolve(self, query=urlencode(kept + added))

    def to(self, method: str, path: str, query: str = "") -> Self:
        """
        Return another request of the same caller, without a body.
        """
        return attrs.evolve(self.with_headers(Content_Type=None), method=method, path=path, query=query, body=b"")


@attrs.define
class Response:
    """
    An response, on its way back; faults change it.

    Attributes:
        status: HTTP status.
        headers: Its headers, without its length, which is seen to.
        body: Its body.
        cut: How many bytes of the body get there before the connection breaks; None for all, and no break.
        delay: Seconds that it takes.
    """

    status: int
    headers: httpx.Headers
    body: bytes
    cut: int | None = None
    delay: float = 0.0

    @classmethod
    def of(cls, status: int, body: Any, media_type: str = "application/json") -> Self:
        """
        Return an response with *body*, JSON unless it is bytes.
        """
        content = body if isinstance(body, bytes) else _encode(body)
        return cls(status, httpx.Headers({"Content-Type": media_type}), content)

    @classmethod
    def error(cls, status: int, reason: Any, category: str = "Error") -> Self:
        """
        Return an error in its envelope.
        """
        return cls.of(status, {"code": status, "data": {"errMsg": reason}, "meta": {"message": category}})

    @property
    def is_success(self) -> bool:
        """Whether it says that it went well."""
        return self.status < httpx.codes.MULTIPLE_CHOICES

    @property
    def json(self) -> Any:
        """The body as JSON, or None when it is none."""
        return _decoded(self.body)

    @json.setter
    def json(self, value: Any) -> None:
        self.body = _encode(value)

    @property
    def reason(self) -> Any:
        """What an error says is wrong: a sentence, or path of a field -> messages; None when it is no error."""
        envelope = self.json
        data = envelope.get("data") if isinstance(envelope, dict) and not self.is_success else None
        return data.get("errMsg") if isinstance(data, dict) else None


def _decoded(body: bytes) -> Any:
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, ArithmeticError, RecursionError):
        return None
