"""
Responses: an HTTP response becomes a model or an error.
"""

from collections.abc import Mapping
from typing import Generic, TypeVar

import attrs
import httpx

from . import errors
from ._contract import NUMBER_TAKEN, ORDER_ALREADY_INVOICED
from ._decoder import Strictness, read_json
from ._model import Model
from .client import Client
from .models.error_envelope import ErrorEnvelope
from .models.server_error_envelope import ServerErrorEnvelope
from .types import Response

S = TypeVar("S", bound=Model)
E = TypeVar("E", bound=ErrorEnvelope | ServerErrorEnvelope)

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
_BY_ERR_MSG: dict[str, type[errors.BadRequest]] = {
    NUMBER_TAKEN: errors.InvoiceNumberTaken,
    ORDER_ALREADY_INVOICED: errors.OrderAlreadyInvoiced,
}


@attrs.frozen
class Responses(Generic[S, E]):
    """
    The documented responses of an operation: a model for each status, written as in the contract (`200`, `5XX`).
    """

    success: Mapping[str, type[S]]
    error: Mapping[str, type[E]]

    def read(self, client: Client, response: httpx.Response) -> Response[S | E]:
        """
        Return a documented *response*; raise `UnexpectedAnswer` for any other.
        """
        return Response(self._parsed(client, response), response)

    def expect(self, client: Client, response: httpx.Response) -> S:
        """
        Return the body of a success; raise an `ApiError` for an error response, `UnexpectedAnswer` for any other.
        """
        body = self._parsed(client, response)
        if isinstance(body, ErrorEnvelope | ServerErrorEnvelope):
            raise _error(response, body)
        return body

    def _parsed(self, client: Client, response: httpx.Response) -> S | E:
        models: Mapping[str, type[S | E]] = {**self.success, **self.error}
        status = response.status_code
        model = models.get(str(status)) or models.get(f"{status // 100}XX") or models.get("default")
        if model is None:
            raise errors.UnexpectedAnswer(response, "", f"The documented statuses are {', '.join(models)}.")
        if client.strict:
            _check_content_type(response)
        try:
            return read_json(model, response.content, Strictness.STRICT if client.strict else Strictness.LENIENT)
        except errors.Misfit as misfit:
            raise errors.UnexpectedAnswer(response, misfit.pointer, str(misfit)) from misfit


def _check_content_type(response: httpx.Response) -> None:
    kind = response.headers.get("Content-Type", "nothing")
    if kind.partition(";")[0].strip().lower() != "application/json":
        problem = f"Content-Type: expected application/json, got {kind}."
        raise errors.UnexpectedAnswer(response, "", problem)


def _error(response: httpx.Response, envelope: ErrorEnvelope | ServerErrorEnvelope) -> errors.ApiError:
    """
    Return the error of the status; a 400 with an errMsg of the contract has a class of its own.
    """
    fallback = errors.ServerError if response.is_server_error else errors.ApiError
    error = _BY_STATUS.get(response.status_code, fallback)(response, envelope)
    if isinstance(error, errors.BadRequest):
        for err_msg, kind in _BY_ERR_MSG.items():
            if _normalised(error.reason) == _normalised(err_msg):
                return kind(response, envelope)
    return error


def _normalised(err_msg: str) -> str:
    return err_msg.strip(" .;").casefold()
