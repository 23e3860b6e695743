"""
JSON encoder: writes a model as JSON text, and validates it in the same pass.

Each field is written by its type. A value of another Python type, such as a tuple for a list, is validated by the
reader first, like JSON that was received.
"""

import math
import typing
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum
from functools import cache, partial
from json.encoder import encode_basestring
from typing import Any

from ._decoder import Reader
from ._json import below, dumps
from ._model import Model, write
from ._money import Currency, Number, Text, Verbatim, amount_problem, is_currency
from ._schema import Field, schema_of
from .types import UNSET

__all__ = ["encode"]

_MOST = 2**63  # larger integers are left to the reader

_Write = Callable[[Any, str, Reader], str]


def encode(kind: Any, value: Any, pointer: str, reader: Reader) -> str:
    """
    Return the JSON text of the *value*, of the type *kind*; what is invalid is added to the misfits of *reader*.
    """
    return _write_of(kind)(value, pointer, reader)


@cache
def _write_of(kind: Any) -> _Write:
    if kind in _WRITERS:
        return _WRITERS[kind]
    origin = typing.get_origin(kind)
    if origin is list:
        return _array(kind, _write_of(typing.get_args(kind)[0]))
    if origin is None and issubclass(kind, Model):
        return _object(kind)
    if origin is None and issubclass(kind, Enum):
        return _enum(kind)
    return partial(_read_first, kind)


def _read_first(kind: Any, value: Any, pointer: str, reader: Reader) -> str:
    """
    Validate a *value* that is not of the usual Python type, and return its JSON text.
    """
    wire = write(value)
    known = len(reader.misfits)
    reader.read(kind, wire, pointer)
    return dumps(wire).decode() if len(reader.misfits) == known else ""


# ---------------------------------------------------------------- objects and arrays


def _object(model: Any) -> _Write:
    def text(value: Any, pointer: str, reader: Reader) -> str:
        fields, keys = _fields_of(model)
        if type(value) is not model or not keys.isdisjoint(value.additional_properties):
            return _read_first(model, value, pointer, reader)
        members = _extra(model, value.additional_properties, pointer, reader)
        for name, key, step, write_field, required in fields:
            found = getattr(value, name)
            if found is not UNSET:
                members.append(key + write_field(found, pointer + step, reader))
            elif required:
                reader.miss(pointer + step, "a value", "nothing")
        return "{" + ",".join(members) + "}"

    return text


@cache
def _fields_of(model: Any) -> tuple[list[tuple[str, str, str, _Write, bool]], frozenset[str]]:
    """
    Return name, key as JSON text, pointer step, writer and necessity of each field of *model*, and the set of the keys.
    """
    fields = schema_of(model).fields
    ways = [
        (field.name, f"{encode_basestring(field.key)}:", field.step, _ruled(field), field.required) for field in fields
    ]
    return ways, frozenset(field.key for field in fields)


def _ruled(field: Field) -> _Write:
    write_value = _write_of(field.kind)

    def text(value: Any, pointer: str, reader: Reader) -> str:
        reader.check(field.rules, value, pointer)
        return write_value(value, pointer, reader)

    return text if field.rules else write_value


def _extra(model: Any, extra: Mapping[Any, Any], pointer: str, reader: Reader) -> list[str]:
    if not extra:
        return []
    kind = schema_of(model).extra
    for key, item in extra.items():
        reader.read(kind, write(item), below(pointer, str(key)))
    return [dumps(write(dict(extra))).decode()[1:-1]]


def _array(kind: Any, write_item: _Write) -> _Write:
    def text(value: Any, pointer: str, reader: Reader) -> str:
        if type(value) is not list:
            return _read_first(kind, value, pointer, reader)
        return (
            "[" + ",".join([write_item(item, f"{pointer}/{index}", reader) for index, item in enumerate(value)]) + "]"
        )

    return text


# ---------------------------------------------------------------- enumerations, scalars and money


def _enum(kind: type[Enum]) -> _Write:
    texts = {member: dumps(member.value).decode() for member in kind}

    def text(value: Any, pointer: str, reader: Reader) -> str:
        if type(value) is kind and value in texts:
            return texts[value]
        return _read_first(kind, value, pointer, reader)

    return text


def _string(value: Any, pointer: str, reader: Reader) -> str:
    return encode_basestring(value) if type(value) is str else _read_first(str, value, pointer, reader)


def _integer(value: Any, pointer: str, reader: Reader) -> str:
    if type(value) is int and -_MOST < value < _MOST:
        return repr(value)
    return _read_first(int, value, pointer, reader)


def _float(value: Any, pointer: str, reader: Reader) -> str:
    if type(value) is float and math.isfinite(value):
        return repr(value)
    return _read_first(float, value, pointer, reader)


def _amount(value: Any, pointer: str, reader: Reader) -> str:
    if type(value) is Decimal and not amount_problem(value):
        return f"{value:f}"
    return _read_first(Number, value, pointer, reader)


def _amount_as_text(value: Any, pointer: str, reader: Reader) -> str:
    text = f"{value:f}" if type(value) is Decimal else value
    return _read_first(Text, text, pointer, reader)


def _verbatim(value: Any, pointer: str, reader: Reader) -> str:
    return encode_basestring(value) if type(value) is str else _read_first(Verbatim, value, pointer, reader)


def _currency(value: Any, pointer: str, reader: Reader) -> str:
    if type(value) is str and is_currency(value):
        return encode_basestring(value)
    return _read_first(Currency, value, pointer, reader)


_WRITERS: Mapping[Any, _Write] = {
    str: _string,
    int: _integer,
    float: _float,
    Number: _amount,
    Text: _amount_as_text,
    Verbatim: _verbatim,
    Currency: _currency,
}
