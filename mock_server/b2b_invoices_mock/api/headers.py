"""
The headers that every answer has, whatever it says, and what callers say in theirs of the answer they take.
"""

import gzip
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import count
from uuid import UUID, uuid4

from starlette.datastructures import Headers
from starlette.responses import Response

_ALWAYS = (
    (b"vary", b"Accept-Language"),
    (b"content-language", b"en-US"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"X-Request-ID,Content-Length"),
)
"""The headers of the vendor's general page, but for those that its gateway adds."""

FOR_BROWSERS = {
    "Access-Control-Allow-Headers": "authToken, Content-Type",
    "Access-Control-Allow-Methods": "GET, POST, PUT, OPTIONS, DELETE, PATCH",
    "Access-Control-Max-Age": "1728000",
}
"""The headers of an answer to OPTIONS, which browsers ask for; the vendor's list leaves out its newer credentials."""

_WORTH_ZIPPING = 1024  # bytes; below it, gzip saves no packet
_GZIP_LEVEL = 6


def request_ids(seed: UUID | None = None) -> Callable[[], str]:
    """
    Return what gives each request an id of its own: that of the mock's run, *seed* or a new one, with a number in it.
    """
    run = str(seed or uuid4())[:23]
    numbers = count(1)
    return lambda: f"{run}-{next(numbers):012x}"


def complete(response: Response, request_id: str, headers: Headers) -> None:
    """
    Give *response* the headers that every answer has, and zip it for a caller whose *headers* say so.
    """
    response.raw_headers += _ALWAYS
    response.raw_headers.append((b"x-request-id", request_id.encode()))
    if len(response.body) >= _WORTH_ZIPPING and "content-encoding" not in response.headers:
        _zip(response, headers)


def accepts_json(headers: Headers) -> bool:
    """
    Return whether a caller takes JSON, which everyone does who says nothing of it.
    """
    return _takes_json(",".join(headers.getlist("Accept")))


@lru_cache(maxsize=64)  # a caller says the same each time
def _takes_json(accept: str) -> bool:
    if not accept.strip():
        return True
    wanted = dict(_weighted(accept))
    for media_range in ("application/json", "application/*", "*/*"):  # the most specific range decides
        if media_range in wanted:
            return wanted[media_range]
    return False


def _zip(response: Response, headers: Headers) -> None:
    response.headers.add_vary_header("Accept-Encoding")
    wanted = dict(_weighted(",".join(headers.getlist("Accept-Encoding"))))
    if not wanted.get("gzip", wanted.get("*", False)):
        return
    response.body = gzip.compress(bytes(response.body), _GZIP_LEVEL, mtime=0)
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Content-Length"] = str(len(response.body))


def _weighted(value: str) -> Iterator[tuple[str, bool]]:
    """
    Yield each element of a list such as `gzip;q=0.5, *;q=0`, in lower case, with whether it is wanted at all.
    """
    for element in value.lower().split(","):
        name, *parameters = (part.strip() for part in element.split(";"))
        weight = next((text[2:] for text in parameters if text.startswith("q=")), "1")
        yield name, weight.strip("0.") != ""
