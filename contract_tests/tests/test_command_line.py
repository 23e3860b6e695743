"""
The command line of the checks: output, files and exit status.
"""

import base64
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket
from threading import Thread
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import httpx
import pytest

from b2b_invoices_contract.targets import Target, embedded_mock
from b2b_invoices_spec.promises import load_promises

Run = Callable[..., subprocess.CompletedProcess[str]]

_WELL_UNDER_WAY = 40  # invoices that a run has created by then


@pytest.fixture(name="target", scope="module")
def _target() -> Iterator[Target]:
    with embedded_mock() as target:
        yield target


@pytest.fixture(name="run")
def _run(tmp_path: Path) -> Run:
    def run(*options: str, **environ: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "b2b_invoices_contract", "--report-dir", str(tmp_path / "report"), *options]
        environment = {"PATH": "", "COLUMNS": "200", **environ}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603 - ours

    return run


def _options(target: Target) -> list[str]:
    return [
        *("--base-url", target.base_url, "--store-hash", target.store.store_hash),
        *("--access-token", target.store.access_token),
    ]


def test_every_promise_kept(run: Run, tmp_path: Path) -> None:
    """
    On a mock of its own, every promise is kept: exit status 0, a row for each, five files, and nothing on stderr.
    """
    done = run("--profile", "quick", "--seed", "7")

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    count = len(load_promises())
    assert re.search(
        rf"^{count} promises kept, 0 broken, 0 not checked; \d+ requests in .* s, seed 7$", done.stdout, re.MULTILINE
    )
    for promise in load_promises():
        assert re.search(rf"│ {promise} +│ .* │ kept ", done.stdout)
    files = ["contract.sarif", "index.html", "junit.xml", "results.json", "summary.md"]
    assert sorted(path.name for path in (tmp_path / "report").iterdir()) == files


def test_terminal_without_a_character(tmp_path: Path) -> None:
    """
    Characters that the terminal cannot show are escaped, and the exit status is that of the checks.
    """
    folder = tmp_path / "rap\N{LATIN SMALL LETTER O WITH DIAERESIS}rt"
    command = [sys.executable, "-m", "b2b_invoices_contract", "--only", "ids-are-unique", "--profile", "quick"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "COLUMNS": "200"}

    done = subprocess.run(  # noqa: S603 - ours
        [*command, "--report-dir", folder], capture_output=True, text=True, check=False, env=environment
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "rap\\xf6rt/index.html" in done.stdout


@pytest.mark.parametrize("output", ["/dev/full", "closed pipe"])
def test_output_that_fails(tmp_path: Path, output: str) -> None:
    """
    If nobody reads the output, or its disk is full, the report is written and the exit status is that of the checks.
    """
    command = [sys.executable, "-m", "b2b_invoices_contract", "--only", "ids-are-unique", "--profile", "quick"]
    if output == "closed pipe":
        reading, writing = os.pipe()
        os.close(reading)
    else:
        writing = os.open(output, os.O_WRONLY)

    done = subprocess.run(  # noqa: S603 - ours
        [*command, "--report-dir", tmp_path], stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)

    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "index.html").exists()


def test_same_seed_sends_the_same_requests(run: Run, tmp_path: Path) -> None:
    """
    Two runs with one seed send the same requests in the same order, and another seed sends others.
    """
    digests = []

    for seed in ("3", "3", "4"):
        run("--profile", "quick", "--seed", seed)
        digests.append(
            json.loads((tmp_path / "report" / "results.json").read_text(encoding="utf-8"))["requests_digest"]
        )

    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize(("profile", "budget"), [("quick", 150), ("full", 1500)])
def test_budget_of_requests(run: Run, tmp_path: Path, profile: str, budget: int) -> None:
    """
    A run checks every promise with no more requests than its profile may send.
    """
    done = run("--profile", profile, "--seed", "11")

    results = json.loads((tmp_path / "report" / "results.json").read_text(encoding="utf-8"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert results["requests"] <= budget
    assert {promise["verdict"] for promise in results["promises"]} == {"kept"}


def test_workers_send_the_same_requests(run: Run, tmp_path: Path) -> None:
    """
    With workers, the same seed sends the same requests, and has the same results in one report.
    """
    reports = []

    for options in ([], ["--workers", "2"]):
        done = run("--profile", "quick", "--seed", "6", *options)
        assert done.returncode == 0, done.stdout + done.stderr
        reports.append(json.loads((tmp_path / "report" / "results.json").read_text(encoding="utf-8")))

    alone, shared = (
        {name: report[name] for name in ("requests", "requests_digest", "exit_status")} for report in reports
    )
    assert alone == shared
    assert {promise["verdict"] for promise in reports[1]["promises"]} == {"kept"}


@pytest.mark.parametrize("workers", ["0", "2"])
def test_time_is_up(run: Run, tmp_path: Path, workers: str) -> None:
    """
    When the time is up no new case is drawn; promises not checked have a reason, and the exit status is 2.
    """
    done = run("--profile", "full", "--seed", "6", "--max-time", "0", "--workers", workers)

    results = json.loads((tmp_path / "report" / "results.json").read_text(encoding="utf-8"))
    unchecked = [promise for promise in results["promises"] if promise["verdict"] == "not checked"]
    assert done.returncode == 2
    assert f"the time was up before {len(unchecked)} promises had been checked; raise --max-time" in done.stderr
    assert "not checked: type-default: the time was up before its turn" in done.stdout
    assert results["requests"] < 10


def test_nothing_is_left_behind(run: Run, target: Target) -> None:
    """
    On another server, what was created is deleted at the end, and a promise that was not checked has its reason.
    """
    done = run(*_options(target), "--profile", "quick", "--seed", "5")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "not checked: stores-are-isolated: it takes a second store: --other-store-hash" in done.stdout
    assert "left behind" not in done.stdout
    assert _count(target) == 0


def test_credentials_come_from_the_environment(run: Run, target: Target) -> None:
    """
    Options that are not given are read from the environment variables of the client.
    """
    environ = {
        "B2B_BASE_URL": target.base_url,
        "B2B_STORE_HASH": target.store.store_hash,
        "B2B_ACCESS_TOKEN": target.store.access_token,
        "B2B_COMPANY_ID": "777",
    }

    done = run("--only", "type-default", **environ)

    assert done.returncode == 0, done.stdout + done.stderr
    assert target.base_url in done.stdout


def _in_base64(text: str) -> str:
    return base64.b64encode(b"token " + text.encode() + b".").decode()


class _Echo(BaseHTTPRequestHandler):
    """A server that returns the headers of every request."""

    def answer(self) -> None:
        """
        Return an empty list, with the headers beside it.
        """
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        token, store = self.headers.get("X-Auth-Token", "none"), self.headers.get("X-Store-Hash", "none")
        echoes = [f(text) for text in (token, store) for f in (str, quote, _in_base64, str.upper, json.dumps)]
        headers = dict(self.headers)
        body = json.dumps({"code": 200, "data": [], "headers": headers, "echoes": echoes, "meta": {}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", f"application/json; token={token}; store={_in_base64(store)}")
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = answer  # noqa: N815 - what the server looks for

    def log_message(self, *_: Any) -> None:
        """
        Log nothing.
        """


@pytest.fixture(name="echo")
def _echo() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Echo) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_no_secret_in_any_artefact(run: Run, echo: str, tmp_path: Path) -> None:
    """
    Credentials that a server returns, in any encoding, are in no output and in no file of the report.
    """
    secret, store = "s3cret/t0ken", "st0re-hash"
    only = ["--only", "authentication-comes-first", "--only", "no-secrets-in-responses", "--profile", "quick"]

    done = run("--base-url", echo, "--store-hash", store, "--access-token", secret, *only)

    artefacts = [path.read_text(encoding="utf-8") for path in (tmp_path / "report").iterdir()]
    assert done.returncode == 1, done.stderr
    assert "[hidden]" in done.stdout
    written = [f(text) for text in (secret, store) for f in (str, quote, _in_base64, str.upper)]
    assert [form for text in [done.stdout, done.stderr, *artefacts] for form in written if form in text] == []


@pytest.mark.parametrize("workers", [0, 2])
def test_interrupted(target: Target, tmp_path: Path, workers: int) -> None:
    """
    A run that is interrupted says so, writes its report, deletes what it created, and ends with exit status 2.
    """
    options = ["--workers", str(workers), *_options(target)]
    command = [sys.executable, "-m", "b2b_invoices_contract", "--report-dir", str(tmp_path), *options]

    with subprocess.Popen(  # noqa: S603 - our own
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        while _count(target) < _WELL_UNDER_WAY and process.poll() is None:
            pass
        os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does: its workers get it too
        _, errors = process.communicate()

    assert process.returncode == 2
    assert errors.endswith("b2b-invoices-contract: interrupted; the promises without a verdict were not checked\n")
    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert results["problem"] == "interrupted; the promises without a verdict were not checked"
    assert {"kept", "not checked"} == {promise["verdict"] for promise in results["promises"]}
    assert results["requests"] >= _WELL_UNDER_WAY
    assert _count(target) == 0


def test_target_that_goes_away(tmp_path: Path) -> None:
    """
    A target that goes away during the run breaks no promise; the run says so and ends with exit status 2.
    """
    with embedded_mock() as target:
        command = [sys.executable, "-m", "b2b_invoices_contract", "--report-dir", str(tmp_path), *_options(target)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603 - ours
        while _count(target) == 0 and process.poll() is None:
            pass  # until it is well under way
    _, errors = process.communicate()

    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert process.returncode == 2, errors
    assert "the target cannot be checked any further: " in errors
    assert [promise["id"] for promise in results["promises"] if promise["verdict"] == "broken"] == []


def test_nothing_checked(run: Run, target: Target) -> None:
    """
    A run that could check nothing ends with exit status 2.
    """
    done = run(*_options(target), "--only", "stores-are-isolated", "--profile", "quick", "--seed", "1")

    assert done.returncode == 2
    assert "nothing was checked: it takes a second store: --other-store-hash and --other-access-token" in done.stderr


def test_one_promise(run: Run) -> None:
    """
    With --only, one promise is checked, and counted in the singular.
    """
    done = run("--only", "type-default", "--profile", "quick")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 promise kept, 0 broken, 0 not checked" in done.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param(
            ["--base-url", "http://127.0.0.1:{port}/x", "--store-hash", "a", "--access-token", "b"],
            ["http://127.0.0.1:{port}/x", "Connection refused", "--base-url"],
            id="unreachable",
        ),
        pytest.param(
            ["--base-url", "https://api-b2b.example.com/api", "--store-hash", "a", "--access-token", "b"],
            ["--allow-host api-b2b.example.com"],
            id="host not allowed",
        ),
        pytest.param(
            ["--base-url", "localhost:8000"],
            ["'localhost:8000'", "http://127.0.0.1:8000/api/v3/io/ip"],
            id="not a URL",
        ),
        pytest.param(
            ["--base-url", "http://localhost:{port}/x"],
            ["--store-hash", "--access-token", "B2B_STORE_HASH", "B2B_ACCESS_TOKEN"],
            id="no credentials",
        ),
        pytest.param(
            ["--base-url", "http://user:secret@localhost/x", "--store-hash", "a", "--access-token", "b"],
            ["--base-url", "password"],
            id="password in the URL",
        ),
        pytest.param(
            ["--base-url", "http://localhost:{port}/x", "--store-hash", "a", "--access-token", "s\u00e9cret\n"],
            ["access token", "header"],
            id="token with a line end",
        ),
        pytest.param(
            ["--only", "no-such-promise"],
            ["no-such-promise", "--list"],
            id="unknown promise",
        ),
    ],
)
def test_cannot_run(run: Run, options: list[str], words: list[str]) -> None:
    """
    A run that cannot start says why in one line, with the value and the option, and ends with exit status 2.
    """
    port = _free_port()

    done = run(*[option.format(port=port) for option in options])

    assert done.returncode == 2
    assert done.stderr.startswith("b2b-invoices-contract: ")
    assert done.stderr.count("\n") == 1
    assert [word for word in words if word.format(port=port) not in done.stderr] == []
    assert "secret" not in done.stderr


def test_report_into_a_file(run: Run, tmp_path: Path) -> None:
    """
    If the report cannot be written, the run ends before it begins.
    """
    (tmp_path / "report").write_text("not a folder", encoding="utf-8")

    done = run()

    assert done.returncode == 2
    assert str(tmp_path / "report") in done.stderr
    assert "--report-dir" in done.stderr


def test_report_folder_is_not_made_too_early(run: Run, tmp_path: Path) -> None:
    """
    A run that cannot start makes no folder.
    """
    done = run("--only", "no-such-promise")

    assert done.returncode == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--workers", "-1"], 'Invalid value "-1" for --workers. Must be >= 0.'),
        (["--max-time", "-1"], 'Invalid value "-1.0" for --max-time. Must be a number of seconds, 0 or more.'),
        (["--max-time", "nan"], 'Invalid value "nan" for --max-time. Must be a number of seconds, 0 or more.'),
    ],
)
def test_invalid_numbers(run: Run, options: list[str], message: str) -> None:
    """
    An invalid number ends with exit status 2.
    """
    done = run(*options)

    assert done.returncode == 2
    assert message in done.stdout + done.stderr


def test_wrong_credentials(run: Run, target: Target) -> None:
    """
    If the server rejects the credentials, the run ends before anything is created.
    """
    done = run("--base-url", target.base_url, "--store-hash", "teststore", "--access-token", "wrong")

    assert done.returncode == 2
    assert target.base_url in done.stderr
    assert " 401 " in done.stderr
    assert _count(target) == 0


def test_bad_option(run: Run) -> None:
    """
    An option that does not exist ends with exit status 2.
    """
    done = run("--no-such-option")

    assert done.returncode == 2
    assert "--no-such-option" in done.stdout + done.stderr


def test_list_shows_every_promise(run: Run) -> None:
    """
    --list shows every promise with its statement and source, and sends nothing.
    """
    done = run("--list")

    assert done.returncode == 0
    for promise in load_promises().values():
        assert f"{promise.id} ({promise.operation}): {promise.statement}" in done.stdout
        assert f"    {promise.source} ({promise.provenance})" in done.stdout


_PLANTED = """
from b2b_invoices_contract.checks import check
from b2b_invoices_contract.cli import main
from b2b_invoices_contract.observations import Created


@check
def type_default(created: Created):
    yield created.no_such_attribute


if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize("profile", ["quick", "full"])
def test_bug_of_a_check(tmp_path: Path, profile: str, workers: str) -> None:
    """
    A check that raises ends the run with exit status 2, its name and its traceback on stderr, and breaks no promise.
    """
    script = tmp_path / "planted.py"
    script.write_text(_PLANTED, encoding="utf-8")
    command = [sys.executable, str(script), "--profile", profile, "--workers", workers, "--seed", "1"]

    done = subprocess.run(  # noqa: S603 - ours
        [*command, "--report-dir", tmp_path / "report"], capture_output=True, text=True, check=False
    )

    results = json.loads((tmp_path / "report" / "results.json").read_text(encoding="utf-8"))
    assert done.returncode == 2, done.stdout
    assert "the check of type-default has a bug" in done.stderr
    assert "AttributeError: 'Created' object has no attribute 'no_such_attribute'" in done.stderr
    assert "yield created.no_such_attribute" in done.stderr
    assert [promise["id"] for promise in results["promises"] if promise["verdict"] == "broken"] == []


def test_junit_counts(run: Run, tmp_path: Path) -> None:
    """
    The JUnit file has a case for each promise that was to be checked.
    """
    run("--only", "type-default", "--only", "content-type-is-enforced")

    suite = ET.parse(tmp_path / "report" / "junit.xml").getroot()  # noqa: S314 - our own file
    assert float(suite.attrib.pop("time")) > 0
    assert datetime.fromisoformat(suite.attrib.pop("timestamp")).tzinfo is UTC
    assert suite.attrib == {"name": "contract", "tests": "2", "failures": "0", "errors": "0", "skipped": "0"}
    assert [case.get("name") for case in suite] == ["type-default", "content-type-is-enforced"]


def _count(target: Target) -> int:
    answer = httpx.get(f"{target.base_url}/invoices", headers=target.store.headers)
    return int(answer.json()["meta"]["pagination"]["totalCount"])


def _free_port() -> int:
    with closing(socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
