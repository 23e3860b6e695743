"""
Fields of a model: names, JSON keys, types and rules.
"""

import typing
from collections.abc import Mapping
from functools import cache, reduce
from operator import or_
from typing import Any

import attrs

from ._json import below
from .types import Unset


@attrs.frozen
class Field:
    """
    One field of a model.
    """

    name: str
    key: str
    step: str  # the key as a step of a JSON pointer
    kind: Any  # the type of its value, without `Unset`
    required: bool
    rules: Mapping[str, Any]  # the contract's rules besides the type, such as `maxLength`


@attrs.frozen
class Schema:
    """
    The fields of a model.
    """

    fields: tuple[Field, ...]
    extra: Any  # the type of the values of other keys


@cache
def schema_of(model: Any) -> Schema:
    from . import models  # noqa: PLC0415  they import this module

    names = {name: getattr(models, name) for name in models.__all__}
    kinds = typing.get_type_hints(model, localns=names, include_extras=True)
    required = {field.name for field in attrs.fields(model) if field.default is attrs.NOTHING}
    fields = (
        Field(name, key, below("", key), _present(kinds[name]), name in required, model.RULES.get(name, {}))
        for name, key in model.KEYS.items()
    )
    return Schema(tuple(fields), typing.get_args(kinds["additional_properties"])[1])


def _present(kind: Any) -> Any:
    """
    Return the type *kind* without Unset: an absent value is not read.
    """
    if Unset not in typing.get_args(kind):
        return kind
    rest = [option for option in typing.get_args(kind) if option is not Unset]
    return reduce(or_, rest)
