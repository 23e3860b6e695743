"""
Who is calling, where, and how: the one argument that every operation takes.
"""

import os
import ssl
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Any, NoReturn, Self

import attrs
import httpx

from ._contract import BASE_URL, VERSION
from ._pace import Pace
from .errors import InvalidSetting, MissingSetting
from .retries import Retries
from .types import Timeout

__all__ = ["Client", "sendable_headers", "sendable_timeout"]

_LONGEST_TIMEOUT = 1_000_000  # seconds; sockets cannot wait for much longer
_OURS = ("auth", "base_url", "cookies", "follow_redirects", "headers", "http2", "timeout")
_OUR_HEADERS = ("content-length", "host", "transfer-encoding", "x-auth-token", "x-store-hash")


def sendable_timeout(value: Any) -> Timeout:
    """
    The *value*, if it is a timeout; raises `InvalidSetting` if not.
    """
    parts = value.as_dict().values() if isinstance(value, httpx.Timeout) else [value]
    if not all(part is None or _is_seconds(part) for part in parts):
        raise InvalidSetting("timeout", f"is {value!r}; it should be seconds above 0, an httpx.Timeout, or None.")
    timeout: Timeout = value
    return timeout


def _is_seconds(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= _LONGEST_TIMEOUT


def sendable_headers(value: Mapping[str, str]) -> Mapping[str, str]:
    """
    The headers *value*, if they can be sent; raises `InvalidSetting`, without repeating what may be secret, if not.
    """
    if not isinstance(value, Mapping):
        raise InvalidSetting("headers", "is no mapping of names to texts.")
    for name, text in value.items():
        if not all(isinstance(part, str) and part.isascii() and part.isprintable() for part in (name, text)):
            raise InvalidSetting("headers", f"has {name!r}, of which name or value is no printable ASCII text.")
        if text != text.strip():
            raise InvalidSetting("headers", f"has {name!r}, whose value begins or ends with a space.")
        if not name or any(character in name for character in ' ()<>@,;:"/[]?={}\\'):
            raise InvalidSetting("headers", f"has {name!r}, which cannot be the name of a header.")
        if name.lower() in _OUR_HEADERS:
            raise InvalidSetting("headers", f"has {name!r}, which Client decides itself: leave it out.")
    return value


def _timeout(_client: "Client", _attribute: "attrs.Attribute[Any]", value: Any) -> None:
    sendable_timeout(value)


def _headers(_client: "Client", _attribute: "attrs.Attribute[Any]", value: Mapping[str, str]) -> None:
    sendable_headers(value)


def _policy(_client: "Client", attribute: "attrs.Attribute[Any]", value: Any) -> None:
    if not isinstance(value, Retries):
        raise InvalidSetting(attribute.name, f"is {value!r}; it should be Retries(...) or Retries.off().")


def _pace(_client: "Client", attribute: "attrs.Attribute[Any]", value: Any) -> None:
    if not isinstance(value, Pace):
        raise InvalidSetting(attribute.name, "is no pace; leave it out, or take another client's.")


def _switch(_client: "Client", attribute: "attrs.Attribute[Any]", value: Any) -> None:
    if not isinstance(value, bool):
        raise InvalidSetting(attribute.name, f"is {value!r}; it should be True or False.")


def _copied(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def _shortened(store_hash: str) -> str:
    return f"{store_hash[:2]!r}..."


def _credential(_client: "Client", attribute: "attrs.Attribute[str]", value: str) -> None:
    """
    Refuse what a header cannot carry, without repeating it: it is, or is close to, a secret.
    """
    if not isinstance(value, str):
        raise InvalidSetting(attribute.name, f"is no text, but a Python {type(value).__name__}.")
    if not value:
        raise InvalidSetting(attribute.name, "is empty: copy it from the store's API account.")
    if not value.isascii() or not value.isprintable() or value != value.strip():
        raise InvalidSetting(
            attribute.name,
            "has characters that a header cannot carry (a line end, a space around it, a letter that is not ASCII): "
            "copy it again.",
        )


def _absolute(_client: "Client", attribute: "attrs.Attribute[str]", value: str) -> None:
    """
    Refuse what is no URL of a service, without repeating it: a password may be in it.
    """
    try:
        url = httpx.URL(value)
        url.host.encode("idna")  # as the resolver does, when it is too late to say what is wrong
    except (httpx.InvalidURL, TypeError, UnicodeError):
        raise InvalidSetting(attribute.name, f"is no URL; it should be like {BASE_URL!r}.") from None
    if url.userinfo or url.query or url.fragment:
        raise InvalidSetting(attribute.name, f"has a user, a query or a fragment; it should be like {BASE_URL!r}.")
    if url.scheme not in ("http", "https") or not url.host:
        raise InvalidSetting(attribute.name, f"is no URL with scheme and host; it should be like {BASE_URL!r}.")


def _not_ours(_client: "Client", attribute: "attrs.Attribute[Mapping[str, Any]]", value: Mapping[str, Any]) -> None:
    """
    Refuse what Client sets itself, and redirects, which would take the credentials to another host.
    """
    if not isinstance(value, Mapping):
        raise InvalidSetting(attribute.name, "is no mapping of names to arguments.")
    for name in _OURS:
        if name in value:
            raise InvalidSetting(attribute.name, f"has {name!r}, which Client decides itself: leave it out.")


@attrs.frozen
class _Credentials(httpx.Auth):
    """
    Both headers, put on each request as it leaves, so that no httpx client has them to show.
    """

    store_hash: str = attrs.field(repr=False)
    access_token: str = attrs.field(repr=False)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        # Another request, so that the caller's, which is kept as evidence, never has them.
        sent = httpx.Request(request.method, request.url, headers=request.headers, stream=request.stream)
        sent.headers["X-Store-Hash"] = self.store_hash
        sent.headers["X-Auth-Token"] = self.access_token
        sent.extensions = request.extensions
        sent.read()
        yield sent


class _NoCookies(httpx.Cookies):
    """
    Takes none, which also saves httpx the work of looking for them, a tenth of its time.
    """

    def extract_cookies(self, response: httpx.Response) -> None:
        """
        Leave them where they are.
        """

    def set_cookie_header(self, request: httpx.Request) -> None:
        """
        Send none.
        """


_NO_COOKIES = _NoCookies()


class _Http(httpx.Client):
    """
    An httpx client without cookies.
    """

    @property  # type: ignore[misc]  # it cannot be set, on purpose
    def cookies(self) -> httpx.Cookies:
        return _NO_COOKIES


class _AsyncHttp(httpx.AsyncClient):
    """
    As `_Http`, awaited.
    """

    @property  # type: ignore[misc]  # it cannot be set, on purpose
    def cookies(self) -> httpx.Cookies:
        return _NO_COOKIES


@attrs.define(kw_only=True, eq=False, on_setattr=attrs.setters.frozen)
class Client:
    """
    A store, the right to act on it, and the connections to do so.

    It cannot be changed: `attrs.evolve(client, timeout=60)` makes another one, which shares the pace of the first if it
    is of the same store. Threads and tasks may share it. Closing
    it, as the end of a `with` block does, frees its connections; a request after that opens new ones. It is not
    pickled, because it holds a token: make one where it is needed.

    >>> client = Client(store_hash="abc", access_token="secret", timeout=10)
    >>> client.timeout
    10
    >>> "secret" in repr(client)
    False

    Attributes:
        store_hash: Hash of the store; `repr` shortens it.
        access_token: Token of an API account of that store; it shows in no `repr`.
        base_url: Where the service is, up to and without `/invoices`.
        timeout: How long to wait, in seconds or as `httpx.Timeout` has it.
        retries: How often to try, and how long to wait in between.
        strict: Whether an answer must keep the contract to the letter: no new values, no other keys. Otherwise new
            values of enumerations are members named `UNKNOWN_…`, and other keys are in `additional_properties`.
        headers: More headers to send with each request.
        httpx_args: More arguments for `httpx.Client` and `httpx.AsyncClient`, such as `transport` or `verify`. What
            code of yours raises there, a hook or a transport, comes through as it is.
        pace: What is known of the store's limit of requests; clients of one store can share it.
    """

    store_hash: str = attrs.field(validator=_credential, repr=_shortened)
    access_token: str = attrs.field(validator=_credential, repr=False)
    base_url: str = attrs.field(default=BASE_URL, validator=_absolute)
    timeout: Timeout = attrs.field(factory=lambda: httpx.Timeout(30, connect=5), validator=_timeout)
    retries: Retries = attrs.field(factory=Retries, validator=_policy)
    strict: bool = attrs.field(default=False, validator=_switch)
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False, converter=_copied, validator=_headers)
    httpx_args: Mapping[str, Any] = attrs.field(factory=dict, repr=False, converter=_copied, validator=_not_ours)

    pace: Pace = attrs.field(factory=Pace, repr=False, validator=_pace)
    _process: int = attrs.field(factory=os.getpid, init=False, repr=False, on_setattr=attrs.setters.NO_OP)
    _lock: Lock = attrs.field(factory=Lock, init=False, repr=False, on_setattr=attrs.setters.NO_OP)
    _tls: ssl.SSLContext | None = attrs.field(default=None, init=False, repr=False, on_setattr=attrs.setters.NO_OP)
    _client: httpx.Client | None = attrs.field(default=None, init=False, repr=False, on_setattr=attrs.setters.NO_OP)
    _async_clients: dict[Any, httpx.AsyncClient] = attrs.field(factory=dict, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        store = (self.base_url.rstrip("/"), self.store_hash)
        if self.pace.store not in (None, store):  # of the client that this one was made of
            object.__setattr__(self, "pace", Pace())
        self.pace.store = store

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ, **options: Any) -> Self:
        """
        A client for the store that `B2B_STORE_HASH`, `B2B_ACCESS_TOKEN` and, if it is set, `B2B_BASE_URL` name.

        >>> Client.from_env({"B2B_STORE_HASH": "abc", "B2B_ACCESS_TOKEN": "secret"}, timeout=10).store_hash
        'abc'

        Args:
            environ: Where to look the variables up.
            options: More arguments for `Client`.

        Raises:
            errors.MissingSetting: A variable is absent or empty.
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
        The httpx client that requests go through, made when first asked for.

        >>> client.get_httpx_client() is client.get_httpx_client()
        True
        """
        self._leave_parent()
        with self._lock:
            if self._client is None:
                with _well_set():
                    self._client = _Http(**self._options())
            return self._client

    def get_async_httpx_client(self) -> httpx.AsyncClient:
        """
        The httpx client that awaited requests of the running event loop go through, made when first asked for.

        >>> client.get_async_httpx_client() is client.get_async_httpx_client()
        True
        """
        self._leave_parent()
        loop = _running_loop()
        with self._lock:
            for other in [other for other in self._async_clients if other is not None and other.is_closed()]:
                del self._async_clients[other]  # its connections went with it
            if loop not in self._async_clients:
                with _well_set():
                    self._async_clients[loop] = _AsyncHttp(**self._options())
            return self._async_clients[loop]

    def close(self) -> None:
        """
        Free the connections of `get_httpx_client`.

        >>> client.close()
        >>> client.get_httpx_client().is_closed  # a new one
        False
        """
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    async def aclose(self) -> None:
        """
        Free the connections of `get_async_httpx_client` in the running event loop.

        >>> run(client.aclose())
        """
        with self._lock:
            client = self._async_clients.pop(_running_loop(), None)
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

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "A Client is neither pickled nor copied, because it holds a token and connections: "
            "make one where it is needed, as with Client.from_env(), or change one with attrs.evolve()."
        )

    def _leave_parent(self) -> None:
        """
        Share no connection with the process that this one was forked from: each would get the other's answers.
        """
        if self._process != os.getpid():
            self._process, self._lock = os.getpid(), Lock()  # the old one may be held by a thread that is not here
            self._client = None
            self._async_clients.clear()
            self.pace.leave_parent()

    def _options(self) -> dict[str, Any]:
        """
        What both kinds of httpx client are made with; the lock is held.
        """
        headers = httpx.Headers({"Accept": "application/json", "User-Agent": f"b2b-invoices-client/{VERSION}"})
        headers.update(self.headers)
        return {
            "auth": _Credentials(self.store_hash, self.access_token),
            "base_url": self.base_url,
            "headers": headers,
            "timeout": self.timeout,
            **self._verify(),
            **self.httpx_args,
        }

    def _verify(self) -> dict[str, Any]:
        """
        One TLS context for all connections: to make one takes longer than many a request.
        """
        if "verify" in self.httpx_args or "cert" in self.httpx_args or "transport" in self.httpx_args:
            return {}
        if self._tls is None:
            self._tls = httpx.create_ssl_context(trust_env=self.httpx_args.get("trust_env", True))
        return {"verify": self._tls}


@contextmanager
def _well_set() -> Generator[None]:
    """
    The border for what httpx says of its arguments, and of the proxies and certificates that the environment names.
    """
    try:
        yield
    except (ImportError, OSError, TypeError, ValueError, httpx.HTTPError, httpx.InvalidURL) as error:
        problem = f"(or a proxy or certificate that the environment names) cannot be used: {error}"
        raise InvalidSetting("httpx_args", problem) from error


def _running_loop() -> Any:
    """
    The running event loop of asyncio, or None elsewhere.
    """
    import asyncio  # noqa: PLC0415  for those who await

    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
