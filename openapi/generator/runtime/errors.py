"""
Everything that this package raises on purpose; nothing else leaves it.

B2BInvoicesError
├── SettingError                  a client or a call cannot be made of what it was given
│   ├── MissingSetting            an environment variable is absent or empty
│   └── InvalidSetting            a value cannot be used, or cannot be sent safely
├── InvalidAmount                 money that cannot be sent to the digit; nothing was sent
├── InvalidRequest                a body that breaks the contract; nothing was sent
├── Misfit                        JSON that is not what the model says it is
├── NoAnswer                      the service did not answer
│   ├── NotSent                   no connection was made, so nothing happened
│   └── OutcomeUnknown            it was sent and may have been carried out
├── AnswerError                   the service answered, but it was not a success
│   ├── ApiError                  an error that the contract documents
│   │   ├── BadRequest            400 the request cannot be carried out
│   │   │   ├── InvoiceNumberTaken    the store has an invoice of this number
│   │   │   └── OrderAlreadyInvoiced  the order has an invoice
│   │   ├── Unauthorized          401 a credential is missing or unknown
│   │   ├── Forbidden             403 the token is good, but not for this
│   │   ├── NotFound              404 the invoice, or what the request names, does not exist
│   │   ├── MethodNotAllowed      405 the path does not have this method
│   │   ├── NotAcceptable         406 the caller does not take JSON
│   │   ├── RequestTooLarge       413 the body is larger than the service reads
│   │   ├── UnsupportedMediaType  415 the body was not sent as JSON
│   │   ├── Unprocessable         422 the body breaks a rule; `fields` says which
│   │   ├── TooManyRequests       429 the store's requests are used up; `retry_after` says for how long
│   │   └── ServerError           5XX the service failed; a create may have landed all the same
│   └── UnexpectedAnswer          an answer that the contract does not know
└── InvoiceConflict               the number belongs to another invoice than the one to create
"""

# ruff: noqa: N818  errors are named for the situation
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import httpx

from ._response_headers import seconds_to_wait

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
    The root: catch it to catch everything that this package raises.
    """


# ---------------------------------------------------------------- before anything is sent


class SettingError(B2BInvoicesError):
    """
    A client or a call cannot be made of what it was given.
    """


@attrs.define(eq=False)
class MissingSetting(SettingError):
    """
    An environment variable is absent or empty.

    Attributes:
        variable: Its name.
    """

    variable: str

    def __str__(self) -> str:
        return f"{self.variable} is not set in the environment: set it, or give the value to Client(...) itself."


@attrs.define(eq=False)
class InvalidSetting(SettingError):
    """
    A value cannot be used, or cannot be sent safely.

    Attributes:
        setting: The name of the argument.
        problem: What is wrong with it; never the value of a credential.
    """

    setting: str
    problem: str

    def __str__(self) -> str:
        return f"{self.setting} {self.problem}"


@attrs.define(eq=False)
class InvalidAmount(B2BInvoicesError, ValueError):
    """
    Money that cannot be sent to the digit, refused where it was written down.

    Attributes:
        field: Which field of which model, such as `Balance.value`.
        problem: What it takes, and what it got.
    """

    field: str
    problem: str

    def __str__(self) -> str:
        return f"{self.field} {self.problem}"


@attrs.frozen
class Violation:
    """
    One reason why a request breaks the contract.

    Attributes:
        pointer: Where in the body, as a JSON pointer, or the name of a parameter; empty for the whole.
        problem: What is wrong there, to be read after it.
    """

    pointer: str
    problem: str

    def __str__(self) -> str:
        return f"{self.pointer or 'the request'} {self.problem}"


@attrs.define(eq=False)
class InvalidRequest(B2BInvoicesError, ValueError):
    """
    A request that breaks the contract; nothing was sent.

    Attributes:
        violations: Every reason.
    """

    violations: Sequence[Violation]

    def __str__(self) -> str:
        return f"Nothing was sent: {'; '.join(str(violation) for violation in self.violations)}."


@attrs.define(eq=False)
class Misfit(B2BInvoicesError, ValueError):
    """
    JSON that is not what the model says it is.

    Attributes:
        pointer: Where, as a JSON pointer; empty for the whole.
        expected: What the model has there.
        met: What was there instead; for text only that it was text.
    """

    pointer: str
    expected: str
    met: str

    @property
    def problem(self) -> str:
        """
        What is wrong, to be read after the pointer.
        """
        return f"should be {self.expected}, and is {self.met}"

    def __str__(self) -> str:
        return f"{self.pointer or 'The body'} {self.problem}."


# ---------------------------------------------------------------- no answer


@attrs.define(eq=False)
class NoAnswer(B2BInvoicesError):
    """
    The service did not answer; the cause says more.

    Attributes:
        request: What was asked: method and path.
        reason: What went wrong, in a few words.
    """

    request: str
    reason: str


class NotSent(NoAnswer):
    """
    No connection was made, so nothing happened.
    """

    def __str__(self) -> str:
        return f"{self.request} was not sent: {self.reason}. Nothing happened; it can be sent again."


class OutcomeUnknown(NoAnswer):
    """
    It was sent, and no answer came: an invoice to create may exist, one to delete may be gone.
    """

    def __str__(self) -> str:
        return f"{self.request} was sent, and its outcome is unknown: {self.reason}. {_in_doubt(self.request)}"


def _in_doubt(request: str) -> str:
    """
    What may have become of a *request* that was sent and not settled, and what to do.
    """
    if request.startswith("GET "):
        return "Nothing was changed; it can be sent again."
    if request.startswith("POST "):
        return "It may have been carried out all the same: create_invoice_once, with the same body, finds out."
    return "It may have been carried out all the same: look before you send it again."


# ---------------------------------------------------------------- an answer


@attrs.define(eq=False)
class AnswerError(B2BInvoicesError):
    """
    The service answered, but it was not a success.

    Attributes:
        raw: The answer as httpx has it; no credential is in it.
    """

    raw: httpx.Response = attrs.field(repr=False)

    @property
    def request(self) -> str:
        """
        What was asked: method and path, without the query, which may hold names.
        """
        return f"{self.raw.request.method} {self.raw.request.url.path}"

    @property
    def status(self) -> int:
        """
        The HTTP status.
        """
        return self.raw.status_code

    @property
    def headers(self) -> httpx.Headers:
        """
        The headers of the answer.
        """
        return self.raw.headers

    @property
    def content(self) -> bytes:
        """
        The body as it arrived; it may hold personal data, so no message repeats it.
        """
        return self.raw.content

    @property
    def request_id(self) -> str | None:
        """
        The service's name for the request, to quote to its support.
        """
        request_id: str | None = self.raw.headers.get("X-Request-Id")
        return request_id


@attrs.define(eq=False)
class ApiError(AnswerError):
    """
    The service answered with an error that the contract documents.

    Attributes:
        envelope: The body as a model.
    """

    envelope: ErrorEnvelope | ServerErrorEnvelope

    @property
    def code(self) -> int | None:
        """
        The status as the body has it.
        """
        return self.envelope.code if isinstance(self.envelope.code, int) else None

    @property
    def message(self) -> str:
        """
        The kind of error in the service's words, such as `Bad Requests Error`; empty if there are none.
        """
        return self.envelope.meta.message if self.envelope.meta else ""

    @property
    def err_msg(self) -> str | Mapping[str, Sequence[str]] | None:
        """
        What was wrong: a sentence, or the path of each field with what is wrong in it, or nothing.
        """
        try:
            found = self.envelope.to_dict().get("data", {}).get("errMsg")
        except RecursionError:  # what stands beside it is nested deeper than anyone can read
            return None
        return found if isinstance(found, str | dict) else None

    @property
    def reason(self) -> str:
        """
        What was wrong, in one line.
        """
        if isinstance(self.err_msg, Mapping):
            return "; ".join(f"{field}: {_line(messages)}" for field, messages in self.err_msg.items())
        return self.err_msg or self.message or "no reason given"

    @property
    def advice(self) -> str:
        """
        What to do, in a sentence; empty where the reason says it.
        """
        return ""

    def __str__(self) -> str:
        said = f"{self.request} answered {self.status}: {self.reason}"
        return f"{said.removesuffix('.')}. {self.advice}" if self.advice else said


def _line(messages: Any) -> str:
    """
    The *messages* of one field; of a server error, nothing is promised of them.
    """
    return " ".join(str(message) for message in messages) if isinstance(messages, list) else str(messages)


class BadRequest(ApiError):
    """
    400: the request cannot be carried out as it is.
    """


class InvoiceNumberTaken(BadRequest):
    """
    400: the store has an invoice of this number, perhaps from an attempt whose answer was lost.
    """

    @property
    def advice(self) -> str:
        """
        What to do, in a sentence.
        """
        return "Look the number up, or use create_invoice_once, which does."


class OrderAlreadyInvoiced(BadRequest):
    """
    400: the order has an invoice, and it can have one only.
    """


class Unauthorized(ApiError):
    """
    401: a credential is missing or unknown.
    """

    @property
    def advice(self) -> str:
        """
        What to do, in a sentence.
        """
        return "Correct the store hash or the access token."


class Forbidden(ApiError):
    """
    403: the token is good, but for another store or without the scope for this.
    """

    @property
    def advice(self) -> str:
        """
        What to do, in a sentence.
        """
        return "Use an access token of this store, of an API account with the scope B2B Edition: modify."


class NotFound(ApiError):
    """
    404: there is no such invoice; or, for a create, no such company or channel.
    """

    @property
    def advice(self) -> str:
        """
        What to do, in a sentence; empty where the reason says it.
        """
        return "See that `base_url` ends in `/api/v3/io/ip`." if self.reason == "Not Found" else ""


class MethodNotAllowed(ApiError):
    """
    405: the path does not have this method.
    """


class NotAcceptable(ApiError):
    """
    406: the caller does not take JSON.
    """


class RequestTooLarge(ApiError):
    """
    413: the body is larger than the service reads.
    """


class UnsupportedMediaType(ApiError):
    """
    415: the body was not sent as JSON.
    """


class Unprocessable(ApiError):
    """
    422: the body breaks a rule that the service checks; nothing was created.
    """

    @property
    def fields(self) -> Mapping[str, Sequence[str]]:
        """
        The path of each field that is wrong, with what is wrong in it; empty if the service named none.
        """
        return self.err_msg if isinstance(self.err_msg, Mapping) else {}


class TooManyRequests(ApiError):
    """
    429: the store's requests for this window are used up, by whichever of its integrations; nothing was done.
    """

    @property
    def advice(self) -> str:
        """
        What to do, in a sentence.
        """
        return "Nothing was done; `retry_after` says when to send it again."

    @property
    def retry_after(self) -> float | None:
        """
        Seconds until it makes sense to ask again, by the headers; None if they do not say.
        """
        return seconds_to_wait(self.raw)


class ServerError(ApiError):
    """
    5XX: the service failed. A create may have landed all the same, as with `OutcomeUnknown`.
    """

    @property
    def advice(self) -> str:
        """
        What to do, in a sentence.
        """
        return _in_doubt(self.request)


@attrs.define(eq=False)
class UnexpectedAnswer(AnswerError):
    """
    The service, or something in front of it, answered what the contract does not know; a create may have landed.

    Attributes:
        pointer: Where in the body, as a JSON pointer; empty for the whole answer.
        problem: In what way, in a sentence.
    """

    pointer: str
    problem: str

    def __str__(self) -> str:
        kind = self.headers.get("content-type", "no content type")
        return (
            f"{self.request} answered {self.status} ({kind}, {len(self.content)} bytes), outside the contract. "
            f"{self.problem} See `content` for the body. {_in_doubt(self.request)}"
        )


# ---------------------------------------------------------------- exactly once


@attrs.frozen
class Difference:
    """
    One thing in which two invoices of the same number differ.

    Attributes:
        field: Its name on the model.
        drafted: What the invoice to create has.
        recorded: What the invoice of the store has.
    """

    field: str
    drafted: str
    recorded: str

    def __str__(self) -> str:
        return f"{self.field} is {self.recorded} there and {self.drafted} here"


@attrs.define(eq=False)
class InvoiceConflict(B2BInvoicesError):
    """
    The number belongs to another invoice than the one to create; nothing was created.

    Attributes:
        number: The number.
        recorded: The invoice of the store that has it.
        differences: In what the two differ.
    """

    number: str
    recorded: Invoice = attrs.field(repr=False)
    differences: Sequence[Difference]

    def __str__(self) -> str:
        return (
            f"The number {self.number!r} belongs to invoice {self.recorded.id}, which is another one: "
            f"{'; '.join(str(difference) for difference in self.differences)}. "
            "Nothing was created; correct the draft, or give it a number of its own."
        )
