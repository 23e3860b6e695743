"""
Preflight: checks before the first create, which explain in one sentence why a run is not possible.
"""

import ssl
from collections.abc import Container, Iterator
from email.utils import parsedate_to_datetime

import attrs
import httpx

from b2b_invoices_contract.exchanges import Exchange
from b2b_invoices_contract.redaction import Redaction
from b2b_invoices_contract.targets import LOOPBACK, CannotRun, Target, check_credentials

from .probes import Probe
from .questions import words_of
from .runner import send
from .seen import Barred, Seen, Sent, Unseen
from .wire import Wire

_EXAMPLE = "https://api-b2b.bigcommerce.com/api/v3/io/ip"
_OUT_OF_DATE = {9, 10}  # OpenSSL: not yet valid, expired
_MAX_SKEW = 120  # seconds
_ABOUT_COMPANIES = ("compan", "customerid", "resource is not found")
_GIVE_SCOPE = "give its API account the scope B2B Edition: modify"


@attrs.frozen
class _Trouble:
    """A known problem, and the responses that show it."""

    advice: str
    statuses: Container[int]
    words: tuple[str, ...] = ("",)  # in lower case; the response has one of them
    has_page: bool = False

    def fits(self, exchange: Exchange, text: str) -> bool:
        if self.has_page and "html" not in exchange.media_type:
            return False
        return exchange.status in self.statuses and any(word in text.lower() for word in self.words)


_TROUBLES = (
    _Trouble("the store's plan has no multi-storefront; change the plan", range(400, 1000), ("multi storefront",)),
    _Trouble("the store is in maintenance; run the command again later", {503}, ("maint",)),
    _Trouble("a proxy requires a password; run the command on a network without a proxy", {407}),
    _Trouble("the service is down or in maintenance; run the command again later", {408, *range(501, 1000)}),
    _Trouble("the rate limit of the store is used up, also by other integrations; run the command again later", {429}),
    _Trouble(
        "a proxy or login page responded instead of the API; correct --base-url, or avoid the proxy",
        range(1000),
        has_page=True,
    ),
    _Trouble(
        "the URL redirects, and credentials are not sent elsewhere; correct --base-url", {301, 302, 303, 307, 308}
    ),
    _Trouble(
        f"the access token lacks the scope; {_GIVE_SCOPE}", {403}, ("scope", "role forbidden", "permission", "owner")
    ),
    _Trouble(
        "no credentials arrived: a proxy removes headers, or the API has renamed them",
        {401, 403},
        ("no credentials",),
    ),
    _Trouble("the access token is unknown, or of another store; copy token and store hash again from one store", {401}),
    _Trouble("the access token is unknown; copy it again from an API account of this store", {403}, ("access token",)),
    _Trouble(
        "the access token is of another store; correct it or --store-hash",
        {403},
        ("invalid token", "forbidden"),
    ),
    _Trouble(f"the access token does not allow this; {_GIVE_SCOPE}", {403}),
    _Trouble(
        "the service failed, maybe because of a wrong store hash; correct --store-hash, or run it again later",
        {500},
    ),
    _Trouble(f"this URL has no list of invoices; correct --base-url: expected a URL such as {_EXAMPLE}", {404}),
)
"""Known problems; the first that fits is reported."""


def check_target(target: Target, *, allowed_hosts: frozenset[str]) -> None:
    """
    Raise `CannotRun` unless *target* is complete and safe to use; send nothing.
    """
    if not target.base_url:
        raise CannotRun(f"a live run needs a store: pass --base-url, such as {_EXAMPLE}, or set B2B_BASE_URL")
    if not (target.store.store_hash and target.store.access_token):
        raise CannotRun(
            "a live run needs credentials: pass --store-hash and --access-token, "
            "or set B2B_STORE_HASH and B2B_ACCESS_TOKEN"
        )
    check_credentials(target.store)
    _check_url(target.base_url, allowed_hosts)
    if not target.company_id:
        raise CannotRun(
            "a live run needs a company: pass --company-id, or set B2B_COMPANY_ID; use one without buyers, so that "
            "nobody gets an e-mail"
        )


def _check_url(base_url: str, allowed_hosts: frozenset[str]) -> None:
    if "@" in base_url:
        raise CannotRun("invalid --base-url: remove the user name and password, which would be shown")
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        url = httpx.URL("")
    address = url.netloc.decode("ascii")
    if url.scheme not in {"http", "https"} or not url.host:
        raise CannotRun(f"invalid --base-url {base_url!r}: expected a URL such as {_EXAMPLE}")
    if url.host in LOOPBACK:
        return
    if url.scheme != "https":
        raise CannotRun("http would send the access token unencrypted; pass a --base-url with https")
    if address not in {name.lower().removesuffix(":443") for name in allowed_hosts}:
        raise CannotRun(f"a run creates and deletes invoices; pass --allow-host {address} to allow that on {address}")


@attrs.frozen
class _ImpatientWire(Wire):
    """A wire that explains connection errors instead of leaving them to retries."""

    def send(self, request: httpx.Request) -> Exchange:
        try:
            return super().send(request)
        except (httpx.ConnectError, httpx.ProxyError) as error:
            raise CannotRun(_explain_error(error, request.url.host)) from error


def look_around(probe: Probe, wire: Wire, seen: Seen) -> Sent:
    """
    Send *probe*, a list, and return it with its response; raise `CannotRun` when that shows why a run is not possible.
    """
    host = httpx.URL(wire.target.base_url).host
    try:
        sent = send(probe, _ImpatientWire(**attrs.asdict(wire, recurse=False)), seen)
    except Unseen as why:
        last = wire.traffic.last if len(wire.traffic) else None
        raise CannotRun(f"{host}: {_explain(last) if last else why}") from why
    if sent.exchange.status != httpx.codes.OK or not isinstance(sent.exchange.get("data"), list):
        raise CannotRun(f"{host}: {_explain(sent.exchange)}")
    _check_clock(sent.exchange, wire.around.clock(), host)
    return sent


def check_first_create(name: str, seen: Seen, target: Target) -> None:
    """
    Raise `CannotRun` when the first create, *name*, was rejected for its company or for a missing scope.
    """
    barred = seen.missing.get(name)
    if isinstance(barred, Barred):
        raise CannotRun(
            f"{httpx.URL(target.base_url).host}: the response to the first create was {barred.status}: the access "
            f"token can read invoices, but not create them; {_GIVE_SCOPE}"
        )
    if name not in seen.answered:
        return
    exchange = seen.answered[name].exchange
    text = Redaction.of(target).hide(words_of(exchange))
    if exchange.status in {400, 404, 422} and any(words in text.lower() for words in _ABOUT_COMPANIES):
        raise CannotRun(
            f"the store has no company {target.company_id!r} (the API says {text!r}); pass the id from the B2B Edition "
            "control panel with --company-id"
        )


def _explain(exchange: Exchange) -> str:
    text = words_of(exchange) or exchange.body[:500].decode("utf-8", "replace")
    advice = next((trouble.advice for trouble in _TROUBLES if trouble.fits(exchange, text)), "")
    if not advice and exchange.is_success and exchange.json is None:
        advice = "the response is truncated or invalid JSON; correct --base-url, or avoid the proxy"
    return f"the response was {exchange.status}: {advice or 'it is not a list of invoices; correct --base-url'}"


def _explain_error(error: httpx.TransportError, host: str) -> str:
    certificate = next((cause for cause in _causes(error) if isinstance(cause, ssl.SSLCertVerificationError)), None)
    if certificate is not None and certificate.verify_code in _OUT_OF_DATE:
        return f"the TLS certificate of {host} is out of date; renew it, and check the clock of this machine"
    if certificate is not None:
        return (
            f"the TLS certificate of {host} is not trusted ({certificate.verify_message}), perhaps because of a proxy; "
            "set SSL_CERT_FILE to the certificate of its authority, or avoid the proxy"
        )
    if isinstance(error, httpx.ProxyError):
        return f"a proxy rejected the connection to {host} ({error}); run the command on a network without a proxy"
    return f"cannot connect to {host}: {error or type(error).__name__}; correct --base-url, or check the network"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _check_clock(exchange: Exchange, now: float, host: str) -> None:
    try:
        skew = now - parsedate_to_datetime(exchange.headers["date"]).timestamp()
    except (KeyError, ValueError):
        return
    if abs(skew) > _MAX_SKEW:
        direction = "ahead of" if skew > 0 else "behind"
        raise CannotRun(f"the clock of this machine is {abs(skew):.0f} s {direction} that of {host}; set it right")
