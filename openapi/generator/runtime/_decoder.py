"""
JSON decoder: builds models from decoded JSON, and validates every key and type.

A `Reader` takes a type as a model annotates it and a value as `_json.loads` returns it. Each difference becomes a
`Misfit` that names its JSON pointer. A `Strictness` says how much is validated.
"""

import math
import types
import typing
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum, IntEnum
from functools import cache, partial
from typing import Any, TypeVar

import attrs

from ._constraints import CONSTRAINTS, describe, is_number
from ._json import MOST_DIGITS, below, loads
from ._model import Field, Model, extra_of, fields_of
from ._money import DECIMALS, PLAIN, Currency, Number, Text, Verbatim, amount_problem, is_currency
from .errors import Misfit
from .types import UNSET

M = TypeVar("M", bound=Model)


class Strictness(IntEnum):
    """
    What is validated besides keys and types; each level includes the one before.
    """

    LENIENT = 0
    REQUEST = 1  # reject unknown enumeration values, and values that break a pattern or a bound
    STRICT = 2  # reject keys that the contract does not name


def read_json(model: type[M], content: bytes | str, strictness: Strictness) -> M:
    """
    Return the *model* that the JSON text *content* holds; raise the first `Misfit`.
    """
    try:
        value = loads(content)
    except ValueError as error:
        raise Misfit("", "JSON", f"invalid JSON: {error}") from error
    made: M = read(model, value, strictness)
    return made


def read(kind: Any, value: Any, strictness: Strictness) -> Any:
    """
    Return the *value* as the type *kind*; raise the first `Misfit`.
    """
    reader = Reader(strictness)
    made = reader.read(kind, value, "")
    if reader.misfits:
        raise reader.misfits[0]
    return made


@attrs.define
class Reader:
    """
    One reading of one value. The result is valid only if there are no misfits.
    """

    strictness: Strictness
    misfits: list[Misfit] = attrs.field(init=False, factory=list)

    def read(self, kind: Any, value: Any, pointer: str) -> Any:
        return _read_of(kind)(self, value, pointer)

    def check(self, rules: Mapping[str, Any], value: Any, pointer: str) -> None:
        if rules and self.strictness is not Strictness.LENIENT:
            for name, bound in rules.items():
                if expected := CONSTRAINTS[name](value, bound):
                    self.miss(pointer, expected, describe(value))

    def miss(self, pointer: str, expected: str, met: str) -> None:
        self.misfits.append(Misfit(pointer, expected, met))


_Read = Callable[[Reader, Any, str], Any]


@cache
def _read_of(kind: Any) -> _Read:
    if kind in _SCALARS:
        return _SCALARS[kind]
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        return partial(_union, [_read_of(option) for option in typing.get_args(kind)])
    if origin is list:
        return partial(_array, _read_of(*typing.get_args(kind)))
    return partial(_object if issubclass(kind, Model) else _member, kind)


# ---------------------------------------------------------------- objects, arrays, unions, enumerations


def _object(model: Any, reader: Reader, value: Any, pointer: str) -> Any:
    if not isinstance(value, (dict, Mapping)):  # a dict is found without a search of the abstract class
        return reader.miss(pointer, "an object", describe(value))
    fields, read_extra = _readers_of(model)
    unread = dict(value)
    made = model.__new__(model)  # without the constructor, which validates what a person writes
    put = object.__setattr__
    for field, read_field in fields:
        found = unread.pop(field.key, UNSET)
        if found is not UNSET:
            put(made, field.name, read_field(reader, found, pointer + field.step))
            reader.check(field.rules, found, pointer + field.step)
            continue
        put(made, field.name, UNSET)
        if field.required:
            reader.miss(pointer + field.step, "a value", "nothing")
    if fields and reader.strictness is Strictness.STRICT:
        for key in unread:
            reader.miss(below(pointer, str(key)), "a key that the contract names", "an unknown key")
    extra = {key: read_extra(reader, item, below(pointer, str(key))) for key, item in unread.items()}
    put(made, "additional_properties", extra)
    return made


@cache
def _readers_of(model: Any) -> tuple[list[tuple[Field, _Read]], _Read]:
    return [(field, _read_of(field.kind)) for field in fields_of(model)], _read_of(extra_of(model))


def _array(read_item: _Read, reader: Reader, value: Any, pointer: str) -> Any:
    if not isinstance(value, list):
        return reader.miss(pointer, "an array", describe(value))
    return [read_item(reader, item, f"{pointer}/{index}") for index, item in enumerate(value)]


def _union(options: list[_Read], reader: Reader, value: Any, pointer: str) -> Any:
    """
    Return the first option that is valid; when none is, report the misfits that were found deepest.
    """
    failures = []
    for option in options:
        attempt = Reader(reader.strictness)
        made = option(attempt, value, pointer)
        if not attempt.misfits:
            return made
        failures.append(attempt.misfits)
    deepest = max(failures, key=lambda misfits: len(misfits[0].pointer))
    if deepest[0].pointer != pointer:
        return reader.misfits.extend(deepest)
    return reader.miss(pointer, " or ".join(misfits[0].expected for misfits in failures), deepest[0].met)


def _member(kind: type[Enum], reader: Reader, value: Any, pointer: str) -> Any:
    if not isinstance(value, bool):
        for member in kind:
            if member.value == value:
                return member
        if reader.strictness is Strictness.LENIENT and isinstance(value, int if issubclass(kind, int) else str):
            return kind(value)
    return reader.miss(pointer, f"one of {', '.join(repr(member.value) for member in kind)}", describe(value))


# ---------------------------------------------------------------- scalars


def _instance_of(kind: type, words: str, reader: Reader, value: Any, pointer: str) -> Any:
    return value if isinstance(value, kind) else reader.miss(pointer, words, describe(value))


def _integer(reader: Reader, value: Any, pointer: str) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if _is_whole(value):
        return int(value)  # 12.0 is an integer in JSON Schema
    return reader.miss(pointer, "an integer", describe(value))


def _float(reader: Reader, value: Any, pointer: str) -> Any:
    number = float(value) if isinstance(value, Decimal) else value
    if is_number(number) and _is_finite(number):
        return number
    return reader.miss(pointer, "a number", describe(value))


# ---------------------------------------------------------------- money


def _amount_as_number(reader: Reader, value: Any, pointer: str) -> Any:
    if not is_number(value):
        return reader.miss(pointer, "a number", describe(value))
    amount = _decimal(value)
    if amount_problem(amount):
        return reader.miss(pointer, f"an amount of at most {DECIMALS} decimals", describe(value))
    return amount


def _amount_as_text(reader: Reader, value: Any, pointer: str) -> Any:
    if isinstance(value, str) and PLAIN.fullmatch(value):
        return Decimal(value)
    if reader.strictness is Strictness.LENIENT and _is_amount(value):  # a number holds the same digits
        return _decimal(value)
    return reader.miss(pointer, "an amount as text", describe(value))


def _amount_verbatim(reader: Reader, value: Any, pointer: str) -> Any:
    if isinstance(value, str):
        return value
    if _is_amount(value):
        return _decimal(value)
    return reader.miss(pointer, "text or a number", describe(value))


def _currency(reader: Reader, value: Any, pointer: str) -> Any:
    if not isinstance(value, str):
        return reader.miss(pointer, "text", describe(value))
    if reader.strictness is not Strictness.LENIENT and not is_currency(value):
        return reader.miss(pointer, "a currency code", "blank")
    return value


def _is_amount(value: Any) -> bool:
    return is_number(value) and _is_finite(value) and abs(_decimal(value).adjusted()) <= MOST_DIGITS


def _is_whole(value: Any) -> bool:
    """
    Whether *value* is an integer with a fraction of zeros, short enough to be written in plain digits.
    """
    if isinstance(value, Decimal):
        return value.is_finite() and value.adjusted() < MOST_DIGITS and value == value.to_integral_value()
    return isinstance(value, float) and value.is_integer()


def _is_finite(value: Any) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def _decimal(value: float | Decimal) -> Decimal:
    """
    Return the digits of *value*; those of a float are the shortest that round-trip.
    """
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


_SCALARS: Mapping[Any, _Read] = {
    Any: lambda _reader, value, _pointer: value,
    str: partial(_instance_of, str, "text"),
    int: _integer,
    float: _float,
    bool: partial(_instance_of, bool, "true or false"),
    types.NoneType: partial(_instance_of, types.NoneType, "null"),
    Number: _amount_as_number,
    Text: _amount_as_text,
    Verbatim: _amount_verbatim,
    Currency: _currency,
}
