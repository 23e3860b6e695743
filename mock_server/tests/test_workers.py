"""
Several processes that are one mock: what they share, and how they end.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import Mock

import httpx
import pytest

from b2b_invoices_mock import Settings
from b2b_invoices_mock.server import Place, serve_together
from b2b_invoices_spec import Contract
from mock_server.tests.server import (
    HEADERS,
    INVOICE,
    Process,
    Start,
    address,
    starting,
)


@pytest.fixture(name="start")
def _start() -> Iterator[Start]:
    """
    What starts mocks.
    """
    with starting() as start:
        yield start


@pytest.fixture(name="options")
def _options(tmp_path: Path) -> list[str]:
    """
    What has three workers share a ledger.
    """
    return ["--workers", "3", "--ledger", str(tmp_path / "ledger.sqlite3")]


def test_one_ledger_for_all(start: Start, options: list[str]) -> None:
    """
    Whoever answers, an invoice is created once, its id is its own, and all of them are there.
    """
    _, line = start(*options)
    base_url = address(line)

    def create(number: int) -> httpx.Response:
        return httpx.post(f"{base_url}/invoices", json={**INVOICE, "invoiceNumber": f"n{number % 40}"}, headers=HEADERS)

    with ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(create, range(80)))

    ids = [answer.json()["data"]["id"] for answer in answers if answer.status_code == 200]
    assert sorted(answer.status_code for answer in answers) == [200] * 40 + [400] * 40
    assert len(set(ids)) == 40
    listed = httpx.get(f"{base_url}/invoices", params={"limit": 100}, headers=HEADERS).json()
    assert sorted(invoice["id"] for invoice in listed["data"]) == sorted(ids)


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT], ids=lambda signum: signum.name)
def test_they_stop_together(start: Start, options: list[str], signum: signal.Signals) -> None:
    """
    Told to stop, they do, and nobody listens any more.
    """
    process, line = start(*options)
    httpx.get(f"{address(line)}/invoices", headers=HEADERS)

    process.send_signal(signum)

    assert process.wait(20) == 0
    assert [path.name for path in Path(options[-1]).parent.iterdir()] == ["ledger.sqlite3"]  # all of it in one file
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address(line)}/invoices", headers=HEADERS)


@pytest.mark.parametrize(
    ("ledger", "opened"), [("invoices.sqlite3", 1), ("postgresql://127.0.0.1/invoices", 0)], ids=["file", "database"]
)
def test_who_closes_the_door(contract: Contract, monkeypatch: pytest.MonkeyPatch, ledger: str, opened: int) -> None:
    """
    When they have stopped, a file is opened once more, which puts all into one; a database is left alone.
    """
    opens = Mock()
    monkeypatch.setattr("b2b_invoices_mock.server.open_ledger", opens)
    monkeypatch.setattr("b2b_invoices_mock.server.run_workers", Mock())

    serve_together(Mock(spec=Place), contract, Settings(), ledger, workers=2)

    assert opens.call_count == opened


def test_one_that_ends_ends_all(start: Start, options: list[str]) -> None:
    """
    When a worker is killed the others are stopped, which is said.
    """
    process, line = start(*options)
    httpx.get(f"{address(line)}/invoices", headers=HEADERS)

    os.kill(_children(process)[0], signal.SIGKILL)

    _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert errors == "b2b-invoices-mock: a worker ended with status -9, so the others were stopped; start it again\n"


def test_none_is_left_alone(start: Start, options: list[str]) -> None:
    """
    When the process that started them is killed, they end too.
    """
    process, line = start(*options)
    httpx.get(f"{address(line)}/invoices", headers=HEADERS)

    process.kill()

    assert process.stdout
    assert process.stdout.read() == ""  # the end of it comes when the last one that could write has ended
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address(line)}/invoices", headers=HEADERS)


def test_control_is_off(start: Start, options: list[str]) -> None:
    """
    Nobody controls one of several workers, and why is said.
    """
    _, line = start(*options)

    answer = httpx.get(str(httpx.URL(address(line)).join("/_mock/requests")))

    assert answer.status_code == 403
    assert answer.json()["data"]["errMsg"] == (
        "/_mock/ is disabled with several workers, because each of them has its own request log. "
        "Start the mock without --workers."
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (["--workers", "2"], "workers share a ledger, and one in memory cannot be shared; give --ledger FILE"),
        (
            ["--workers", "2", "--ledger", "{}", "--rate-limit", "150/60s"],
            "each worker would count requests for itself; give --rate-limit or --workers, not both",
        ),
    ],
    ids=["memory", "rate-limit"],
)
def test_what_they_cannot_share(tmp_path: Path, wrong: list[str], message: str) -> None:
    """
    What workers cannot share is refused before anything is made.
    """
    path = tmp_path / "ledger.sqlite3"
    command = [sys.executable, "-m", "b2b_invoices_mock", "--port", "0", *(text.format(path) for text in wrong)]

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - ours

    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"b2b-invoices-mock: {message}\n")
    assert not path.exists()


def _children(process: Process) -> list[int]:
    command = ["pgrep", "-P", str(process.pid)]
    return [int(pid) for pid in subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()]  # noqa: S603 - ours
