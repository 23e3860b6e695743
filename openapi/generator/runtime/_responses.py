"""
From an HTTP answer to a model or an error: the one place that knows what an operation may answer.
"""

from collections.abc import Mapping
from typing import Generic, TypeVar

import attrs
import httpx

from . import errors
from ._contract import NUMBER_TAKEN, ORDER_ALREADY_INVOICED
from ._decoder import LENIENT, STRICT, read_json
from ._model import Model
from .client import Client
from .models.error_envelope import ErrorEnvelope
from .models.server_error_envelope import ServerErrorEnvelope
from .types import Response

__all__ = ["Responses"]

S = TypeVar("S", bound=Model)
R = TypeVar("R", bound=ErrorEnvelope | ServerErrorEnvelope)
M = TypeVar("M", bound=Model)

_BY_STATUS: dict[int, type[errors.ApiError]] = {
    400: errors.BadRequest,
    401: errors.Unauthorized,
    403: errors.Forbidden,
    404: errors.NotFound,
    405: errors.MethodNotAllowed,
    406: errors.NotAcceptable,
    413: errors.RequestTooLarge,
    415: errors.UnsupportedMediaType,
    422: errors.Unprocessable,
    429: errors.TooManyRequests,
}
_BY_WORDS: dict[str, type[errors.BadRequest]] = {
    NUMBER_TAKEN: errors.InvoiceNumberTaken,
    ORDER_ALREADY_INVOICED: errors.OrderAlreadyInvoiced,
}


@attrs.frozen
class Responses(Generic[S, R]):
    """
    The answers of one operation: a model for each status, written as in the contract (`200`, `5XX`).

    Attributes:
        success: When it did what was asked.
        refusal: When it did not.
    """

    success: Mapping[str, type[S]]
    refusal: Mapping[str, type[R]]

    def read(self, client: Client, answer: httpx.Response) -> Response[S | R]:
        """
        The *answer*, success or refusal, as strictly as *client* has it; raises `UnexpectedAnswer` for any other.
        """
        model = _find(self.success, answer.status_code)
        return Response(_parse(client, answer, model) if model else self._refusal(client, answer), answer)

    def expect(self, client: Client, answer: httpx.Response) -> S:
        """
        What a successful *answer* holds; raises an `ApiError` for a refusal, `UnexpectedAnswer` for any other.
        """
        if model := _find(self.success, answer.status_code):
            return _parse(client, answer, model)
        raise _error(answer, self._refusal(client, answer))

    def _refusal(self, client: Client, answer: httpx.Response) -> R:
        if model := _find(self.refusal, answer.status_code):
            return _parse(client, answer, model)
        documented = ", ".join([*self.success, *self.refusal])
        raise errors.UnexpectedAnswer(answer, "", f"The documented statuses are {documented}.")


def _find(models: Mapping[str, type[M]], status: int) -> type[M] | None:
    return models.get(str(status)) or models.get(f"{status // 100}XX") or models.get("default")


def _parse(client: Client, answer: httpx.Response, model: type[M]) -> M:
    if client.strict:
        _want_json(answer)
    try:
        return read_json(model, answer.content, STRICT if client.strict else LENIENT)
    except errors.Misfit as misfit:
        raise errors.UnexpectedAnswer(answer, misfit.pointer, str(misfit)) from misfit


def _want_json(answer: httpx.Response) -> None:
    kind = answer.headers.get("Content-Type", "nothing")
    if kind.partition(";")[0].strip().lower() != "application/json":
        raise errors.UnexpectedAnswer(answer, "", f"The content type should be application/json, and is {kind}.")


def _error(answer: httpx.Response, envelope: ErrorEnvelope | ServerErrorEnvelope) -> errors.ApiError:
    """
    The error of the status; of a bad request, the one whose words the service uses.
    """
    fallback = errors.ServerError if answer.status_code // 100 == 5 else errors.ApiError  # noqa: PLR2004  5XX
    error = _BY_STATUS.get(answer.status_code, fallback)(answer, envelope)
    if isinstance(error, errors.BadRequest):
        for words, kind in _BY_WORDS.items():
            if _spoken(error.reason) == _spoken(words):
                return kind(answer, envelope)
    return error


def _spoken(words: str) -> str:
    return words.strip(" .;").casefold()
