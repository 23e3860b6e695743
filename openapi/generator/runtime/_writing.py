"""
From a model that is all right to JSON in one walk: the short way, that nearly every body goes.

A writer gives the text of a value, or raises `Unusual`: then the long way finds out what is wrong, if anything is.
"""

import math
import typing
from collections.abc import Callable, Sequence
from decimal import Decimal
from enum import Enum
from functools import cache, lru_cache
from itertools import compress
from json.encoder import encode_basestring
from operator import attrgetter, call
from typing import Annotated, Any

from ._json import dumps
from ._model import Model, write
from ._money import Wire, is_currency, refusal
from ._reading import shape_of
from .types import Unset

__all__ = ["Unusual", "writer"]

Writer = Callable[[Any], str]


class Unusual(Exception):  # noqa: N818  no error: there is another way
    """
    The short way does not know this value.
    """


@cache
def writer(kind: Any) -> Writer:
    """
    What writes values of the type *kind*, as it is annotated on a model.
    """
    origin = typing.get_origin(kind)
    if origin is Annotated:
        return _MONEY[kind.__metadata__[0]]
    if origin is list:
        return _array(writer(typing.get_args(kind)[0]))
    if origin is None and issubclass(kind, Model) and not kind.RULES:
        return _model(kind)
    if origin is None and issubclass(kind, Enum):
        return _enum(kind)
    return _SCALARS.get(kind, _unusual)


# ---------------------------------------------------------------- what is made of other writers


def _model(kind: type[Model]) -> Writer:
    shape = shape_of(kind)  # type: ignore[arg-type]  # as in _reading
    values_of = _values_of([field.name for field in shape.fields])
    known = {field.key for field in shape.fields}

    @lru_cache(maxsize=256)
    def plan(types: tuple[type, ...]) -> tuple[str, list[Writer], list[bool]]:
        # What is set, and what it is, is much the same from one invoice to the next: found out once, the rest is
        # left to functions in C.
        if any(found is Unset and field.required for field, found in zip(shape.fields, types, strict=True)):
            raise Unusual
        chosen = [found is not Unset for found in types]
        fields = [(field, found) for field, found in zip(shape.fields, types, strict=True) if found is not Unset]
        template = ",".join(f'"{field.key}":'.replace("%", "%%") + "%s" for field, _ in fields)
        return template, [_IN_C.get((field.kind, found)) or writer(field.kind) for field, found in fields], chosen

    def text(value: Any) -> str:
        if type(value) is not kind:
            raise Unusual
        more = value.additional_properties
        if more and not known.isdisjoint(more):
            raise Unusual
        values = values_of(value)
        template, writers, chosen = plan(tuple(map(type, values)))
        written = template % tuple(map(call, writers, compress(values, chosen)))
        return "{" + (",".join(filter(None, [dumps(write(more)).decode()[1:-1], written])) if more else written) + "}"

    return text


def _values_of(names: Sequence[str]) -> Callable[[Any], Sequence[Any]]:
    """
    What gets the attributes *names* of an object, always as a sequence.
    """
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: [getattr(value, name) for name in names]


def _array(part: Writer) -> Writer:
    def text(value: Any) -> str:
        if type(value) is not list:
            raise Unusual
        return "[" + ",".join([part(item) for item in value]) + "]"

    return text


def _enum(kind: type[Enum]) -> Writer:
    texts = {member: dumps(member.value).decode() for member in kind}

    def text(value: Any) -> str:
        if type(value) is not kind or value not in texts:
            raise Unusual
        return texts[value]

    return text


# ---------------------------------------------------------------- what is written at once


def _text(value: Any) -> str:
    if type(value) is not str:
        raise Unusual
    return encode_basestring(value)


def _double(value: Any) -> str:
    if type(value) is int or (type(value) is float and math.isfinite(value)):
        return repr(value)
    raise Unusual


def _number(value: Any) -> str:
    if type(value) is not Decimal or refusal(value):
        raise Unusual
    return f"{value:f}"


def _currency(value: Any) -> str:
    if not is_currency(value):
        raise Unusual
    return _text(value)


def _verbatim(value: Any) -> str:
    if type(value) is Decimal and value.is_finite():
        return dumps(value).decode()
    return _text(value)


def _unusual(_value: Any) -> str:
    raise Unusual


_IN_C: dict[tuple[Any, type], Writer] = {(str, str): encode_basestring, (int, int): repr}
_SCALARS: dict[Any, Writer] = {str: _text, float: _double}
_MONEY: dict[Wire, Writer] = {
    Wire.NUMBER: _number,
    Wire.TEXT: _unusual,
    Wire.VERBATIM: _verbatim,
    Wire.CURRENCY: _currency,
}
