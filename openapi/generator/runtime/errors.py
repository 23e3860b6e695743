"""
Errors: every exception that this package raises.

B2BInvoicesError
├── SettingError                  a setting is missing or invalid
│   ├── MissingSetting            an environment variable is not set
│   └── InvalidSetting            a value cannot be used, or cannot be sent safely
├── InvalidAmount                 an amount that cannot be sent exactly
├── InvalidRequest                the request breaks the contract; nothing was sent
├── Misfit                        JSON that does not match the model
├── NoAnswer                      no response was received
│   ├── NotSent                   there was no connection, so nothing happened
│   └── OutcomeUnknown            the request was sent and may have been carried out
├── AnswerError                   a response was received, but not a success
│   ├── ApiError                  an error response that the contract documents
│   │   ├── BadRequest            400 the request cannot be carried out
│   │   │   ├── InvoiceNumberTaken    the store has an invoice with this number
│   │   │   └── OrderAlreadyInvoiced  the order has an invoice
│   │   ├── Unauthorized          401 a credential is missing or unknown
│   │   ├── Forbidden             403 the token is valid, but not for this
│   │   ├── NotFound              404 the invoice, or something the request names, does not exist
│   │   ├── MethodNotAllowed      405 the path does not support this method
│   │   ├── NotAcceptable         406 the request does not accept JSON
│   │   ├── RequestTooLarge       413 the body is too large
│   │   ├── UnsupportedMediaType  415 the body was not sent as JSON
│   │   ├── Unprocessable         422 the body is invalid; `fields` lists the problems
│   │   ├── TooManyRequests       429 the rate limit is reached; `retry_after` says for how long
│   │   └── ServerError           5XX the service failed; a create may have been carried out
│   └── UnexpectedAnswer          a response that the contract does not document
└── InvoiceConflict               the number belongs to a different invoice
"""

# ruff: noqa: N818  errors are named for the situation
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import httpx

from ._evidence import Evidence, evidence, title
from ._rate_limit import seconds_to_wait

if TYPE_CHECKING:
    from .models.error_envelope import ErrorEnvelope
    from .models.invoice import Invoice
    from .models.server_error_envelope import ServerErrorEnvelope

__all__ = [
    "AnswerError",
    "ApiError",
    "B2BInvoicesError",
    "BadRequest",
    "Difference",
    "Forbidden",
    "InvalidAmount",
    "InvalidRequest",
    "InvalidSetting",
    "InvoiceConflict",
    "InvoiceNumberTaken",
    "MethodNotAllowed",
    "Misfit",
    "MissingSetting",
    "NoAnswer",
    "NotAcceptable",
    "NotFound",
    "NotSent",
    "OrderAlreadyInvoiced",
    "OutcomeUnknown",
    "RequestTooLarge",
    "ServerError",
    "SettingError",
    "TooManyRequests",
    "Unauthorized",
    "UnexpectedAnswer",
    "Unprocessable",
    "UnsupportedMediaType",
    "Violation",
]


class B2BInvoicesError(Exception):
    """
    The root of all errors of this package.
    """


class SettingError(B2BInvoicesError):
    """
    A setting of a client or a call is missing or invalid.
    """


@attrs.define(eq=False)
class MissingSetting(SettingError):
    """
    An environment variable is not set, or empty.

    Attributes:
        variable: Its name.
    """

    variable: str

    def __str__(self) -> str:
        return f"{self.variable} is not set: set the environment variable, or pass the value to Client(...)."


@attrs.define(eq=False)
class InvalidSetting(SettingError):
    """
    A value cannot be used, or cannot be sent safely.

    Attributes:
        setting: Name of the argument.
        problem: What was expected and received; never a credential.
    """

    setting: str
    problem: str

    def __str__(self) -> str:
        return f"Invalid {self.setting}: {self.problem}"


@attrs.define(eq=False)
class InvalidAmount(B2BInvoicesError, ValueError):
    """
    An amount that cannot be sent exactly; raised when it is set.

    Attributes:
        field: Model and field, such as `Balance.value`.
        problem: What was expected and received.
    """

    field: str
    problem: str

    def __str__(self) -> str:
        return f"Invalid {self.field}: {self.problem}"


@attrs.frozen
class Violation:
    """
    One reason why a request breaks the contract.

    Attributes:
        pointer: JSON pointer into the body, or the name of a parameter; empty for the whole request.
        problem: What was expected and received there.
    """

    pointer: str
    problem: str

    def __str__(self) -> str:
        return f"{self.pointer or 'the request'}: {self.problem}"


@attrs.define(eq=False)
class InvalidRequest(B2BInvoicesError, ValueError):
    """
    The request breaks the contract; nothing was sent.

    Attributes:
        violations: Every reason.
    """

    violations: Sequence[Violation]

    def __str__(self) -> str:
        return f"Nothing was sent. {'; '.join(str(violation) for violation in self.violations)}."


@attrs.define(eq=False)
class Misfit(B2BInvoicesError, ValueError):
    """
    JSON that does not match the model.

    Attributes:
        pointer: JSON pointer to the value; empty for the whole body.
        expected: What the model requires.
        met: What was received; the content of text is not repeated.
    """

    pointer: str
    expected: str
    met: str

    @property
    def problem(self) -> str:
        """
        The expected and the actual value as a phrase, such as `expected an integer, got 1.5`.
        """
        return f"expected {self.expected}, got {self.met}"

    def __str__(self) -> str:
        return f"{self.pointer or 'The body'}: {self.problem}."


@attrs.define(eq=False)
class NoAnswer(B2BInvoicesError):
    """
    No response was received; the cause says why.

    Attributes:
        request: Method and path.
        reason: The cause, in a few words.
    """

    request: str
    reason: str


class NotSent(NoAnswer):
    """
    There was no connection, so nothing happened.
    """

    def __str__(self) -> str:
        return f"{self.request} was not sent: {self.reason}. Nothing happened; it can be sent again."


class OutcomeUnknown(NoAnswer):
    """
    The request was sent, but no complete response was received; the message says how to find out what became of it.
    """

    def __str__(self) -> str:
        return f"{self.request} was sent, but its outcome is unknown: {self.reason}. {_after_unknown(self.request)}"


def _after_unknown(request: str) -> str:
    """
    Return what may have happened to a *request* whose outcome is unknown, and what to do.
    """
    if request.startswith("GET "):
        return "Nothing was changed; it can be sent again."
    if request.startswith("POST "):
        return "It may have been carried out: call create_invoice_once with the same body to find out."
    return "It may have been carried out: check before you send it again."


@attrs.define(eq=False)
class AnswerError(B2BInvoicesError, Evidence):
    """
    A response was received, but not a success.

    Attributes:
        raw: The httpx response, without credentials.
    """

    raw: httpx.Response = attrs.field(repr=False, converter=evidence)

    @property
    def request(self) -> str:
        """
        Method and path, such as `GET /invoices`. The query is left out, as it may contain names of customers.
        """
        return title(self.raw.request)

    @property
    def status(self) -> int:
        """
        The HTTP status.
        """
        return self.raw.status_code


@attrs.define(eq=False)
class ApiError(AnswerError):
    """
    An error response that the contract documents.

    Attributes:
        envelope: The body as a model.
    """

    envelope: ErrorEnvelope | ServerErrorEnvelope

    @property
    def code(self) -> int | None:
        """
        The status in the body.
        """
        return self.envelope.code if isinstance(self.envelope.code, int) else None

    @property
    def message(self) -> str:
        """
        The service's name for the kind of error, such as `Bad Requests Error`; empty if absent.
        """
        return self.envelope.meta.message if self.envelope.meta else ""

    @property
    def err_msg(self) -> str | Mapping[str, Sequence[str]] | None:
        """
        The reason: a sentence, or messages by path of the field; None if absent.
        """
        try:
            found = self.envelope.to_dict().get("data", {}).get("errMsg")
        except RecursionError:  # another key of the body is nested too deeply
            return None
        return found if isinstance(found, str | dict) else None

    @property
    def reason(self) -> str:
        """
        The reason in one line.
        """
        if isinstance(self.err_msg, Mapping):
            return "; ".join(f"{field}: {_line(messages)}" for field, messages in self.err_msg.items())
        return self.err_msg or self.message or "no reason given"

    @property
    def advice(self) -> str:
        """
        What to do, in a sentence; empty if the reason says it.
        """
        return ""

    def __str__(self) -> str:
        text = f"{self.request} returned {self.status}: {self.reason}"
        return f"{text.removesuffix('.')}. {self.advice}" if self.advice else text


def _line(messages: Any) -> str:
    """
    Return the *messages* of one field as a line; in a server error they can be of any type.
    """
    return " ".join(str(message) for message in messages) if isinstance(messages, list) else str(messages)


class BadRequest(ApiError):
    """
    400: the request cannot be carried out as it is.
    """


class InvoiceNumberTaken(BadRequest):
    """
    400: the store has an invoice with this number, perhaps from an earlier attempt whose response was lost.
    """

    advice = "Look the number up, or use create_invoice_once, which does."


class OrderAlreadyInvoiced(BadRequest):
    """
    400: the order has an invoice, and can have only one.
    """


class Unauthorized(ApiError):
    """
    401: a credential is missing or unknown.
    """

    advice = "Correct the store hash or the access token."


class Forbidden(ApiError):
    """
    403: the token is valid, but for another store or without the scope for this.
    """

    advice = "Use an access token of this store, from an API account with the scope B2B Edition: modify."


class NotFound(ApiError):
    """
    404: the invoice does not exist; for a create, the company or channel does not.
    """

    @property
    def advice(self) -> str:
        """
        What to do, in a sentence; empty if the reason says it.
        """
        return "Check that `base_url` ends in `/api/v3/io/ip`." if self.reason == "Not Found" else ""


class MethodNotAllowed(ApiError):
    """
    405: the path does not support this method.
    """


class NotAcceptable(ApiError):
    """
    406: the request does not accept JSON.
    """


class RequestTooLarge(ApiError):
    """
    413: the body is too large.
    """


class UnsupportedMediaType(ApiError):
    """
    415: the body was not sent as JSON.
    """


class Unprocessable(ApiError):
    """
    422: the service found the body invalid; nothing was created.
    """

    @property
    def fields(self) -> Mapping[str, Sequence[str]]:
        """
        Messages by path of the invalid field; empty if the service named none.
        """
        return self.err_msg if isinstance(self.err_msg, Mapping) else {}


class TooManyRequests(ApiError):
    """
    429: the store's rate limit, shared by all its integrations, is reached; nothing was done.
    """

    advice = "Nothing was done; `retry_after` says when to send it again."

    @property
    def retry_after(self) -> float | None:
        """
        Seconds to wait, from the headers; None if they do not say.
        """
        return seconds_to_wait(self.raw)


class ServerError(ApiError):
    """
    5XX: the service failed. A create may have been carried out, as with `OutcomeUnknown`.
    """

    @property
    def advice(self) -> str:
        """
        What to do, in a sentence.
        """
        return _after_unknown(self.request)


@attrs.define(eq=False)
class UnexpectedAnswer(AnswerError):
    """
    A response that the contract does not document, from the service or a proxy; a create may have been carried out.

    Attributes:
        pointer: JSON pointer into the body; empty for the whole response.
        problem: What is unexpected, in a sentence.
    """

    pointer: str
    problem: str

    def __str__(self) -> str:
        kind = self.headers.get("content-type", "no content type")
        return (
            f"{self.request} returned {self.status} ({kind}, {len(self.content)} bytes), which is undocumented. "
            f"{self.problem} See `content` for the body. {_after_unknown(self.request)}"
        )


@attrs.frozen
class Difference:
    """
    One difference between two invoices of the same number.

    Attributes:
        field: Its name on the model.
        drafted: Its value in the invoice to create.
        recorded: Its value in the store's invoice.
    """

    field: str
    drafted: str
    recorded: str

    def __str__(self) -> str:
        return f"{self.field} is {self.recorded} in the store and {self.drafted} in the draft"


@attrs.define(eq=False)
class InvoiceConflict(B2BInvoicesError):
    """
    The number belongs to a different invoice; nothing was created.

    Attributes:
        number: The number.
        recorded: The store's invoice with that number.
        differences: How it differs from the draft.
    """

    number: str
    recorded: Invoice = attrs.field(repr=False)
    differences: Sequence[Difference]

    def __str__(self) -> str:
        return (
            f"The number {self.number!r} belongs to invoice {self.recorded.id}, which is different: "
            f"{'; '.join(str(difference) for difference in self.differences)}. "
            "Nothing was created. Correct the draft, or use another number."
        )
