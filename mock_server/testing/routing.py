"""
How httpx clients that are not ours get to the mock: respx stands in their way, and sends them there.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import respx
from respx.models import AllMockedAssertionError

from mock_server.control_guard import is_loopback

from .in_process import InProcessTransport


@contextmanager
def routed(base_url: str, transport: InProcessTransport, allow_hosts: frozenset[str]) -> Iterator[None]:
    """
    Serve whatever httpx sends to the host of *base_url* through *transport*, and refuse what it sends elsewhere.

    Loopback and *allow_hosts* are left alone. Where other respx routers are at work, they have a say about other hosts.
    """
    router = respx.mock(assert_all_called=False)
    router.route(host=httpx.URL(base_url).host).mock(side_effect=transport.answer)

    def elsewhere(request: httpx.Request) -> httpx.Request:
        has_others = router.Mocker is not None and any(other is not router for other in router.Mocker.routers)
        if not has_others and (is_loopback(request.url.host) or request.url.host in allow_hosts):
            return request
        raise AllMockedAssertionError(_refusal(request, base_url))

    router.route().mock(side_effect=elsewhere)
    with router:
        yield


def _refusal(request: httpx.Request, base_url: str) -> str:
    host = request.url.host
    return (
        f"b2b_mock: {request.method} {request.url.copy_with(query=None)} would leave this machine; what is served is "
        f"{base_url}. Give that to the code under test, or let the request go: "
        f"@pytest.mark.b2b_mock(allow_hosts=[{host!r}])"
    )
