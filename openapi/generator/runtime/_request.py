"""
From a model to the bytes of a request, held against the contract on the way.
"""

from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import quote

import attrs

from ._decoder import REQUEST, Reader, read_json
from ._encoder import encode
from ._json import unsendable
from ._model import Model, write
from .errors import InvalidRequest, Violation

__all__ = ["Parameter", "body_of", "checked", "path_part", "query_of"]

M = TypeVar("M", bound=Model)


@attrs.frozen
class Parameter:
    """
    What the contract says of a parameter.

    Attributes:
        kind: Its type, as it is annotated on the operation.
        rules: What is asked of it besides.
    """

    kind: Any
    rules: Mapping[str, Any] = attrs.field(factory=dict)


def body_of(model: type[Model], body: Any) -> bytes:
    """
    Return the JSON text of *body*; raise `InvalidRequest` with everything that breaks the contract's *model*.
    """
    reader = Reader(REQUEST)
    try:
        content = encode(model, body, "", reader).encode()
    except RecursionError as error:
        raise InvalidRequest([Violation("", "is nested too deep, or contains itself")]) from error
    except (TypeError, ValueError) as error:
        raise InvalidRequest([Violation(pointer, problem) for pointer, problem in unsendable(write(body))]) from error
    _reject(reader)
    return content


def checked(model: type[M], body: Any) -> M:
    """
    Return the *body* as the service will read it; raise as `body_of` does.
    """
    return read_json(model, body_of(model, body), REQUEST)


def query_of(parameters: Mapping[str, Parameter], values: Mapping[str, Any]) -> dict[str, Any]:
    """
    Those of the *values* that are set, as a query has them; raises `InvalidRequest` with all that break the contract.
    """
    wire: dict[str, Any] = write(dict(values))
    reader = Reader(REQUEST)
    for name, value in wire.items():
        if value == []:
            reader.miss(name, "left out, since a filter by nothing lets everything through", "an empty array")
        reader.check(parameters[name].rules, value, name)
        wire[name] = write(reader.read(parameters[name].kind, value, name))
    _reject(reader)
    return wire


def path_part(value: Any) -> str:
    """
    The *value* as a step of a path; raises `InvalidRequest` if it would lead to another path than the operation's.
    """
    if isinstance(value, bool) or not isinstance(value, int | str) or str(value) in ("", ".", ".."):
        raise InvalidRequest([Violation("", f"needs an id in its path, not {value!r}")])
    return quote(str(value), safe="", errors="replace")


def _reject(reader: Reader) -> None:
    if reader.misfits:
        raise InvalidRequest([Violation(misfit.pointer, misfit.problem) for misfit in reader.misfits])
