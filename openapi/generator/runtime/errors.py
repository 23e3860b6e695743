"""
Everything that this package raises on purpose.

B2BInvoicesError
├── SettingError            a Client cannot be made of what it was given
│   ├── MissingSetting      an environment variable is absent or empty
│   └── InvalidSetting      a value cannot be used, or cannot be sent safely
├── AnswerError             the service answered, but it was not a success
│   ├── ApiError            an error that the contract documents; `envelope` says what was wrong
│   └── UnexpectedAnswer    an answer that the contract does not know
└── Misfit                  JSON that is not what the model says it is
"""

# ruff: noqa: N818  errors are named for the situation
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import httpx

if TYPE_CHECKING:
    from .models.error_envelope import ErrorEnvelope
    from .models.server_error_envelope import ServerErrorEnvelope

__all__ = [
    "AnswerError",
    "ApiError",
    "B2BInvoicesError",
    "InvalidSetting",
    "Misfit",
    "MissingSetting",
    "SettingError",
    "UnexpectedAnswer",
]


class B2BInvoicesError(Exception):
    """
    The root: catch it to catch everything that this package raises.
    """


class SettingError(B2BInvoicesError):
    """
    A Client cannot be made of what it was given.
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
class AnswerError(B2BInvoicesError):
    """
    The service answered, but it was not a success.

    Attributes:
        request: What was asked: method and path.
        status: The HTTP status.
        headers: The headers of the answer.
        content: Its body as it arrived; it may hold personal data, so no message repeats it.
    """

    request: str
    status: int
    headers: httpx.Headers = attrs.field(repr=False)
    content: bytes = attrs.field(repr=False)


@attrs.define(eq=False)
class ApiError(AnswerError):
    """
    The service answered with an error that the contract documents.

    Attributes:
        envelope: The body as a model.
    """

    envelope: ErrorEnvelope | ServerErrorEnvelope

    @property
    def reason(self) -> str:
        """
        What the service says was wrong.
        """
        body = self.envelope.to_dict()
        match body.get("data", {}).get("errMsg"):
            case str(sentence):
                return sentence
            case dict(fields):
                return "; ".join(f"{field}: {_sentences(messages)}" for field, messages in fields.items())
            case _:
                return str(body.get("meta", {}).get("message", "no reason given"))

    def __str__(self) -> str:
        return f"{self.request} answered {self.status}: {self.reason}"


def _sentences(messages: Any) -> str:
    return " ".join(str(message) for message in messages) if isinstance(messages, list) else str(messages)


@attrs.define(eq=False)
class UnexpectedAnswer(AnswerError):
    """
    The service, or something in front of it, answered what the contract does not know.

    Attributes:
        problem: In what way, in a sentence.
    """

    problem: str

    def __str__(self) -> str:
        kind = self.headers.get("content-type", "no content type")
        return (
            f"{self.request} answered {self.status} ({kind}, {len(self.content)} bytes), outside the contract. "
            f"{self.problem} See `content` for the body."
        )


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

    def __str__(self) -> str:
        return f"{self.pointer or 'The body'} should be {self.expected}, and is {self.met}."
