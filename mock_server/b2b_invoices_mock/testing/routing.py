"""
How httpx clients that are not ours get to the mock: respx stands in their way, and sends them there.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import respx
from respx.mocks import HTTPCoreMocker
from respx.models import AllMockedAssertionError

from b2b_invoices_mock.control.access import is_loopback

from .in_process import InProcessTransport


class _Router(respx.MockRouter):
    """A router of ours; those of a test's own are of respx's kind."""


class _Served(_Router):
    """
    Serves the requests to one host, and has the border asked last of all.

    Attributes:
        served: The host.
    """

    def __init__(self, host: str, transport: InProcessTransport, border: "_Border") -> None:
        super().__init__(assert_all_called=False)
        self.served = host
        self._border = border
        self.route(host=host).mock(side_effect=transport.answer)
        self.route().mock(side_effect=self._decline)

    def _decline(self, request: httpx.Request) -> httpx.Response:
        # Routers are asked in their order, and a test's own may have come after the border.
        routers = HTTPCoreMocker.routers
        if routers[-1] is not self._border:
            routers.remove(self._border)
            routers.append(self._border)
        raise AllMockedAssertionError(request.url.host)


class _Border(_Router):
    """Lets requests that no other router wants go to loopback and to hosts that are allowed, and nowhere else."""

    def __init__(self, base_url: str, allow_hosts: frozenset[str]) -> None:
        super().__init__(assert_all_called=False)
        self._base_url = base_url
        self._allow_hosts = allow_hosts
        self.route().mock(side_effect=self._pass)

    def _pass(self, request: httpx.Request) -> httpx.Request:
        if is_loopback(request.url.host) or request.url.host in self._allow_hosts:
            return request
        raise AllMockedAssertionError(self._refusal(request))

    def _refusal(self, request: httpx.Request) -> str:
        has_others = any(not isinstance(router, _Router) for router in HTTPCoreMocker.routers)
        declined = ", and no route of the test's own respx routers matches" if has_others else ""
        return (
            f"b2b_mock: {request.method} {request.url.copy_with(query=None)} would leave this machine; what is served "
            f"is {self._base_url}{declined}. Give that to the code under test, or let the request go: "
            f"@pytest.mark.b2b_mock(allow_hosts=[{request.url.host!r}])"
        )


def free_host() -> str:
    """
    Return a host that no mock is at: `b2b.test`, unless one is; no real host can have such a name (RFC 6761).
    """
    taken = {router.served for router in HTTPCoreMocker.routers if isinstance(router, _Served)}
    return next(host for number in range(1, len(taken) + 2) if (host := _host(number)) not in taken)


@contextmanager
def routed(base_url: str, transport: InProcessTransport, allow_hosts: frozenset[str]) -> Iterator[None]:
    """
    Serve whatever httpx sends to the host of *base_url* through *transport*, and refuse what it sends elsewhere.

    Other respx routers have their say about other hosts; what they decline may go to loopback and to *allow_hosts*.
    """
    border = _Border(base_url, allow_hosts)
    with _Served(httpx.URL(base_url).host, transport, border), border:
        yield


def _host(number: int) -> str:
    return "b2b.test" if number == 1 else f"b2b-{number}.test"
