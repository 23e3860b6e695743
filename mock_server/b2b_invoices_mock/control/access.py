"""
Access control for `/_mock/`: loopback or admin token; cross-site requests are rejected.
"""

import binascii
import hmac
from base64 import b64decode
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

import attrs
from starlette.requests import Request

from b2b_invoices_mock.api.errors import AccessDenied, AdminTokenRequired
from b2b_invoices_mock.settings import Settings

_CHALLENGE = {"WWW-Authenticate": 'Basic realm="mock", charset="UTF-8"'}


@attrs.frozen
class Access:
    """
    Decides who may use `/_mock/`: callers that send the admin token, or without one only the mock's own machine.

    Attributes:
        settings: The mock's host, admin token and number of workers.
    """

    settings: Settings

    @property
    def disabled_because(self) -> str:
        """The reason why nobody may use `/_mock/`; empty if it is enabled."""
        if self.settings.workers > 1:
            return (
                "/_mock/ is disabled with several workers, because each of them has its own request log. "
                "Start the mock without --workers."
            )
        host = self.settings.host
        if not self.settings.admin_token and not is_loopback(host):
            return (
                f"/_mock/ is disabled, because other machines can reach {host} and the mock has no admin token. "
                "Start the mock with --admin-token TOKEN or with --host 127.0.0.1."
            )
        return ""

    def check(self, request: Request, *, is_page: bool = False) -> None:
        """
        Reject *request* if its caller may not use `/_mock/`. Links on other sites may open a page.

        Raises:
            AccessDenied: If `/_mock/` is disabled, or the caller is another machine or another site's page.
            AdminTokenRequired: If the admin token is missing or wrong.
        """
        if self.disabled_because:
            raise AccessDenied(self.disabled_because)
        token = self.settings.admin_token
        if not token:
            _check_peer(request)
            _check_host(request)
        if _is_cross_site(request) and not (is_page and _follows_link(request)):
            raise AccessDenied("/_mock/ rejects requests from web pages of other sites.")
        if token and not hmac.compare_digest(_sent_token(request), token.encode()):
            raise AdminTokenRequired(
                "Missing or wrong admin token. Send it as a bearer token or as the password of basic authentication.",
                headers=_CHALLENGE,
            )


def is_loopback(host: str) -> bool:
    """
    Return whether *host*, an address or a name, always means this machine.
    """
    if host.lower() == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def _check_peer(request: Request) -> None:
    peer = request.client.host if request.client else "unknown"
    if peer == "localhost" or not is_loopback(peer):
        raise AccessDenied(f"/_mock/ accepts requests from the mock's own machine only, not from {peer}.")


def _check_host(request: Request) -> None:
    # DNS rebinding: a hostile name that resolves to 127.0.0.1 would make a hostile page same-origin.
    try:
        host = urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
    except ValueError:
        host = ""
    if not is_loopback(host):
        raise AccessDenied(f"Invalid host {host!r} for /_mock/: expected 127.0.0.1 or localhost in the URL.")


def _is_cross_site(request: Request) -> bool:
    if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        return True
    origin = request.headers.get("Origin")
    return origin is not None and origin != f"{request.scope.get('scheme', 'http')}://{request.headers.get('Host', '')}"


def _follows_link(request: Request) -> bool:
    # Browsers send these headers for a link. They show the page in its own tab, which the linking site cannot read.
    headers = [request.headers.get(name) for name in ("Sec-Fetch-Mode", "Sec-Fetch-Dest", "Origin")]
    return request.method in {"GET", "HEAD"} and headers == ["navigate", "document", None]


def _sent_token(request: Request) -> bytes:
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    match scheme.lower():
        case "bearer":
            return credentials.encode()
        case "basic":
            return _password(credentials)
        case _:
            return b""


def _password(credentials: str) -> bytes:
    try:
        return b64decode(credentials, validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return b""
