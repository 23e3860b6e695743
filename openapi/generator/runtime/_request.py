"""
Requests: body, query and path, validated against the contract.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import quote

import attrs

from ._decoder import Reader, Strictness, read_json
from ._encoder import writer_of
from ._json import dumps, unsendable
from ._model import Model, write
from .errors import InvalidRequest, Violation

M = TypeVar("M", bound=Model)

_TOO_DEEP = "expected a body of finite depth, got one nested too deeply, or one that contains itself"


@attrs.frozen
class Parameter:
    kind: Any  # its type, as annotated on the operation
    rules: Mapping[str, Any] = attrs.field(factory=dict)  # its constraints besides the type


def body_of(model: Any, body: Any) -> bytes:
    """
    Return the JSON text of *body*; raise `InvalidRequest` with everything that breaks the contract's *model*.
    """
    with suppress(TypeError, ValueError, RecursionError):
        return writer_of(model)(body).encode()
    try:
        return _validated(model, write(body))
    except RecursionError:
        raise InvalidRequest([Violation("", _TOO_DEEP)]) from None


def _validated(model: type[Model], wire: Any) -> bytes:
    reader = Reader(Strictness.REQUEST)
    reader.read(model, wire, "")
    found = {misfit.pointer: misfit.problem for misfit in reader.misfits}
    for pointer, problem in unsendable(wire):
        found.setdefault(pointer, problem)
    if found:
        raise InvalidRequest([Violation(pointer, problem) for pointer, problem in found.items()])
    return dumps(wire)


def checked(model: type[M], body: Any) -> M:
    """
    Return the *body* as the service will read it; raise as `body_of` does.
    """
    return read_json(model, body_of(model, body), Strictness.REQUEST)


def query_of(parameters: Mapping[str, Parameter], values: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the *values* that are set, as a query has them; raise `InvalidRequest` with all that break the contract.
    """
    wire: dict[str, Any] = write(dict(values))
    reader = Reader(Strictness.REQUEST)
    for name, value in wire.items():
        if value == []:
            reader.miss(name, "at least one value, because an empty filter matches everything", "an empty array")
        reader.check(parameters[name].rules, value, name)
        wire[name] = write(reader.read(parameters[name].kind, value, name))
    if reader.misfits:
        raise InvalidRequest([Violation(misfit.pointer, misfit.problem) for misfit in reader.misfits])
    return wire


def path_part(value: Any) -> str:
    """
    Return *value*, percent-encoded, as one segment of a path; raise `InvalidRequest` if it is not an id.
    """
    if isinstance(value, bool) or not isinstance(value, int | str) or str(value) in ("", ".", ".."):
        raise InvalidRequest([Violation("", f"expected an id in the path, got {value!r}")])
    return quote(str(value), safe="", errors="replace")
