"""
What can be between a run and the service: answers that are not the service's own, and so say nothing of its contract.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

_PASSING = frozenset({408, 425, 429, 499})
_REDIRECTS, _REFUSALS = range(300, 400), range(400, 500)
_TOO_MANY, _SERVER_ERROR, _NO_CONTENT = 429, 500, 204
_DEEPEST = 64  # levels of JSON; an invoice has seven, and what goes through an answer does so by recursion

_decode = msgspec.json.Decoder().decode


def obstacle(status: int, headers: Mapping[str, str], body: bytes) -> str:
    """
    Return why an answer says nothing of the service, such as `the answer was 502`; empty when it is the service's own.

    Trouble that passes, a redirect, a web page, and JSON that is cut off, too deep or missing come from what is on the
    way, or from a service that is in no state to be judged.
    """
    kind = headers.get("content-type", "").lower()
    if status in _PASSING or status >= _SERVER_ERROR:
        return f"the answer was {status}"
    if status in _REDIRECTS:
        return f"the answer was {status}, which leads elsewhere"
    if "html" in kind or body.lstrip()[:1] == b"<":
        return f"a web page came back, with {status}"
    if status != _NO_CONTENT and (status not in _REFUSALS or "json" in kind) and read_json(body) is None:
        return f"the answer, {status}, was cut off, or is no JSON"
    return ""


def is_refusal(status: int, headers: Mapping[str, str], body: bytes) -> bool:
    """
    Return whether the answer to a create says for sure that nothing was created.
    """
    return status == _TOO_MANY or (status in _REFUSALS and not obstacle(status, headers, body))


def read_json(body: bytes) -> Any:
    """
    Return the JSON of *body*; None when nobody can read it, or it is too deep to be looked through.
    """
    try:
        value = _decode(body)
    except (ValueError, RecursionError):
        return None
    return None if _is_too_deep(value) else value


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [part for node in level for part in _parts(node)]
        if not level:
            return False
    return True


def _parts(node: Any) -> Iterable[Any]:
    match node:
        case dict():
            return node.values()
        case list():
            return node
        case _:
            return ()
