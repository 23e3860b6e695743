"""
Why a request is refused: one class for each reason, each one answer.

    ApiError
    ├── MalformedBody            400   the body is not JSON that can be read
    ├── InvalidQuery             400   a query parameter has a value it cannot have
    ├── InvoiceNumberTaken       400   the number is in use in the store
    ├── OrderAlreadyInvoiced     400   the order has an invoice
    ├── NoSuchExample            400   the contract has no example as it was preferred
    ├── MissingCredentials       401   the token is missing or empty
    ├── MissingStoreHash         401   the token is there, but the store hash is missing or empty
    ├── UnknownCredentials       401   no store has the token
    ├── UnknownStore             401   the token is good, but no store has the hash
    ├── AdminTokenRequired       401   the admin token of `/_mock/` is missing or wrong
    ├── ForeignToken             403   the token belongs to another store
    ├── AccessDenied             403   the caller may not use `/_mock/`
    ├── NotFound                 404   nothing has this path, name or id
    ├── PathNotFound             404   the API has no such path
    ├── CompanyNotFound          404   the store has no such company
    ├── ChannelNotFound          404   the store has no such channel
    ├── InvoiceNotFound          404   the store has no such invoice
    ├── MethodNotAllowed         405   the path does not have the method
    ├── NotAcceptable            406   the caller does not take JSON
    ├── BodyTooLarge             413   the body is larger than the mock reads
    ├── UnsupportedMediaType     415   the body is not sent as JSON
    ├── InvalidInput             422   the body or the query breaks a rule
    ├── InvalidInvoice           422   the body breaks rules of its schema
    ├── TooManyRequests          429   the store's requests are used up for now
    └── LedgerUnavailable        503   the ledger cannot be used at the moment
        └── LedgerBusy           503   another process has the ledger locked

    LedgerError                        the ledger cannot be opened

The words are the vendor's where the record has them; `openapi.yaml` shows each under `components/examples`.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from .validation import Violations

__all__ = [
    "AccessDenied",
    "AdminTokenRequired",
    "ApiError",
    "BodyTooLarge",
    "ChannelNotFound",
    "CompanyNotFound",
    "ForeignToken",
    "InvalidInput",
    "InvalidInvoice",
    "InvalidQuery",
    "InvoiceNotFound",
    "InvoiceNumberTaken",
    "LedgerBusy",
    "LedgerError",
    "LedgerUnavailable",
    "MalformedBody",
    "MethodNotAllowed",
    "MissingCredentials",
    "MissingStoreHash",
    "NoSuchExample",
    "NotAcceptable",
    "NotFound",
    "OrderAlreadyInvoiced",
    "PathNotFound",
    "TooManyRequests",
    "UnknownCredentials",
    "UnknownStore",
    "UnsupportedMediaType",
]


class ApiError(Exception):
    """
    The request is answered with an error envelope.

    Attributes:
        status: HTTP status, and the envelope's code.
        category: `meta.message` of the envelope.
        reason: `data.errMsg` of the envelope: one sentence, or path of a field -> messages.
        headers: Extra headers of the answer.
    """

    status: ClassVar[int]
    category: ClassVar[str]
    words: ClassVar[str] = ""

    def __init__(self, reason: str | Violations = "", *, headers: Mapping[str, str] | None = None) -> None:
        self.reason = reason or self.words
        self.headers = headers or {}
        super().__init__(self.reason)


class MalformedBody(ApiError):
    """The body is not JSON that can be read."""

    status = 400
    category = "Bad Requests Error"

    def __init__(self, why: str) -> None:
        super().__init__(f"JSON parse error - {why}")


class InvalidQuery(ApiError):
    """
    A query parameter has a value it cannot have.

    Attributes:
        violations: Name of a parameter -> what is wrong with it.
    """

    status = 400
    category = "Bad Requests Error"

    def __init__(self, violations: Violations) -> None:
        super().__init__(violations)
        self.violations = violations


class InvoiceNumberTaken(ApiError):
    """The number is in use in the store."""

    status = 400
    category = "Bad Requests Error"
    words = "The invoice number already exists."


class OrderAlreadyInvoiced(ApiError):
    """The order has an invoice."""

    status = 400
    category = "Bad Requests Error"
    words = "The invoice exists for this order"


class NoSuchExample(ApiError):
    """The contract has no example as it was preferred."""

    status = 400
    category = "Bad Requests Error"


class MissingCredentials(ApiError):
    """The token is missing or empty."""

    status = 401
    category = "Invalid token header. No credentials provided."
    words = "Invalid token header. No credentials provided."


class MissingStoreHash(ApiError):
    """The token is there, but the store hash is missing or empty."""

    status = 401
    category = MissingCredentials.category
    words = MissingCredentials.words


class UnknownCredentials(ApiError):
    """No store has the token."""

    status = 401
    category = "Invalid access token"
    words = "Invalid access token"


class UnknownStore(ApiError):
    """The token is good, but no store has the hash."""

    status = 401
    category = UnknownCredentials.category
    words = UnknownCredentials.words


class AdminTokenRequired(ApiError):
    """The admin token of `/_mock/` is missing or wrong."""

    status = 401
    category = "Unauthorized"


class ForeignToken(ApiError):
    """The token belongs to another store."""

    status = 403
    category = "Forbidden"
    words = "Invalid token"


class AccessDenied(ApiError):
    """The caller may not use `/_mock/`."""

    status = 403
    category = "Forbidden"


class NotFound(ApiError):
    """Nothing has this path, name or id."""

    status = 404
    category = "Not Found Error"


class PathNotFound(ApiError):
    """The API has no such path."""

    status = 404
    category = "Not Found Error"
    words = "Not Found"


class CompanyNotFound(ApiError):
    """The store has no such company."""

    status = 404
    category = "Not Found Error"
    words = "Company Does not Exist"


class ChannelNotFound(ApiError):
    """The store has no such channel."""

    status = 404
    category = "Not Found Error"
    words = "Store channels not exist"


class InvoiceNotFound(ApiError):
    """The store has no such invoice."""

    status = 404
    category = "Not Found Error"
    words = "Invoice does not exist"


class MethodNotAllowed(ApiError):
    """The path does not have the method."""

    status = 405
    category = "Method Not Allowed"

    def __init__(self, method: str, allowed: Sequence[str]) -> None:
        super().__init__(f'Method "{method}" not allowed.', headers={"Allow": ", ".join(allowed)})


class NotAcceptable(ApiError):
    """The caller does not take JSON."""

    status = 406
    category = "Not Acceptable"
    words = "Could not satisfy the request Accept header."


class BodyTooLarge(ApiError):
    """The body is larger than the mock reads."""

    status = 413
    category = "Request Entity Too Large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than {limit} bytes.")


class UnsupportedMediaType(ApiError):
    """The body is not sent as JSON."""

    status = 415
    category = "Unsupported Media Type"

    def __init__(self, media_type: str) -> None:
        super().__init__(f'Unsupported media type "{media_type}" in request.')


class InvalidInput(ApiError):
    """The body or the query breaks a rule."""

    status = 422
    category = "Parameter Error"


class InvalidInvoice(ApiError):
    """
    The body breaks rules of its schema.

    Attributes:
        violations: Path of a field -> what is wrong with it.
    """

    status = 422
    category = "Parameter Error"

    def __init__(self, violations: Violations) -> None:
        super().__init__(violations)
        self.violations = violations


class TooManyRequests(ApiError):
    """The store's requests are used up for now."""

    status = 429
    category = "Too Many Requests"
    words = "Request was throttled."


class LedgerUnavailable(ApiError):
    """The ledger cannot be used at the moment."""

    status = 503
    category = "Service Unavailable"


class LedgerBusy(LedgerUnavailable):
    """Another process has the ledger locked."""

    words = "The ledger is locked by another program; nothing was changed. Try again, or stop that program."


class LedgerError(Exception):
    """The ledger cannot be opened; the message says why and what to do."""
