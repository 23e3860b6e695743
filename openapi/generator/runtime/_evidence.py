"""
Evidence: requests and responses without credentials, which errors and results keep.
"""

from copy import copy

import httpx

_SHOWN = (b"accept", b"accept-encoding", b"connection", b"content-length", b"content-type", b"host", b"user-agent")


class Evidence:
    """
    A response, kept without credentials in the attribute `raw`.
    """

    raw: httpx.Response

    @property
    def headers(self) -> httpx.Headers:
        """
        The response headers; their names are case-insensitive.
        """
        return self.raw.headers

    @property
    def content(self) -> bytes:
        """
        The body as received. It may hold personal data, so no message repeats it.
        """
        return self.raw.content

    @property
    def request_id(self) -> str | None:
        """
        The service's id of the request, for its support.
        """
        request_id: str | None = self.raw.headers.get("X-Request-Id")
        return request_id


def evidence(response: httpx.Response) -> httpx.Response:
    """
    Return the *response*, changed to hold no request with credentials.
    """
    response.request = without_secrets(response.request)
    response.next_request = None  # the target of a redirect, with the credentials
    return response


def title(request: httpx.Request) -> str:
    """
    Return method and path, such as `GET /invoices`, without the query, as it may contain names of customers.
    """
    return f"{request.method} {request.url.path}"


def without_secrets(request: httpx.Request) -> httpx.Request:
    """
    Return a copy of *request* without the headers that may hold a secret.
    """
    shown = copy(request)
    shown.headers = httpx.Headers([item for item in request.headers.raw if item[0].lower() in _SHOWN])
    return shown
