"""
Routing of httpx clients to the mock, through respx.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from respx.mocks import HTTPCoreMocker
from respx.models import AllMockedAssertionError, PassThrough

from b2b_invoices_mock.control.access import is_loopback

from .in_process import InProcessTransport

_MOCKER: Any = HTTPCoreMocker  # declared to take routers of respx only, but all it needs is the two methods of _Router


class _Router:
    """Like a router of respx, which the tests may use too. respx calls them in order until one returns a response."""

    def handler(self, request: httpx.Request) -> httpx.Response:
        raise NotImplementedError

    async def async_handler(self, request: httpx.Request) -> httpx.Response:
        return self.handler(request)


class _MockRouter(_Router):
    """Sends requests to the mock's host into the mock, and leaves others to the routers after it."""

    def __init__(self, host: str, transport: InProcessTransport, last: "_LastRouter") -> None:
        self.host = host
        self._transport = transport
        self._last = last

    def handler(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == self.host:
            return self._transport.respond(request)
        routers = _MOCKER.routers
        if routers[-1] is not self._last:  # the test started one of its own after it
            routers.remove(self._last)
            routers.append(self._last)
        raise AllMockedAssertionError(request.url.host)


class _LastRouter(_Router):
    """Lets requests that no other router matched connect to loopback and to allowed hosts, and blocks the rest."""

    def __init__(self, base_url: str, allow_hosts: frozenset[str]) -> None:
        self._base_url = base_url
        self._allow_hosts = allow_hosts

    def handler(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        if is_loopback(host) or host in self._allow_hosts:
            raise PassThrough(host, request=request, origin=None)  # type: ignore[arg-type] # no route is involved
        has_others = any(not isinstance(router, _Router) for router in _MOCKER.routers)
        unmatched = ", and no respx route of the test matches" if has_others else ""
        raise AllMockedAssertionError(
            f"b2b_mock blocked {request.method} {request.url.copy_with(query=None)}: the mock's base URL is "
            f"{self._base_url}{unmatched}. Use that base URL in the code under test, or allow the host: "
            f"@pytest.mark.b2b_mock(allow_hosts=[{host!r}])"
        )


def free_host() -> str:
    """
    Return a host name that no mock uses: `b2b.test`, `b2b-2.test` and so on, which never exist in DNS (RFC 6761).
    """
    taken = {router.host for router in _MOCKER.routers if isinstance(router, _MockRouter)}
    number = 1
    while (host := "b2b.test" if number == 1 else f"b2b-{number}.test") in taken:
        number += 1
    return host


@contextmanager
def routed(base_url: str, transport: InProcessTransport, allow_hosts: frozenset[str]) -> Iterator[None]:
    """
    Route requests of httpx to the host of *base_url* to *transport*, and block requests to other hosts.

    Requests that a respx router of the test matches, and those to loopback and *allow_hosts*, are not blocked.
    """
    last = _LastRouter(base_url, allow_hosts)
    routers = [_MockRouter(httpx.URL(base_url).host, transport, last), last]
    for router in routers:
        _MOCKER.register(router)
    _MOCKER.start()
    try:
        yield
    finally:
        for router in routers:
            _MOCKER.unregister(router)
        _MOCKER.stop()  # does nothing while a test's own router is registered
