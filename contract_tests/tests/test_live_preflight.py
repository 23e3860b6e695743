"""
Preflight: problems that are recognised before the first create, and explained in one sentence.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest

from b2b_invoices_contract.live.journal import Journal, Run
from b2b_invoices_contract.live.preflight import check_target
from b2b_invoices_contract.live.run import LiveOptions, run_live
from b2b_invoices_contract.targets import CannotRun, Credentials, Target
from b2b_invoices_mock.api.dialect import DIALECTS
from contract_tests.tests.standin import BASE_URL, HOST, STORE, StandIn

Trouble = Callable[[httpx.Request, int], httpx.Response | Exception | None]

PROXY = "run the command on a network without a proxy"
SCOPE = "give its API account the scope B2B Edition: modify"
PAGE = "a proxy or login page responded instead of the API; correct --base-url, or avoid the proxy"
DOWN = "the service is down or in maintenance; run the command again later"
REDIRECT = "the URL redirects, and credentials are not sent elsewhere; correct --base-url"
UNKNOWN_TOKEN = "the access token is unknown, or of another store; copy token and store hash again from one store"  # noqa: S105 - a message
PASSWORD = "invalid --base-url: remove the user name and password, which would be shown"  # noqa: S105 - a message
EXAMPLE = "https://api-b2b.bigcommerce.com/api/v3/io/ip"


@pytest.fixture(name="journal")
def _journal() -> Iterator[Journal]:
    with Journal.open(Path(":memory:")) as journal:
        yield journal


def _problem(store: StandIn, journal: Journal, target: Target | None = None, **around: Any) -> str:
    """
    Return why a run on *store* is not possible.
    """
    target = target or store.target
    run = Run.on(target, "K3V9QD2M", store.time())
    surroundings = attrs.evolve(store.around, **around)
    with pytest.raises(CannotRun) as cannot:
        run_live(target, run, journal, LiveOptions(observations=None), around=surroundings, progress=lambda _: None)
    return str(cannot.value)


def _response(status: int, *, json: Any = None, content: bytes = b"", **more: Any) -> Trouble:
    body = {"json": json} if json is not None else {"stream": httpx.ByteStream(content)} if content else {}
    return lambda _, __: httpx.Response(status, **body, **more)


def _flat(status: int, message: str) -> Trouble:
    return _response(status, json={"code": status, "message": message})


def _enveloped(status: int, message: str) -> dict[str, Any]:
    return {"code": status, "data": {"errMsg": message}, "meta": {"message": message}}


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (
            _flat(403, "You don't have a required scope to access the endpoint"),
            f"403: the access token lacks the scope; {SCOPE}",
        ),
        (_flat(403, ""), f"403: the access token does not allow this; {SCOPE}"),
        (
            _response(401, json=_enveloped(401, "Invalid token header. No credentials provided.")),
            "401: no credentials arrived: a proxy removes headers, or the API has renamed them",
        ),
        (
            _flat(403, "Multi storefront is not enabled"),
            "403: the store's plan has no multi-storefront; change the plan",
        ),
        (
            _flat(503, "The store is down for maintenance"),
            "503: the store is in maintenance; run the command again later",
        ),
        (_response(502, html="<h1>Bad Gateway</h1>"), f"502: {DOWN}"),
        (_response(522, html="<h1>Connection timed out</h1>"), f"522: {DOWN}"),
        (_response(408, html="<h1>Request Timeout</h1>"), f"408: {DOWN}"),
        (
            _flat(429, "Too many requests"),
            "429: the rate limit of the store is used up, also by other integrations; run the command again later",
        ),
        (_response(403, html="<h1>Attention Required!</h1>"), f"403: {PAGE}"),
        (_response(200, html="<form>Sign in to the guest network</form>"), f"200: {PAGE}"),
        (_response(407, html="<h1>Proxy Authentication</h1>"), f"407: a proxy requires a password; {PROXY}"),
        (_response(301, headers={"Location": "https://elsewhere.example/"}), f"301: {REDIRECT}"),
        (_response(308, headers={"Location": "https://elsewhere.example/"}), f"308: {REDIRECT}"),
        (
            _response(200, content=b'{"code": 200, "data": [', headers={"Content-Type": "application/json"}),
            "200: the response is truncated or invalid JSON; correct --base-url, or avoid the proxy",
        ),
        (
            _flat(404, "Not Found"),
            f"404: this URL has no list of invoices; correct --base-url: expected a URL such as {EXAMPLE}",
        ),
        (_response(200, json={"hello": "world"}), "200: it is not a list of invoices; correct --base-url"),
    ],
)
def test_unusable_response(trouble: Trouble, expected: str, journal: Journal) -> None:
    """
    A response that makes a run impossible is explained; nothing is created, and no secret is shown.
    """
    with StandIn(trouble=trouble) as store:
        problem = _problem(store, journal)

        assert problem == f"{HOST}: the response was {expected}"
        assert {request.method for request in store.requests} == {"GET"}
    assert STORE.access_token not in problem
    assert STORE.store_hash not in problem
    assert journal.unfinished() == []


def test_undecodable_response(journal: Journal) -> None:
    """
    A response that cannot be decoded is reported.
    """
    with StandIn(trouble=_response(200, content=b"no gzip", headers={"Content-Encoding": "gzip"})) as store:
        assert "(DecodingError)" in _problem(store, journal)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            httpx.ProxyError("403 Forbidden"),
            f"a proxy rejected the connection to {HOST} (403 Forbidden); {PROXY}",
        ),
        (
            httpx.ConnectError("[Errno -2] Name or service not known"),
            f"cannot connect to {HOST}: [Errno -2] Name or service not known; correct --base-url, or check the network",
        ),
    ],
)
def test_failed_connection(error: httpx.TransportError, expected: str, journal: Journal) -> None:
    """
    A failed connection is explained at the first attempt.
    """
    with StandIn(trouble=lambda _, __: error) as store:
        assert _problem(store, journal) == expected
        assert len(store.requests) == 1


@pytest.mark.parametrize(
    ("dialect", "credentials", "expected"),
    [
        ("documented", Credentials(STORE.store_hash, "wrong"), f"401: {UNKNOWN_TOKEN}"),
        ("documented", Credentials("wrong", STORE.access_token), f"401: {UNKNOWN_TOKEN}"),
        (
            "observed",
            Credentials(STORE.store_hash, "wrong"),
            "403: the access token is unknown; copy it again from an API account of this store",
        ),
        (
            "observed",
            Credentials("wrong", STORE.access_token),
            "500: the service failed, maybe because of a wrong store hash; correct --store-hash, or run it again later",
        ),
    ],
)
def test_wrong_credentials(dialect: str, credentials: Credentials, expected: str, journal: Journal) -> None:
    """
    A wrong access token or store hash is recognised in each way in which a store can respond.
    """
    with StandIn(DIALECTS[dialect]) as store:
        problem = _problem(store, journal, attrs.evolve(store.target, store=credentials))

    assert problem == f"{HOST}: the response was {expected}"


@pytest.mark.parametrize(("seconds", "skew"), [(400, "400 s ahead of"), (-400, "400 s behind")])
def test_clock_skew(seconds: float, skew: str, journal: Journal) -> None:
    """
    A machine whose clock is wrong cannot make a run, since times in responses could not be checked.
    """
    with StandIn() as store:
        problem = _problem(store, journal, clock=lambda: store.time() + seconds)

    assert problem == f"the clock of this machine is {skew} that of {HOST}; set it right"


def test_unknown_company(journal: Journal) -> None:
    """
    An unknown company is reported at the first create, which the store rejects.
    """
    with StandIn() as store:
        before = store.numbers()
        problem = _problem(store, journal, attrs.evolve(store.target, company_id="999"))

        assert store.numbers() == before
    assert problem == (
        "the store has no company '999' (the API says 'Not Found Error | Company Does not Exist'); pass the id from "
        "the B2B Edition control panel with --company-id"
    )


def test_unknown_company_on_a_store_that_goes_down(journal: Journal) -> None:
    """
    If the first create ends the run and cleanup fails, both are reported.
    """
    with StandIn(trouble=lambda _, __: None) as store:
        store.trouble = lambda _, number: httpx.Response(503) if number > 2 else None
        problem = _problem(store, journal, attrs.evolve(store.target, company_id="999"))

    assert problem.startswith("the store has no company '999' ")
    assert "GET /invoices failed 4 times: the response was 503" in problem
    assert [run.name for run in journal.unfinished()] == ["K3V9QD2M"]


@pytest.mark.parametrize("status", [401, 403])
def test_read_only_token(status: int, journal: Journal) -> None:
    """
    A token that can list invoices but not create them is reported at the first create.
    """
    error = _enveloped(status, "You don't have a required scope to access the endpoint")

    with StandIn() as store:
        store.trouble = lambda request, _: httpx.Response(status, json=error) if request.method == "POST" else None
        problem = _problem(store, journal)

        assert [request.method for request in store.requests].count("POST") == 1
    assert problem == (
        f"{HOST}: the response to the first create was {status}: the access token can read invoices, but not create "
        f"them; {SCOPE}"
    )
    assert journal.unfinished() == []


@pytest.mark.parametrize(
    ("base_url", "company", "expected"),
    [
        (
            "http://api.example.com/api/v3/io/ip",
            "101",
            "http would send the access token unencrypted; pass a --base-url with https",
        ),
        (
            BASE_URL,
            "101",
            f"a run creates and deletes invoices; pass --allow-host {HOST} to allow that on {HOST}",
        ),
        (
            "http://127.0.0.1:8000/api/v3/io/ip",
            "",
            "a live run needs a company: pass --company-id, or set B2B_COMPANY_ID; use one without buyers, so that "
            "nobody gets an e-mail",
        ),
        ("ftp:/x", "1", f"invalid --base-url 'ftp:/x': expected a URL such as {EXAMPLE}"),
        ("https://user:pass@127.0.0.1/api", "1", PASSWORD),
        ("ftp://user:pass@127.0.0.1/api", "1", PASSWORD),
        ("https://user:pass@[127.0.0.1/api", "1", PASSWORD),
    ],
)
def test_invalid_target(base_url: str, company: str, expected: str) -> None:
    """
    An unsafe or incomplete target is rejected before anything is sent.
    """
    with pytest.raises(CannotRun) as cannot:
        check_target(Target(base_url, Credentials("s", "t"), company_id=company), allowed_hosts=frozenset())

    assert str(cannot.value) == expected


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("store.example", "store.example"),
        ("store.example:443", "store.example"),
        ("store.example", "Store.example:443"),
        ("store.example:8443", "store.example:8443"),
    ],
)
def test_allowed_host(address: str, allowed: str) -> None:
    """
    A host is allowed at one port: the one in --allow-host, or 443.
    """
    target = Target(f"https://{address}/api", Credentials("s", "t"), company_id="1")

    check_target(target, allowed_hosts=frozenset({allowed}))


@pytest.mark.parametrize(
    ("address", "allowed"), [("store.example:8443", "store.example"), ("store.example", "store.example:8443")]
)
def test_allowed_host_with_another_port(address: str, allowed: str) -> None:
    """
    A host is rejected at any other port than the allowed one.
    """
    target = Target(f"https://{address}/api", Credentials("s", "t"), company_id="1")

    with pytest.raises(CannotRun, match=f"pass --allow-host {address} "):
        check_target(target, allowed_hosts=frozenset({allowed}))
