"""
Responses that do not come from the API itself: from proxies, gateways, login pages or a failing service.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

_TEMPORARY = frozenset({408, 425, 429, 499})
_REDIRECTS, _CLIENT_ERRORS = range(300, 400), range(400, 500)
_TOO_MANY_REQUESTS, _SERVER_ERROR, _NO_CONTENT = 429, 500, 204
_MAX_DEPTH = 64  # levels of JSON; an invoice has seven, and the code that reads a response is recursive

_decode = msgspec.json.Decoder().decode


def obstacle(status: int, headers: Mapping[str, str], body: bytes) -> str:
    """
    Return why a response says nothing about the API, such as `the response was 502`; empty when it comes from the API.

    Temporary errors, redirects, web pages, and missing, truncated or too deep JSON count as obstacles.
    """
    content_type = headers.get("content-type", "").lower()
    if status in _TEMPORARY or status >= _SERVER_ERROR:
        return f"the response was {status}"
    if status in _REDIRECTS:
        return f"the response was {status}, a redirect"
    if "html" in content_type or body.lstrip()[:1] == b"<":
        return f"the response was {status}, with a web page"
    expects_json = status != _NO_CONTENT and (status not in _CLIENT_ERRORS or "json" in content_type)
    if expects_json and read_json(body) is None:
        return f"the response was {status}, with truncated or invalid JSON"
    return ""


def is_rejection(status: int, headers: Mapping[str, str], body: bytes) -> bool:
    """
    Return whether the response to a create proves that no invoice was created.
    """
    return status == _TOO_MANY_REQUESTS or (status in _CLIENT_ERRORS and not obstacle(status, headers, body))


def read_json(body: bytes) -> Any:
    """
    Return the JSON in *body*; None when it is invalid, or nested too deeply to be read safely.
    """
    try:
        value = _decode(body)
    except (ValueError, RecursionError):
        return None
    return None if _is_too_deep(value) else value


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [child for node in level for child in _children(node)]
        if not level:
            return False
    return True


def _children(node: Any) -> Iterable[Any]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()
