"""
Who may control the mock: its own machine, or whoever has the admin token; of web pages, its own alone.
"""

import binascii
import hmac
import re
from base64 import b64decode
from ipaddress import IPv6Address, ip_address
from typing import Self
from urllib.parse import urlsplit

import attrs
from starlette.requests import Request
from starlette.responses import Response

from b2b_invoices_mock.api.responses import error

_OFF = (
    "The mock cannot be controlled, since it listens to other machines and has no admin token; "
    "start it with --admin-token TOKEN, or on 127.0.0.1."
)
_SHARED = (
    "The mock cannot be controlled, since each of its workers would know of its own requests alone; "
    "start it without --workers."
)
_PAGES = "The mock is controlled by no web page but its own, and this request comes from another one."
_TOKEN = "The mock is controlled with its admin token, as a bearer token or as the password of anyone."  # noqa: S105 - a sentence
_OWN_SITE = ("none", "same-origin")
_SAYABLE = re.compile(r"[\x21-\x7E]+")


def _check_token(_: object, __: object, token: str | None) -> None:
    if token is not None and not _SAYABLE.fullmatch(token):
        raise ValueError(
            "an admin token is made of ASCII letters, digits and signs, since clients differ in how they send others; "
            "choose one such as the output of: openssl rand -hex 16"
        )


@attrs.frozen
class Guard:
    """
    Lets a request to the mock's own routes through, or not.

    Attributes:
        is_on: Whether the mock can be controlled at all.
        is_shared: Whether it cannot because several processes are the mock.
        admin_token: What a caller has to show; None when it must be on the same machine instead.

    Raises:
        ValueError: When the token has letters that not every client sends alike, or spaces.
    """

    is_on: bool = True
    is_shared: bool = attrs.field(default=False, repr=False, kw_only=True)
    admin_token: str | None = attrs.field(default=None, repr=False, validator=_check_token)

    @classmethod
    def of(cls, host: str, admin_token: str | None, *, is_shared: bool = False) -> Self:
        """
        Return the guard of a mock that listens on *host*, and was given an *admin_token*, or none or an empty one.

        One that *is shared* by several processes cannot be controlled.
        """
        is_on = (is_loopback(host) or bool(admin_token)) and not is_shared
        return cls(is_on=is_on, is_shared=is_shared, admin_token=admin_token or None)

    def forbid(self, request: Request, *, is_page: bool = False) -> Response | None:
        """
        Return what refuses *request*, or None when it may go on. Links on other sites may lead to a page.
        """
        if not self.is_on:
            return error(403, _SHARED if self.is_shared else _OFF, "Forbidden")
        if self.admin_token is None and (stranger := _stranger(request)):
            return error(403, stranger, "Forbidden")
        if _is_of_another_site(request) and not (is_page and _follows_a_link(request)):
            return error(403, _PAGES, "Forbidden")
        if self.admin_token is not None and not _shows(request, self.admin_token):
            return error(401, _TOKEN, "Unauthorized", {"WWW-Authenticate": 'Basic realm="mock", charset="UTF-8"'})
        return None


def is_loopback(host: str) -> bool:
    """
    Return whether *host*, an address or a name, is this machine and nothing else.
    """
    if host.lower() == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def _stranger(request: Request) -> str | None:
    peer = request.client.host if request.client else "nobody"
    if peer == "localhost" or not is_loopback(peer):
        return f"The mock is controlled from its own machine alone, not from {peer}."
    # A name that somebody else's DNS points here would make their page the mock's own, as the browser sees it.
    host = _host_name(request)
    if not is_loopback(host):
        return f"The mock is controlled as 127.0.0.1 or localhost, not as {host!r}; use one of them in the address."
    return None


def _is_of_another_site(request: Request) -> bool:
    if request.headers.get("Sec-Fetch-Site", "none") not in _OWN_SITE:
        return True
    origin = request.headers.get("Origin")
    return origin is not None and origin != f"{request.scope.get('scheme', 'http')}://{request.headers.get('Host', '')}"


def _follows_a_link(request: Request) -> bool:
    # A browser says so, and shows the page in a tab of its own, where the site of the link sees nothing of it.
    told = [request.headers.get(name) for name in ("Sec-Fetch-Mode", "Sec-Fetch-Dest", "Origin")]
    return request.method in {"GET", "HEAD"} and told == ["navigate", "document", None]


def _host_name(request: Request) -> str:
    try:
        return urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
    except ValueError:
        return ""


def _shows(request: Request, admin_token: str) -> bool:
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            _, _, shown = b64decode(shown, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return False
    elif scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(shown.encode(), admin_token.encode())
