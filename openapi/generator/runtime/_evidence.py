"""
Evidence: requests and responses without credentials, for errors and results to keep.
"""

from copy import copy

import httpx

__all__ = ["evidence", "without_secrets"]

_SHOWN = (b"accept", b"accept-encoding", b"connection", b"content-length", b"content-type", b"host", b"user-agent")


def evidence(response: httpx.Response) -> httpx.Response:
    """
    Return the *response*, changed to hold no request with credentials.
    """
    response.request = without_secrets(response.request)
    response.next_request = None  # the target of a redirect, with the credentials
    return response


def without_secrets(request: httpx.Request) -> httpx.Request:
    """
    Return a copy of *request* without the headers that may hold a secret.
    """
    shown = copy(request)
    shown.headers = httpx.Headers([item for item in request.headers.raw if item[0].lower() in _SHOWN])
    return shown
