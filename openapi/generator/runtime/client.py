"""
Client: a store, its credentials and connections.
"""

import os
import ssl
from collections.abc import Generator, Mapping
from functools import cached_property
from threading import Lock
from typing import Any, NoReturn, Self, TypeVar

import attrs
import httpx

from ._contract import BASE_URL, VERSION
from ._rate_limit import Pace
from ._settings import base_url, credential, header_mapping, httpx_arguments, instance_of, timeout_value
from .errors import InvalidSetting, MissingSetting
from .retries import Retries
from .types import Timeout

__all__ = ["Client"]

H = TypeVar("H", httpx.Client, httpx.AsyncClient)

_RETRIES = instance_of("retries", Retries, "Retries(...) or Retries.off()")
_STRICT = instance_of("strict", bool, "True or False")
_PACE = instance_of("pace", Pace, "a Pace, such as another client's; or leave it out")


def _copied(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


@attrs.frozen
class _Credentials(httpx.Auth):
    """
    Adds both credentials to each request as it is sent, so that no httpx client shows them.
    """

    store_hash: str = attrs.field(repr=False)
    access_token: str = attrs.field(repr=False)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        request.headers["X-Store-Hash"] = self.store_hash
        request.headers["X-Auth-Token"] = self.access_token
        yield request


class _NoCookies(httpx.Cookies):
    """
    Cookies that takes none from a response, because the service uses none and the search costs 50 microseconds.
    """

    def extract_cookies(self, response: httpx.Response) -> None:
        pass


class _HttpClient(httpx.Client):
    cookies: Any = cached_property(lambda _self: _NoCookies())


class _AsyncHttpClient(httpx.AsyncClient):
    cookies: Any = cached_property(lambda _self: _NoCookies())


@attrs.define(kw_only=True, eq=False, on_setattr=attrs.setters.frozen)
class Client:
    """
    A store, its credentials and connections. Threads and tasks can share it.

    It cannot be changed. `attrs.evolve(client, timeout=60)` returns another client, which shares the rate limit if
    the store is the same. Closing it, or leaving its `with` block, closes its connections; a later request
    opens new ones. It cannot be pickled, because it holds a token.

    >>> client = Client(store_hash="abc", access_token="secret", timeout=10)
    >>> client.timeout
    10
    >>> "secret" in repr(client)
    False

    Attributes:
        store_hash: Hash of the store; `repr` shortens it.
        access_token: Token of an API account of that store; `repr` does not show it.
        base_url: URL of the service, without `/invoices`.
        timeout: Seconds, or `httpx.Timeout`.
        retries: Retry policy.
        strict: Whether to reject responses with unknown keys or enumeration values. Otherwise unknown values are
            members named `UNKNOWN_…`, and unknown keys are in `additional_properties`.
        headers: Additional headers of each request.
        httpx_args: Additional arguments for `httpx.Client` and `httpx.AsyncClient`, such as `transport` or `verify`.
            Exceptions of your own hooks and transports are not translated.
        pace: The store's rate limit; clients of one store can share it.
    """

    store_hash: str = attrs.field(repr=lambda store_hash: f"{store_hash[:2]!r}...")
    access_token: str = attrs.field(repr=False)
    base_url: str = attrs.field(default=BASE_URL)
    timeout: Timeout = attrs.field(factory=lambda: httpx.Timeout(30, connect=5))
    retries: Retries = attrs.field(factory=Retries, validator=_RETRIES)
    strict: bool = attrs.field(default=False, validator=_STRICT)
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False, converter=_copied)
    httpx_args: Mapping[str, Any] = attrs.field(factory=dict, repr=False, converter=_copied)

    pace: Pace = attrs.field(factory=Pace, repr=False, validator=_PACE)
    _process: int = attrs.field(factory=os.getpid, init=False, repr=False, on_setattr=attrs.setters.NO_OP)
    _lock: Lock = attrs.field(factory=Lock, init=False, repr=False, on_setattr=attrs.setters.NO_OP)
    _tls: ssl.SSLContext | None = attrs.field(default=None, init=False, repr=False, on_setattr=attrs.setters.NO_OP)
    _opened: dict[tuple[type, Any], Any] = attrs.field(  # by kind of httpx client and event loop
        factory=dict, init=False, repr=False, on_setattr=attrs.setters.NO_OP
    )

    def __attrs_post_init__(self) -> None:
        credential("store_hash", self.store_hash)
        credential("access_token", self.access_token)
        base_url(self.base_url)
        timeout_value(self.timeout)
        header_mapping(self.headers)
        httpx_arguments(self.httpx_args)
        store = (self.base_url.rstrip("/"), self.store_hash)
        if self.pace.store not in (None, store):  # set for the client that this one was derived from
            object.__setattr__(self, "pace", Pace())
        self.pace.store = store

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ, **options: Any) -> Self:
        """
        Return a client for the environment variables `B2B_STORE_HASH`, `B2B_ACCESS_TOKEN` and, if set, `B2B_BASE_URL`.

        >>> Client.from_env({"B2B_STORE_HASH": "abc", "B2B_ACCESS_TOKEN": "secret"}, timeout=10).store_hash
        'abc'

        Args:
            environ: Variables to read instead.
            options: Additional arguments for `Client`.

        Raises:
            errors.MissingSetting: A variable is not set or empty.
        """
        for variable in ("B2B_STORE_HASH", "B2B_ACCESS_TOKEN"):
            if not environ.get(variable):
                raise MissingSetting(variable)
        return cls(
            store_hash=environ["B2B_STORE_HASH"],
            access_token=environ["B2B_ACCESS_TOKEN"],
            base_url=environ.get("B2B_BASE_URL") or BASE_URL,
            **options,
        )

    def get_httpx_client(self) -> httpx.Client:
        """
        Return the httpx client of this client, created on first use.

        >>> client.get_httpx_client() is client.get_httpx_client()
        True
        """
        return self._open(_HttpClient)

    def get_async_httpx_client(self) -> httpx.AsyncClient:
        """
        Return the async httpx client for the running event loop, created on first use.

        >>> client.get_async_httpx_client() is client.get_async_httpx_client()
        True
        """
        return self._open(_AsyncHttpClient, _running_loop())

    def close(self) -> None:
        """
        Close the connections of `get_httpx_client`.

        >>> client.close()
        >>> client.get_httpx_client().is_closed  # a new one
        False
        """
        if http := self._forget(_HttpClient):
            http.close()

    async def aclose(self) -> None:
        """
        Close the connections of `get_async_httpx_client` in the running event loop.

        >>> run(client.aclose())
        """
        if http := self._forget(_AsyncHttpClient, _running_loop()):
            await http.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "A Client cannot be pickled or copied, because it holds a token and connections. "
            "Create one with Client.from_env(), or derive one with attrs.evolve()."
        )

    def _open(self, kind: type[H], loop: Any = None) -> H:
        self._leave_parent()
        with self._lock:
            if (kind, loop) not in self._opened:
                self._opened = {key: http for key, http in self._opened.items() if not (key[1] and key[1].is_closed())}
                self._opened[kind, loop] = self._new(kind)
            http: H = self._opened[kind, loop]
            return http

    def _forget(self, kind: type[H], loop: Any = None) -> H | None:
        with self._lock:
            http: H | None = self._opened.pop((kind, loop), None)
            return http

    def _leave_parent(self) -> None:
        """
        After a fork, drop the parent's connections: each process would receive the other's responses.
        """
        if self._process != os.getpid():
            self._process, self._lock = os.getpid(), Lock()  # a thread of the parent may hold the old one
            self._opened = {}
            self.pace.leave_parent()

    def _new(self, kind: type[H]) -> H:
        """
        Return an httpx client; raise `InvalidSetting` if httpx rejects an argument, or what the environment names.
        """
        try:
            return kind(**self._options())
        except httpx.InvalidURL:  # its text may have a part of a password
            problem = "the URL of a proxy is invalid; percent-encode its user name and password."
            raise InvalidSetting("httpx_args", problem) from None
        except (ImportError, OSError, TypeError, ValueError, httpx.HTTPError) as error:
            problem = f"cannot use it, or a proxy or certificate that the environment names: {error}"
            raise InvalidSetting("httpx_args", problem) from error

    def _options(self) -> dict[str, Any]:
        if self._tls is None and not {"verify", "cert", "transport"} & self.httpx_args.keys():
            # One for both kinds: creating it can take longer than a request.
            self._tls = httpx.create_ssl_context(trust_env=self.httpx_args.get("trust_env", True))
        headers = httpx.Headers({"Accept": "application/json", "User-Agent": f"b2b-invoices-client/{VERSION}"})
        headers.update(self.headers)
        return {
            "auth": _Credentials(self.store_hash, self.access_token),
            "base_url": self.base_url,
            "headers": headers,
            "timeout": self.timeout,
            "verify": self._tls or True,
            **self.httpx_args,
        }


def _running_loop() -> Any:
    import asyncio  # noqa: PLC0415  only for async use

    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
