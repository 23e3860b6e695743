"""
Sending a request: one attempt after another, as the client's `retries` allow.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import attrs
import httpx
from httpx_retries import RetryTransport

from . import errors
from ._attempt import Attempt
from ._evidence import title
from ._retry import RetryPolicy
from ._settings import header_mapping, timeout_value
from .client import Client
from .types import Timeout, Unset


def send(
    client: Client,
    request: Mapping[str, Any],
    timeout: Timeout | Unset,
    headers: Mapping[str, str] | None,
    *,
    once_before: float | None = None,
) -> httpx.Response:
    """
    Return the response to *request*, the arguments of `httpx.Client.build_request`.

    With *once_before*, a time on the client's clock, it is sent once, and not after that time.
    """
    policy = _policy(client, request, once_before)
    built = _build(client, client.get_httpx_client(), request, timeout, headers)
    with policy.lost_attempt_first():
        return policy.final(RetryTransport(_Transport(client, policy), policy).handle_request(built))


async def send_async(
    client: Client,
    request: Mapping[str, Any],
    timeout: Timeout | Unset,  # noqa: ASYNC109  httpx's, for each step
    headers: Mapping[str, str] | None,
    *,
    once_before: float | None = None,
) -> httpx.Response:
    """
    The async version of `send`.
    """
    policy = _policy(client, request, once_before)
    built = _build(client, client.get_async_httpx_client(), request, timeout, headers)
    with policy.lost_attempt_first():
        response = await RetryTransport(_Transport(client, policy), policy).handle_async_request(built)
        return policy.final(response)


def _policy(client: Client, request: Mapping[str, Any], once_before: float | None) -> RetryPolicy:
    retries = client.retries
    now = retries.clock()
    method = request["method"].upper()
    if once_before is None:
        return RetryPolicy(retries, method, retries.attempts, now + retries.deadline)
    if now > once_before:
        raise errors.NotSent(f"{method} {request['url']}", "there was no time left")
    return RetryPolicy(retries, method, 1, once_before)


def _build(
    client: Client,
    http: httpx.Client | httpx.AsyncClient,
    request: Mapping[str, Any],
    timeout: Timeout | Unset,
    headers: Mapping[str, str] | None,
) -> httpx.Request:
    options = {**request, "url": _absolute(client.base_url, request["url"])}
    if not isinstance(timeout, Unset):
        options["timeout"] = timeout_value(timeout)
    if headers:
        options["headers"] = httpx.Headers(request.get("headers"))
        options["headers"].update(header_mapping(headers))
    try:
        return http.build_request(**options)
    except (TypeError, ValueError, httpx.InvalidURL) as error:  # a parameter that no URL can carry
        raise errors.InvalidRequest(
            [errors.Violation("", f"expected values that a URL can hold, got {error}")]
        ) from error


@lru_cache
def _absolute(base_url: str, path: str) -> httpx.URL:
    """
    Return the URL of *path*; to parse one takes longer than the rest of `build_request`.
    """
    return httpx.URL(base_url.removesuffix("/") + path)


@attrs.frozen
class _Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """
    Sends one attempt of a request, when the rate limit allows it.
    """

    client: Client
    policy: RetryPolicy

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        while wait := _wait(self.client, request, self.policy.deadline):
            self.client.retries.sleep(wait)
        http = self.client.get_httpx_client()  # each time: it may have been closed during the wait
        with Attempt(self.client, http, request) as attempt:
            attempt.response = http.send(request, stream=True)
            try:
                attempt.response.read()
            finally:
                attempt.response.close()
        return self.policy.noted(attempt.response)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        while wait := _wait(self.client, request, self.policy.deadline):
            await self.client.retries.async_sleep(wait)
        http = self.client.get_async_httpx_client()
        with Attempt(self.client, http, request) as attempt:
            attempt.response = await http.send(request, stream=True)
            try:
                await attempt.response.aread()
            finally:
                await attempt.response.aclose()
        return self.policy.noted(attempt.response)


def _wait(client: Client, request: httpx.Request, deadline: float) -> float:
    """
    Return the seconds to wait before *request* can be sent; raise `NotSent` if they end after the *deadline*.
    """
    if not client.retries.pace:
        return 0.0
    now = client.retries.clock()
    wait = client.pace.take(now)
    if wait and now + wait > deadline:
        raise errors.NotSent(title(request), f"the store has no requests left for {wait:.0f} seconds")
    return wait
