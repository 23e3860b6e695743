"""
Errors: one class for each error response of the mock.

    ApiError
    ├── BadRequest               400   the request is invalid
    │   ├── MalformedBody        400   the body is not valid JSON; the response says where
    │   ├── InvalidQuery         400   a query parameter has an invalid value; the response lists each
    │   ├── InvoiceNumberTaken   400   the store has an invoice with this number; send another number
    │   ├── OrderAlreadyInvoiced 400   the store has an invoice for this order
    │   └── NoSuchExample        400   the contract has no example that matches the Prefer header; send one it lists
    ├── CredentialsError         401   the credentials are invalid
    │   ├── MissingCredentials   401   the X-Auth-Token header is missing or empty
    │   ├── MissingStoreHash     401   the X-Store-Hash header is missing or empty
    │   ├── UnknownCredentials   401   no store has this token
    │   ├── UnknownStore         401   the token is valid, but no store has this hash
    │   └── ForeignToken         403   the token belongs to another store
    ├── AdminTokenRequired       401   the admin token of `/_mock/` is missing or wrong
    ├── AccessDenied             403   the caller may not use `/_mock/`
    ├── NotFound                 404   nothing has this path, name or id
    │   ├── PathNotFound         404   the API has no such path
    │   ├── CompanyNotFound      404   the store has no company with this id
    │   ├── ChannelNotFound      404   the store has no channel with this id
    │   └── InvoiceNotFound      404   the store has no invoice with this id
    ├── MethodNotAllowed         405   the path does not support this method; the Allow header lists those it does
    ├── NotAcceptable            406   the Accept header excludes application/json
    ├── BodyTooLarge             413   the body is larger than the limit
    ├── UnsupportedMediaType     415   the body is not sent as application/json
    ├── InvalidInput             422   the body or the query breaks a rule
    │   └── InvalidInvoice       422   the body breaks rules of its schema; the response lists each field
    ├── TooManyRequests          429   the store has used up its rate limit; wait until the window resets
    └── LedgerUnavailable        503   the ledger cannot be used at the moment; nothing was stored
        └── LedgerBusy           503   another process has locked the ledger; retry

    LedgerError                        the ledger cannot be opened when the mock starts

Texts are the vendor's where they are known; `openapi.yaml` shows each under `components/examples`.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from .validation import Violations


class ApiError(Exception):
    """
    A request that gets an error response.

    Attributes:
        status: HTTP status, and `code` of the envelope.
        category: `meta.message` of the envelope.
        reason: `data.errMsg` of the envelope: a sentence, or path of a field -> messages.
        headers: Extra headers of the response.
    """

    status: ClassVar[int]
    category: ClassVar[str]
    text: ClassVar[str] = ""

    def __init__(self, reason: str | Violations = "", *, headers: Mapping[str, str] | None = None) -> None:
        self.reason = reason or self.text
        self.headers = headers or {}
        super().__init__(self.reason)

    @property
    def violations(self) -> Violations:
        """Path of a field -> messages; empty when the reason is a sentence."""
        return self.reason if isinstance(self.reason, dict) else {}


class BadRequest(ApiError):
    """The request is invalid."""

    status = 400
    category = "Bad Requests Error"


class MalformedBody(BadRequest):
    """The body is not valid JSON; the response says where."""

    def __init__(self, why: str) -> None:
        super().__init__(f"JSON parse error - {why}")


class InvalidQuery(BadRequest):
    """A query parameter has an invalid value; the response lists each."""


class InvoiceNumberTaken(BadRequest):
    """The store has an invoice with this number; send another number."""

    text = "The invoice number already exists."


class OrderAlreadyInvoiced(BadRequest):
    """The store has an invoice for this order."""

    text = "The invoice exists for this order"


class NoSuchExample(BadRequest):
    """The contract has no example that matches the Prefer header; send one it lists."""


class CredentialsError(ApiError):
    """The credentials are invalid."""

    status = 401


class MissingCredentials(CredentialsError):
    """The X-Auth-Token header is missing or empty."""

    category = text = "Invalid token header. No credentials provided."


class MissingStoreHash(CredentialsError):
    """The X-Store-Hash header is missing or empty."""

    category = text = MissingCredentials.text


class UnknownCredentials(CredentialsError):
    """No store has this token."""

    category = text = "Invalid access token"


class UnknownStore(CredentialsError):
    """The token is valid, but no store has this hash."""

    category = text = UnknownCredentials.text


class ForeignToken(CredentialsError):
    """The token belongs to another store."""

    status = 403
    category = "Forbidden"
    text = "Invalid token"


class AdminTokenRequired(ApiError):
    """The admin token of `/_mock/` is missing or wrong."""

    status = 401
    category = "Unauthorized"


class AccessDenied(ApiError):
    """The caller may not use `/_mock/`."""

    status = 403
    category = "Forbidden"


class NotFound(ApiError):
    """Nothing has this path, name or id."""

    status = 404
    category = "Not Found Error"


class PathNotFound(NotFound):
    """The API has no such path."""

    text = "Not Found"


class CompanyNotFound(NotFound):
    """The store has no company with this id."""

    text = "Company Does not Exist"


class ChannelNotFound(NotFound):
    """The store has no channel with this id."""

    text = "Store channels not exist"


class InvoiceNotFound(NotFound):
    """The store has no invoice with this id."""

    text = "Invoice does not exist"


class MethodNotAllowed(ApiError):
    """The path does not support this method; the Allow header lists those it does."""

    status = 405
    category = "Method Not Allowed"

    def __init__(self, method: str, allowed: Sequence[str]) -> None:
        super().__init__(f'Method "{method}" not allowed.', headers={"Allow": ", ".join(allowed)})


class NotAcceptable(ApiError):
    """The Accept header excludes application/json."""

    status = 406
    category = "Not Acceptable"
    text = "Could not satisfy the request Accept header."


class BodyTooLarge(ApiError):
    """The body is larger than the limit."""

    status = 413
    category = "Request Entity Too Large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than {limit} bytes.")


class UnsupportedMediaType(ApiError):
    """The body is not sent as application/json."""

    status = 415
    category = "Unsupported Media Type"

    def __init__(self, media_type: str) -> None:
        super().__init__(f'Unsupported media type "{media_type}" in request.')


class InvalidInput(ApiError):
    """The body or the query breaks a rule."""

    status = 422
    category = "Parameter Error"


class InvalidInvoice(InvalidInput):
    """The body breaks rules of its schema; the response lists each field."""


class TooManyRequests(ApiError):
    """The store has used up its rate limit; wait until the window resets."""

    status = 429
    category = "Too Many Requests"
    text = "Request was throttled."


class LedgerUnavailable(ApiError):
    """The ledger cannot be used at the moment; nothing was stored."""

    status = 503
    category = "Service Unavailable"


class LedgerBusy(LedgerUnavailable):
    """Another process has locked the ledger; retry."""

    text = "The ledger is locked by another program; nothing was changed. Try again, or stop that program."


class LedgerError(Exception):
    """The ledger cannot be opened when the mock starts; the message says why and what to do."""
