"""
From a model that is all right to JSON in one walk: the short way, that nearly every body goes.

A writer gives the text of a value, or raises `Unusual`: then the long way finds out what is wrong, if anything is.
"""

import math
import typing
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from functools import cache
from json.encoder import encode_basestring
from typing import Annotated, Any

from ._json import dumps
from ._model import Model, write
from ._money import Wire, is_currency, refusal
from ._reading import shape_of
from .types import UNSET

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
    fields = [(field.name, f'"{field.key}":', writer(field.kind)) for field in shape.fields]
    optional = {field.name for field in shape.fields if not field.required}
    known = {field.key for field in shape.fields}

    def text(value: Any) -> str:
        if type(value) is not kind or not known.isdisjoint(value.additional_properties):
            raise Unusual
        written = [dumps(write(value.additional_properties)).decode()[1:-1]] if value.additional_properties else []
        for name, key, part in fields:
            found = getattr(value, name)
            if found is not UNSET or name not in optional:
                written.append(key + part(found))
        return "{" + ",".join(written) + "}"

    return text


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


def _integer(value: Any) -> str:
    if type(value) is not int:
        raise Unusual
    return repr(value)


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


_SCALARS: dict[Any, Writer] = {str: _text, int: _integer, float: _double}
_MONEY: dict[Wire, Writer] = {
    Wire.NUMBER: _number,
    Wire.TEXT: _unusual,
    Wire.VERBATIM: _verbatim,
    Wire.CURRENCY: _currency,
}
