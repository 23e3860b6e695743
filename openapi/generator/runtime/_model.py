"""
Base class of the models: fields, conversion from and to JSON, and keys that the contract does not name.
"""

import typing
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from functools import cache, reduce
from json.encoder import encode_basestring
from operator import or_
from types import NoneType
from typing import Any, ClassVar, Self

import attrs

from ._json import below, dumps
from .types import UNSET, Unset


@attrs.define
class Model:
    """
    A JSON object of the contract.

    Attributes:
        KEYS: JSON key of each field, by Python name.
        TEXTS: Fields whose Decimal is text in JSON.
        RULES: Constraints of a field besides its type, such as `maxLength`.
        additional_properties: Values of all other keys.
    """

    KEYS: ClassVar[dict[str, str]] = {}
    TEXTS: ClassVar[frozenset[str]] = frozenset()
    RULES: ClassVar[dict[str, dict[str, Any]]] = {}

    additional_properties: dict[str, Any] = attrs.field(init=False, factory=dict)

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """
        Return the model for a decoded JSON object; raise `errors.Misfit` if it does not match.

        `to_dict` returns an equal object, with amounts as the contract writes them.

        >>> Balance.from_dict({"code": "USD", "value": 100.1}).value
        Decimal('100.1')
        """
        from ._decoder import Strictness, read  # noqa: PLC0415  it imports this module

        model: Self = read(cls, src_dict, Strictness.LENIENT)
        return model

    @classmethod
    def from_json(cls, content: bytes | str) -> Self:
        """
        Return the model for JSON text, with exact numbers; raise `errors.Misfit` if it does not match.

        >>> Balance.from_json('{"code": "USD", "value": 100.10}').value
        Decimal('100.10')
        """
        from ._decoder import Strictness, read_json  # noqa: PLC0415  it imports this module

        return read_json(cls, content, Strictness.LENIENT)

    def to_dict(self) -> dict[str, Any]:
        """
        Return the JSON object, without UNSET fields; amounts are Decimal, or text where JSON has text.

        >>> Balance(code="USD", value="100.10").to_dict()
        {'code': 'USD', 'value': Decimal('100.10')}
        """
        written: dict[str, Any] = write(self.additional_properties)
        for name, key in self.KEYS.items():
            value = getattr(self, name)
            if value is not UNSET:
                written[key] = f"{value:f}" if name in self.TEXTS else write(value)
        return written

    def to_json(self) -> str:
        """
        Return the JSON text, with exact numbers.

        >>> Balance(code="USD", value="100.10").to_json()
        '{"code":"USD","value":100.10}'
        """
        return dumps(self.to_dict()).decode()

    @property
    def additional_keys(self) -> list[str]:
        """
        The keys that the contract does not name.
        """
        return list(self.additional_properties)

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties


_PLAIN = frozenset({str, int, float, bool, Decimal, NoneType})


def write(value: Any) -> Any:
    """
    Return *value* as JSON has it: models become dictionaries, enumerations their values, and UNSET is left out.
    """
    if type(value) in _PLAIN:
        return value
    match value:
        case Model():
            return value.to_dict()
        case dict():
            return {key: write(item) for key, item in value.items() if item is not UNSET}
        case list() | tuple():
            return [write(item) for item in value]
        case Enum():
            return value.value
        case _:
            return value


@attrs.frozen
class Field:
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
