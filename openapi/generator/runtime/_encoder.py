"""
JSON encoder: writes a model as JSON text, and validates it in the same pass.

Each field is written by its type. A value that is invalid, or of another Python type, such as a tuple for a list,
raises TypeError or ValueError; `_request.body_of` leaves such a body to the decoder.
"""

import typing
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum
from functools import cache, partial
from json.encoder import encode_basestring
from typing import Any

from ._constraints import CONSTRAINTS
from ._decoder import Strictness, read
from ._json import WRITERS, text_of
from ._model import Field, Model, extra_of, fields_of, write
from ._money import Currency, Number, Verbatim, amount_text, is_currency
from .types import UNSET

_Write = Callable[[Any], str]


@cache
def writer_of(kind: Any) -> _Write:
    """
    Return the function that writes a value of the type *kind* as JSON text.
    """
    if kind in _SCALARS:
        return _SCALARS[kind]
    origin = typing.get_origin(kind)
    if origin is list:
        return partial(_array, writer_of(*typing.get_args(kind)))
    if origin is None and issubclass(kind, Model):
        return partial(_object, kind)
    if origin is None and issubclass(kind, Enum):
        return partial(_member, kind, {member: text_of(member.value) for member in kind})
    return partial(_other, kind)


def _other(kind: Any, value: Any) -> str:
    wire = write(value)
    if kind is not Any:
        read(kind, wire, Strictness.REQUEST)
    return text_of(wire)


@cache
def _members_of(model: Any) -> tuple[list[tuple[Field, _Write]], _Write]:
    fields = [(field, partial(_ruled, field) if field.rules else writer_of(field.kind)) for field in fields_of(model)]
    return fields, writer_of(extra_of(model))


def _ruled(field: Field, value: Any) -> str:
    if any(CONSTRAINTS[name](value, bound) for name, bound in field.rules.items()):
        raise ValueError(field.name)
    return writer_of(field.kind)(value)


def _object(model: Any, value: Any) -> str:
    members, write_extra = _members_of(model)
    if type(value) is not model:
        raise TypeError(model)
    texts = []
    if extra := value.additional_properties:
        if not extra.keys().isdisjoint(model.KEYS.values()):
            raise ValueError(model)
        texts += [f"{encode_basestring(key)}:{write_extra(item)}" for key, item in extra.items() if item is not UNSET]
    for field, write_field in members:
        found = getattr(value, field.name)
        if found is not UNSET or field.required:
            texts.append(field.prefix + write_field(found))
    return "{" + ",".join(texts) + "}"


def _array(write_item: _Write, value: Any) -> str:
    if type(value) is not list:
        raise TypeError(list)
    return "[" + ",".join(map(write_item, value)) + "]"


def _member(kind: type[Enum], texts: Mapping[Any, str], value: Any) -> str:
    if type(value) is not kind or value not in texts:
        raise TypeError(kind)
    return texts[value]


def _scalar(kinds: tuple[type, ...], value: Any) -> str:
    if type(value) not in kinds:
        raise TypeError(kinds)
    return WRITERS[type(value)](value)


def _amount(value: Any) -> str:
    if type(value) is not Decimal or not (text := amount_text(value)):
        raise TypeError(Decimal)
    return text


def _currency(value: Any) -> str:
    if not is_currency(value):
        raise TypeError(str)
    return encode_basestring(value)


_SCALARS: Mapping[Any, _Write] = {
    str: encode_basestring,
    int: partial(_scalar, (int,)),
    float: partial(_scalar, (float, int)),
    Number: _amount,
    Verbatim: partial(_scalar, (str, Decimal)),
    Currency: _currency,
}
