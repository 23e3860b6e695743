"""
Worker processes: what they share, and how they stop.
"""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from mock_server.tests.server import HEADERS, INVOICE, Process, Start, address


@pytest.fixture(name="options")
def _options(tmp_path: Path) -> list[str]:
    """
    Options for three workers and a ledger file.
    """
    return ["--workers", "3", "--ledger", str(tmp_path / "ledger.sqlite3")]


def test_workers_share_a_ledger(start: Start, options: list[str]) -> None:
    """
    An invoice number is accepted once across workers, ids are unique, and every worker lists all invoices.
    """
    _, line = start(*options)
    base_url = address(line)

    def create(number: int) -> httpx.Response:
        return httpx.post(f"{base_url}/invoices", json={**INVOICE, "invoiceNumber": f"n{number % 40}"}, headers=HEADERS)

    with ThreadPoolExecutor(8) as callers:
        responses = list(callers.map(create, range(80)))

    ids = [response.json()["data"]["id"] for response in responses if response.status_code == 200]
    assert sorted(response.status_code for response in responses) == [200] * 40 + [400] * 40
    assert len(set(ids)) == 40
    listed = httpx.get(f"{base_url}/invoices", params={"limit": 100}, headers=HEADERS).json()
    assert sorted(invoice["id"] for invoice in listed["data"]) == sorted(ids)


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT], ids=lambda signum: signum.name)
def test_workers_stop_together(start: Start, options: list[str], signum: signal.Signals) -> None:
    """
    SIGTERM and SIGINT stop every worker, and leave the ledger as one file.
    """
    process, line = start(*options)
    httpx.get(f"{address(line)}/invoices", headers=HEADERS)

    process.send_signal(signum)

    assert process.wait(20) == 0
    assert [path.name for path in Path(options[-1]).parent.iterdir()] == ["ledger.sqlite3"]
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address(line)}/invoices", headers=HEADERS)


def test_a_killed_worker_stops_the_mock(start: Start, options: list[str]) -> None:
    """
    If a worker is killed, the others are stopped, and the mock reports it and exits with 2.
    """
    process, line = start(*options)
    httpx.get(f"{address(line)}/invoices", headers=HEADERS)

    os.kill(_children(process)[0], signal.SIGKILL)

    _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert errors == "b2b-invoices-mock: a worker ended with status -9, and the others were stopped; restart the mock\n"


def test_workers_end_with_their_parent(start: Start, options: list[str]) -> None:
    """
    If the parent process is killed, the workers end too.
    """
    process, line = start(*options)
    httpx.get(f"{address(line)}/invoices", headers=HEADERS)

    process.kill()

    assert process.stdout
    assert process.stdout.read() == ""  # it reaches its end once every process with this pipe has ended
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address(line)}/invoices", headers=HEADERS)


def test_control_is_off(start: Start, options: list[str]) -> None:
    """
    With several workers `/_mock/` is off, and says why.
    """
    _, line = start(*options)

    response = httpx.get(str(httpx.URL(address(line)).join("/_mock/requests")))

    assert response.status_code == 403
    assert response.json()["data"]["errMsg"] == (
        "/_mock/ is disabled with several workers, because each of them has its own request log. "
        "Start the mock without --workers."
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--workers", "2"], "--workers needs a ledger that processes can share; pass --ledger FILE"),
        (
            ["--workers", "2", "--ledger", "{}", "--rate-limit", "150/60s"],
            "--workers cannot be combined with --rate-limit, as each worker counts its own requests",
        ),
    ],
    ids=["memory", "rate-limit"],
)
def test_invalid_combinations(tmp_path: Path, options: list[str], message: str) -> None:
    """
    Options that workers cannot share are an error, and no ledger file is created.
    """
    path = tmp_path / "ledger.sqlite3"
    command = [sys.executable, "-m", "b2b_invoices_mock", "--port", "0", *(text.format(path) for text in options)]

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - ours

    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"b2b-invoices-mock: {message}\n")
    assert not path.exists()


def _children(process: Process) -> list[int]:
    command = ["pgrep", "-P", str(process.pid)]
    return [int(pid) for pid in subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()]  # noqa: S603 - ours
