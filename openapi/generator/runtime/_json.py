"""
JSON with exact numbers: decoded to `Decimal` and encoded from it, never through a float.
"""

import json
import math
from collections.abc import Callable, Iterator
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any, NoReturn

MOST_DIGITS = 400  # of a number in plain digits; more would exhaust time and memory
_LIMIT = 10**MOST_DIGITS


def loads(content: bytes | str) -> Any:
    """
    Decode JSON text; numbers with a fraction become Decimal. Raise ValueError if it is invalid.
    """
    try:
        return _DECODER.decode(content if isinstance(content, str) else _decoded(content))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    except ArithmeticError as error:
        raise ValueError("a number is out of range") from error


def dumps(value: Any) -> bytes:
    """
    Encode *value* as JSON text; raise TypeError, ValueError or RecursionError if JSON cannot hold it.
    """
    return text_of(value).encode()


def unsendable(value: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """
    Yield JSON pointer and reason of everything in *value* that JSON cannot hold.
    """
    if isinstance(value, dict):
        for key, item in value.items():
            if _is_text(key):
                yield from unsendable(item, below(pointer, key))
            else:
                yield pointer, f"expected keys that are text, got {key!r}"
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from unsendable(item, below(pointer, str(index)))
    else:
        try:
            dumps(value)
        except (TypeError, ValueError) as error:
            yield pointer, f"expected a JSON value, got {error}"


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value.encode("utf-8", "replace").decode() == value  # not with half a character


def below(pointer: str, key: str) -> str:
    """
    Return the JSON pointer to *key* of the object or array at *pointer*.
    """
    return f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"


def text_of(value: Any) -> str:
    write = WRITERS.get(type(value)) or _writer_of_base(type(value))
    return write(value)


def _writer_of_base(kind: type) -> Callable[[Any], str]:
    for base, write in WRITERS.items():
        if issubclass(kind, base):
            return write
    raise TypeError(f"a Python {kind.__name__}")


def _object(value: dict[str, Any]) -> str:
    return "{" + ",".join([f"{encode_basestring(key)}:{text_of(item)}" for key, item in value.items()]) + "}"


def _array(value: list[Any]) -> str:
    return "[" + ",".join([text_of(item) for item in value]) + "]"


def _number(value: Decimal) -> str:
    if not value.is_finite() or abs(value.adjusted()) > MOST_DIGITS:
        raise ValueError(f"the number {value}")
    return f"{value:f}"


def _integer(value: int) -> str:
    if abs(value) >= _LIMIT:
        raise ValueError(f"an integer of more than {MOST_DIGITS} digits")
    return int.__repr__(value)


def _double(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError(f"the number {value}")
    return float.__repr__(value)


WRITERS: dict[type, Callable[[Any], str]] = {
    str: encode_basestring,
    dict: _object,
    Decimal: _number,
    list: _array,
    bool: lambda value: "true" if value else "false",
    int: _integer,
    float: _double,
    type(None): lambda _value: "null",
}
"""Python type -> function that writes its values as JSON text."""


def _decoded(content: bytes) -> str:
    return content.decode(json.detect_encoding(content), "surrogatepass")


def _reject_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not valid JSON")


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_reject_constant)
