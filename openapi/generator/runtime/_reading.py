"""
From JSON to models, checking every key and type on the way.

A `Reader` is given a type as it is annotated on a model, and a value as `_json.loads` made it. What does not fit is a
`Misfit` that says where. How much must fit, a `Rigour` says.
"""

import math
import re
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache, reduce
from operator import ge, le, or_
from typing import Annotated, Any, TypeVar

import attrs

from ._enums import OpenIntEnum
from ._json import MOST_DIGITS, below, loads
from ._model import Model
from ._money import DECIMALS, PLAIN, Wire, is_currency, refusal
from .errors import Misfit
from .types import UNSET, Unset

__all__ = ["CONTRACT", "LENIENT", "STRICT", "Reader", "Rigour", "read", "read_json", "shape_of"]

M = TypeVar("M", bound=Model)

_NAMES = {str: "text", int: "an integer", float: "a number", bool: "true or false", types.NoneType: "null"}


@attrs.frozen
class Rigour:
    """
    How much of the contract a value must keep besides keys and types.

    Attributes:
        rules: Whether it must have the values that the contract lists, the patterns and the bounds.
        closed: Whether it must have no key that the contract does not name.
    """

    rules: bool
    closed: bool


LENIENT = Rigour(rules=False, closed=False)
CONTRACT = Rigour(rules=True, closed=False)
STRICT = Rigour(rules=True, closed=True)


def read_json(model: type[M], content: bytes | str, rigour: Rigour) -> M:
    """
    The *model* that the JSON text *content* holds; raises `Misfit`.
    """
    try:
        value = loads(content)
    except ValueError as error:
        raise Misfit("", "JSON", f"not: {error}") from error
    made: M = read(model, value, rigour)
    return made


def read(kind: Any, value: Any, rigour: Rigour) -> Any:
    """
    The *value* as the type *kind*; raises the first `Misfit`.
    """
    reader = Reader(rigour)
    made = reader.read(kind, value, "")
    if reader.misfits:
        raise reader.misfits[0]
    return made


@attrs.define
class Reader:
    """
    Reads one value; what it returns is good if there are no misfits.

    Attributes:
        rigour: How much must fit.
        misfits: Everything that did not.
    """

    rigour: Rigour
    misfits: list[Misfit] = attrs.field(init=False, factory=list)

    def read(self, kind: Any, value: Any, pointer: str) -> Any:
        """
        The *value*, found at *pointer*, as the type *kind*.
        """
        method, detail = self._way(kind)
        return method(self, detail, value, pointer)

    def keep(self, rules: Mapping[str, Any], value: Any, pointer: str) -> None:
        """
        Note each of the *rules* that the *value*, found at *pointer*, breaks.
        """
        if self.rigour.rules:
            for name, bound in rules.items():
                if expected := _RULES[name](value, bound):
                    self.miss(pointer, expected, _name(value))

    def miss(self, pointer: str, expected: str, met: str) -> None:
        """
        Note that *expected* was not at *pointer*, but *met*.
        """
        self.misfits.append(Misfit(pointer, expected, met))

    @staticmethod
    @cache
    def _way(kind: Any) -> tuple[Callable[..., Any], Any]:
        """
        The method that reads values of the type *kind*, and what it needs to know of it.
        """
        if kind is Any:
            return Reader._anything, kind
        origin = typing.get_origin(kind)
        if origin is Annotated:
            return Reader._money, kind.__metadata__[0]
        if origin in (types.UnionType, typing.Union):
            return Reader._union, typing.get_args(kind)
        if origin is list:
            return Reader._list, typing.get_args(kind)[0]
        if issubclass(kind, Model):
            return Reader._model, kind
        return (Reader._enum if issubclass(kind, Enum) else Reader._scalar), kind

    # ------------------------------------------------------------ one for each kind of type

    def _anything(self, _kind: Any, value: Any, _pointer: str) -> Any:
        return value

    def _model(self, model: type[Model], value: Any, pointer: str) -> Any:
        if not isinstance(value, Mapping):
            return self.miss(pointer, "an object", _name(value))
        shape = shape_of(model)  # type: ignore[arg-type]  # a class has a hash, whatever its objects have
        unread = dict(value)
        made = model.__new__(model)  # as it came: the checks of the constructor are for what a person writes
        for field in shape.fields:
            place = pointer + field.step
            if field.key in unread:
                found = unread.pop(field.key)
                object.__setattr__(made, field.name, self.read(field.kind, found, place))
                self.keep(field.rules, found, place)
            else:
                object.__setattr__(made, field.name, UNSET)
                if field.required:
                    self.miss(place, "there", "not")
        made.additional_properties = self._extra(shape, unread, pointer)
        return made

    def _extra(self, shape: "_Shape", unread: Mapping[Any, Any], pointer: str) -> dict[str, Any]:
        if self.rigour.closed and shape.named:
            for key in unread:
                self.miss(below(pointer, str(key)), "absent", "there, a key that the contract does not name")
        return {key: self.read(shape.extra, unread[key], below(pointer, str(key))) for key in unread}

    def _list(self, kind: Any, value: Any, pointer: str) -> Any:
        if not isinstance(value, list):
            return self.miss(pointer, "an array", _name(value))
        return [self.read(kind, item, below(pointer, str(index))) for index, item in enumerate(value)]

    def _union(self, kinds: tuple[Any, ...], value: Any, pointer: str) -> Any:
        """
        The first of *kinds* that fits; when none does, the misfits that were found deepest say most.
        """
        tries = []
        for kind in kinds:
            reader = Reader(self.rigour)
            made = reader.read(kind, value, pointer)
            if not reader.misfits:
                return made
            tries.append(reader.misfits)
        deepest = max(tries, key=lambda misfits: len(misfits[0].pointer))
        if deepest[0].pointer != pointer:
            return self.misfits.extend(deepest)
        return self.miss(pointer, " or ".join(misfits[0].expected for misfits in tries), deepest[0].met)

    def _enum(self, kind: type[Enum], value: Any, pointer: str) -> Any:
        if not isinstance(value, bool):
            for member in kind:
                if member.value == value:
                    return member
            if not self.rigour.rules and _is_open(kind, value):
                return kind(value)
        return self.miss(pointer, f"one of {', '.join(repr(member.value) for member in kind)}", _name(value))

    def _scalar(self, kind: type, value: Any, pointer: str) -> Any:
        if kind is int and _is_whole(value):
            return int(value)  # 12.0 is an integer in JSON Schema
        if kind is float and isinstance(value, Decimal):
            value = float(value)
        accepted = (int, float) if kind is float else kind
        if isinstance(value, accepted) and (kind is bool or not isinstance(value, bool)) and _is_finite(value):
            return value
        return self.miss(pointer, _NAMES[kind], _name(value))

    def _money(self, wire: Wire, value: Any, pointer: str) -> Any:  # noqa: PLR0911  one for each way
        match wire:
            case Wire.CURRENCY:
                return self._currency(value, pointer)
            case Wire.NUMBER:
                return self._number(value, pointer)
            case Wire.TEXT if isinstance(value, str) and PLAIN.fullmatch(value):
                return Decimal(value)
            case Wire.TEXT if not self.rigour.rules and _is_amount(value):  # the digits are there all the same
                return _decimal(value)
            case Wire.TEXT:
                return self.miss(pointer, "an amount as text", _name(value))
            case Wire.VERBATIM if isinstance(value, str):
                return value
            case Wire.VERBATIM if _is_amount(value):
                return _decimal(value)
        return self.miss(pointer, "text or a number", _name(value))

    def _number(self, value: Any, pointer: str) -> Any:
        if not _is_number(value):
            return self.miss(pointer, "a number", _name(value))
        amount = _decimal(value)
        if refusal(amount):
            return self.miss(pointer, f"an amount of at most {DECIMALS} decimals", _name(value))
        return amount

    def _currency(self, value: Any, pointer: str) -> Any:
        if not isinstance(value, str):
            return self.miss(pointer, "text", _name(value))
        if self.rigour.rules and not is_currency(value):
            return self.miss(pointer, "a currency code", "blank")
        return value


# ---------------------------------------------------------------- what a model looks like


@attrs.frozen
class _Field:
    """
    One field of a model.

    Attributes:
        name: In Python.
        key: In JSON.
        step: The step of a JSON pointer to it.
        kind: Its type when it is there.
        required: Whether its key must be there.
        rules: What the contract asks of it besides.
    """

    name: str
    key: str
    step: str
    kind: Any
    required: bool
    rules: Mapping[str, Any]


@attrs.frozen
class _Shape:
    """
    The fields of a model, and the type of the values of its other keys.

    Attributes:
        fields: Its fields.
        extra: Type of the values of other keys.
        named: Whether the contract says which keys there are.
    """

    fields: tuple[_Field, ...]
    extra: Any
    named: bool


@cache
def shape_of(model: type[Model]) -> _Shape:
    """
    What *model* looks like.
    """
    from . import models  # noqa: PLC0415  they import this module

    names = {name: getattr(models, name) for name in models.__all__}
    kinds = typing.get_type_hints(model, localns=names, include_extras=True)
    required = {field.name for field in attrs.fields(model) if field.default is attrs.NOTHING}
    fields = (
        _Field(name, key, below("", key), _present(kinds[name]), name in required, model.RULES.get(name, {}))
        for name, key in model.KEYS.items()
    )
    extra = typing.get_args(kinds["additional_properties"])[1]
    return _Shape(tuple(fields), extra, named=bool(model.KEYS))


def _present(kind: Any) -> Any:
    """
    The type *kind* without Unset: what is absent is not read.
    """
    if Unset not in typing.get_args(kind):
        return kind
    rest = [option for option in typing.get_args(kind) if option is not Unset]
    return reduce(or_, rest)


# ---------------------------------------------------------------- what the contract asks besides types


def _length(word: str, fits: Callable[[int, int], bool]) -> Callable[[Any, int], str]:
    return lambda value, bound: (
        f"{word} {bound} long" if hasattr(value, "__len__") and not fits(len(value), bound) else ""
    )


def _size(word: str, fits: Callable[[Any, Any], bool]) -> Callable[[Any, Any], str]:
    return lambda value, bound: f"{word} {bound}" if _is_number(value) and not fits(value, bound) else ""


def _pattern(value: Any, pattern: str) -> str:
    return f"like {pattern}" if isinstance(value, str) and not re.search(pattern, value) else ""


_RULES: dict[str, Callable[[Any, Any], str]] = {
    "minLength": _length("at least", ge),
    "maxLength": _length("at most", le),
    "minItems": _length("at least", ge),
    "maxItems": _length("at most", le),
    "minimum": _size("at least", ge),
    "maximum": _size("at most", le),
    "pattern": _pattern,
}


# ---------------------------------------------------------------- what a value is


def _is_open(kind: type[Enum], value: Any) -> bool:
    return isinstance(value, int if issubclass(kind, OpenIntEnum) else str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _is_amount(value: Any) -> bool:
    """
    Whether *value* is a number that can be written out.
    """
    return _is_number(value) and _is_finite(value) and abs(_decimal(value).adjusted()) <= MOST_DIGITS


def _is_whole(value: Any) -> bool:
    """
    Whether *value* is an integer written with a fraction, and can be written out without one.
    """
    if isinstance(value, Decimal):
        return value.is_finite() and value.adjusted() < MOST_DIGITS and value == value.to_integral_value()
    return isinstance(value, float) and value.is_integer()


def _is_finite(value: Any) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def _decimal(value: float | Decimal) -> Decimal:
    """
    The digits that *value* shows; those of a float are the shortest that mean it.
    """
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def _name(value: Any) -> str:  # noqa: PLR0911  one for each type
    """
    What *value* is, without repeating text that may be personal.
    """
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return "text"
        case list():
            return "an array"
        case Mapping():
            return "an object"
        case int() if abs(value) >= 10**MOST_DIGITS:
            return f"an integer of more than {MOST_DIGITS} digits"
        case int() | float() | Decimal():
            return f"{value}"
        case date():
            return f"a Python {type(value).__name__}, where times are Unix seconds, such as int(moment.timestamp())"
        case _:
            return f"a Python {type(value).__name__}"
