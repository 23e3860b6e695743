"""
What can be wrong before a run: recognised at its first request, said in one sentence, and nothing created.
"""

import ssl
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


@pytest.fixture(name="journal")
def _journal() -> Iterator[Journal]:
    with Journal.open(Path(":memory:")) as journal:
        yield journal


def _answer(status: int, json: Any = None, content: bytes = b"", **more: Any) -> Trouble:
    body = {"json": json} if json is not None else {"stream": httpx.ByteStream(content)} if content else {}
    return lambda _, __: httpx.Response(status, **body, **more)


def _raise(error: type[httpx.TransportError], words: str, cause: Exception | None = None) -> Trouble:
    def trouble(request: httpx.Request, _: int) -> Exception:
        raised = error(words, request=request)
        raised.__cause__ = cause
        return raised

    return trouble


def _certificate(code: int, words: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, words
    return error


def _flat(code: int, words: str) -> dict[str, Any]:
    return {"code": code, "message": words}


def _enveloped(code: int, words: str) -> dict[str, Any]:
    return {"code": code, "data": {"errMsg": words}, "meta": {"message": words}}


def _why(store: StandIn, journal: Journal, target: Target | None = None) -> str:
    """
    Return why a run on *store* cannot be made.
    """
    target = target or store.target
    run = Run.on(target, "K3V9QD2M", store.time())
    with pytest.raises(CannotRun) as cannot:
        run_live(target, run, journal, LiveOptions(observations=None), around=store.around, progress=lambda _: None)
    return str(cannot.value)


TROUBLES = {
    "no scope": (
        _answer(
            403, {"status": 403, "title": "x", "message": "You don't have a required scope to access the endpoint"}
        ),
        "answered 403: the access token lacks the scope; give its API account the scope B2B Edition: modify",
    ),
    "no scope, and no word of it": (
        _answer(403, _flat(403, "")),
        "answered 403: the access token may not do this; give its API account the scope B2B Edition: modify",
    ),
    "no headers": (
        _answer(401, _enveloped(401, "Invalid token header. No credentials provided.")),
        "answered 401: the service saw no credentials, so something on the way removes headers, or they have new names"
        "; compare the page on authentication",
    ),
    "no multi-storefront": (
        _answer(403, _flat(403, "Multi storefront is not enabled")),
        "answered 403: the store's plan has no multi-storefront, and the service refuses the request for it; ask for "
        "nothing that names a channel, or have the plan changed",
    ),
    "maintenance": (
        _answer(503, _flat(503, "The store is down for maintenance")),
        "answered 503: the store is in maintenance; run it again when that is over",
    ),
    "down": (
        _answer(502, html="<h1>Bad Gateway</h1>"),
        "answered 502: the service is down or in maintenance; run it again later",
    ),
    "down, says the content network": (
        _answer(522, html="<h1>Connection timed out</h1>"),
        "answered 522: the service is down or in maintenance; run it again later",
    ),
    "too slow for a proxy": (
        _answer(408, html="<h1>Request Timeout</h1>"),
        "answered 408: the service is down or in maintenance; run it again later",
    ),
    "no requests left": (
        _answer(429, _flat(429, "Too many requests")),
        "answered 429: the store's limit of requests is used up, by its other integrations too; run it again later",
    ),
    "firewall": (
        _answer(403, html="<h1>Attention Required!</h1>"),
        "answered 403: a web page came back instead of JSON, so a proxy or a login page is in the way; correct "
        "--base-url, or run it where there is no proxy",
    ),
    "cut off": (
        _answer(200, content=b'{"code": 200, "data": [', headers={"Content-Type": "application/json"}),
        "answered 200: the answer was cut off, or is no JSON, so something may be in the way; correct --base-url, or "
        "run it where there is no proxy",
    ),
    "not compressed as it says": (
        _answer(200, content=b"no gzip", headers={"Content-Encoding": "gzip"}),
        "'look around' could not be seen: there was no answer (DecodingError)",
    ),
    "redirect that keeps the method": (
        _answer(308, headers={"Location": "https://elsewhere.example/"}),
        "answered 308: the service sends callers elsewhere, and credentials do not follow; correct --base-url",
    ),
    "login page": (
        _answer(200, html="<form>Sign in to the guest network</form>"),
        "answered 200: a web page came back instead of JSON, so a proxy or a login page is in the way; correct "
        "--base-url, or run it where there is no proxy",
    ),
    "proxy with a password": (
        _answer(407, html="<h1>Proxy Authentication Required</h1>"),
        "answered 407: a proxy wants a password before it lets the request through; run it where there is no proxy in "
        "the way",
    ),
    "redirect": (
        _answer(301, headers={"Location": "https://elsewhere.example/"}),
        "answered 301: the service sends callers elsewhere, and credentials do not follow; correct --base-url",
    ),
    "wrong path": (
        _answer(404, _flat(404, "Not Found")),
        "answered 404: there is no list of invoices at that address; correct --base-url, which ends in /api/v3/io/ip",
    ),
    "no JSON of ours": (
        _answer(200, {"hello": "world"}),
        "answered 200 to a list of invoices, and nothing says why; correct --base-url",
    ),
    "expired certificate": (
        _raise(httpx.ConnectError, "certificate verify failed", _certificate(10, "certificate has expired")),
        f"the TLS certificate of {HOST} is out of date; have it renewed, and see that this machine's clock is right",
    ),
    "foreign certificate": (
        _raise(httpx.ConnectError, "certificate verify failed", _certificate(19, "self-signed certificate in chain")),
        f"the TLS certificate of {HOST} is not one that this machine trusts (self-signed certificate in chain), so a "
        "proxy may be in the way; name its authority in SSL_CERT_FILE, or run it where there is none",
    ),
    "proxy refuses": (
        _raise(httpx.ProxyError, "403 Forbidden"),
        f"a proxy refuses to lead to {HOST} (403 Forbidden); run it where there is no proxy in the way",
    ),
    "no such host": (
        _raise(httpx.ConnectError, "[Errno -2] Name or service not known"),
        f"{HOST} cannot be reached: [Errno -2] Name or service not known; correct --base-url, or see to the network",
    ),
}


@pytest.mark.parametrize("trouble", list(TROUBLES))
def test_trouble(trouble: str, journal: Journal) -> None:
    """
    Each trouble is named in one sentence with what to do; nothing is created, and no secret told.
    """
    make, expected = TROUBLES[trouble]

    with StandIn() as store:
        before = store.numbers()
        store.trouble = make
        why = _why(store, journal)

        assert why.removeprefix(f"{HOST}: ") == expected
        assert {request.method for request in store.requests} == {"GET"}
        assert store.numbers() == before
    assert STORE.access_token not in why
    assert STORE.store_hash not in why
    assert journal.unfinished() == []


@pytest.mark.parametrize(
    ("dialect", "credentials", "expected"),
    [
        (
            "documented",
            Credentials(STORE.store_hash, "wrong"),
            "answered 401: the access token is not known, or not in this store; copy token and store hash again, from "
            "one store",
        ),
        (
            "observed",
            Credentials(STORE.store_hash, "wrong"),
            "answered 403: the access token is not known; copy it again, from an API account of this store",
        ),
        (
            "documented",
            Credentials("wrong", STORE.access_token),
            "answered 401: the access token is not known, or not in this store; copy token and store hash again, from "
            "one store",
        ),
        (
            "observed",
            Credentials("wrong", STORE.access_token),
            "answered 500: the service failed, as it does when the store hash is wrong; correct --store-hash, or run "
            "it again later",
        ),
    ],
)
def test_wrong_credentials(dialect: str, credentials: Credentials, expected: str, journal: Journal) -> None:
    """
    A wrong token and a wrong store hash are told, in either way that a store may answer them.
    """
    with StandIn(DIALECTS[dialect]) as store:
        why = _why(store, journal, attrs.evolve(store.target, store=credentials))

    assert why == f"{HOST}: {expected}"


@pytest.mark.parametrize(("seconds", "words"), [(400, "400 s ahead of"), (-400, "400 s behind")])
def test_clock_skew(seconds: float, words: str, journal: Journal) -> None:
    """
    A machine whose clock is off is told so, since no time in an answer could be judged.
    """
    with StandIn() as store:
        around = attrs.evolve(store.around, clock=lambda: store.time() + seconds)
        run = Run.on(store.target, "K3V9QD2M", store.time())
        with pytest.raises(CannotRun) as cannot:
            run_live(store.target, run, journal, LiveOptions(), around=around, progress=lambda _: None)

    assert str(cannot.value) == (
        f"this machine's clock is {words} that of {HOST}, so no time in an answer could be judged; set it right"
    )


def test_company_that_does_not_exist(journal: Journal) -> None:
    """
    A company that the store does not have is told at the first create, which is refused and so creates nothing.
    """
    with StandIn() as store:
        before = store.numbers()
        why = _why(store, journal, attrs.evolve(store.target, company_id="999"))

        assert store.numbers() == before
    assert why == (
        "the store has no company '999', the service says 'Not Found Error | Company Does not Exist'; "
        "give --company-id the id that the B2B Edition control panel shows"
    )


def test_store_that_is_down_after_the_first_create(journal: Journal) -> None:
    """
    Where the run ends at the first create, and nobody can be sure that nothing is left, both are told.
    """
    with StandIn() as store:
        store.trouble = lambda _, number: httpx.Response(503) if number > 2 else None
        why = _why(store, journal, attrs.evolve(store.target, company_id="999"))

    assert why.startswith("the store has no company '999', ")
    assert why.endswith(
        "; besides, GET /invoices failed 4 times: the answer was 503; b2b-invoices-contract cleanup goes on with it"
    )
    assert [run.name for run in journal.unfinished()] == ["K3V9QD2M"]


@pytest.mark.parametrize("status", [401, 403])
def test_token_that_only_reads(status: int, journal: Journal) -> None:
    """
    A token that may list invoices, but not create them, is told at the first create.
    """
    message = "You don't have a required scope to access the endpoint"
    refusal = {"code": status, "data": {"errMsg": message}, "meta": {"message": message}}

    with StandIn() as store:
        before = store.numbers()
        store.trouble = lambda request, _: httpx.Response(status, json=refusal) if request.method == "POST" else None
        why = _why(store, journal)

        assert store.numbers() == before
        assert [request.method for request in store.requests].count("POST") == 1
    assert why == (
        f"{HOST}: answered {status} to the first create: the access token may read invoices, but not create them; "
        "give its API account the scope B2B Edition: modify"
    )
    assert journal.unfinished() == []


@pytest.mark.parametrize(
    ("base_url", "company", "expected"),
    [
        (
            "http://api.example.com/api/v3/io/ip",
            "101",
            "http would show the access token to everyone on the way; give --base-url with https",
        ),
        (
            BASE_URL,
            "101",
            f"a run creates invoices and deletes them, so {HOST} must be allowed by name: --allow-host {HOST}",
        ),
        (
            "http://127.0.0.1:8000/api/v3/io/ip",
            "",
            "the invoices need a company to owe them: give --company-id, or set B2B_COMPANY_ID; one without buyers, so "
            "that nobody gets an e-mail",
        ),
        ("ftp:/x", "1", "'ftp:/x' is no URL of an API; give one such as https://api-b2b.bigcommerce.com/api/v3/io/ip"),
        (
            "https://user:pass@127.0.0.1/api",
            "1",
            "the URL holds a user name or a password, which would be shown; leave them out of --base-url",
        ),
    ],
)
def test_refused_before_anything_is_sent(base_url: str, company: str, expected: str) -> None:
    """
    Plain http beyond this machine, a host nobody allowed, no company, or no URL: nothing is sent.
    """
    with pytest.raises(CannotRun) as cannot:
        check_target(Target(base_url, Credentials("s", "t"), company_id=company), allowed_hosts=frozenset())

    assert str(cannot.value) == expected


@pytest.mark.parametrize(
    ("address", "allowed", "goes_on"),
    [
        ("store.example", "store.example", True),
        ("store.example:443", "store.example", True),
        ("store.example", "Store.example:443", True),
        ("store.example:8443", "store.example:8443", True),
        ("store.example:8443", "store.example", False),
        ("store.example", "store.example:8443", False),
    ],
)
def test_allowed_port(address: str, allowed: str, goes_on: bool) -> None:  # noqa: FBT001 - pytest names it
    """
    A host is allowed at one port: the one that is named, or the usual one.
    """
    target = Target(f"https://{address}/api", Credentials("s", "t"), company_id="1")

    if goes_on:
        check_target(target, allowed_hosts=frozenset({allowed}))
    else:
        with pytest.raises(CannotRun, match=f": --allow-host {address}$"):
            check_target(target, allowed_hosts=frozenset({allowed}))
