"""
The command line: a mock of its own says where it listens, or says in one line why it cannot.
"""

import json
import signal
import socket
import sys
from pathlib import Path

import httpx
import pytest

from b2b_invoices_mock.cli import main
from b2b_invoices_mock.server import Place
from b2b_invoices_spec import Contract
from mock_server.tests.server import (
    HEADERS,
    INVOICE,
    Start,
    address,
)


def run(options: list[str], monkeypatch: pytest.MonkeyPatch) -> object:
    """
    Run the command line here, with *options* that end it, and return its exit status.
    """
    monkeypatch.setattr(sys, "argv", ["mock_server", *options])
    with pytest.raises(SystemExit) as exit_info:
        main()
    return exit_info.value.code


def test_it_says_where_it_listens(start: Start) -> None:
    """
    The mock prints one line when it is ready, with the address that it answers at, and then nothing.
    """
    process, line = start()

    base_url = address(line)
    response = httpx.get(f"{base_url}/invoices", headers=HEADERS, trust_env=False)
    process.terminate()

    port = httpx.URL(base_url).port
    assert line == f"listening on http://127.0.0.1:{port}/api/v3/io/ip\n"
    assert response.json()["meta"]["pagination"] == {"totalCount": 0, "limit": 10, "offset": 0}
    assert process.communicate() == ("", "")


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT], ids=lambda signum: signum.name)
def test_it_stops(start: Start, tmp_path: Path, signum: signal.Signals) -> None:
    """
    Told to stop, the mock ends with status 0, says nothing, and leaves its ledger as one file.
    """
    process, line = start("--ledger", str(tmp_path / "ledger.sqlite3"))
    httpx.post(f"{address(line)}/invoices", headers=HEADERS, json=INVOICE, trust_env=False)

    process.send_signal(signum)

    assert (process.communicate(timeout=60), process.returncode) == (("", ""), 0)
    assert [path.name for path in tmp_path.iterdir()] == ["ledger.sqlite3"]


def test_it_does_as_it_is_told(start: Start) -> None:
    """
    Stores, companies, dialect, payment terms and rate limit are what the options say.
    """
    _, line = start(
        *("--store", "a:1", "--store", "b:2", "--company", "7", "--company", "8"),
        *("--dialect", "observed", "--payment-terms", "0", "--rate-limit", "3/60s"),
    )

    with httpx.Client(base_url=address(line), trust_env=False, headers={"X-Store-Hash": "b"}) as client:
        client.headers["X-Auth-Token"] = "2"
        created = client.post("/invoices", json=INVOICE | {"customerId": "8", "issuedAt": 5})
        stranger = client.post("/invoices", json=INVOICE)
        invoice = client.get(f"/invoices/{created.json()['data']['id']}").json()["data"]
        foreign = client.get("/invoices", headers={"X-Store-Hash": "a"})
        throttled = client.get("/invoices")

    assert created.json()["meta"] == {"message": "SUCCESS"}
    assert stranger.json()["data"] == {"errMsg": "Company Does not Exist"}
    assert invoice["dueDate"] == invoice["updatedAt"]
    assert (foreign.status_code, throttled.status_code) == (500, 429)


def test_a_dialect_from_a_file(start: Start, tmp_path: Path) -> None:
    """
    A dialect can be a file, the mock tells what is in force, and checks itself when it is told to.
    """
    path = tmp_path / "ours.toml"
    path.write_text('success_message = "SUCCESS"', encoding="utf-8")

    _, line = start("--dialect", str(path), "--self-check")

    origin = address(line).removesuffix("/api/v3/io/ip")
    told = httpx.get(f"{origin}/_mock/dialect", trust_env=False).json()["data"]
    created = httpx.post(f"{address(line)}/invoices", headers=HEADERS, json=INVOICE, trust_env=False)
    assert told[0]["value"] == "SUCCESS"
    assert created.json() == {"code": 200, "data": {"id": 1}, "meta": {"message": "SUCCESS"}}


def test_an_admin_token(start: Start) -> None:
    """
    With `--admin-token` the mock is controlled by those who show it, even on its own machine.
    """
    _, line = start("--admin-token", "sesame")
    health = httpx.URL(address(line)).join("/_mock/health")

    told = [
        httpx.get(health, headers=headers, trust_env=False).status_code
        for headers in ({}, {"Authorization": "Bearer sesame"})
    ]

    assert told == [401, 200]


def test_control_from_elsewhere(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Where other machines can ask, the mock says that it is not controlled, and how it would be; with a token it is.
    """
    tokens: list[str | None] = []
    bind = Place.bind
    monkeypatch.setattr(Place, "bind", lambda _, port, path: bind("127.0.0.1", port, path))  # nobody else can ask here
    monkeypatch.setattr(
        "b2b_invoices_mock.cli.serve_alone", lambda _, __, settings, *___, **____: tokens.append(settings.admin_token)
    )

    run(["--host=0.0.0.0", "--port=0"], monkeypatch)
    run(["--host=0.0.0.0", "--port=0", "--admin-token=sesame"], monkeypatch)

    assert tokens == [None, "sesame"]
    assert capsys.readouterr().err == (
        "b2b-invoices-mock: /_mock/ is disabled, because other machines can reach 0.0.0.0 and the mock has no admin "
        "token. Start the mock with --admin-token TOKEN or with --host 127.0.0.1.\n"
    )


def test_a_self_check_that_would_always_fail(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """
    A dialect that leaves the contract cannot be held to it, which is said at the start.
    """
    path = tmp_path / "ours.toml"
    path.write_text('create_status = 201\nread_times = "text"', encoding="utf-8")

    status = run(["--dialect", str(path), "--self-check"], monkeypatch)

    assert status == 2
    assert capsys.readouterr().err == (
        "b2b-invoices-mock: the self-check holds answers to the contract, "
        "which create_status = 201, read_times = 'text' leaves; do without either\n"
    )


def test_a_file_outlives_the_server(start: Start, tmp_path: Path) -> None:
    """
    A mock that is killed right after its answer still has the invoice when it is started again.
    """
    ledger = str(tmp_path / "ledger.sqlite3")
    first, line = start("--ledger", ledger)
    httpx.post(f"{address(line)}/invoices", headers=HEADERS, json=INVOICE, trust_env=False)
    first.kill()
    first.communicate()

    _, line = start("--ledger", ledger)

    again = httpx.post(f"{address(line)}/invoices", headers=HEADERS, json=INVOICE, trust_env=False)
    assert again.json()["data"] == {"errMsg": "The invoice number already exists."}


def test_a_large_body_is_refused_in_full(start: Start) -> None:
    """
    A client that is still sending when its body has become too large gets its answer all the same.
    """
    _, line = start()

    response = httpx.post(
        f"{address(line)}/invoices",
        headers=HEADERS | {"Content-Type": "application/json"},
        content=iter([b" " * 1_048_576] * 12),
        trust_env=False,
    )

    assert response.status_code == 413
    assert response.json()["data"] == {"errMsg": "The body is larger than 10485760 bytes."}


def test_its_address_is_one_in_version_6_too(start: Start) -> None:
    """
    An address of IPv6 is printed as it stands in a URL, in brackets.
    """
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")

    _, line = start("--host", "::1")

    assert address(line).startswith("http://[::1]:")
    assert httpx.get(f"{address(line)}/invoices", headers=HEADERS, trust_env=False).status_code == 200


@pytest.mark.parametrize(
    ("options", "line"),
    [
        pytest.param(["--port", "http"], 'Invalid value for --port: unable to convert "http" into int.', id="port"),
        pytest.param(["--port=65536"], 'Invalid value "65536" for --port. Must be <= 65535.', id="port-too-high"),
        pytest.param(["--port=-1"], 'Invalid value "-1" for --port. Must be >= 0.', id="port-too-low"),
        pytest.param(
            ["--dialect", "french"],
            "there is no dialect 'french'; there are documented and observed, or give a file whose name ends in .toml",
            id="dialect",
        ),
        pytest.param(
            ["--dialect", "ours.toml"],
            "the dialect 'ours.toml' cannot be read: No such file or directory; "
            "give a file that can, or one of documented and observed",
            id="dialect-file",
        ),
        pytest.param(
            ["--payment-terms", "net"],
            'Invalid value for --payment-terms: unable to convert "net" into int.',
            id="payment-terms",
        ),
        pytest.param(
            ["--admin-token", "p\u00e4sswort"],
            "Invalid admin token: expected ASCII letters, digits and punctuation without spaces, because clients "
            "encode other characters differently. Generate one with: openssl rand -hex 16",
            id="admin-token",
        ),
        pytest.param(["--payment-terms=-1"], "'payment_terms' must be >= 0: -1", id="negative-payment-terms"),
        pytest.param(
            ["--store", "teststore"],
            "a store is given as HASH:TOKEN, both of them not empty, such as teststore:test-token",
            id="store",
        ),
        pytest.param(
            ["--rate-limit", "lots"],
            "a rate limit is requests per seconds, such as 150/60s, or off; got 'lots'",
            id="rate-limit",
        ),
        pytest.param(["--prot", "1"], "Unknown option: --prot. Did you mean --port?", id="unknown-option"),
        pytest.param(["--port"], "Parameter --port requires an argument.", id="no-value"),
    ],
)
def test_a_bad_option(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: list[str], line: str
) -> None:
    """
    A bad option ends the mock with status 2 and one line that says what is wrong.
    """
    status = run(options, monkeypatch)

    assert status == 2
    assert capsys.readouterr() == ("", f"b2b-invoices-mock: {line}\n")


def test_a_ledger_that_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """
    A file that is no ledger ends the mock with status 2 and one line that says so.
    """
    path = tmp_path / "notes.txt"
    path.write_text("buy milk", encoding="utf-8")

    status = run(["--port=0", "--ledger", str(path)], monkeypatch)

    assert status == 2
    assert capsys.readouterr().err == (
        f"b2b-invoices-mock: the ledger '{path}' cannot be opened: file is not a database; "
        "give a path to a new file, or to a ledger\n"
    )


def test_a_contract_that_is_not_understood(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """
    A contract that the mock does not understand ends it with status 2 and the line that says why.
    """
    path = tmp_path / "openapi.yaml"
    path.write_text("{paths: {}, components: {schemas: {A: {not: {}}}}}", encoding="utf-8")
    load = Contract.load
    monkeypatch.setattr(Contract, "load", lambda: load(path))

    status = run([], monkeypatch)

    assert status == 2
    assert capsys.readouterr().err == (
        "b2b-invoices-mock: #/components/schemas/A uses the unsupported keyword 'not'. "
        "Remove it, or add support for it in b2b_invoices_spec/contract.py.\n"
    )


def test_a_port_in_use(start: Start, tmp_path: Path) -> None:
    """
    A port that is in use ends the mock with status 2 and one line that names it, and no ledger is made.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        process, line = start("--port", str(port), "--ledger", str(tmp_path / "ledger.sqlite3"))
        _, complaint = process.communicate()

    assert (line, process.returncode) == ("", 2)
    assert list(tmp_path.iterdir()) == []
    assert complaint.startswith(f"b2b-invoices-mock: cannot listen on 127.0.0.1 port {port}: [Errno ")
    assert complaint.endswith("; give an address of this machine, and a port that is free, or 0 for any\n")
    assert complaint.count("\n") == 1


def test_no_token_is_printed(start: Start) -> None:
    """
    Nothing that the mock prints holds a token, not even when it fails.
    """
    process, line = start("--store", "teststore:s3cret", "--ledger", "/")

    printed = line + json.dumps(process.communicate())

    assert process.returncode == 2
    assert "s3cret" not in printed


def test_help(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """
    The help names every option, and ends well.
    """
    status = run(["--help"], monkeypatch)

    shown = capsys.readouterr().out
    options = ["host", "port", "ledger", "store", "company", "dialect", "payment-terms", "rate-limit", "self-check"]
    assert [name for name in options if f"--{name} " not in shown] == []
    assert status == 0
