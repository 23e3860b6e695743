"""
The command line: the mock prints its address when it is ready, or one line with the error.
"""

import json
import socket
import sys
from inspect import signature
from pathlib import Path

import httpx
import pytest

from b2b_invoices_mock.cli import main, serve
from b2b_invoices_mock.server import Place
from b2b_invoices_spec import Contract
from mock_server.tests.server import HEADERS, INVOICE, Start, address


def run(options: list[str], monkeypatch: pytest.MonkeyPatch) -> object:
    """
    Run the command line in this process with *options* that end it, and return its exit status.
    """
    monkeypatch.setattr(sys, "argv", ["mock_server", *options])
    with pytest.raises(SystemExit) as exit_info:
        main()
    return exit_info.value.code


def test_it_prints_its_address(start: Start) -> None:
    """
    When the mock is ready it prints one line with its base URL, and nothing after it.
    """
    process, line = start()

    base_url = address(line)
    response = httpx.get(f"{base_url}/invoices", headers=HEADERS, trust_env=False)
    process.terminate()

    port = httpx.URL(base_url).port
    assert line == f"listening on http://127.0.0.1:{port}/api/v3/io/ip\n"
    assert response.json()["meta"]["pagination"] == {"totalCount": 0, "limit": 10, "offset": 0}
    assert process.communicate() == ("", "")


def test_options(start: Start) -> None:
    """
    Options set the stores, companies, dialect, payment terms and rate limit.
    """
    _, line = start(
        *("--store", "a:1", "--store", "b:2", "--company", "7", "--company", "8"),
        *("--dialect", "observed", "--payment-terms", "0", "--rate-limit", "3/60s"),
    )

    with httpx.Client(base_url=address(line), trust_env=False, headers={"X-Store-Hash": "b"}) as client:
        client.headers["X-Auth-Token"] = "2"
        created = client.post("/invoices", json=INVOICE | {"customerId": "8", "issuedAt": 5})
        unknown_company = client.post("/invoices", json=INVOICE)
        invoice = client.get(f"/invoices/{created.json()['data']['id']}").json()["data"]
        foreign = client.get("/invoices", headers={"X-Store-Hash": "a"})
        throttled = client.get("/invoices")

    assert created.json()["meta"] == {"message": "SUCCESS"}
    assert unknown_company.json()["data"] == {"errMsg": "Company Does not Exist"}
    assert invoice["dueDate"] == invoice["updatedAt"]
    assert (foreign.status_code, throttled.status_code) == (500, 429)


def test_a_dialect_from_a_file(start: Start, tmp_path: Path) -> None:
    """
    The dialect can be a file, `/_mock/dialect` lists its settings, and responses pass the self-check.
    """
    path = tmp_path / "ours.toml"
    path.write_text('success_message = "SUCCESS"', encoding="utf-8")

    _, line = start("--dialect", str(path), "--self-check")

    origin = address(line).removesuffix("/api/v3/io/ip")
    settings = httpx.get(f"{origin}/_mock/dialect", trust_env=False).json()["data"]
    created = httpx.post(f"{address(line)}/invoices", headers=HEADERS, json=INVOICE, trust_env=False)
    assert settings[0]["value"] == "SUCCESS"
    assert created.json() == {"code": 200, "data": {"id": 1}, "meta": {"message": "SUCCESS"}}


def test_control_from_other_machines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """
    If the mock listens to other machines, `/_mock/` needs an admin token; without one it is off, and the mock says so.
    """
    tokens: list[str | None] = []
    bind = Place.bind
    monkeypatch.setattr(Place, "bind", lambda _, port, path: bind("127.0.0.1", port, path))  # keeps the port closed
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


def test_an_ipv6_address(start: Start) -> None:
    """
    An IPv6 address is printed in brackets, as in a URL.
    """
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("IPv6 is not available on this machine")

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
            "unknown dialect 'french': expected documented or observed, or the path of a .toml file",
            id="dialect",
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
        pytest.param(
            ["--payment-terms=-1"], "invalid payment terms -1: expected 0 days or more", id="negative-payment-terms"
        ),
        pytest.param(
            ["--store", "teststore"],
            "invalid store: expected HASH:TOKEN, such as teststore:test-token",
            id="store",
        ),
        pytest.param(
            ["--rate-limit", "lots"],
            "invalid rate limit 'lots': expected REQUESTS/SECONDSs, such as 150/60s, or off",
            id="rate-limit",
        ),
        pytest.param(["--prot", "1"], "Unknown option: --prot. Did you mean --port?", id="unknown-option"),
        pytest.param(["--port"], "Parameter --port requires an argument.", id="no-value"),
    ],
)
def test_an_invalid_option(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: list[str], line: str
) -> None:
    """
    An invalid option ends the mock with status 2 and one line.
    """
    status = run(options, monkeypatch)

    assert status == 2
    assert capsys.readouterr() == ("", f"b2b-invoices-mock: {line}\n")


def test_an_unsupported_contract(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """
    A contract with an unsupported keyword ends the mock with status 2 and one line.
    """
    path = tmp_path / "openapi.yaml"
    path.write_text("{info: {}, servers: [], paths: {}, components: {schemas: {A: {not: {}}}}}", encoding="utf-8")
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
    A port in use ends the mock with status 2 and one line with the port, and no ledger file is created.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        process, line = start("--port", str(port), "--ledger", str(tmp_path / "ledger.sqlite3"))
        _, errors = process.communicate()

    assert (line, process.returncode) == ("", 2)
    assert list(tmp_path.iterdir()) == []
    assert errors.startswith(f"b2b-invoices-mock: cannot listen on 127.0.0.1 port {port}: [Errno ")
    assert errors.endswith("; use an address of this machine and a free port, or port 0 to pick one\n")
    assert errors.count("\n") == 1


def test_no_token_is_printed(start: Start) -> None:
    """
    The mock never prints a token, also in an error.
    """
    process, line = start("--store", "teststore:s3cret", "--ledger", "/")

    printed = line + json.dumps(process.communicate())

    assert process.returncode == 2
    assert "s3cret" not in printed


def test_help(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """
    The help begins with examples and lists every option.
    """
    status = run(["--help"], monkeypatch)

    help_text = capsys.readouterr().out
    options = [parameter.replace("_", "-") for parameter in signature(serve).parameters]
    assert [name for name in options if f"--{name} " not in help_text] == []
    assert 0 < help_text.index("  b2b-invoices-mock --port 0") < help_text.index("--host")
    assert status == 0
