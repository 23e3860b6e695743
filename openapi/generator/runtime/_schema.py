"""
Fields of a model: names, JSON keys, types and rules.
"""

import typing
from collections.abc import Mapping
from functools import cache, reduce
from json.encoder import encode_basestring
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
    prefix: str  # the key and its colon as JSON text
    kind: Any  # the type of its value, without `Unset`
    required: bool
    rules: Mapping[str, Any]  # the contract's rules besides the type, such as `maxLength`


@cache
def fields_of(model: Any) -> tuple[Field, ...]:
    kinds = _kinds(model)
    required = {field.name for field in attrs.fields(model) if field.default is attrs.NOTHING}
    return tuple(
        Field(
            name=name,
            key=key,
            step=below("", key),
            prefix=f"{encode_basestring(key)}:",
            kind=_present(kinds[name]),
            required=name in required,
            rules=model.RULES.get(name, {}),
        )
        for name, key in model.KEYS.items()
    )


def extra_of(model: Any) -> Any:
    """
    Return the type of the values of all other keys.
    """
    return typing.get_args(_kinds(model)["additional_properties"])[1]


def _kinds(model: Any) -> dict[str, Any]:
    from . import models  # noqa: PLC0415  they import this module

    names = {name: getattr(models, name) for name in models.__all__}
    return typing.get_type_hints(model, localns=names, include_extras=True)


def _present(kind: Any) -> Any:
    """
    Return the type *kind* without Unset: an absent value is not read.
    """
    if Unset not in typing.get_args(kind):
        return kind
    rest = [option for option in typing.get_args(kind) if option is not Unset]
    return reduce(or_, rest)
