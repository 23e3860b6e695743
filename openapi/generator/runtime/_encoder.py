"""
JSON encoder: writes a model as JSON text, and validates it in the same pass.

Each field is written by its type. A value of another Python type, such as a tuple for a list, and a model with keys
that the contract does not name are validated by the decoder first, like JSON that was received.
"""

import typing
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum
from functools import cache, partial
from json.encoder import encode_basestring
from typing import Any

from ._decoder import REQUEST, Reader, read
from ._json import WRITERS, dumps
from ._model import Model, write
from ._money import Currency, Number, Text, Verbatim, amount_text, is_currency
from ._schema import Field, fields_of
from .types import UNSET

_Write = Callable[[Any], str]


def encode(kind: Any, value: Any) -> str:
    """
    Return the JSON text of the *value*, of the type *kind*.

    Raises:
        Misfit: The value is invalid.
        TypeError, ValueError, RecursionError: JSON cannot hold it.
    """
    return _writer_of(kind)(value)


@cache
def _writer_of(kind: Any) -> _Write:
    if kind in _SCALARS:
        return _SCALARS[kind]
    origin = typing.get_origin(kind)
    if origin is list:
        return _array(kind)
    if origin is None and issubclass(kind, Model):
        return _object(kind)
    if origin is None and issubclass(kind, Enum):
        return _enum(kind)
    return partial(_of_any_type, kind)


def _of_any_type(kind: Any, value: Any) -> str:
    wire = write(value)
    read(kind, wire, REQUEST)
    return dumps(wire).decode()


def _ruled(field: Field, value: Any) -> str:
    reader = Reader(REQUEST)
    reader.check(field.rules, value, "")
    reader.raise_first()
    return encode(field.kind, value)


# ---------------------------------------------------------------- objects and arrays


@cache
def _members_of(model: Any) -> list[tuple[Field, _Write]]:
    return [(field, partial(_ruled, field) if field.rules else _writer_of(field.kind)) for field in fields_of(model)]


def _object(model: Any) -> _Write:
    other = partial(_of_any_type, model)

    def text(value: Any) -> str:
        members, texts = _members_of(model), []
        if type(value) is not model or value.additional_properties:
            return other(value)
        for field, write_field in members:
            found = getattr(value, field.name)
            if found is not UNSET or field.required:
                texts.append(field.prefix + write_field(found))
        return "{" + ",".join(texts) + "}"

    return text


def _array(kind: Any) -> _Write:
    (item,) = typing.get_args(kind)
    write_item = _writer_of(item)
    other = partial(_of_any_type, kind)

    def text(value: Any) -> str:
        return "[" + ",".join(map(write_item, value)) + "]" if type(value) is list else other(value)

    return text


# ---------------------------------------------------------------- enumerations, scalars and money


def _enum(kind: type[Enum]) -> _Write:
    texts = {member: dumps(member.value).decode() for member in kind}
    other = partial(_of_any_type, kind)

    def text(value: Any) -> str:
        return texts[value] if type(value) is kind and value in texts else other(value)

    return text


def _scalar(kind: Any, usual: type, is_valid: Callable[[Any], bool] = lambda _value: True) -> _Write:
    usual_text = WRITERS[usual]
    other = partial(_of_any_type, kind)

    def text(value: Any) -> str:
        return usual_text(value) if type(value) is usual and is_valid(value) else other(value)

    return text


def _amount(value: Any) -> str:
    return (amount_text(value) if type(value) is Decimal else "") or _of_any_type(Number, value)


def _amount_as_text(value: Any) -> str:
    return _of_any_type(Text, f"{value:f}" if type(value) is Decimal else value)


_SCALARS: Mapping[Any, _Write] = {
    str: encode_basestring,
    int: _scalar(int, int),
    float: _scalar(float, float),
    Number: _amount,
    Text: _amount_as_text,
    Verbatim: _scalar(Verbatim, str),
    Currency: _scalar(Currency, str, is_currency),
}
