"""
Routing of httpx clients to the mock, through respx.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import respx
from respx.mocks import HTTPCoreMocker
from respx.models import AllMockedAssertionError

from b2b_invoices_mock.control.access import is_loopback

from .in_process import InProcessTransport


class _OwnRouter(respx.MockRouter):
    """Router of a mock; those of a test's own are plain respx routers."""


class _MockRouter(_OwnRouter):
    """Sends requests to the mock's host into the mock, and leaves others to the routers after it."""

    def __init__(self, host: str, transport: InProcessTransport, last: "_LastRouter") -> None:
        super().__init__(assert_all_called=False)
        self.host = host
        self._transport = transport
        self._last = last
        self.route().mock(side_effect=self._respond_or_decline)

    def _respond_or_decline(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == self.host:
            return self._transport.respond(request)
        # respx asks routers in the order of their start, and the test may have started one after the last router.
        routers = HTTPCoreMocker.routers
        if routers[-1] is not self._last:
            routers.remove(self._last)
            routers.append(self._last)
        raise AllMockedAssertionError(request.url.host)


class _LastRouter(_OwnRouter):
    """Lets requests that no other router matched connect to loopback and to allowed hosts, and blocks the rest."""

    def __init__(self, base_url: str, allow_hosts: frozenset[str]) -> None:
        super().__init__(assert_all_called=False)
        self._base_url = base_url
        self._allow_hosts = allow_hosts
        self.route().mock(side_effect=self._pass_or_block)

    def _pass_or_block(self, request: httpx.Request) -> httpx.Request:
        if is_loopback(request.url.host) or request.url.host in self._allow_hosts:
            return request
        raise AllMockedAssertionError(self._blocked(request))

    def _blocked(self, request: httpx.Request) -> str:
        has_others = any(not isinstance(router, _OwnRouter) for router in HTTPCoreMocker.routers)
        unmatched = ", and no respx route of the test matches" if has_others else ""
        return (
            f"b2b_mock blocked {request.method} {request.url.copy_with(query=None)}: the mock's base URL is "
            f"{self._base_url}{unmatched}. Use that base URL in the code under test, or allow the host: "
            f"@pytest.mark.b2b_mock(allow_hosts=[{request.url.host!r}])"
        )


def free_host() -> str:
    """
    Return a host name that no mock uses: `b2b.test`, `b2b-2.test` and so on, which never exist in DNS (RFC 6761).
    """
    taken = {router.host for router in HTTPCoreMocker.routers if isinstance(router, _MockRouter)}
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
    with _MockRouter(httpx.URL(base_url).host, transport, last), last:
        yield
