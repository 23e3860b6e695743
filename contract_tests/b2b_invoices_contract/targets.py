"""
What is under test: a mock started for the run, or any server that speaks the API.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO
from urllib.parse import urlsplit

import attrs
import httpx

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""Hosts that a run may always be pointed at."""


class CannotRun(Exception):  # noqa: N818 - it is why a run ends, not how it failed
    """The run cannot be made; the message says why and what to do, in one line."""


@attrs.frozen
class Credentials:
    """
    The credentials of one store.

    Attributes:
        store_hash: Value of `X-Store-Hash`.
        access_token: Value of `X-Auth-Token`; never shown.
    """

    store_hash: str
    access_token: str = attrs.field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """The two headers."""
        return {"X-Auth-Token": self.access_token, "X-Store-Hash": self.store_hash}


@attrs.frozen
class Target:
    """
    A server under test.

    Attributes:
        base_url: Where the API is, such as `http://127.0.0.1:8000/api/v3/io/ip`.
        store: The store to work in.
        other_store: A second store, to check that the two are separate; None if there is none.
        company_id: A company that the store knows.
        other_company_id: A second company of the store; None if it is unknown.
        payment_terms: Days until an invoice is due by default; None if they are unknown.
        embedded: Whether it is a mock of this run alone, with nothing to clean up.
        fuzzed_store: A store for generated requests alone, since they depend on the lists there;
            None when they share *store*.
    """

    base_url: str
    store: Credentials
    other_store: Credentials | None = None
    company_id: str = "12345"
    other_company_id: str | None = None
    payment_terms: int | None = None
    embedded: bool = False
    fuzzed_store: Credentials | None = None

    @property
    def lacks(self) -> list[str]:
        """The missing parts, and what a run cannot try without each, a sentence each."""
        wanted = {
            "A second store (--other-store-hash, --other-access-token): whether stores are separate.": self.other_store,
            "A second company (--other-company-id): whether it can use a number again.": self.other_company_id,
            "The payment terms (--payment-terms): whether the default due date is the right one.": self.payment_terms,
        }
        return [sentence for sentence, known in wanted.items() if known is None]

    @property
    def stores(self) -> list[Credentials]:
        """The credentials of every store in use."""
        return [known for known in (self.store, self.other_store, self.fuzzed_store) if known]

    @property
    def disposable(self) -> bool:
        """Whether invoices that the run did not create may be deleted there."""
        return urlsplit(self.base_url).hostname in LOOPBACK


@contextmanager
def embedded_mock(*more: str) -> Iterator[Target]:
    """
    Start a mock on a free port of 127.0.0.1, with *more* options, and stop it at the end.
    """
    store, other, fuzzed = (Credentials(f"{name}store", f"{name}-token") for name in ("test", "other", "fuzzed"))
    stores = [f"--store={known.store_hash}:{known.access_token}" for known in (store, other, fuzzed)]
    options = [
        "--port=0",
        "--payment-terms=30",
        "--rate-limit=1000000/3600s",
    ]  # a limit that responses report, and that no run reaches
    command = [sys.executable, "-m", "b2b_invoices_mock", *options, *stores, *more]
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process,  # noqa: S603 - our own
    ):
        try:
            base_url = _listening(process, log)
            yield Target(
                base_url,
                store,
                other,
                other_company_id="67890",
                payment_terms=30,
                embedded=True,
                fuzzed_store=fuzzed,
            )
        finally:
            process.terminate()


def check_credentials(credentials: Credentials) -> None:
    """
    Let the run go on when headers can carry *credentials*; none of them is repeated.

    Raises:
        CannotRun: They cannot.
    """
    for option, value in {"hash": credentials.store_hash, "access token": credentials.access_token}.items():
        if not (value.isascii() and value.isprintable() and value == value.strip()):
            raise CannotRun(f"the store's {option} has characters that a header cannot carry; copy it again")


def check_reachable(target: Target) -> None:
    """
    Check that the target responds and accepts the credentials; creates nothing.

    Raises:
        CannotRun: It does not.
    """
    credentials = {"the store": target.store} | ({"the other store": target.other_store} if target.other_store else {})
    for name, known in credentials.items():
        try:
            answer = httpx.get(f"{target.base_url}/invoices", params={"limit": 1}, headers=known.headers, timeout=10)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CannotRun(f"{target.base_url} cannot be reached: {error}; start it, or correct --base-url") from error
        # Another success than 200, and a failure of the service itself, are for the checks to name.
        if not answer.is_success and answer.status_code != httpx.codes.INTERNAL_SERVER_ERROR:
            raise CannotRun(
                f"{target.base_url} returned {answer.status_code} for a list of the invoices of {name}; "
                "correct its hash, its access token, or --base-url"
            )


def check_allowed(base_url: str, allowed_hosts: frozenset[str]) -> None:
    """
    Let the run go on when it is fine to create and delete invoices by the hundred there.

    Raises:
        CannotRun: The host is neither loopback nor among *allowed_hosts*, or the URL is invalid.
    """
    try:
        parts = urlsplit(base_url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise CannotRun(f"{base_url!r} is not the URL of an API; give one such as http://127.0.0.1:8000/api/v3/io/ip")
    if parts.username or parts.password:
        raise CannotRun("the URL holds a user name or a password, which would be shown; leave them out of --base-url")
    if parts.hostname not in LOOPBACK | allowed_hosts:
        raise CannotRun(
            f"a run creates and deletes hundreds of invoices, so {parts.hostname} must be allowed by name: "
            f"--allow-host {parts.hostname}"
        )


def _listening(process: subprocess.Popen[str], log: IO[str]) -> str:
    assert process.stdout is not None  # noqa: S101 - it is a pipe; this tells the type checker
    line = process.stdout.readline()
    if not line.startswith("listening on "):
        process.wait()
        log.seek(0)
        raise CannotRun(f"the mock did not start; it said: {log.read().strip() or line or 'nothing'}")
    return line.removeprefix("listening on ").strip()
