"""
The control API of a mock in another process, as a test reaches it.
"""

from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from http.client import HTTPConnection
from json import loads
from typing import Any, Self
from urllib.parse import urlsplit

import attrs
import msgspec

_PATIENCE = 30  # seconds
_FIRST_ERROR = 400
_WRONG_INPUT = 422


class ControlFailed(RuntimeError):  # noqa: N818 - says what is the matter
    """The mock did not do what the test asked of it; the message is what it answered."""


@attrs.frozen
class ControlApi:
    """
    The control API of a mock. What is asked of it does not go through httpx, which tests may have mocked.

    Attributes:
        host: Where the mock listens.
        port: And on which port.
    """

    host: str
    port: int

    @classmethod
    def beside(cls, base_url: str) -> Self:
        """
        Return the control API of the mock whose API is at *base_url*.
        """
        url = urlsplit(base_url)
        return cls(url.hostname or "", url.port or 80)

    def ask(
        self, method: str, path: str, body: Any = None, *, parse_float: Callable[[str], float | Decimal] = float
    ) -> Any:
        """
        Send a request, with *body* as JSON, and return the JSON that comes back.

        Args:
            method: Its method.
            path: Its path and query, after `/_mock/`.
            body: What it says.
            parse_float: Reads the numbers that are no integers.

        Raises:
            ValueError: When what it says makes no sense to the mock.
            ControlFailed: When the mock answers another error.
            OSError: When it does not answer.
        """
        with closing(HTTPConnection(self.host, self.port, timeout=_PATIENCE)) as connection:
            sent = None if body is None else msgspec.json.encode(body)
            connection.request(method, f"/_mock/{path}", sent, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
        if answer.status == _WRONG_INPUT:
            raise ValueError(loads(text)["data"]["errMsg"])
        if answer.status >= _FIRST_ERROR:
            raise ControlFailed(f"{method} /_mock/{path} answered {answer.status}: {text.decode(errors='replace')}")
        return loads(text, parse_float=parse_float)
