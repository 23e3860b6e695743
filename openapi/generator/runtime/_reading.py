"""
From JSON to models, checking every key and type on the way.

`read` is given a type as it is annotated on a model, and a value as `json.loads` made it. What does not fit is a
`Misfit` that says where; nothing else is raised.
"""

import json
import types
import typing
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, NoReturn, TypeVar

import attrs

from ._model import Model
from .errors import Misfit
from .types import Unset

__all__ = ["read", "read_json"]

M = TypeVar("M", bound=Model)

_NAMES = {str: "text", int: "an integer", float: "a number", bool: "true or false", types.NoneType: "null"}


def read_json(model: type[M], content: bytes) -> M:
    """
    The *model* that the JSON text *content* holds.
    """
    try:
        value = json.loads(content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Misfit("", "JSON", f"not: {error}") from error
    return _read_model(model, value, "")


def read(kind: Any, value: Any, pointer: str = "") -> Any:
    """
    The *value*, found at *pointer*, as the type *kind*.
    """
    if kind is Any:
        return value
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        return _read_union(typing.get_args(kind), value, pointer)
    if origin is list:
        return _read_list(typing.get_args(kind)[0], value, pointer)
    if issubclass(kind, Model):
        return _read_model(kind, value, pointer)
    if issubclass(kind, Enum):
        return _read_enum(kind, value, pointer)
    return _read_scalar(kind, value, pointer)


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not in JSON")


# ---------------------------------------------------------------- one function for each kind of type


def _read_model(model: type[M], value: Any, pointer: str) -> M:
    if not isinstance(value, Mapping):
        raise Misfit(pointer, "an object", _name(value))
    shape = _shape(model)  # type: ignore[arg-type]  # a class has a hash, whatever its objects have
    unread = dict(value)
    arguments = {}
    for field in shape.fields:
        if field.key in unread:
            arguments[field.name] = read(field.kind, unread.pop(field.key), _below(pointer, field.key))
        elif field.required:
            raise Misfit(_below(pointer, field.key), "there", "not")
    made = model(**arguments)
    made.additional_properties = {key: read(shape.extra, unread[key], _below(pointer, key)) for key in unread}
    return made


def _read_list(kind: Any, value: Any, pointer: str) -> list[Any]:
    if not isinstance(value, list):
        raise Misfit(pointer, "an array", _name(value))
    return [read(kind, item, _below(pointer, str(index))) for index, item in enumerate(value)]


def _read_union(kinds: tuple[Any, ...], value: Any, pointer: str) -> Any:
    """
    The first of *kinds* that fits; when none does, the misfit that was found deepest says most.
    """
    misfits = []
    for kind in kinds:
        if kind is not Unset:
            try:
                return read(kind, value, pointer)
            except Misfit as misfit:
                misfits.append(misfit)
    deepest = max(misfits, key=lambda misfit: len(misfit.pointer))
    if deepest.pointer != pointer:
        raise deepest
    raise Misfit(pointer, " or ".join(misfit.expected for misfit in misfits), deepest.met)


def _read_enum(kind: type[Enum], value: Any, pointer: str) -> Enum:
    for member in kind:
        if member.value == value and not isinstance(value, bool):
            return member
    raise Misfit(pointer, f"one of {', '.join(repr(member.value) for member in kind)}", _name(value))


def _read_scalar(kind: type, value: Any, pointer: str) -> Any:
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)  # 12.0 is an integer in JSON Schema
    accepted = (int, float) if kind is float else kind
    if isinstance(value, accepted) and (kind is bool or not isinstance(value, bool)):
        return value
    raise Misfit(pointer, _NAMES[kind], _name(value))


# ---------------------------------------------------------------- what a model looks like


@attrs.frozen
class _Field:
    """
    One field of a model.

    Attributes:
        name: In Python.
        key: In JSON.
        kind: Its type.
        required: Whether its key must be there.
    """

    name: str
    key: str
    kind: Any
    required: bool


@attrs.frozen
class _Shape:
    """
    The fields of a model, and the type of the values of its unknown keys.
    """

    fields: tuple[_Field, ...]
    extra: Any


@cache
def _shape(model: type[Model]) -> _Shape:
    from . import models  # noqa: PLC0415  they import this module

    kinds = typing.get_type_hints(model, localns=vars(models))
    required = {field.name for field in attrs.fields(model) if field.default is attrs.NOTHING}
    fields = (_Field(name, key, kinds[name], name in required) for name, key in model.KEYS.items())
    return _Shape(tuple(fields), typing.get_args(kinds["additional_properties"])[1])


# ---------------------------------------------------------------- words for messages


def _below(pointer: str, key: str) -> str:
    return f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"


def _name(value: Any) -> str:
    """
    What *value* is, without repeating text that may be personal.
    """
    if isinstance(value, list):
        return "an array"
    if isinstance(value, dict):
        return "an object"
    return "text" if isinstance(value, str) else json.dumps(value)
