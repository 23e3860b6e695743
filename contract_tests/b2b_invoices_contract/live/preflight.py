"""
Whether a run can be made at all: one request that creates nothing, and what its answer says is wrong, in one sentence.
"""

import re
import ssl
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime

import attrs
import httpx

from b2b_invoices_contract.exchanges import Exchange
from b2b_invoices_contract.redaction import Redaction
from b2b_invoices_contract.targets import LOOPBACK, CannotRun, Target

from .probes import Probe
from .questions import words_of
from .runner import send
from .seen import Barred, Seen, Sent, Unseen
from .wire import Wire

_EXPIRED, _NOT_YET = 10, 9
_MOST_SKEW = 120  # seconds
_ABOUT_COMPANIES = re.compile("compan|customerId|resource is not found", re.IGNORECASE)


@attrs.frozen
class Trouble:
    """
    One thing that can be wrong before a run.

    Attributes:
        fits: Returns whether it is what an answer shows.
        sentence: What it is and what to do about it.
    """

    fits: Callable[[Exchange, str], bool]
    sentence: str


def _status(*statuses: int, words: str = "") -> Callable[[Exchange, str], bool]:
    return lambda exchange, said: exchange.status in statuses and bool(re.search(words, said, re.IGNORECASE))


def _is_page(exchange: Exchange, _: str) -> bool:
    return "html" in exchange.headers.get("content-type", "")


_TROUBLES = (
    Trouble(
        lambda exchange, said: exchange.status >= 400 and "multi storefront" in said.lower(),  # noqa: PLR2004 - HTTP's
        "the store's plan has no multi-storefront, and the service refuses the request for it; ask for nothing that "
        "names a channel, or have the plan changed",
    ),
    Trouble(
        _status(503, words="maint"),
        "the store is in maintenance; run it again when that is over",
    ),
    Trouble(
        _status(407),
        "a proxy wants a password before it lets the request through; run it where there is no proxy in the way",
    ),
    Trouble(
        lambda exchange, _: exchange.status == 408 or exchange.status > 500,  # noqa: PLR2004 - HTTP's, and its gateways'
        "the service is down or in maintenance; run it again later",
    ),
    Trouble(
        _status(429),
        "the store's limit of requests is used up, by its other integrations too; run it again later",
    ),
    Trouble(
        _is_page,
        "a web page came back instead of JSON, so a proxy or a login page is in the way; correct --base-url, or run it "
        "where there is no proxy",
    ),
    Trouble(
        _status(301, 302, 303, 307, 308),
        "the service sends callers elsewhere, and credentials do not follow; correct --base-url",
    ),
    Trouble(
        _status(403, words="scope|role forbidden|permission|owner"),
        "the access token lacks the scope; give its API account the scope B2B Edition: modify",
    ),
    Trouble(
        _status(401, 403, words="no credentials"),
        "the service saw no credentials, so something on the way removes headers, or they have new names; compare the "
        "page on authentication",
    ),
    Trouble(
        _status(401),
        "the access token is not known, or not in this store; copy token and store hash again, from one store",
    ),
    Trouble(
        _status(403, words="access token"),
        "the access token is not known; copy it again, from an API account of this store",
    ),
    Trouble(
        _status(403, words="invalid token|forbidden"),
        "the access token is not one of this store; correct --store-hash, or take a token of that store",
    ),
    Trouble(
        _status(403),
        "the access token may not do this; give its API account the scope B2B Edition: modify",
    ),
    Trouble(
        _status(500),
        "the service failed, as it does when the store hash is wrong; correct --store-hash, or run it again later",
    ),
    Trouble(
        _status(404),
        "there is no list of invoices at that address; correct --base-url, which ends in /api/v3/io/ip",
    ),
    Trouble(
        lambda exchange, _: exchange.is_success and exchange.json is None,
        "the answer was cut off, or is no JSON, so something may be in the way; correct --base-url, or run it where "
        "there is no proxy",
    ),
)
"""What can be wrong with an answer, the most telling first."""


def check_target(target: Target, *, allowed_hosts: frozenset[str]) -> None:
    """
    Let the run go on when *target* is told well enough; sends nothing.

    Raises:
        CannotRun: When it is not.
    """
    try:
        url = httpx.URL(target.base_url)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in {"http", "https"} or not url.host:
        raise CannotRun(
            f"{target.base_url!r} is no URL of an API; give one such as https://api-b2b.bigcommerce.com/api/v3/io/ip"
        )
    if url.userinfo:
        raise CannotRun("the URL holds a user name or a password, which would be shown; leave them out of --base-url")
    if url.scheme != "https" and url.host not in LOOPBACK:
        raise CannotRun(f"{url.scheme} would show the access token to everyone on the way; give --base-url with https")
    if url.host not in LOOPBACK and not _is_allowed(url, allowed_hosts):
        raise CannotRun(
            f"a run creates invoices and deletes them, so {_address(url)} must be allowed by name: "
            f"--allow-host {_address(url)}"
        )
    if not target.company_id:
        raise CannotRun(
            "the invoices need a company to owe them: give --company-id, or set B2B_COMPANY_ID; one without buyers, "
            "so that nobody gets an e-mail"
        )


def _is_allowed(url: httpx.URL, allowed_hosts: frozenset[str]) -> bool:
    """
    Return whether the host of *url* is allowed at its port; one that is allowed without a port is so at the usual one.
    """
    allowed = {name.lower().removesuffix(":443") for name in allowed_hosts}
    return _address(url) in allowed


def _address(url: httpx.URL) -> str:
    return url.netloc.decode("ascii")


def look_around(probe: Probe, wire: Wire, seen: Seen) -> Sent:
    """
    Send *probe*, which creates nothing, and return what came back when a run can be made.

    Raises:
        CannotRun: When it cannot, with the reason and what to do.
    """
    host = httpx.URL(wire.target.base_url).host
    try:
        sent = send(probe, _Telling(wire, host), seen)  # type: ignore[arg-type] # it is a wire, and says more
    except Unseen as why:
        last = wire.traffic.last
        raise CannotRun(f"{host}: {_explain(last) if last else why}") from why
    if sent.exchange.status != httpx.codes.OK or not isinstance(sent.exchange.get("data"), list):
        raise CannotRun(f"{host}: {_explain(sent.exchange)}")
    _check_clock(sent.exchange, wire.around.clock(), host)
    return sent


def check_first_create(name: str, seen: Seen, target: Target) -> None:
    """
    Let the run go on when the first create, called *name*, was not refused for its company, nor for want of a scope.

    Raises:
        CannotRun: When it was.
    """
    barred = seen.missing.get(name)
    if isinstance(barred, Barred):
        raise CannotRun(
            f"{httpx.URL(target.base_url).host}: answered {barred.status} to the first create: the access token may "
            "read invoices, but not create them; give its API account the scope B2B Edition: modify"
        )
    if name in seen.answered:
        _check_company(seen.answered[name], target)


def _check_company(sent: Sent, target: Target) -> None:
    said = Redaction.of(target).hide(words_of(sent.exchange))
    if sent.exchange.status in {400, 404, 422} and _ABOUT_COMPANIES.search(said):
        raise CannotRun(
            f"the store has no company {target.company_id!r}, the service says {said!r}; give --company-id the id "
            "that the B2B Edition control panel shows"
        )


def explain_failure(error: httpx.TransportError, host: str) -> str:
    """
    Return why there was no answer, and what to do.
    """
    certificate = next((cause for cause in _causes(error) if isinstance(cause, ssl.SSLCertVerificationError)), None)
    if certificate is not None and certificate.verify_code in {_EXPIRED, _NOT_YET}:
        return (
            f"the TLS certificate of {host} is out of date; have it renewed, and see that this machine's clock is right"
        )
    if certificate is not None:
        return (
            f"the TLS certificate of {host} is not one that this machine trusts ({certificate.verify_message}), "
            "so a proxy may be in the way; name its authority in SSL_CERT_FILE, or run it where there is none"
        )
    if isinstance(error, httpx.ProxyError):
        return f"a proxy refuses to lead to {host} ({error}); run it where there is no proxy in the way"
    return f"{host} cannot be reached: {error or type(error).__name__}; correct --base-url, or see to the network"


@attrs.frozen
class _Telling:
    """A wire whose failures say at once what is wrong, when it is nothing that passes."""

    wire: Wire
    host: str

    def __getattr__(self, name: str) -> object:
        return getattr(self.wire, name)

    def send(self, request: httpx.Request) -> Exchange:
        try:
            return self.wire.send(request)
        except (httpx.ConnectError, httpx.ProxyError) as error:
            raise CannotRun(explain_failure(error, self.host)) from error


def _explain(exchange: Exchange) -> str:
    said = words_of(exchange) or exchange.body[:500].decode("utf-8", "replace")
    for trouble in _TROUBLES:
        if trouble.fits(exchange, said):
            return f"answered {exchange.status}: {trouble.sentence}"
    return f"answered {exchange.status} to a list of invoices, and nothing says why; correct --base-url"


def _check_clock(exchange: Exchange, now: float, host: str) -> None:
    try:
        theirs = parsedate_to_datetime(exchange.headers["date"]).timestamp()
    except (KeyError, ValueError):
        return
    if abs(theirs - now) > _MOST_SKEW:
        raise CannotRun(
            f"this machine's clock is {abs(theirs - now):.0f} s {'ahead of' if now > theirs else 'behind'} that of "
            f"{host}, so no time in an answer could be judged; set it right"
        )


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
