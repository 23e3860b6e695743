"""
Reading requests that arrive in one piece, as those of most clients do.
"""

from functools import lru_cache
from urllib.parse import unquote

import httptools
import msgspec

from .request_log import RawHeaders


class WholeRequest(msgspec.Struct, frozen=True):
    """
    A request as it was sent.

    Attributes:
        method: Its method.
        path: Its path, decoded.
        raw_path: Its path as it was sent.
        query: Its query as it was sent, without the question mark.
        headers: Its headers, their names in lower case.
        body: Its body.
    """

    method: str
    path: str
    raw_path: bytes
    query: bytes
    headers: RawHeaders
    body: bytes


class WholeReader:
    """
    Reads the requests of one connection, as long as each comes in one piece.
    """

    def __init__(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._begun = self._ended = 0

    def read(self, data: bytes) -> WholeRequest | None:
        """
        Return the request that *data* is, or None when it is not just one that is whole, and nothing is read any more.

        It is None, too, when the connection is to be closed or upgraded after it, or when it is in an older HTTP.
        """
        self._begun = self._ended = 0
        try:
            self._parser.feed_data(data)
            if self._begun == self._ended == 1 and self._is_plain:
                return WholeRequest(self._method, *_parts(self._url), self._headers, self._body)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade, UnicodeDecodeError):
            pass  # whoever reads it next says what is wrong with it
        return None

    def on_message_begin(self) -> None:
        """
        Begin a request.
        """
        self._begun += 1
        self._url = self._body = b""
        self._headers: RawHeaders = []

    def on_url(self, url: bytes) -> None:
        """
        Take a part of the URL.
        """
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """
        Take a header.
        """
        self._headers.append((name.lower(), value))

    def on_body(self, body: bytes) -> None:
        """
        Take a part of the body.
        """
        self._body += body

    def on_message_complete(self) -> None:
        """
        End the request; the parser forgets after this what it was like.
        """
        self._ended += 1
        self._method = self._parser.get_method().decode("ascii")
        self._is_plain = self._parser.should_keep_alive() and self._parser.get_http_version() == "1.1"


@lru_cache(maxsize=128)  # callers ask for the same again and again
def _parts(url: bytes) -> tuple[str, bytes, bytes]:
    parsed = httptools.parse_url(url)
    if parsed.path is None:
        raise httptools.HttpParserInvalidURLError("no path")
    return unquote(parsed.path.decode("ascii")), parsed.path, parsed.query or b""
