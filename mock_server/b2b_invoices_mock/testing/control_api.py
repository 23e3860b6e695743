"""
Client of the mock's control API, for the fixtures.
"""

from collections.abc import Callable
from decimal import Decimal
from json import loads
from typing import Any

import attrs
import msgspec

Exchange = Callable[[str, str, bytes | None], tuple[int, bytes]]
"""Sends a request (method, path with query, JSON body) to the mock, and returns the status and body of the response."""

_PREFIX = "/_mock"
_PAGE_SIZE = 1000  # the most requests that it returns at once
_FIRST_ERROR = 400
_INVALID_INPUT = 422


class ControlFailed(RuntimeError):  # noqa: N818 - reads better in a traceback
    """The control API returned an error response, which the message quotes."""


@attrs.frozen
class ControlApi:
    """
    Client of the control API of one mock.

    Attributes:
        exchange: Sends a request to the mock.
    """

    exchange: Exchange

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """
        Send a request to *path* below `/_mock/`, and return the JSON of the response, with exact numbers.

        Raises:
            ValueError: If the mock rejects the input.
            ControlFailed: If the mock returns another error response.
            OSError: If the mock cannot be reached.
        """
        sent = None if body is None else msgspec.json.encode(body)
        status, received = self.exchange(method, f"{_PREFIX}/{path}", sent)
        if status == _INVALID_INPUT:
            raise ValueError(loads(received)["data"]["errMsg"])
        if status >= _FIRST_ERROR:
            text = received.decode(errors="replace")
            raise ControlFailed(f"{method} {_PREFIX}/{path} returned {status}: {text}")
        return loads(received, parse_float=Decimal)

    def requests(self) -> list[dict[str, Any]]:
        """
        Return all logged requests, oldest first, with headers and bodies.
        """
        found: dict[int, Any] = {}  # by number: a request that arrives meanwhile shifts the others to the next page
        offset, total = 0, 1
        while offset < total:
            page = self.call("GET", f"requests?full=true&limit={_PAGE_SIZE}&offset={offset}")
            found |= {request["number"]: request for request in page["data"]}
            offset, total = offset + _PAGE_SIZE, page["meta"]["pagination"]["totalCount"]
        return [found[number] for number in sorted(found)]
