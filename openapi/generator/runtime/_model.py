"""
Base class of the models: conversion from and to JSON, and keys that the contract does not name.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from types import NoneType
from typing import Any, ClassVar, Self

import attrs

from .types import UNSET


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
        from ._decoder import LENIENT, read  # noqa: PLC0415  it imports this module

        model: Self = read(cls, src_dict, LENIENT)
        return model

    @classmethod
    def from_json(cls, content: bytes | str) -> Self:
        """
        Return the model for JSON text, with exact numbers; raise `errors.Misfit` if it does not match.

        >>> Balance.from_json('{"code": "USD", "value": 100.10}').value
        Decimal('100.10')
        """
        from ._decoder import LENIENT, read_json  # noqa: PLC0415  it imports this module

        return read_json(cls, content, LENIENT)

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
        from ._json import dumps  # noqa: PLC0415  not needed to declare a model

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
