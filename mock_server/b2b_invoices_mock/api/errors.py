"""
Errors: one class for each error response of the mock.

Texts are the vendor's where they are known; `openapi.yaml` shows each under `components/examples`.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from .validation import Violations

_NO_CREDENTIALS = "Invalid token header. No credentials provided."
_INVALID_TOKEN = "Invalid access token"  # noqa: S105 - the vendor's text


class ApiError(Exception):
    """
    A request that gets an error response.

    A subclass names in its class statement what differs from its base class.

    Attributes:
        status: HTTP status, and `code` of the envelope.
        category: `meta.message` of the envelope.
        text: The reason, unless another one is given.
        reason: `data.errMsg` of the envelope: a sentence, or path of a field -> messages.
        headers: Extra headers of the response.
    """

    status: ClassVar[int]
    category: ClassVar[str]
    text: ClassVar[str] = ""

    def __init_subclass__(cls, **attributes: int | str) -> None:
        super().__init_subclass__()
        for name, value in attributes.items():
            setattr(cls, name, value)

    def __init__(self, reason: str | Violations = "", *, headers: Mapping[str, str] | None = None) -> None:
        self.reason = reason or self.text
        self.headers = headers or {}
        super().__init__(self.reason)

    @property
    def violations(self) -> Violations:
        """Path of a field -> messages; empty when the reason is a sentence."""
        return self.reason if isinstance(self.reason, dict) else {}


class BadRequest(ApiError, status=400, category="Bad Requests Error"):
    """The request is invalid."""


class MalformedBody(BadRequest):
    """The body is not valid JSON; the response says where."""

    def __init__(self, why: str) -> None:
        super().__init__(f"JSON parse error - {why}")


class InvalidQuery(BadRequest):
    """A query parameter has an invalid value; the response lists each."""


class InvoiceNumberTaken(BadRequest, text="The invoice number already exists."):
    """The store has an invoice with this number; send another number."""


class OrderAlreadyInvoiced(BadRequest, text="The invoice exists for this order"):
    """The store has an invoice for this order."""


class NoSuchExample(BadRequest):
    """The contract has no example that matches the Prefer header; send one it lists."""


class CredentialsError(ApiError, status=401):
    """The credentials are invalid."""


class MissingCredentials(CredentialsError, category=_NO_CREDENTIALS, text=_NO_CREDENTIALS):
    """The X-Auth-Token header is missing or empty."""


class MissingStoreHash(CredentialsError, category=_NO_CREDENTIALS, text=_NO_CREDENTIALS):
    """The X-Store-Hash header is missing or empty."""


class UnknownCredentials(CredentialsError, category=_INVALID_TOKEN, text=_INVALID_TOKEN):
    """No store has this token."""


class UnknownStore(CredentialsError, category=_INVALID_TOKEN, text=_INVALID_TOKEN):
    """The token is that of a store, but the value of X-Store-Hash is not the hash of any store."""


class ForeignToken(CredentialsError, status=403, category="Forbidden", text="Invalid token"):
    """The token belongs to another store."""


class AdminTokenRequired(ApiError, status=401, category="Unauthorized"):
    """The admin token of `/_mock/` is missing or wrong."""


class AccessDenied(ApiError, status=403, category="Forbidden"):
    """The caller may not use `/_mock/`."""


class NotFound(ApiError, status=404, category="Not Found Error"):
    """Nothing has this path, name or id."""


class PathNotFound(NotFound, text="Not Found"):
    """The API has no such path."""


class CompanyNotFound(NotFound, text="Company Does not Exist"):
    """The store has no company with this id."""


class ChannelNotFound(NotFound, text="Store channels not exist"):
    """The store has no channel with this id."""


class InvoiceNotFound(NotFound, text="Invoice does not exist"):
    """The store has no invoice with this id."""


class MethodNotAllowed(ApiError, status=405, category="Method Not Allowed"):
    """The path does not support this method; the Allow header lists those it does."""

    def __init__(self, method: str, allowed: Sequence[str]) -> None:
        super().__init__(f'Method "{method}" not allowed.', headers={"Allow": ", ".join(allowed)})


class NotAcceptable(
    ApiError, status=406, category="Not Acceptable", text="Could not satisfy the request Accept header."
):
    """The Accept header excludes application/json."""


class BodyTooLarge(ApiError, status=413, category="Request Entity Too Large"):
    """The body is larger than the limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than {limit} bytes.")


class UnsupportedMediaType(ApiError, status=415, category="Unsupported Media Type"):
    """The body is not sent as application/json."""

    def __init__(self, media_type: str) -> None:
        super().__init__(f'Unsupported media type "{media_type}" in request.')


class InvalidInput(ApiError, status=422, category="Parameter Error"):
    """The body or the query breaks a rule."""


class InvalidInvoice(InvalidInput):
    """The body breaks rules of its schema; the response lists each field."""


class TooManyRequests(ApiError, status=429, category="Too Many Requests", text="Request was throttled."):
    """The store has used up its rate limit; wait until the window resets."""


class LedgerUnavailable(ApiError, status=503, category="Service Unavailable"):
    """The ledger cannot be used; the response says whether anything was stored, and what to do."""


class LedgerBusy(
    LedgerUnavailable,
    text="The ledger is locked by another program; nothing was changed. Try again, or stop that program.",
):
    """Another process has locked the ledger; retry."""


class LedgerError(Exception):
    """The ledger cannot be opened when the mock starts; the message says why and what to do."""
