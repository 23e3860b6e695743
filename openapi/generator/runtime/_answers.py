"""
From an HTTP answer to a model or an error: the one place that knows what an operation may answer.
"""

from collections.abc import Mapping
from typing import Generic, TypeVar

import attrs
import httpx

from ._model import Model
from ._reading import read_json
from .errors import ApiError, Misfit, UnexpectedAnswer
from .models.error_envelope import ErrorEnvelope
from .models.server_error_envelope import ServerErrorEnvelope
from .types import Response

__all__ = ["Answers"]

S = TypeVar("S", bound=Model)
R = TypeVar("R", bound=ErrorEnvelope | ServerErrorEnvelope)
M = TypeVar("M", bound=Model)


@attrs.frozen
class Answers(Generic[S, R]):
    """
    The answers of one operation: a model for each status, written as in the contract (`200`, `5XX`).

    Attributes:
        success: When it did what was asked.
        refusal: When it did not.
    """

    success: Mapping[str, type[S]]
    refusal: Mapping[str, type[R]]

    def read(self, answer: httpx.Response) -> Response[S | R]:
        """
        The *answer*, success or refusal; raises `UnexpectedAnswer` for any other.
        """
        model = _find(self.success, answer.status_code)
        parsed = _parse(answer, model) if model else self._refusal(answer)
        return Response(answer.status_code, answer.content, answer.headers, parsed)

    def expect(self, answer: httpx.Response) -> S:
        """
        What a successful *answer* holds; raises `ApiError` for a refusal, `UnexpectedAnswer` for any other.
        """
        if model := _find(self.success, answer.status_code):
            return _parse(answer, model)
        raise ApiError(*_evidence(answer), envelope=self._refusal(answer))

    def _refusal(self, answer: httpx.Response) -> R:
        if model := _find(self.refusal, answer.status_code):
            return _parse(answer, model)
        documented = ", ".join([*self.success, *self.refusal])
        raise UnexpectedAnswer(*_evidence(answer), problem=f"The documented statuses are {documented}.")


def _find(models: Mapping[str, type[M]], status: int) -> type[M] | None:
    return models.get(str(status)) or models.get(f"{status // 100}XX") or models.get("default")


def _parse(answer: httpx.Response, model: type[M]) -> M:
    try:
        return read_json(model, answer.content)
    except Misfit as misfit:
        raise UnexpectedAnswer(*_evidence(answer), problem=str(misfit)) from misfit


def _evidence(answer: httpx.Response) -> tuple[str, int, httpx.Headers, bytes]:
    request = f"{answer.request.method} {answer.request.url.path}"  # no query: it may hold names
    return request, answer.status_code, answer.headers, answer.content
