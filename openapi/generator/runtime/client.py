"""
Who is calling, where, and how: the one argument that every operation takes.
"""

import os
from collections.abc import Generator, Mapping
from threading import Lock
from typing import Any, Self

import attrs
import httpx

from ._contract import BASE_URL, VERSION
from .errors import InvalidSetting, MissingSetting

__all__ = ["Client"]

_OURS = ("auth", "base_url", "follow_redirects", "headers", "timeout")


def _credential(_client: "Client", attribute: "attrs.Attribute[str]", value: str) -> None:
    """
    Refuse what a header cannot carry, without repeating it: it is, or is close to, a secret.
    """
    if not isinstance(value, str) or not value:
        raise InvalidSetting(attribute.name, "is empty: copy it from the store's API account.")
    if not value.isascii() or not value.isprintable() or value != value.strip():
        raise InvalidSetting(
            attribute.name,
            "has characters that a header cannot carry (a line end, a space around it, a letter that is not ASCII): "
            "copy it again.",
        )


def _absolute(_client: "Client", attribute: "attrs.Attribute[str]", value: str) -> None:
    try:
        url = httpx.URL(value)
    except (httpx.InvalidURL, TypeError) as error:
        raise InvalidSetting(attribute.name, f"is no URL ({error}).") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise InvalidSetting(attribute.name, f"is {value!r}; it should be like {BASE_URL!r}.")


def _not_ours(_client: "Client", attribute: "attrs.Attribute[Mapping[str, Any]]", value: Mapping[str, Any]) -> None:
    """
    Refuse what Client sets itself, and redirects, which would take the credentials to another host.
    """
    for name in _OURS:
        if name in value:
            raise InvalidSetting(attribute.name, f"has {name!r}, which Client decides itself: leave it out.")


@attrs.frozen
class _Credentials(httpx.Auth):
    """
    Both headers, put on each request as it leaves, so that no httpx client has them to show.
    """

    store_hash: str
    access_token: str = attrs.field(repr=False)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        request.headers["X-Store-Hash"] = self.store_hash
        request.headers["X-Auth-Token"] = self.access_token
        yield request


@attrs.define(kw_only=True, eq=False, on_setattr=attrs.setters.frozen)
class Client:
    """
    A store, the right to act on it, and the connections to do so.

    It cannot be changed: `attrs.evolve(client, timeout=60)` makes another one. Threads may share it. Closing it, as
    the end of a `with` block does, frees its connections; a request after that opens new ones. Its async connections
    belong to the event loop that they were opened in.

    Attributes:
        store_hash: Hash of the store.
        access_token: Token of an API account of that store; it shows in no `repr`.
        base_url: Where the service is, up to and without `/invoices`.
        timeout: How long to wait, in seconds or as `httpx.Timeout` has it.
        headers: More headers to send with each request.
        httpx_args: More arguments for `httpx.Client` and `httpx.AsyncClient`, such as `transport` or `verify`.
    """

    store_hash: str = attrs.field(validator=_credential)
    access_token: str = attrs.field(validator=_credential, repr=False)
    base_url: str = attrs.field(default=BASE_URL, validator=_absolute)
    timeout: httpx.Timeout | float = attrs.field(factory=lambda: httpx.Timeout(30, connect=5))
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    httpx_args: Mapping[str, Any] = attrs.field(factory=dict, repr=False, validator=_not_ours)

    _lock: Lock = attrs.field(factory=Lock, init=False, repr=False)
    _client: httpx.Client | None = attrs.field(default=None, init=False, repr=False, on_setattr=attrs.setters.NO_OP)
    _async_client: httpx.AsyncClient | None = attrs.field(
        default=None, init=False, repr=False, on_setattr=attrs.setters.NO_OP
    )

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """
        A client for the store that `B2B_STORE_HASH`, `B2B_ACCESS_TOKEN` and, if it is set, `B2B_BASE_URL` name.
        """
        for variable in ("B2B_STORE_HASH", "B2B_ACCESS_TOKEN"):
            if not environ.get(variable):
                raise MissingSetting(variable)
        return cls(
            store_hash=environ["B2B_STORE_HASH"],
            access_token=environ["B2B_ACCESS_TOKEN"],
            base_url=environ.get("B2B_BASE_URL") or BASE_URL,
        )

    def get_httpx_client(self) -> httpx.Client:
        """
        The httpx client that requests go through, made when first asked for.
        """
        with self._lock:
            if self._client is None:
                self._client = httpx.Client(**self._options())
            return self._client

    def get_async_httpx_client(self) -> httpx.AsyncClient:
        """
        The httpx client that awaited requests go through, made when first asked for.
        """
        with self._lock:
            if self._async_client is None:
                self._async_client = httpx.AsyncClient(**self._options())
            return self._async_client

    def close(self) -> None:
        """
        Free the connections of `get_httpx_client`.
        """
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    async def aclose(self) -> None:
        """
        Free the connections of `get_async_httpx_client`.
        """
        with self._lock:
            client, self._async_client = self._async_client, None
        if client is not None:
            await client.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()

    def _options(self) -> dict[str, Any]:
        always = {"Accept": "application/json", "User-Agent": f"b2b-invoices-client/{VERSION}"}
        return {
            "auth": _Credentials(self.store_hash, self.access_token),
            "base_url": self.base_url,
            "headers": {**always, **self.headers},
            "timeout": self.timeout,
            **self.httpx_args,
        }
