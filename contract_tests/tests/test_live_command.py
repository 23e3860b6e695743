"""
Command lines for live stores: output, confirmation, exit status and files.
"""

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest
import yaml
from cyclopts import ValidationError
from rich.console import Console

from b2b_invoices_contract.cli import cli
from b2b_invoices_contract.live.cleanup_command import cleanup
from b2b_invoices_contract.live.command import JOURNAL, OBSERVATIONS, LiveFlags, check_live
from b2b_invoices_contract.live.fidelity_command import fidelity
from b2b_invoices_contract.live.journal import Journal, Run, digest
from b2b_invoices_contract.live.names import nightly_name
from b2b_invoices_contract.live.observations import load
from b2b_invoices_contract.report import read
from b2b_invoices_contract.targets import CannotRun, Target, embedded_mock
from b2b_invoices_mock.api.dialect import DIALECTS
from b2b_invoices_mock.api.dialect_file import load_dialect
from b2b_invoices_mock.settings import RateLimit
from contract_tests.tests.sandbox import STORE, Sandbox, sandbox
from contract_tests.tests.standin import HOST, StandIn

ROOT = Path(__file__).parents[2]
Check = Callable[..., tuple[int, str]]


@pytest.fixture(name="served", scope="module")
def _served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with sandbox(tmp_path_factory.mktemp("tls"), limit=RateLimit(60_000, 60)) as served:
        served.create_other("INV-1")
        yield served


@pytest.fixture(name="check")
def _check(tmp_path: Path) -> Check:
    """Returns a function that checks a simulated store and returns the exit status and the output."""

    def check(store: StandIn, **flags: Any) -> tuple[int, str]:
        console = Console(file=StringIO(), width=200, soft_wrap=True)
        chosen = LiveFlags(journal=tmp_path / "journal.sqlite3", observations=tmp_path / "observations", **flags)
        status = check_live(
            store.target,
            chosen,
            allowed_hosts=frozenset({HOST}),
            report_dir=tmp_path / "report",
            console=console,
            around=store.around,
        )
        assert isinstance(console.file, StringIO)
        return status, console.file.getvalue()

    return check


def _typed(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "b2b_invoices_contract", *words]
    return subprocess.run(  # noqa: S603 - ours
        command, capture_output=True, text=True, check=False, env={"PATH": "", "COLUMNS": "200", **environ}, stdin=-3
    )


def test_dry_run(check: Check) -> None:
    """
    A dry run prints a summary and every request, with hidden credentials, and sends none.
    """
    with StandIn() as store:
        begun = len(store.requests)
        status, said = check(store, dry_run=True)

        assert (status, len(store.requests)) == (0, begun)
    lines = said.splitlines()
    assert lines[:8] == [
        f"target     https://{HOST}/api/v3/io/ip",
        "store      abc…",
        "company    101",
        "requests   57; at most 60 if the network fails or a list lags, and 100 more for cleanup",
        "minutes    0.8, at 50% of the store's rate limit",
        "creates    at most 10 invoices of up to 10,000,000 in USD and EUR",
        "e-mail     B2B Edition e-mails new invoices to the buyers of a company: use one without buyers",
        "leaves     nothing: it deletes the invoices it creates, up to 10, and no others",
    ]
    assert len(re.findall(r"^ {4}(?:GET|POST|DELETE) https://", said, re.MULTILINE)) == 47
    deletes = f"DELETE https://{HOST}/api/v3/io/ip/invoices/(id of: create settled)"
    assert f"{deletes} -H 'Accept: application/json' -H 'X-Auth-Token: [hidden]' -H 'X-Store-Hash: [hidden]'" in said
    assert lines[-1].startswith("    then DELETE ")
    for secret in (STORE.access_token, STORE.store_hash):
        assert secret not in said


class Input(StringIO):
    """Input on a terminal."""

    def isatty(self) -> bool:
        """Return True."""
        return True


@pytest.mark.parametrize("text", ["y\n", "Yes\n"])
def test_confirmed(check: Check, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """
    On a terminal, a run asks for confirmation and starts after yes.
    """
    monkeypatch.setattr(sys, "stdin", Input(text))

    with StandIn() as store:
        assert check(store)[0] == 0


@pytest.mark.parametrize(
    ("stdin", "message"),
    [
        (Input("\n"), "nothing was sent"),
        (Input("n\n"), "nothing was sent"),
        (
            StringIO(""),
            "stdin is not a terminal; pass --yes to run without confirmation, or --dry-run to see every request",
        ),
    ],
    ids=["empty", "no", "no terminal"],
)
def test_not_confirmed(check: Check, monkeypatch: pytest.MonkeyPatch, stdin: StringIO, message: str) -> None:
    """
    Without confirmation, nothing is sent.
    """
    monkeypatch.setattr(sys, "stdin", stdin)

    with StandIn() as store:
        begun = len(store.requests)
        with pytest.raises(CannotRun) as cannot:
            check(store)

        assert len(store.requests) == begun
    assert str(cannot.value) == message


def test_nightly(check: Check, tmp_path: Path) -> None:
    """
    A nightly run needs no confirmation; its report has the result and the changes since the last run, and no secret.
    """
    with StandIn(DIALECTS["documented"]) as store:
        check(store, nightly=True)
    with StandIn(DIALECTS["observed"]) as store:
        store.time.now += 86_400
        status, said = check(store, nightly=True)

    nightly = (tmp_path / "report" / "nightly.md").read_text(encoding="utf-8")
    vendor = (tmp_path / "report" / "vendor.md").read_text(encoding="utf-8")
    assert status == 0
    assert "since 2026-09-21T14:13:40Z: " in said
    assert nightly.startswith("# Contract of Create Invoice on the live store\n\n**kept**: 0 promises broken, ")
    assert vendor in nightly
    assert "| success_message: setting |  | Success | SUCCESS |" in vendor
    assert "| create without invoiceNumber: status | POST /invoices | 422 | 400 |" in vendor
    for text in (nightly, vendor):
        assert STORE.access_token not in text
        assert STORE.store_hash not in text


def test_echoed_credentials(check: Check, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Credentials that a store repeats in its error responses are in no file and no output.
    """

    def echo(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if response.status_code < 400:
            return response
        message = f"no: {request.headers.get('x-auth-token')} {request.headers.get('x-store-hash')}"
        error = {"code": response.status_code, "data": {"errMsg": message}, "meta": {"message": message}}
        return httpx.Response(response.status_code, json=error)

    with StandIn() as store:
        _, said = check(store, nightly=True)
        store.change, store.time.now = echo, store.time.now + 86_400
        status, more = check(store, nightly=True)
    files = [path for folder in ("observations", "report") for path in (tmp_path / folder).iterdir()]
    latest = max((tmp_path / "observations").iterdir())

    assert status == 1
    assert "no: [hidden] [hidden]" in load(latest).answers["create with torn JSON"].message
    assert "no: [hidden] [hidden]" in (tmp_path / "report" / "vendor.md").read_text(encoding="utf-8")
    for text in (said, more, capsys.readouterr().err, *(path.read_text(encoding="utf-8") for path in files)):
        assert STORE.access_token not in text
        assert STORE.store_hash not in text


def test_echo_about_the_company(check: Check) -> None:
    """
    The error of an unknown company is shown without the credentials.
    """

    def echo(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.method != "POST":
            return response
        message = f"no company in {request.headers['x-store-hash']}"
        return httpx.Response(422, json={"code": 422, "data": {"errMsg": message}, "meta": {"message": message}})

    with StandIn(change=echo) as store, pytest.raises(CannotRun) as cannot:
        check(store, yes=True)

    assert "the API says 'no company in [hidden]'" in str(cannot.value)


def test_leak_in_an_older_file(check: Check, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A credential in an older file of the observations folder is reported; the file is not removed.
    """
    (tmp_path / "observations").mkdir()
    old = tmp_path / "observations" / "old.json"
    old.write_text(STORE.access_token, encoding="utf-8")

    with StandIn() as store:
        status, _ = check(store, yes=True)

    assert status == 2
    assert capsys.readouterr().err == (
        f"b2b-invoices-contract: a credential in use was found in {old} (not of this run, left as it is); "
        "do not publish this report\n"
    )


def test_over_tls(served: Sandbox, tmp_path: Path) -> None:
    """
    Over TLS, with the authority in SSL_CERT_FILE, a run checks, cleans up and writes its report.
    """
    before = served.invoices()
    options = [
        *("--profile", "live", "--yes", "--share", "1", "--report-dir", str(tmp_path / "report"), "--settling", "0.1"),
        *("--journal", str(tmp_path / "journal.sqlite3"), "--observations", str(tmp_path / "observations")),
    ]
    environ = {
        "B2B_BASE_URL": served.base_url,
        "B2B_STORE_HASH": STORE.store_hash,
        "B2B_ACCESS_TOKEN": STORE.access_token,
        "B2B_COMPANY_ID": "101",
        "SSL_CERT_FILE": str(served.authority),
    }

    done = _typed(*options, **environ)

    assert done.returncode in {0, 3}, done.stdout + done.stderr
    assert done.stderr == ""
    assert re.search(r"^cleanup: \d+ deleted, 0 invoices left( \(|$)", done.stdout, re.MULTILINE)
    assert re.search(r"^rate limit: 0 responses 429, ", done.stdout, re.MULTILINE)
    assert served.invoices() == before
    (file,) = (tmp_path / "observations").iterdir()
    assert load(file).settings["success_message"] == "SUCCESS"
    assert json.loads((tmp_path / "report" / "results.json").read_text(encoding="utf-8"))["profile"] == "live"
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert STORE.access_token.encode() not in path.read_bytes()


@pytest.mark.parametrize(
    ("expired", "message"),
    [
        (False, "the TLS certificate of 127.0.0.1 is not trusted ("),
        (True, "the TLS certificate of 127.0.0.1 is out of date; renew it, and check the clock of this machine"),
    ],
    ids=["untrusted", "expired"],
)
def test_invalid_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, expired: bool, message: str) -> None:
    """
    An untrusted or expired certificate ends the run before the first request.
    """
    with sandbox(tmp_path, expired=expired) as store:
        if expired:
            monkeypatch.setenv("SSL_CERT_FILE", str(store.authority))
        with pytest.raises(CannotRun) as cannot:
            check_live(
                store.target,
                LiveFlags(yes=True, journal=tmp_path / "journal.sqlite3"),
                allowed_hosts=frozenset(),
                report_dir=tmp_path,
                console=Console(file=StringIO()),
            )

    assert str(cannot.value).startswith(message)


def test_missing_options(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """
    A missing URL, missing credentials or an invalid dialect file end a command with exit status 2.
    """
    assert cleanup(journal=tmp_path / "journal.sqlite3") == 2
    assert cleanup(base_url="http://127.0.0.1:1", journal=tmp_path / "journal.sqlite3") == 2
    assert fidelity(write_dialect=Path("dialect.yaml")) == 2

    assert capsys.readouterr().err.splitlines() == [
        "b2b-invoices-contract: a live run needs a store: pass --base-url, such as "
        "https://api-b2b.bigcommerce.com/api/v3/io/ip, or set B2B_BASE_URL",
        "b2b-invoices-contract: a live run needs credentials: pass --store-hash and --access-token, "
        "or set B2B_STORE_HASH and B2B_ACCESS_TOKEN",
        "b2b-invoices-contract: invalid --write-dialect 'dialect.yaml': expected a file that ends in .toml",
    ]


@pytest.mark.parametrize("option", ["--share=nan", "--share=0", "--share=1.5", "--settling=nan", "--settling=-1"])
def test_invalid_numbers(option: str) -> None:
    """
    An invalid share or time is rejected by a live run and by `cleanup`.
    """
    for command in (["--profile", "live"], ["cleanup"]):
        with pytest.raises(ValidationError, match="Must be "):
            cli([*command, option], exit_on_error=False, print_error=False)


@pytest.fixture(name="target", scope="module")
def _target() -> Iterator[Target]:
    with embedded_mock("--company=12345", "--dialect=observed") as target:
        yield target


@pytest.fixture(name="options")
def _options(target: Target) -> dict[str, Any]:
    """The options that every command needs."""
    return {
        "base_url": target.base_url,
        "store_hash": target.store.store_hash,
        "access_token": target.store.access_token,
    }


def test_cleanup_without_a_journal(options: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A missing journal ends `cleanup` with 2, and is not created.
    """
    missing, empty = tmp_path / "typo.sqlite3", tmp_path / "empty.sqlite3"
    empty.touch()

    statuses = [cleanup(journal=journal, **options) for journal in (missing, empty)]

    assert statuses == [2, 2]
    assert capsys.readouterr().err.splitlines() == [
        f"b2b-invoices-contract: no runs found: the journal {journal} does not exist; pass the journal of the run with "
        "--journal, or its name with --run"
        for journal in (missing, empty)
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["empty.sqlite3"]


def test_cleanup_of_nightly_runs(
    target: Target, options: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    `cleanup --nightly` deletes the invoices of a nightly run without a journal, and no others, and warns about it.
    """
    name = nightly_name(digest(target.store.store_hash), time.time() - 7200)
    before = _numbers(target)
    assert _create(target, f"CTL-{name}-a") == 200
    assert _create(target, "CTL-25924783-2") == 200

    journal = tmp_path / "journal.sqlite3"
    status = cleanup(journal=journal, share=1, nightly=True, **options)
    said = capsys.readouterr()
    again = cleanup(journal=journal, share=1, nightly=True, **options)

    assert (status, again) == (0, 0)
    assert said.out == f"run {name}: 1 deleted, 0 invoices left\n"
    assert said.err == (
        f"b2b-invoices-contract: the journal {journal} does not exist: only nightly runs of the last 14 days are "
        "found; for others, pass the journal of the run with --journal, or its name with --run\n"
    )
    assert capsys.readouterr().err == ""
    assert _numbers(target) == ["CTL-25924783-2", *before]


@pytest.mark.parametrize("more", [{"max_requests": 61}, {"max_creations": 11}])
def test_beyond_the_budget(check: Check, more: dict[str, Any]) -> None:
    """
    More than 60 requests or 10 creates need --beyond.
    """
    with StandIn() as store:
        with pytest.raises(CannotRun) as cannot:
            check(store, dry_run=True, **more)
        status, said = check(store, dry_run=True, beyond=True, **more)

    assert str(cannot.value) == (
        "a live run sends at most 60 requests and creates at most 10 invoices; pass --beyond to allow more"
    )
    assert status == 0
    assert f"at most {more.get('max_requests', 60)} if the network fails" in said


def test_cleanup_command(
    target: Target, options: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    `cleanup` deletes invoices of unfinished runs and of those in --run, but not of runs on another store.
    """
    journal = tmp_path / "journal.sqlite3"
    with Journal.open(journal) as written:
        written.begin(Run.on(target, "K3V9QD2M", 1.0))
        assert _create(target, "CTL-K3V9QD2M-a") == 200
        assert _create(target, "CTL-ZZZZZZZZ-a") == 200
        assert _create(target, "INV-CTL-ZZZZZZZZ-a") == 200

    assert cleanup(journal=journal, share=1, **options) == 0
    assert cleanup(journal=journal, share=1, **options) == 0
    assert cleanup(journal=journal, share=1, run=["ZZZZZZZZ"], **options) == 0
    with Journal.open(journal) as written:
        written.begin(Run("AAAAAAAA", "https://elsewhere.example", "0", 1.0))
    assert cleanup(journal=journal, share=1, **options) == 2
    assert cleanup(journal=journal, share=1, run=["no name"], **options) == 2

    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "run K3V9QD2M: 1 deleted, 0 invoices left",
        "nothing to clean up: all known runs are finished",
        "run ZZZZZZZZ: 1 deleted, 0 invoices left",
    ]
    assert said.err.splitlines() == [
        "b2b-invoices-contract: AAAAAAAA ran on another store or URL; pass --base-url, --store-hash and --access-token "
        "of that run, or a run of this store with --run",
        "b2b-invoices-contract: invalid --run 'no name': expected the eight characters of a name, as in CTL-K3V9QD2M-a",
    ]
    assert [number for number in _numbers(target) if "ZZZZ" in number] == ["INV-CTL-ZZZZZZZZ-a"]


def _create(target: Target, number: str) -> int:
    balance = {"code": "USD", "value": 5}
    body = {"invoiceNumber": number, "customerId": "12345", "originalBalance": balance, "openBalance": balance}
    return httpx.post(f"{target.base_url}/invoices", json=body, headers=target.store.headers).status_code


def _numbers(target: Target) -> list[str]:
    response = httpx.get(f"{target.base_url}/invoices?limit=250", headers=target.store.headers)
    return [invoice["invoiceNumber"] for invoice in response.json()["data"]]


def _observed(check: Check, folder: Path) -> tuple[Path, LiveFlags]:
    """
    Check a store with the observed dialect; return its observations, and options to compare them.
    """
    with StandIn(DIALECTS["observed"]) as store:
        check(store, yes=True)
    (file,) = (folder / "observations").iterdir()
    return file, LiveFlags(observations=folder / "observations")


def test_fidelity_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], check: Check) -> None:
    """
    `fidelity` compares the mock with a store, prints the settings that differ, and writes a dialect that matches.
    """
    observations, flags = _observed(check, tmp_path)
    dialect = tmp_path / "store.toml"

    status = fidelity(store=observations, write_dialect=dialect, report_dir=tmp_path / "report", live=flags)

    said = capsys.readouterr().out.splitlines()
    assert status == 1
    assert re.match(r"fidelity 21%: 10 of 47 responses agree \(status \d+, ", said[0])
    assert ("  set unknown_path = \"flat\": 'read an unknown path' (assumed: as every other error)") in said
    assert not [line for line in said if "no setting of the mock removes this" in line]
    assert said[-1].startswith(f"written to {dialect}; with it, fidelity 100%: 47 of 47 responses agree ")
    assert load_dialect(str(dialect)) == DIALECTS["observed"]
    report = (tmp_path / "report" / "fidelity.md").read_text(encoding="utf-8")
    assert "| create without customerId | status | 422 | 400 | official-spec: " in report
    assert STORE.store_hash not in report


def test_fidelity_of_a_tuned_mock(tmp_path: Path, capsys: pytest.CaptureFixture[str], check: Check) -> None:
    """
    A mock with the dialect of the store scores 100%, and the next report has the earlier scores.
    """
    observations, flags = _observed(check, tmp_path)

    statuses = [
        fidelity(store=observations, dialect="observed", report_dir=tmp_path / "report", live=flags),
        fidelity(store=observations, mock=observations, report_dir=tmp_path / "report", live=flags),
    ]

    history = (tmp_path / "report" / "fidelity.md").read_text(encoding="utf-8")
    assert statuses == [0, 0]
    assert capsys.readouterr().out.splitlines()[-1] == "before: 100%"
    assert "- 2026-09-21T14:13:40Z: 100% (47 of 47)" in history
    with StandIn(DIALECTS["observed"]) as store:
        store.time.now += 86_400
        check(store, yes=True)

    reported = read(tmp_path / "report")["fidelity"]
    score = {"at": "2026-09-21T14:13:40Z", "host": HOST, "agreeing": 47, "compared": 47, "share": 1}
    assert reported == [score, score]
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert "How often the mock's responses equal the store's" in page
    assert "The schema, rule by rule" in page
    assert "The promises that took longest" not in page


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("fidelity.jsonl", "is not a history of scores; remove it to start a new one"),
        (f"{HOST}-d24f65a6f145-x.json", "holds no observations; a run with --profile live writes them"),
    ],
)
def test_broken_history(tmp_path: Path, check: Check, name: str, words: str) -> None:
    """
    An invalid file in the observations folder ends the run before anything is sent.
    """
    (tmp_path / "observations").mkdir()
    (tmp_path / "observations" / name).write_text('{"at": ', encoding="utf-8")

    with StandIn() as store:
        begun = len(store.requests)
        with pytest.raises(CannotRun) as cannot:
            check(store, yes=True)

        assert len(store.requests) == begun
    assert str(cannot.value) == f"{tmp_path / 'observations' / name} {words}"


def test_fidelity_sends_nothing_in_a_dry_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A dry run of `fidelity` prints every request, and sends none to the store or to a mock.
    """
    unreachable: dict[str, Any] = {
        "base_url": "http://127.0.0.1:1",
        "store_hash": "abc123hash",
        "access_token": "sandbox-token",
    }
    flags = LiveFlags(dry_run=True, observations=tmp_path / "observations", journal=tmp_path / "journal.sqlite3")

    status = fidelity(**unreachable, company_id="101", report_dir=tmp_path / "report", live=flags)

    said = capsys.readouterr().out
    assert status == 0
    assert len(re.findall(r"^ {4}(?:GET|POST|DELETE) http://127.0.0.1:1/", said, re.MULTILINE)) == 47
    assert list(tmp_path.iterdir()) == []


def test_fidelity_with_keep(
    target: Target, options: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    With --keep, the invoices stay in the store, which is announced and reported.
    """
    before = _numbers(target)
    flags = LiveFlags(
        keep=True, yes=True, share=1, observations=tmp_path / "observations", journal=tmp_path / "journal.sqlite3"
    )

    status = fidelity(**options, company_id="12345", dialect="observed", report_dir=tmp_path, live=flags)

    said = capsys.readouterr().out
    assert status in {0, 1}
    assert re.search(r"^leaves     up to \d+ invoices \(--keep\)$", said, re.MULTILINE)
    assert "\nkept: the invoices of the run are left in the store (--keep)\n" in said
    (score,) = read(tmp_path)["fidelity"]
    assert score["share"] == score["agreeing"] / score["compared"] > 0.9
    assert len(_numbers(target)) > len(before)


def test_fidelity_that_cannot_write(tmp_path: Path, capsys: pytest.CaptureFixture[str], check: Check) -> None:
    """
    A path that cannot be written ends `fidelity` with 2 and a message.
    """
    observations, flags = _observed(check, tmp_path)
    file = tmp_path / "file"
    file.touch()
    compare: dict[str, Any] = {"store": observations, "mock": observations}
    elsewhere = attrs.evolve(flags, observations=file)

    statuses = [
        fidelity(**compare, report_dir=file, live=flags),
        fidelity(**compare, report_dir=tmp_path / "report", live=elsewhere),
        fidelity(**compare, report_dir=tmp_path / "report", live=flags, write_dialect=file / "store.toml"),
    ]

    assert statuses == [2, 2, 2]
    problems = capsys.readouterr().err.splitlines()
    assert problems[1:] == [
        f"b2b-invoices-contract: cannot write to {file}: File exists; pass another --observations folder",
        f"b2b-invoices-contract: cannot write {file / 'store.toml'}: File exists; pass another path",
    ]


def test_invalid_observations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A file without observations, or a missing file, ends `fidelity` with 2.
    """
    (tmp_path / "notes.json").write_text("[]", encoding="utf-8")

    assert fidelity(store=tmp_path / "notes.json", report_dir=tmp_path) == 2
    assert fidelity(store=tmp_path / "gone.json", report_dir=tmp_path) == 2

    assert capsys.readouterr().err.splitlines() == [
        f"b2b-invoices-contract: {tmp_path / 'notes.json'} holds no observations; a run with --profile live "
        "writes them",
        f"b2b-invoices-contract: {tmp_path / 'gone.json'} cannot be read: No such file or directory",
    ]


def test_workflow() -> None:
    """
    The nightly workflow passes secrets only to the live commands, always cleans up, and updates one issue.
    """
    text = (ROOT / ".github" / "workflows" / "nightly.yml").read_text(encoding="utf-8")
    steps = yaml.safe_load(text)["jobs"]["nightly"]["steps"]
    commands = "\n".join(step.get("run", "") for step in steps)

    lives = [step for step in steps if "-m contract_tests" in step.get("run", "")]
    assert len(lives) == 3
    assert [("cleanup --nightly" in step["run"], step.get("if")) for step in lives] == [
        (True, None),
        (False, None),
        (True, "always()"),
    ]
    assert all("--allow-host 'api-b2b.bigcommerce.com'" in step["run"] for step in lives)
    assert [step for step in steps if "secrets." in str(step.get("env")) and step not in lives] == []
    assert "env" not in yaml.safe_load(text)["jobs"]["nightly"]
    assert "make contract-live" not in commands
    assert "--nightly" in commands
    (restored,) = (step for step in steps if step.get("uses") == "actions/cache/restore@v4")
    (saved,) = (step for step in steps if step.get("uses") == "actions/cache/save@v4")
    assert saved["if"] == "always()"
    for step in (restored, saved):
        assert step["with"]["path"].split() == [str(OBSERVATIONS), f"{JOURNAL}*"]
        assert step["with"]["key"].startswith("live-")
    assert steps.index(restored) < steps.index(lives[0])
    assert steps.index(saved) > steps.index(lives[-1])
    assert "secrets." not in commands
    assert "gh issue edit" in commands
    assert "gh issue create" in commands


def test_make_targets() -> None:
    """
    The two make targets pass ARGS to the command, and no other variable.
    """
    make = shutil.which("make")
    assert make is not None
    words = {"contract-live": "b2b-invoices-contract --profile live", "fidelity": "b2b-invoices-contract fidelity"}
    command = [make, "--dry-run", "--old-file=.venv/.ready", "ARGS=--dry-run"]

    shown = {
        target: subprocess.run([*command, target], capture_output=True, text=True, check=True, cwd=ROOT).stdout  # noqa: S603 - ours
        for target in words
    }

    for target, word in words.items():
        assert f"{word} --dry-run" in shown[target]
        assert "B2B_BASE_URL" not in shown[target]
