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
from functools import cache
from json.encoder import encode_basestring
from typing import Annotated, Any

from ._json import below, dumps
from ._model import Model, write
from ._money import Wire, is_currency, refusal
from ._reading import Reader
from ._schema import schema_of
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
    origin = typing.get_origin(kind)
    if origin is list:
        return _array(kind, _write_of(typing.get_args(kind)[0]))
    if origin is Annotated:
        return _plain_or_read(kind, _MONEY.get(kind.__metadata__[0], _never))
    if origin is None and issubclass(kind, Model):
        return _object(kind)
    if origin is None and issubclass(kind, Enum):
        return _plain_or_read(kind, _enum(kind))
    return _plain_or_read(kind, _SCALARS.get(kind, _never))


def _read_first(kind: Any, value: Any, pointer: str, reader: Reader) -> str:
    wire = write(value)
    known = len(reader.misfits)
    reader.read(kind, wire, pointer)
    return dumps(wire).decode() if len(reader.misfits) == known else ""


def _plain_or_read(kind: Any, plain: Callable[[Any], str]) -> _Write:
    def text(value: Any, pointer: str, reader: Reader) -> str:
        return plain(value) or _read_first(kind, value, pointer, reader)

    return text


# ---------------------------------------------------------------- objects and arrays


def _object(model: type[Model]) -> _Write:
    @cache
    def fields() -> list[Any]:
        schema = schema_of(model)
        return [(field, f"{encode_basestring(field.key)}:", _write_of(field.kind)) for field in schema.fields]

    def text(value: Any, pointer: str, reader: Reader) -> str:
        if type(value) is not model or any(field.key in value.additional_properties for field, _, _ in fields()):
            return _read_first(model, value, pointer, reader)
        members = _extra(model, value.additional_properties, pointer, reader)
        for field, prefix, write_field in fields():
            found = getattr(value, field.name)
            if found is not UNSET:
                members.append(prefix + write_field(found, pointer + field.step, reader))
                if field.rules:
                    reader.check(field.rules, found, pointer + field.step)
            elif field.required:
                reader.miss(pointer + field.step, "there", "not")
        return "{" + ",".join(members) + "}"

    return text


def _extra(model: type[Model], extra: Mapping[Any, Any], pointer: str, reader: Reader) -> list[str]:
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


# ---------------------------------------------------------------- scalars: the text, or "" for the reader to decide


def _string(value: Any) -> str:
    return encode_basestring(value) if type(value) is str else ""


def _integer(value: Any) -> str:
    return repr(value) if type(value) is int and -_MOST < value < _MOST else ""


def _float(value: Any) -> str:
    return repr(value) if type(value) is float and math.isfinite(value) else _integer(value)


def _amount(value: Any) -> str:
    return f"{value:f}" if type(value) is Decimal and not refusal(value) else ""


def _currency(value: Any) -> str:
    return _string(value) if is_currency(value) else ""


def _enum(kind: type[Enum]) -> Callable[[Any], str]:
    texts = {member: dumps(member.value).decode() for member in kind}
    return lambda value: texts.get(value, "") if type(value) is kind else ""


def _never(_value: Any) -> str:
    return ""


_SCALARS: Mapping[Any, Callable[[Any], str]] = {str: _string, int: _integer, float: _float}
_MONEY: Mapping[Wire, Callable[[Any], str]] = {
    Wire.NUMBER: _amount,
    Wire.VERBATIM: _string,
    Wire.CURRENCY: _currency,
}
