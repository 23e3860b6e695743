"""
Validation of settings: credentials, base URL, timeouts and headers. No message repeats what may be secret.
"""

from collections.abc import Callable, Mapping
from typing import Any

import httpx

from ._contract import BASE_URL
from .errors import InvalidSetting
from .types import Timeout

_LONGEST_TIMEOUT = 1_000_000  # seconds; sockets cannot wait for much longer
_OWN_ARGUMENTS = ("auth", "base_url", "cookies", "follow_redirects", "headers", "http2", "timeout")
_OWN_HEADERS = ("content-length", "host", "transfer-encoding", "x-auth-token", "x-store-hash")


def instance_of(setting: str, kind: type, expected: str) -> Callable[[Any, Any, Any], None]:
    def validate(_owner: Any, _attribute: Any, value: Any) -> None:
        if not isinstance(value, kind):
            raise InvalidSetting(setting, f"expected {expected}, got {value!r}.")

    return validate


def timeout_value(value: Any) -> Timeout:
    parts = value.as_dict().values() if isinstance(value, httpx.Timeout) else [value]
    if not all(part is None or _is_seconds(part) for part in parts):
        raise InvalidSetting("timeout", f"expected seconds above 0, an httpx.Timeout, or None; got {value!r}.")
    timeout: Timeout = value
    return timeout


def _is_seconds(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= _LONGEST_TIMEOUT


def header_mapping(value: Mapping[str, str]) -> Mapping[str, str]:
    if not isinstance(value, Mapping):
        raise InvalidSetting("headers", f"expected a mapping of names to text, got {type(value).__name__}.")
    for name, text in value.items():
        if problem := _header_problem(name, text):
            raise InvalidSetting("headers", f"{name!r} {problem}")
    return value


def _header_problem(name: Any, text: Any) -> str:
    if not all(isinstance(part, str) and part.isascii() and part.isprintable() for part in (name, text)):
        return "must have a name and a value of printable ASCII text."
    if text != text.strip():
        return "has a value that begins or ends with a space; remove it."
    if not name or any(character in name for character in ' ()<>@,;:"/[]?={}\\'):
        return "is not a valid header name."
    if name.lower() in _OWN_HEADERS:
        return "is set by Client; remove it."
    return ""


def httpx_arguments(value: Mapping[str, Any]) -> None:
    """
    Reject arguments that Client sets itself, and redirects, which would send the credentials to another host.
    """
    if not isinstance(value, Mapping):
        raise InvalidSetting("httpx_args", f"expected a mapping of names to arguments, got {type(value).__name__}.")
    for name in _OWN_ARGUMENTS:
        if name in value:
            raise InvalidSetting("httpx_args", f"the argument {name!r} is set by Client; remove it.")


def credential(setting: str, value: Any) -> None:
    if not isinstance(value, str):
        raise InvalidSetting(setting, f"expected text, got {type(value).__name__}.")
    if not value:
        raise InvalidSetting(setting, "it is empty; copy it from the store's API account.")
    if not value.isascii() or not value.isprintable() or value != value.strip():
        raise InvalidSetting(
            setting,
            "it has characters that a header cannot hold (a line end, a space around it, a letter that is not ASCII); "
            "copy it again.",
        )


def base_url(value: Any) -> None:
    try:
        url = httpx.URL(value)
        url.host.encode("idna")  # as the resolver does, whose error says less
    except (httpx.InvalidURL, TypeError, UnicodeError):
        raise InvalidSetting("base_url", f"expected a URL such as {BASE_URL!r}.") from None
    if url.userinfo or "?" in str(value) or "#" in str(value):
        raise InvalidSetting("base_url", f"expected a URL without user, query and fragment, such as {BASE_URL!r}.")
    if url.scheme not in ("http", "https") or not url.host or " " in str(value):
        raise InvalidSetting("base_url", f"expected a URL with scheme and host, such as {BASE_URL!r}.")
